// SPDX-License-Identifier: Apache-2.0
// What an admin orders over the ingress, and the admin.
#pragma once

#include "common/ids.h"
#include "tests/support/stack.h"

enum { TOKEN_SIZE = 160, ORDER_MS = 40000 };

struct order {
	const char *token, *line, *key, *body; /* NULL: without */
};

struct order_admin {
	char token[TOKEN_SIZE], id[UUID_SIZE];
};

/* A new admin of `org`; `body` says more of the token, "{}" nothing. */
void order_admin(const struct stack *stack, const char *org, const char *body,
	struct order_admin *out);

/* The status, 0 when there is none in ORDER_MS; *out, if not NULL, is owned. */
int order_send(const struct stack *stack, const struct order *order, json_t **out);

/* Sends what must be answered so; `code` is "" for what is no error. */
void order_refused(const struct stack *stack, const struct order *what, int status,
	const char *code);

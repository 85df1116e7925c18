// SPDX-License-Identifier: Apache-2.0
// Every HTTP call there is, in one table: what it is, who may make it, what it may see.
#pragma once

#include "common/http/http_server.h"
#include "config-store/store.h"

struct call;

enum route_scope {
	SCOPE_NONE, /* nothing in the path belongs to anybody */
	SCOPE_ORG,  /* {org} of the path must be one that the caller may see */
};

struct route {
	const char *method, *path; /* as in struct http_route */
	unsigned callers;          /* of enum caller_kind, or-ed */
	enum route_scope scope;

	/* One of the two. False with a fault, or true when it has answered. */
	bool (*handle)(struct call *call, struct fault *fault);
	/* Answers by itself; http_thread() says whose rights count. */
	http_handler answer;

	/*
	 * Asked first, in the I/O thread, by a caller that is remembered; NULL: never.
	 * True when it has answered from memory, without a database (call->thread->db is
	 * NULL) and without waiting; false leaves it to `handle`.
	 */
	bool (*quick)(struct call *call);

	size_t max_body; /* 0: 16 KiB */

	/* What the OpenAPI document says of it. */
	const char *summary; /* a short sentence without its full stop */
	const char *query;   /* names of its query parameters, separated by spaces: any
				other is refused */
	const char *takes;   /* schema of the body, "Name?" if it may be left out; NULL:
				it has none */
	const char *gives;   /* schema of the answer; NULL: it has no body */
	int success;         /* its status when all goes well; 0: 200 */

	/* Of enum right (scopes.h), or-ed. 0 is RIGHT_ALL: a row that says nothing is
	 * for those who may do everything. */
	unsigned needs;
	bool repeats;      /* 200 instead of 201 when it was there already */
	const char *fails; /* statuses beside those any call may have: "404 409" */
};

extern const struct route routes[];
extern const size_t route_count;

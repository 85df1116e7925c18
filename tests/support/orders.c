// SPDX-License-Identifier: Apache-2.0
#include "tests/support/orders.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

int order_send(const struct stack *stack, const struct order *order, json_t **out)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char headers[512] = "Content-Type: application/json\r\n";

	if (order->token)
		(void)snprintf(headers + strlen(headers),
			sizeof(headers) - strlen(headers),
			"Authorization: Bearer %s\r\n", order->token);
	if (order->key)
		(void)snprintf(headers + strlen(headers),
			sizeof(headers) - strlen(headers), "Idempotency-Key: %s\r\n",
			order->key);
	request_write(&exchange.request, order->line, headers,
		order->body ? order->body : "", order->body ? strlen(order->body) : 0);
	(void)exchange_run(&exchange, stack->addresses[INGRESS], ORDER_MS);
	if (out)
		*out = json_loads(exchange.body, 0, NULL);
	return exchange.status;
}

void order_admin(const struct stack *stack, const char *org, const char *body,
	struct order_admin *out)
{
	char line[128];
	json_t *made AUTO(json_decref) = NULL;
	const char *secret;

	(void)snprintf(
		line, sizeof(line), "POST /api/v1/admin/orgs/%s/admin-tokens", org);
	cr_assert_lt(stack_call(stack, ADMIN_TOKEN, line, body, &made), 300);
	secret = json_string_at(made, "/token");
	cr_assert(secret, "%s", json_dumps(made, 0));
	(void)snprintf(out->token, sizeof(out->token), "%s", secret);
	(void)snprintf(
		out->id, sizeof(out->id), "%s", json_string_or(made, "/token_id", ""));
}

void order_refused(const struct stack *stack, const struct order *what, int status,
	const char *code)
{
	json_t *answer AUTO(json_decref) = NULL;
	int got = order_send(stack, what, &answer);

	cr_expect_eq(got, status, "%s %s: %d", what->line, what->body ? what->body : "",
		got);
	cr_expect_str_eq(json_string_or(answer, "/error", ""), code, "%s %s",
		what->line, what->body ? what->body : "");
}

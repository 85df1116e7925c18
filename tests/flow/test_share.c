// SPDX-License-Identifier: Apache-2.0
// Story: one address sends large bodies that never end, without a signature, as many as
// would fill all memory for bodies. It gets its share, and others their deliveries in.
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/support/stack.h"

enum {
	MIB = 1 << 20,
	LEN = 4 * MIB, /* of a delivery */
	HOLD = LEN - MIB / 2,
	HOLDERS = 6, /* together more than the memory for all */
	TIMEOUT_MS = 60000,
	SOON_MS = 60000,
	STOP_MS = 20000,
};

#define HOLDER "127.0.0.2"
#define OTHER "127.0.0.3"
#define PROXY "127.0.0.4"

static const struct stack_options options = {
	.settings = (const char *const[]){"TOCSIN_INGRESS_MAX_BODY=4MiB",
		"TOCSIN_INGRESS_BODY_MEMORY=16MiB", "TOCSIN_INGRESS_BODY_SHARE=4MiB",
		"TOCSIN_INGRESS_REQUEST_TIMEOUT=120s", "TOCSIN_TRUSTED_PROXIES=" PROXY,
		"TOCSIN_INGRESS_ACK_TIMEOUT=30s", NULL}};

static struct stack stack;
static int holders[HOLDERS];
static char *body;

static void start(void)
{
	stack = (struct stack){.directory = place_of_test(), .options = &options};
	stack_nats_start(&stack);
	stack_daemon_start(&stack, INGRESS);
	body = malloc(LEN + 1);
	cr_assert(body);
	memset(body, ' ', LEN);
	memcpy(body, "{}", 2);
	body[LEN] = '\0';
}

static void stop(void)
{
	free(body);
	cr_expect_eq(process_stop(&stack.daemons[INGRESS], SIGTERM, STOP_MS), 0);
	stack_nats_stop(&stack);
}

/* A series of the ingress's metrics, 0 when it is not there. */
static long metric(const char *series)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	const char *line;

	request_write(&exchange.request, "GET /metrics", "", "", 0);
	cr_assert(exchange_run(&exchange, stack.addresses[INGRESS], TIMEOUT_MS));
	line = strstr(exchange.body, series);
	return line ? strtol(line + strlen(series), NULL, 10) : 0;
}

/* Each holder has its memory, or was not taken. */
static bool all_are_read(void)
{
	static const char refused[] = "\ntocsin_http_bodies_refused_total{memory=";
	char of_client[96], of_all[96];

	(void)snprintf(of_client, sizeof(of_client), "%s\"client\"} ", refused);
	(void)snprintf(of_all, sizeof(of_all), "%s\"all\"} ", refused);
	return metric(of_client) + metric(of_all) +
		metric("\ntocsin_http_body_bytes ") / LEN >=
		HOLDERS;
}

/* Bodies that are almost there, and stay so. */
static void hold(const char *from, const char *headers)
{
	for (int i = 0; i < HOLDERS; i++) {
		struct text head AUTO(text_done) = {0};

		text_printf(&head,
			"POST /webhooks/github HTTP/1.1\r\nHost: x\r\n"
			"Content-Type: application/json\r\nContent-Length: %d\r\n"
			"%s\r\n",
			LEN, headers);
		holders[i] = client_dial(stack.addresses[INGRESS], from, TIMEOUT_MS);
		cr_assert_geq(holders[i], 0);
		cr_assert(client_send(holders[i], text_string(&head), head.len));
		cr_assert(client_send(holders[i], body, HOLD));
	}
	cr_assert(WAIT_UNTIL(all_are_read(), SOON_MS));
}

static void let_go(void)
{
	for (int i = 0; i < HOLDERS; i++)
		(void)close(holders[i]);
	cr_expect(WAIT_UNTIL(metric("\ntocsin_http_body_bytes ") == 0, SOON_MS),
		"memory is not given back");
}

/* One large delivery from an address; `forwarded` is a header line, or "". */
static int deliver(const char *from, const char *forwarded, const char *id)
{
	struct exchange exchange AUTO(exchange_done) = {.from = from};
	struct text headers AUTO(text_done) = {0};
	char signature[80], wait[16];

	text_printf(&headers,
		"Content-Type: application/json\r\nX-GitHub-Event: push\r\n"
		"X-GitHub-Delivery: %s\r\nX-Hub-Signature-256: %s\r\n%s",
		id, github_sign(signature, GITHUB_SECRET, body), forwarded);
	request_write(&exchange.request, "POST /webhooks/github", text_string(&headers),
		body, LEN);
	(void)exchange_run(&exchange, stack.addresses[INGRESS], TIMEOUT_MS);
	if (exchange.status == 503) {
		cr_expect(strstr(exchange.body, "from this address"), "%s",
			exchange.body);
		cr_expect_str_neq(
			exchange_header(&exchange, "Retry-After", wait, sizeof(wait)),
			"");
	}
	return exchange.status;
}

Test(share, one_address_that_holds_bodies_keeps_nobody_else_out, .timeout = 200)
{
	start();
	hold(HOLDER, "");
	cr_expect_eq(deliver(OTHER, "", "share-1"), 200);
	cr_expect_eq(deliver(NULL, "", "share-2"), 200);
	cr_expect_eq(deliver(HOLDER, "", "share-3"), 503);
	/* Only a proxy's word counts. */
	cr_expect_eq(deliver(HOLDER, "X-Forwarded-For: 192.0.2.7\r\n", "share-3"), 503);
	let_go();
	cr_expect_eq(deliver(HOLDER, "", "share-3"), 200);
	stop();
}

Test(share, behind_a_trusted_proxy_each_client_has_its_own, .timeout = 200)
{
	start();
	hold(PROXY, "X-Forwarded-For: 198.51.100.66, 192.0.2.66\r\n");
	cr_expect_eq(deliver(PROXY, "X-Forwarded-For: 192.0.2.7\r\n", "share-1"), 200);
	cr_expect_eq(deliver(PROXY, "X-Forwarded-For: 192.0.2.66\r\n", "share-2"), 503);
	/* What stands left of the client's own address was written by the client. */
	cr_expect_eq(
		deliver(PROXY, "X-Forwarded-For: 192.0.2.7, 192.0.2.66\r\n", "share-2"),
		503);
	let_go();
	stop();
}

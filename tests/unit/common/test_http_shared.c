// SPDX-License-Identifier: Apache-2.0
// Two servers on one port: only where both say so, and then both are asked.
#include "common/http/http_server.h"

#include <criterion/criterion.h>
#include <stdatomic.h>

#include "tests/unit/common/http_wire.h"

enum { CONNECTIONS = 64 };

static atomic_int served[2];

static void count(void *context, struct http_request *request)
{
	atomic_fetch_add((atomic_int *)context, 1);
	http_answer(request, &(struct http_answer){.status = 204});
}

static const struct http_route routes[] = {
	{.method = "GET", .path = "/count", .handle = count}, {0}};

static bool start(struct http_server **out, const char *listen, bool shared, int which)
{
	struct fault fault = {0};
	bool good = http_server_start(out,
		&(struct http_server_options){.listen = listen,
			.shared = shared,
			.routes = routes,
			.context = &served[which]},
		&fault);

	cr_expect(good || strstr(fault.text, "in use"), "%s", fault.text);
	return good;
}

Test(http_shared, connections_are_spread_over_both, .timeout = 30)
{
	struct http_server *first AUTO(http_server_stop) = NULL;
	struct http_server *second AUTO(http_server_stop) = NULL;

	cr_assert(start(&first, "127.0.0.1:0", true, 0));
	cr_assert(start(&second, http_server_address(first), true, 1));
	for (int i = 0; i < CONNECTIONS; i++) {
		static struct wire wire;
		static struct wire_answer answer;

		wire_open(&wire, http_server_address(first));
		cr_expect_eq(wire_ask(&wire, &answer,
				     "GET /count HTTP/1.1\r\nHost: x\r\n\r\n"),
			204);
		wire_close(&wire);
	}
	cr_expect_gt(served[0], 0);
	cr_expect_gt(served[1], 0);
	cr_expect_eq(served[0] + served[1], CONNECTIONS);
}

Test(http_shared, nobody_shares_who_does_not_say_so, .timeout = 30)
{
	static const struct {
		bool first, second;
	} cases[] = {{false, false}, {true, false}, {false, true}};

	for (size_t i = 0; i < countof(cases); i++) {
		struct http_server *first AUTO(http_server_stop) = NULL;
		struct http_server *second AUTO(http_server_stop) = NULL;

		cr_assert(start(&first, "127.0.0.1:0", cases[i].first, 0));
		cr_expect_not(
			start(&second, http_server_address(first), cases[i].second, 1));
	}
}

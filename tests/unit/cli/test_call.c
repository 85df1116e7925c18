// SPDX-License-Identifier: Apache-2.0
#include "cli/call.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/http/http_server.h"

Test(call, encodes_what_could_leave_its_place_in_the_path)
{
	static const struct {
		const char *value, *encoded;
	} cases[] = {{"acme-1_x", "acme-1_x"}, {"..", "%2E%2E"}, {"a/b", "a%2Fb"},
		{"a?b#c", "a%3Fb%23c"}, {"ü", "%C3%BC"}, {"\r\n", "%0D%0A"}, {"", ""}};

	for (size_t i = 0; i < countof(cases); i++) {
		struct text path AUTO(text_done) = {0};

		call_add_encoded(&path, cases[i].value);
		cr_expect_str_eq(text_string(&path), cases[i].encoded, "case %zu", i);
	}
}

Test(call, without_a_token_says_where_to_get_one)
{
	struct cli cli AUTO(cli_done) = {0};
	json_t *answer = NULL;

	(void)unsetenv("TOCSIN_ADMIN_TOKEN");
	(void)unsetenv("TOCSIN_ADMIN_TOKEN_FILE");
	cr_expect_not(call(&cli, "GET", "/api/v1/admin/orgs", NULL, &answer));
	cr_expect_eq(cli.status, CLI_FAILED);
	cr_expect(strstr(text_string(&cli.error), "source .local/env"));
}

Test(call, names_the_url_and_the_way_out_when_nobody_answers)
{
	struct cli cli AUTO(cli_done) = {
		.values = {[OPTION_URL] = "http://127.0.0.1:1/"}};
	json_t *answer = NULL;

	(void)setenv("TOCSIN_ADMIN_TOKEN", "0123456789abcdef", 1);
	cr_expect_not(call(&cli, "GET", "/api/v1/admin/orgs", NULL, &answer));
	cr_expect_eq(cli.status, CLI_FAILED);
	cr_expect(strstr(
		text_string(&cli.error), "GET http://127.0.0.1:1/api/v1/admin/orgs: "));
	cr_expect(strstr(text_string(&cli.error), "Is the config store running"));
	cr_expect_null(strstr(text_string(&cli.error), "0123456789abcdef"));
}

Test(call, refuses_a_limit_that_is_no_number)
{
	static const char *const limits[] = {
		"0", "-1", "x", "5x", "", "99999999999999999999"};

	for (size_t i = 0; i < countof(limits); i++) {
		struct cli cli AUTO(cli_done) = {
			.values = {[OPTION_LIMIT] = limits[i]}};
		json_t *answer = NULL;

		cr_expect_not(call_list(&cli, "/api", &answer), "case %zu", i);
		cr_expect_eq(cli.status, CLI_USAGE, "case %zu", i);
	}
}

static void refuse(void *context, struct http_request *request)
{
	(void)context;
	http_answer_json(request, 422,
		json_pack("{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s, s:s}], s:[{s:s, s:s, "
			  "s:s}]}",
			"error", "invalid_config", "message", "/a: wrong (and more)",
			"errors", "path", "/a", "message", "is wrong", "path", "/b",
			"message", "is too", "node", "shop", "clashes", "type",
			"services", "value", "web", "owner", "another organisation"));
}

Test(call, lists_everything_that_was_wrong)
{
	static const struct http_route routes[] = {{"GET", "/config", refuse}, {NULL}};
	struct http_server *server AUTO(http_server_stop) = NULL;
	struct cli cli AUTO(cli_done) = {0};
	json_t *answer = NULL;
	char url[128];
	struct fault fault = {0};

	cr_assert(http_server_start(&server,
			  &(struct http_server_options){
				  .listen = "127.0.0.1:0", .routes = routes},
			  &fault),
		"%s", fault.text);
	(void)snprintf(url, sizeof(url), "http://%s", http_server_address(server));
	cli.values[OPTION_URL] = url;
	(void)setenv("TOCSIN_ADMIN_TOKEN", "0123456789abcdef", 1);
	cr_expect_not(call(&cli, "GET", "/config", NULL, &answer));
	cr_expect(strstr(text_string(&cli.error),
			  "/a: wrong (and more)\n  /a is wrong\n  shop /b is too\n"
			  "  services web another organisation"),
		"%s", text_string(&cli.error));
}

// SPDX-License-Identifier: Apache-2.0
#include "common/http/http_server.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void never(void *context, struct http_request *request)
{
	(void)context;
	http_answer(request, &(struct http_answer){.status = 204});
}

static const struct http_route routes[] = {
	{"GET", "/block", never, .blocking = true},
	{NULL},
};

Test(http_start, writes_down_where_it_listens)
{
	char path[] = P_tmpdir "/tocsin-listen-XXXXXX", line[64] = "";
	struct http_server *server = NULL;
	struct fault fault = {0};
	FILE *file;
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	(void)close(fd);
	cr_assert(http_server_start(&server,
			  &(struct http_server_options){
				  .listen = "127.0.0.1:0", .listen_file = path},
			  &fault),
		"%s", fault.text);
	file = fopen(path, "re");
	cr_assert_not_null(file);
	cr_assert_not_null(fgets(line, sizeof(line), file));
	(void)fclose(file);
	(void)unlink(path);
	line[strcspn(line, "\n")] = '\0';
	cr_expect_str_eq(line, http_server_address(server));
	http_server_stop(server);
}

Test(http_start, says_why_it_cannot_start)
{
	static const struct {
		struct http_server_options options;
		const char *why;
	} cases[] = {
		{{.listen = "nonsense"}, "must be host:port"},
		{{.listen = "127.0.0.1:"}, "must be host:port"},
		{{.listen = "127.0.0.1:x"}, "must be host:port"},
		{{.listen = "::1:80"}, "must be host:port"},
		{{.listen = "127.0.0.1:65536"}, "must be host:port"},
		{{.listen = "192.0.2.1:0"}, "cannot listen on 192.0.2.1:0"},
		{{.listen = "127.0.0.1:0", .routes = routes}, "/block is blocking"},
		{{.listen = "127.0.0.1:0", .listen_file = "/nowhere/at/all"},
			"/nowhere/at/all"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct http_server *none = NULL;
		struct fault fault = {0};

		cr_expect_not(http_server_start(&none, &cases[i].options, &fault),
			"case %zu", i);
		cr_expect_eq(fault.kind, FAULT_FATAL, "case %zu", i);
		cr_expect(strstr(fault.text, cases[i].why), "%s", fault.text);
	}
}

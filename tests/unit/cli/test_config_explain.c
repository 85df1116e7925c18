// SPDX-License-Identifier: Apache-2.0
#include "cli/config_explain.h"

#include <criterion/criterion.h>
#include <string.h>

static const char document[] =
	"{\"org_id\":\"acme\",\"node_id\":\"sre\",\"lineage\":[\"acme\",\"sre\"],"
	"\"values\":[{\"path\":\"/runtime/max_turns\",\"value\":20,\"from\":"
	"\"defaults\",\"locked_by\":{\"node\":\"acme\",\"path\":\"/runtime\"}},"
	"{\"path\":\"/x\",\"value\":\"a\\u001b[2J\",\"from\":\"sre\"}],"
	"\"policy\":{\"locked\":[],\"required\":[{\"path\":\"/owner\",\"node\":"
	"\"acme\",\"missing\":true},{\"path\":\"/x\",\"node\":\"acme\",\"missing\":"
	"false}]}}";

Test(config_explain, says_where_each_value_comes_from)
{
	json_t *answer AUTO(json_decref) = json_loads(document, 0, NULL);
	struct cli cli = {0};
	char *text = NULL;
	size_t len;

	cr_assert(answer);
	cli.out = open_memstream(&text, &len);
	cr_assert(config_explain_print(&cli, answer));
	(void)fclose(cli.out);
	cr_expect(strstr(text,
			  "/runtime/max_turns  20            defaults  acme /runtime"),
		"%s", text);
	cr_expect(strstr(text, "/x                  \"a\\u001B[2J\"  sre"), "%s", text);
	cr_expect(strstr(text, "\n/owner is missing, and required by acme\n"), "%s",
		text);
	cr_expect_not(strstr(text, "/x is missing"));
	free(text);
}

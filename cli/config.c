// SPDX-License-Identifier: Apache-2.0
// tocsin config get, put, patch, effective; the rest is in change.c, config_explain.c and config_rekey.c.
#include <string.h>

#include "cli/call.h"
#include "cli/change.h"
#include "cli/config_explain.h"
#include "cli/config_rekey.h"
#include "cli/tenant.h"
#include "cli/token_file.h"

enum { FILE_LIMIT = 4 << 20 };

static void config_path(struct text *path, const struct cli *cli, const char *which)
{
	tenant_path(path, cli, "nodes");
	text_add(path, "/config");
	text_add(path, which);
}

static bool get(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	config_path(&path, cli, "");
	if (!call(cli, "GET", text_string(&path), NULL, &answer))
		return false;
	return call_print_json(
		cli, cli_wants_json(cli) ? answer : json_at(answer, "/config"));
}

static bool effective(struct cli *cli)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	config_path(&path, cli, "/effective");
	return call(cli, "GET", text_string(&path), NULL, &answer) &&
		call_print_json(cli, answer);
}

/* The last argument: a file, "-" or nothing for standard input. */
static bool read_document(struct cli *cli, json_t **out)
{
	const char *name = cli->count == 3 ? cli->arguments[2] : "-";
	char *bytes AUTO(free) = NULL;
	struct fault fault = {0};
	size_t len;

	if (!file_read(cli, name, FILE_LIMIT, &bytes, &len))
		return false;
	if (strcmp(name, "-") == 0)
		name = "standard input";
	if (!json_parse_strict(out, bytes, len, &fault))
		return cli_fail(cli, "%s: %s", name, fault.text);
	return json_is_object(*out) ||
		cli_fail(cli, "%s: must be a JSON object: {\"routing\": …}", name);
}

static bool write_document(struct cli *cli, const char *method, const json_t *body)
{
	struct text path AUTO(text_done) = {0};
	json_t *answer AUTO(json_decref) = NULL;

	config_path(&path, cli, "");
	if (cli->values[OPTION_DRY_RUN])
		call_add_query(&path, "dry_run", "1");
	if (strcmp(method, "PATCH") == 0)
		call_add_query(&path, "reason", cli->values[OPTION_REASON]);
	return call(cli, method, text_string(&path), body, &answer) &&
		change_print_answer(cli, answer);
}

static bool put(struct cli *cli)
{
	json_t *document AUTO(json_decref) = NULL;
	json_t *body AUTO(json_decref) = NULL;

	if (!read_document(cli, &document))
		return false;
	body = json_pack("{s:O, s:s*}", "config", document, "reason",
		cli->values[OPTION_REASON]);
	return body ? write_document(cli, "PUT", body)
		    : cli_usage(cli, "--reason must be UTF-8");
}

static bool patch(struct cli *cli)
{
	json_t *document AUTO(json_decref) = NULL;

	return read_document(cli, &document) && write_document(cli, "PATCH", document);
}

#define WRITING (OPTION(REASON) | OPTION(DRY_RUN) | OPTION(IF_VERSION))

const struct command config_commands[] = {
	{"get", "ORG NODE", "what the node itself says", 0, 2, 2, get},
	{"put", "ORG NODE [FILE|-]", "replace it", WRITING, 2, 3, put},
	{"set", "ORG NODE [FILE|-]", "the same", WRITING, 2, 3, put},
	{"patch", "ORG NODE [FILE|-]", "merge a JSON Merge Patch into it", WRITING, 2,
		3, patch},
	{"effective", "ORG NODE", "what holds there, with all that is inherited", 0, 2,
		2, effective},
	{"explain", "ORG NODE [PATH]",
		"where each value comes from, and who has locked it", 0, 2, 3,
		config_explain},
	{"history", "ORG NODE", "who changed what, newest first", OPTION(LIMIT), 2, 2,
		change_history},
	{"version", "ORG NODE VERSION", "what it said in a version", 0, 3, 3,
		change_version},
	{"diff", "ORG NODE FROM TO", "what differs between two versions", 0, 4, 4,
		change_diff},
	{"rollback", "ORG NODE VERSION", "make an old version the newest", WRITING, 3,
		3, change_rollback},
	{"rekey", "", "seal secrets anew under the newest key", OPTION(ORG), 0, 0,
		config_rekey},
	{0},
};

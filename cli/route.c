// SPDX-License-Identifier: Apache-2.0
// tocsin route lookup.
#include <string.h>

#include "cli/call.h"
#include "cli/table.h"

/* "github_repo=acme/shop" into {"github_repo": "acme/shop"}. */
static bool add_identifier(struct cli *cli, json_t *identifiers, const char *word)
{
	const char *equals = strchr(word, '=');
	char type[64];

	if (!equals || equals == word || (size_t)(equals - word) >= sizeof(type))
		return cli_usage(cli,
			"%s: must be TYPE=VALUE, like github_repo=acme/shop", word);
	(void)snprintf(type, sizeof(type), "%.*s", (int)(equals - word), word);
	return json_object_set_new(identifiers, type, json_string(equals + 1)) == 0 ||
		cli_usage(cli, "%s: must be UTF-8", word);
}

static json_t *read_identifiers(struct cli *cli)
{
	json_t *identifiers AUTO(json_decref) = json_object();

	for (int i = 0; i < cli->count; i++)
		if (!add_identifier(cli, identifiers, cli->arguments[i]))
			return NULL;
	return json_pack("{s:O}", "identifiers", identifiers);
}

static void print_owner(struct text *out, const json_t *object)
{
	const char *org = json_string_at(object, "/org_id");

	if (org) {
		table_clean(out, org, false);
		text_add_char(out, '/');
	}
	table_clean(out, json_string_or(object, org ? "/team_node_id" : "/owner", ""),
		false);
}

static bool print_explanation(struct cli *cli, const json_t *lines)
{
	static const struct table_column columns[] = {{"TYPE", 0, false},
		{"VALUE", 30, false}, {"OUTCOME", 0, false}, {"TEAM", 40, false},
		{"WHY", 0, false}, {0}};
	struct table table AUTO(table_done);
	const json_t *line;
	size_t i;

	table_init(&table, columns);
	json_array_foreach(lines, i, line)
	{
		struct text owner AUTO(text_done) = {0};

		print_owner(&owner, line);
		table_add(&table, json_string_or(line, "/type", ""));
		table_add(&table, json_string_or(line, "/value", ""));
		table_add(&table, json_string_or(line, "/outcome", ""));
		table_add(&table, text_string(&owner));
		table_add(&table, json_string_or(line, "/why", ""));
	}
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

static void print_answer(struct cli *cli, const json_t *answer)
{
	struct text words AUTO(text_done) = {0};
	const json_t *unknown;
	size_t i;

	if (json_bool_or(answer, "/found", false)) {
		print_owner(&words, answer);
		text_add(&words, ", by ");
		table_clean(&words, json_string_or(answer, "/matched_by", ""), false);
		text_add_char(&words, ' ');
		table_clean(
			&words, json_string_or(answer, "/matched_value", ""), false);
	} else {
		text_add(&words, "nobody");
	}
	json_array_foreach(json_at(answer, "/unknown"), i, unknown)
	{
		text_add(&words, "\nno type of identifier: ");
		table_clean(&words, json_string_value(unknown), false);
	}
	(void)fprintf(cli->out, "%s\n", text_string(&words));
}

static bool lookup(struct cli *cli)
{
	const char *org = cli->values[OPTION_ORG];
	json_t *body AUTO(json_decref) = read_identifiers(cli);
	json_t *answer AUTO(json_decref) = NULL;
	struct text path AUTO(text_done) = {0};

	if (!body)
		return cli->status != CLI_GOOD ? false : cli_fail(cli, "no memory");
	text_add(&path, org ? "/api/v1/admin/orgs/" : "/api/v1/internal");
	if (org)
		call_add_encoded(&path, org);
	text_add(&path, "/routing/lookup");
	if (cli->values[OPTION_EXPLAIN])
		call_add_query(&path, "explain", "1");
	if (!call(cli, "POST", text_string(&path), body, &answer))
		return false;
	if (cli_wants_json(cli))
		return call_print_json(cli, answer);
	print_answer(cli, answer);
	return !cli->values[OPTION_EXPLAIN] ||
		print_explanation(cli, json_at(answer, "/explain"));
}

const struct command route_commands[] = {
	{"lookup", "TYPE=VALUE...",
		"the team an event is for; --org asks as that organisation's admin",
		OPTION(ORG) | OPTION(EXPLAIN), 1, ARGUMENTS_MAX, lookup},
	{0},
};

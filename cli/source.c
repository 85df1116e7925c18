// SPDX-License-Identifier: Apache-2.0
// tocsin source test, tocsin source list: the ingress's senders, seen from the outside.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/call.h"
#include "cli/table.h"
#include "common/ids.h"
#include "common/source/source_table.h"

enum { BODY_MAX = 25 << 20, HEADERS_MAX = 8, TIMEOUT_MS = 30000 };

static bool load(struct cli *cli, struct source_table **out)
{
	struct text problems AUTO(text_done) = {0};
	const char *path = cli->values[OPTION_SOURCES];
	struct fault fault = {0};

	if (!path)
		path = getenv("TOCSIN_SOURCES_FILE");
	if (source_table_load(out, path ? path : "", &problems, &fault))
		return true;
	(void)cli_fail(cli, "%s", fault.text);
	if (problems.len > 0)
		text_printf(&cli->error, "\nAll that is wrong:\n%.*s",
			(int)problems.len - 1, text_string(&problems));
	return false;
}

static bool read_body(struct cli *cli, struct text *out)
{
	const char *path = cli->arguments[0];
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char chunk[4096];
	bool bad;
	size_t got;

	if (!file)
		return cli_fail(cli, "%s: %s", path, strerror(errno));
	out->limit = BODY_MAX;
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		text_add_bytes(out, chunk, got);
	bad = ferror(file) || text_failed(out);
	if (file != stdin)
		(void)fclose(file);
	return !bad || cli_fail(cli, "%s: cannot be read, or is over 25 MiB", path);
}

/* What people call a row: its name, or what ends its path: "slack/commands". */
static const char *name_of(const struct source *row)
{
	return row->configured ? row->name : row->path + strlen("/webhooks/");
}

static const struct source *find(struct cli *cli, const struct source_table *table)
{
	const char *name = cli->values[OPTION_SOURCE];
	const struct source *row;

	if (!name) {
		(void)cli_usage(
			cli, "--source NAME is needed; see: tocsin source list");
		return NULL;
	}
	for (size_t i = 0; i < source_table_count(table); i++) {
		row = source_table_row(table, i);
		if (strcmp(name_of(row), name) == 0)
			return row;
	}
	(void)cli_fail(cli, "no source '%s'; see: tocsin source list", name);
	return NULL;
}

/* What is sent: header lines owned, ended by NULL. */
struct delivery {
	char *headers[HEADERS_MAX + 1];
	size_t count;
};

static void delivery_done(struct delivery *delivery)
{
	for (size_t i = 0; i < delivery->count; i++)
		free(delivery->headers[i]);
}
DEFINE_AUTO_DONE(struct delivery, delivery_done)

static void add(struct delivery *delivery, const char *name, const char *value)
{
	struct text line AUTO(text_done) = {0};

	if (!name || !value || delivery->count == HEADERS_MAX)
		return;
	text_printf(&line, "%s: %s", name, value);
	delivery->headers[delivery->count] = text_take(&line);
	if (delivery->headers[delivery->count])
		delivery->count++;
}

static bool sign(struct cli *cli, struct delivery *out, const struct source *row,
	const struct text *body)
{
	char signature[SIGNATURE_TEXT_MAX], stamp[24], id[UUID_SIZE];
	const struct signature_rule *rule = &row->rule;
	struct signed_request request = {.id = {id_make(id), 1},
		.timestamp = {stamp, 1},
		.body = text_string(body),
		.body_len = body->len};
	struct fault fault = {0};

	if (row->secrets.count == 0)
		return cli_fail(cli, "source '%s' has no secret: set %s%s", row->name,
			row->secret_setting ? "TOCSIN_" : "the variable its row names",
			row->secret_setting ? row->secret_setting : "");
	(void)snprintf(stamp, sizeof(stamp), "%ld", (long)time(NULL));
	if (!signature_make(signature, rule, row->secrets.values[0], &request, &fault))
		return cli_fail(cli, "source '%s': %s", row->name, fault.text);
	add(out, rule->names.signature, signature);
	add(out, rule->names.id, id);
	add(out, rule->names.timestamp, stamp);
	add(out, "Content-Type",
		row->takes & (SOURCE_JSON | SOURCE_ANY)
			? "application/json"
			: "application/x-www-form-urlencoded");
	/* Where the id and the kind are headers of their own. */
	if (row->delivery_id[0].in == SPOT_HEADER && !rule->names.id)
		add(out, row->delivery_id[0].name, id);
	if (row->kind[0].in == SPOT_HEADER)
		add(out, row->kind[0].name,
			cli->values[OPTION_KIND] ? cli->values[OPTION_KIND] : "test");
	return true;
}

static bool send_out(struct cli *cli, const char *url, const struct delivery *delivery,
	const struct text *body, struct http_reply *reply)
{
	struct fault fault = {0};

	if (!cli->client && !http_client_open(&cli->client, "", &fault))
		return cli_fail(cli, "%s", fault.text);
	return http_fetch(cli->client,
		       &(struct http_call){.method = "POST",
			       .url = url,
			       .headers = (const char *const *)delivery->headers,
			       .body = text_string(body),
			       .body_len = body->len,
			       .timeout_ms = TIMEOUT_MS},
		       reply, &fault) ||
		cli_fail(cli,
			"POST %s: %s\nIs the ingress running there? --url or "
			"TOCSIN_INGRESS_URL says where it is",
			url, fault.text);
}

static void add_path(struct text *out, const struct source *row)
{
	text_add(out, row->path);
	if (row->configured && strcmp(row->name, "generic") != 0)
		text_printf(out, "/%s", row->name);
}

static void make_url(struct text *url, const struct cli *cli, const struct source *row)
{
	const char *base = cli->values[OPTION_URL];
	size_t len;

	if (!base || !*base)
		base = call_ingress_url();
	len = strlen(base);
	while (len > 0 && base[len - 1] == '/')
		len--;
	text_add_bytes(url, base, len);
	add_path(url, row);
}

static bool show(struct cli *cli, const char *url, const struct http_reply *reply)
{
	json_t *answer AUTO(json_decref) = NULL;
	struct text words AUTO(text_done) = {0};
	struct fault fault = {0};
	const char *id = NULL;

	cli->http_status = reply->status;
	if (json_parse(&answer, reply->body, reply->len, &fault))
		id = json_string_at(answer, "/event_id");
	table_clean(&words, reply->body, true);
	if (reply->status >= 300)
		return cli_fail(
			cli, "POST %s: %d %s", url, reply->status, text_string(&words));
	if (cli_wants_json(cli) && answer)
		return call_print_json(cli, answer);
	(void)fprintf(
		cli->out, "POST %s: %d %s\n", url, reply->status, text_string(&words));
	if (id)
		(void)fprintf(cli->out,
			"event %s\nSee: tocsin events show %s --wait 30\n", id, id);
	return true;
}

static bool test(struct cli *cli)
{
	struct source_table *table AUTO(source_table_release) = NULL;
	struct text body AUTO(text_done) = {0}, url AUTO(text_done) = {0};
	struct delivery delivery AUTO(delivery_done) = {0};
	struct http_reply reply AUTO(http_reply_done) = {0};
	const struct source *row;

	if (!load(cli, &table))
		return false;
	row = find(cli, table);
	if (!row || !read_body(cli, &body) || !sign(cli, &delivery, row, &body))
		return false;
	make_url(&url, cli, row);
	return send_out(cli, text_string(&url), &delivery, &body, &reply) &&
		show(cli, text_string(&url), &reply);
}

static bool list(struct cli *cli)
{
	static const struct table_column columns[] = {{"SOURCE", 20, false},
		{"PATH", 0, false}, {"SIGNATURE", 30, false}, {"SECRETS", 0, true},
		{0}};
	struct source_table *sources_table AUTO(source_table_release) = NULL;
	struct table table AUTO(table_done);

	table_init(&table, columns);
	if (!load(cli, &sources_table))
		return false;
	for (size_t i = 0; i < source_table_count(sources_table); i++) {
		const struct source *row = source_table_row(sources_table, i);
		struct text path AUTO(text_done) = {0};

		add_path(&path, row);
		table_add(&table, name_of(row));
		table_add(&table, text_string(&path));
		table_add(&table, row->rule.names.signature);
		table_printf(&table, "%zu", row->secrets.count);
	}
	return table_print(&table, cli->out, "", cli->bold) ||
		cli_fail(cli, "no memory");
}

const struct command source_commands[] = {
	{"test", "FILE",
		"signs FILE (- is standard input) as a source does, and sends it",
		OPTION(SOURCE) | OPTION(SOURCES) | OPTION(KIND), 1, 1, test},
	{"list", "", "the senders, their paths, and how many secrets each has here",
		OPTION(SOURCES), 0, 0, list},
	{0},
};

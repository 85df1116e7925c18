// SPDX-License-Identifier: Apache-2.0
// Fills the tables of an empty config-store by COPY. Foreign keys and checks are at
// work, so what is loaded is what config-store itself could have written.
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/hmac.h"
#include "common/text.h"
#include "config-store/caller/token.h"
#include "tests/bench/bench.h"
#include "tests/bench/config_bench.h"
#include "tests/bench/config_data.h"

enum { FLUSH_LEN = 1 << 16, PARTS_OF_PROGRESS = 4 };

/* One COPY under way. */
struct copy {
	PGconn *db;
	struct text rows;
};

static void flush(struct copy *copy)
{
	if (text_failed(&copy->rows))
		die("no memory for rows");
	if (copy->rows.len > 0 &&
		PQputCopyData(
			copy->db, text_string(&copy->rows), (int)copy->rows.len) != 1)
		die("COPY: %s", PQerrorMessage(copy->db));
	text_clear(&copy->rows);
}

static void add_node(struct copy *copy, const char *const node[5], int depth)
{
	/* org, id, parent, type, name */
	text_printf(&copy->rows, "%s\t%s\t%s\t%s\t%s\t%d\n", node[0], node[1], node[2],
		node[3], node[4], depth);
}

static void add_config(
	struct copy *copy, const char *org, const char *node, const char *config)
{
	text_printf(&copy->rows, "%s\t%s\t%s\t1\tbench\n", org, node, config);
}

static void add_history(
	struct copy *copy, const char *org, const char *node, const char *config)
{
	text_printf(&copy->rows, "%s\t%s\t0\t1\t{}\t%s\tbench\tloaded\n", org, node,
		config);
}

static void node_rows(struct copy *copy, long number)
{
	struct data_team at;

	data_team(&at, number);
	if (number % DATA_TEAMS == 0)
		add_node(copy,
			(const char *const[]){
				at.org, at.org, "\\N", "org", "An organisation"},
			0);
	if (number % (DATA_TEAMS / DATA_DIVISIONS) == 0)
		add_node(copy,
			(const char *const[]){
				at.org, at.division, at.org, "unit", "A division"},
			1);
	if (number % (DATA_TEAMS / DATA_GROUPS) == 0)
		add_node(copy,
			(const char *const[]){
				at.org, at.group, at.division, "unit", "A group"},
			2);
	add_node(copy,
		(const char *const[]){at.org, at.team, at.group, "team", "A team"}, 3);
}

static void each_config(struct copy *copy, long number,
	void (*add)(struct copy *copy, const char *org, const char *node,
		const char *config))
{
	char config[DATA_CONFIG_SIZE];
	struct data_team at;

	data_team(&at, number);
	data_team_config(config, number);
	if (number % DATA_TEAMS == 0)
		add(copy, at.org, at.org, data_org_config);
	if (number % (DATA_TEAMS / DATA_DIVISIONS) == 0)
		add(copy, at.org, at.division, data_division_config);
	if (number % (DATA_TEAMS / DATA_GROUPS) == 0)
		add(copy, at.org, at.group, data_group_config);
	add(copy, at.org, at.team, config);
}

static void config_rows(struct copy *copy, long number)
{
	each_config(copy, number, add_config);
}

static void history_rows(struct copy *copy, long number)
{
	each_config(copy, number, add_history);
}

static void identifier_rows(struct copy *copy, long number)
{
	struct data_claim claims[DATA_CLAIMS];
	struct data_team at;

	data_team(&at, number);
	data_claims(claims, number);
	for (int i = 0; i < DATA_CLAIMS; i++)
		text_printf(&copy->rows, "%s\t%s\t%s\t%s\n", claims[i].type,
			claims[i].value, at.org, at.team);
}

/* As tokens.c makes them, but for the secret, which nobody has to guess. */
static void token_rows(struct copy *copy, long number)
{
	char text[DATA_TOKEN_SIZE], salt[TOKEN_SALT_HEX_SIZE], hash[HMAC_HEX_SIZE];
	struct data_team at;
	struct token token;

	data_team(&at, number);
	data_token(text, number);
	if (!token_parse(&token, text))
		die("%s is no token", text);
	(void)snprintf(salt, sizeof(salt), "%032lx", number * 7919);
	token_hash(hash, salt, token.secret);
	text_printf(&copy->rows, "%s\tteam\t%s\t%s\tbench\t\\\\x%s\t\\\\x%s\tbench\n",
		token.id, at.org, at.team, salt, hash);
}

/* Columns are named: others that have a default may come and go. */
static const struct table {
	const char *what, *copy;
	void (*rows)(struct copy *copy, long number); /* of one team and those above */
} tables[] = {
	{"nodes",
		"COPY config.node (org_id, node_id, parent_id, node_type, name, depth)"
		" FROM STDIN",
		node_rows},
	{"configurations",
		"COPY config.node_config (org_id, node_id, config, version, updated_by)"
		" FROM STDIN",
		config_rows},
	{"their history",
		"COPY config.node_config_history (org_id, node_id, previous_version,"
		" version, previous_config, config, changed_by, reason) FROM STDIN",
		history_rows},
	{"identifiers",
		"COPY config.identifier (type, value, org_id, team_id) FROM STDIN",
		identifier_rows},
	{"tokens",
		"COPY config.token (token_id, kind, org_id, team_id, label, salt, hash,"
		" issued_by) FROM STDIN",
		token_rows},
};

static void fill_table(PGconn *db, const struct table *table, long teams)
{
	struct copy copy = {.db = db};
	long step = teams / PARTS_OF_PROGRESS;

	config_sql(db, table->copy);
	for (long i = 0; i < teams; i++) {
		table->rows(&copy, i);
		if (copy.rows.len >= FLUSH_LEN)
			flush(&copy);
		if (i > 0 && step >= 5000 && i % step == 0)
			bench_progress("%s: %ld of %ld teams", table->what, i, teams);
	}
	flush(&copy);
	text_done(&copy.rows);
	if (PQputCopyEnd(db, NULL) != 1)
		die("COPY: %s", PQerrorMessage(db));
	config_sql_end(db, table->what);
}

void config_fill(const char *url, long teams)
{
	PGconn *db = config_sql_open(url);
	int64_t from = clock_mono_ms();

	for (size_t i = 0; i < countof(tables); i++) {
		fill_table(db, &tables[i], teams);
		bench_progress("%s of %ld teams are loaded, %.1f s", tables[i].what,
			teams, (double)(clock_mono_ms() - from) / 1000);
	}
	config_sql(db, "VACUUM ANALYZE");
	PQfinish(db);
}

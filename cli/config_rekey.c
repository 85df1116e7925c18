// SPDX-License-Identifier: Apache-2.0
// tocsin config rekey: asks for slice after slice, until one whole pass found nothing to
// do. What was written under an old key meanwhile is found by the next pass.
#include "cli/config_rekey.h"

#include <unistd.h>

#include "cli/call.h"

enum { PASSES_MAX = 10 };

struct pass {
	long looked_at, rows, renewed, unopened;
	json_t *unopened_at; /* owned */
	char key[16];
};

static void pass_done(struct pass *pass)
{
	json_decref(pass->unopened_at);
}
DEFINE_AUTO_DONE(struct pass, pass_done)

static void add(struct pass *pass, const json_t *answer)
{
	pass->looked_at += json_integer_or(answer, "/looked_at", 0);
	pass->rows += json_integer_or(answer, "/rows", 0);
	pass->renewed += json_integer_or(answer, "/renewed", 0);
	pass->unopened += json_integer_or(answer, "/unopened", 0);
	(void)snprintf(pass->key, sizeof(pass->key), "%s",
		json_string_or(answer, "/key_id", ""));
	if (!pass->unopened_at)
		pass->unopened_at = json_incref(json_at(answer, "/unopened_at"));
	else
		(void)json_array_extend(
			pass->unopened_at, json_at(answer, "/unopened_at"));
}

static void show_progress(const struct pass *pass, bool last)
{
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r%ld rows looked at, %ld secrets sealed anew%s",
			pass->looked_at, pass->renewed, last ? "\n" : "");
	else if (last)
		(void)fprintf(stderr, "%ld rows looked at, %ld secrets sealed anew\n",
			pass->looked_at, pass->renewed);
}

/* One slice; *cursor is replaced by where the next begins, NULL at the end. */
static bool slice(struct cli *cli, struct pass *pass, json_t **cursor)
{
	json_t *answer AUTO(json_decref) = NULL;
	json_t *body AUTO(json_decref) = json_pack(
		"{s:s*, s:O*}", "org_id", cli->values[OPTION_ORG], "cursor", *cursor);

	if (!body)
		return cli_usage(cli, "--org must be UTF-8");
	if (!call(cli, "POST", "/api/v1/admin/secrets/rekey", body, &answer))
		return false;
	add(pass, answer);
	json_decref(*cursor);
	*cursor = json_is_string(json_at(answer, "/next"))
		? json_incref(json_at(answer, "/next"))
		: NULL;
	return true;
}

static bool run_pass(struct cli *cli, struct pass *pass)
{
	json_t *cursor = NULL;
	bool good;

	do {
		good = slice(cli, pass, &cursor);
		if (good)
			show_progress(pass, !cursor);
	} while (good && cursor);
	json_decref(cursor);
	return good;
}

static bool print_sum(struct cli *cli, const struct pass *last, long rows, long renewed)
{
	json_t *sum AUTO(json_decref) = NULL;

	if (!cli_wants_json(cli)) {
		(void)fprintf(cli->out,
			"%ld secrets in %ld rows sealed anew under key %s; %ld remain "
			"under other keys\n",
			renewed, rows, last->key, last->unopened);
		return true;
	}
	sum = json_pack("{s:s, s:I, s:I, s:I, s:O}", "key_id", last->key, "rows",
		(json_int_t)rows, "renewed", (json_int_t)renewed, "remaining",
		(json_int_t)last->unopened, "remaining_at", last->unopened_at);
	return sum ? call_print_json(cli, sum) : cli_fail(cli, "no memory");
}

static bool complain(struct cli *cli, const struct pass *last)
{
	const json_t *first = json_array_get(last->unopened_at, 0);

	return cli_fail(cli,
		"%ld secrets do not open with any key of the config store: the first "
		"is in %s/%s, version %ld. Put the key that sealed them into "
		"TOCSIN_SECRETS_KEY_FILE, below the newest, and run this again; or "
		"write those secrets anew",
		last->unopened, json_string_or(first, "/org_id", "?"),
		json_string_or(first, "/node_id", "?"),
		json_integer_or(first, "/version", 0));
}

bool config_rekey(struct cli *cli)
{
	long rows = 0, renewed = 0;

	for (int i = 0; i < PASSES_MAX; i++) {
		struct pass pass AUTO(pass_done) = {0};

		if (!run_pass(cli, &pass))
			return false;
		rows += pass.rows;
		renewed += pass.renewed;
		if (pass.renewed == 0)
			return print_sum(cli, &pass, rows, renewed) &&
				(pass.unopened == 0 || complain(cli, &pass));
	}
	return cli_fail(cli,
		"after %d passes there are still secrets under other keys: another "
		"config store seals with one. Send SIGHUP to all of them, and run "
		"this again",
		PASSES_MAX);
}

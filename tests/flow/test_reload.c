// SPDX-License-Identifier: Apache-2.0
// Story: secrets and sources change under load; nothing is dropped, what was good stays
// good, a bad file changes nothing. And a configured source's event ends in a run.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "tests/flow/senders.h"
#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum { ANSWER_MS = 15000, SOON_MS = 20000, RELOADS = 20 };

static struct stack stack;
static char file_setting[PATH_SIZE + 96], secret_setting[PATH_SIZE + 96];
static char file_path[PATH_SIZE + 32], secret_path[PATH_SIZE + 32];

static void write_file(const char *path, const char *text)
{
	char next[PATH_SIZE + 64];
	FILE *file;

	(void)snprintf(next, sizeof(next), "%s.next", path);
	file = fopen(next, "we");
	cr_assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
	cr_assert_eq(rename(next, path), 0);
}

static int send(const struct sender *sender)
{
	struct exchange exchange AUTO(exchange_done) = {0};

	sender_write(&exchange, sender, FLAW_NONE, NULL);
	(void)exchange_run(&exchange, stack.addresses[INGRESS], ANSWER_MS);
	return exchange.status;
}

static struct sender hmac_sender(const char *name, const char *secret)
{
	static char paths[4][96];
	static int used;
	char *path = paths[used++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "/webhooks/generic/%s", name);
	return (struct sender){.what = name,
		.path = path,
		.type = JSON_TYPE,
		.headers = "X-Sum: $MAC\r\n",
		.signs = "$BODY",
		.secret = secret,
		.body = "{\"type\":\"t\"}"};
}

/* The value of one series, -1 when it is not there. */
static long metric(const char *series)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	const char *at;

	request_write(&exchange.request, "GET /metrics", "", "", 0);
	(void)exchange_run(&exchange, stack.addresses[INGRESS], ANSWER_MS);
	at = strstr(exchange.body, series);
	return at ? strtol(at + strlen(series), NULL, 10) : -1;
}

static void reload(const char *outcome)
{
	char series[96];
	long before;

	(void)snprintf(series, sizeof(series),
		"tocsin_ingress_reloads_total{outcome=\"%s\"} ", outcome);
	before = metric(series);
	if (before < 0)
		before = 0;
	cr_assert_eq(kill(stack.daemons[INGRESS].pid, SIGHUP), 0);
	cr_expect(WAIT_UNTIL(metric(series) > before, SOON_MS), "%s", outcome);
}

#define ROW(name)                                                          \
	"{\"name\":\"" name "\",\"scheme\":\"hmac\",\"header\":\"X-Sum\"," \
	"\"secrets\":[{\"file\":\"%s\"}]}"

static void write_rows(const char *format_of_one, const char *of_two)
{
	struct text text AUTO(text_done) = {0};

	text_add(&text, "{\"sources\":[");
	for (const char *p = format_of_one; *p; p++)
		if (p[0] == '%' && p[1] == 's') {
			text_add(&text, secret_path);
			p++;
		} else {
			text_add_char(&text, *p);
		}
	text_add(&text, of_two);
	text_add(&text, "]}");
	write_file(file_path, text_string(&text));
}

static void start(const char *directory_of)
{
	static const char *settings[3];
	static struct stack_options options = {.doors_only = true};
	static char directory[PATH_SIZE];

	(void)snprintf(
		directory, sizeof(directory), "/tmp/tocsin-%s-XXXXXX", directory_of);
	cr_assert(mkdtemp(directory));
	(void)snprintf(file_path, sizeof(file_path), "%s/sources.json", directory);
	(void)snprintf(secret_path, sizeof(secret_path), "%s/secret", directory);
	(void)snprintf(file_setting, sizeof(file_setting), "TOCSIN_SOURCES_FILE=%s",
		file_path);
	(void)snprintf(secret_setting, sizeof(secret_setting),
		"TOCSIN_PAGERDUTY_WEBHOOK_SECRET_FILE=%s", secret_path);
	settings[0] = file_setting;
	settings[1] = secret_setting;
	options.settings = settings;
	write_file(secret_path, "first\n");
	write_rows(ROW("one"), "");
	stack_start(&stack, &options);
}

static void end(void)
{
	stack_stop(&stack);
	cr_expect_eq(remove(file_path), 0);
	cr_expect_eq(remove(secret_path), 0);
	*strrchr(file_path, '/') = '\0';
	cr_expect_eq(remove(file_path), 0);
}

Test(reload, secrets_are_exchanged_without_a_gap_and_counted, .timeout = 140)
{
	struct sender old = hmac_sender("one", "first"),
		      fresh = hmac_sender("one", "second");

	start("rotate");
	cr_expect_eq(send(&old), 200);
	cr_expect_eq(send(&fresh), 401);
	write_file(secret_path, "first\nsecond\n");
	reload("good");
	cr_expect_eq(send(&old), 200);
	cr_expect_eq(send(&fresh), 200);
	cr_expect_eq(
		metric("tocsin_ingress_secret_used_total{source=\"one\",key=\"2\"} "),
		1);
	cr_expect_eq(
		metric("tocsin_ingress_secret_used_total{source=\"one\",key=\"1\"} "),
		2);
	write_file(secret_path, "second\n");
	reload("good");
	cr_expect_eq(send(&old), 401);
	cr_expect_eq(send(&fresh), 200);
	end();
}

Test(reload, rows_come_and_go_and_a_bad_file_changes_nothing, .timeout = 140)
{
	struct sender one = hmac_sender("one", "first"),
		      two = hmac_sender("two", "first");

	start("rows");
	cr_expect_eq(send(&two), 404);
	write_rows(ROW("one"), ",{\"name\":\"two\",\"scheme\":\"magic\"}");
	reload("bad");
	cr_expect_eq(send(&one), 200);
	cr_expect_eq(send(&two), 404);
	write_file(file_path, "{");
	reload("bad");
	cr_expect_eq(send(&one), 200);
	write_rows(ROW("two"), "");
	reload("good");
	cr_expect_eq(send(&one), 404);
	cr_expect_eq(send(&two), 200);
	end();
}

struct load {
	atomic_bool stopping;
	atomic_long sent, failed;
};

static void *keep_sending(void *context)
{
	struct load *load = context;
	struct sender sender = hmac_sender("one", "first");

	while (!load->stopping) {
		load->sent++;
		if (send(&sender) != 200)
			load->failed++;
	}
	return NULL;
}

Test(reload, sighup_under_load_drops_nothing, .timeout = 140)
{
	struct load load = {0};
	pthread_t threads[3];

	start("load");
	for (size_t i = 0; i < countof(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, keep_sending, &load), 0);
	for (int i = 0; i < RELOADS; i++)
		reload("good");
	load.stopping = true;
	for (size_t i = 0; i < countof(threads); i++)
		(void)pthread_join(threads[i], NULL);
	cr_expect_gt(load.sent, RELOADS);
	cr_expect_eq(load.failed, 0, "%ld of %ld", (long)load.failed, (long)load.sent);
	end();
}

Test(reload, an_event_that_a_team_claims_ends_in_a_run, .timeout = 140)
{
	static const char *const settings[] = {SENDERS_SETTINGS, NULL};
	static const struct stack_options whole = {.settings = settings};
	struct exchange exchange AUTO(exchange_done) = {0};
	struct sender sender = {.path = "/webhooks/generic",
		.type = JSON_TYPE,
		.headers = "webhook-id: msg_run\r\nwebhook-timestamp: $TS\r\n"
			   "webhook-signature: v1,$MAC\r\n",
		.signs = "msg_run.$TS.$BODY",
		.secret = STANDARD_SECRET,
		.base64 = true,
		.body = "{\"type\":\"deploy.failed\",\"data\":{\"text\":\"Why?\","
			"\"github_repo\":\"Acme/Shop\"}}"};
	char event_id[64];

	stack_start(&stack, &whole);
	sender_write(&exchange, &sender, FLAW_NONE, NULL);
	(void)exchange_run(&exchange, stack.addresses[INGRESS], ANSWER_MS);
	cr_assert_eq(exchange.status, 200);
	(void)snprintf(event_id, sizeof(event_id), "%s", event_of(&exchange));
	cr_expect_str_eq(stack_run_state(&stack, event_id, SOON_MS), "completed");
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM audit.record WHERE event_id = '%s' "
			     "AND action = 'event.routed' AND team = 'shop'",
			     event_id),
		1);
	stack_stop(&stack);
}

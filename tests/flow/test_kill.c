// SPDX-License-Identifier: Apache-2.0
// Story: processes are killed at random moments while hundreds of deliveries come in,
// and afterwards each accepted one has exactly one finished run and exactly one answer.
// TOCSIN_TEST_SEED repeats a run.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"
#include "tests/support/seen.h"
#include "tests/support/stack.h"

enum {
	DELIVERIES = 500,
	SENDERS = 4,
	KILLS = 24,
	PAUSE_MS = 200,
	PAUSE_MORE_MS = 600,
	DONE_MS = 150000,
};

#define TOOL(name, method, more)                                                   \
	"\"" name                                                                  \
	"\":{\"type\":\"http\",\"enabled\":true,\"description\":\"Does it\","      \
	"\"method\":\"" method "\",\"url\":\"http://@/tools/" name "?key={key}\"," \
	"\"parameters\":{\"type\":\"object\",\"properties\":{\"key\":{\"type\":"   \
	"\"string\"}},\"required\":[\"key\"]},\"timeout_seconds\":10" more "}"

static const char helper[] =
	"{\"entrance_agent\":\"helper\",\"agents\":{\"helper\":{\"kind\":\"model\","
	"\"enabled\":true,\"timeout_seconds\":120,\"max_turns\":10,\"prompt\":{"
	"\"system\":\"You help.\"},\"model\":{\"name\":\"standin-1\"},\"tools\":{"
	"\"look\":true,\"act\":true}}},\"tools\":{" TOOL("look", "GET", "") "," TOOL(
		"act", "POST", ",\"idempotent\":false") "}}";

static const char script[] =
	"{\"turns\":[{\"delay_ms\":150,\"calls\":[{\"name\":\"look\",\"arguments\":{"
	"\"key\":\"$ask\"}},{\"name\":\"act\",\"arguments\":{\"key\":\"$ask\"}}]},"
	"{\"delay_ms\":150,\"content\":\"done ($ask)\"}]}";

static const char *const channels[] = {"C0SHOP1", "C0SHOP2", "C0SHOP3", "C0SHOP4"};

static struct stack stack;
static struct exchange deliveries[DELIVERIES];

/* Even ones are GitHub's, two to an issue; odd ones Slack's, each in its own thread. */
static void write_delivery(struct exchange *exchange, size_t i)
{
	char id[64], text[32];
	char *body AUTO(free) = NULL;

	(void)snprintf(text, sizeof(text), "what of q-%zu?", i);
	if (i % 2) {
		(void)snprintf(id, sizeof(id), "Ev0KILL%zu", i);
		body = body_of_mention(&(struct mention){.event_id = id,
			.channel = channels[i / 2 % countof(channels)],
			.text = text});
		slack_write(exchange, &(struct slack_delivery){.body = body});
		return;
	}
	(void)snprintf(id, sizeof(id), "72d3162e-cc78-11e3-81ab-4c9367%06zu", i);
	body = body_of_comment(&(struct comment){.repository = "acme/shop",
		.number = (long)i / 4 + 1,
		.login = "ada",
		.text = text});
	github_write(exchange,
		&(struct github_delivery){
			.event = "issue_comment", .id = id, .body = body});
}

/* In bursts, so that the killing goes on while they come in. */
static void *send_deliveries(void *none)
{
	enum { BURST = 25, BURST_PAUSE_MS = 400 };

	for (size_t i = 0; i < DELIVERIES; i += BURST) {
		exchange_run_all(
			deliveries + i, BURST, stack.addresses[INGRESS], SENDERS);
		clock_sleep_ms(BURST_PAUSE_MS);
	}
	return none;
}

static unsigned seed(void)
{
	const char *given = getenv("TOCSIN_TEST_SEED");
	unsigned value =
		given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)time(NULL);

	(void)fprintf(stderr, "test_kill: TOCSIN_TEST_SEED=%u\n", value);
	return value;
}

static void kill_some(void)
{
	static const enum stack_daemon victims[] = {
		ROUTER, AGENT_WORKER, AGENT_WORKER_2, AUDIT_SINK, CONFIG_STORE};
	unsigned state = seed();

	for (int i = 0; i < KILLS; i++) {
		enum stack_daemon victim =
			victims[(unsigned)rand_r(&state) % countof(victims)];

		clock_sleep_ms(PAUSE_MS + rand_r(&state) % PAUSE_MORE_MS);
		process_kill(&stack.daemons[victim]);
		stack_daemon_launch(&stack, victim);
	}
}

static bool all_is_done(long accepted)
{
	return number_of(stack.database,
		       "SELECT count(*) FROM config.run WHERE finished_at IS NOT "
		       "NULL") >= accepted &&
		stack_stream_is_done(&stack, "EVENTS") &&
		stack_stream_is_done(&stack, "TASKS") &&
		stack_stream_is_done(&stack, "STEPS") &&
		stack_stream_is_done(&stack, "AUDIT");
}

/* How often the end of an answer to question `i` stands anywhere. */
static size_t count_answers(const json_t *state, size_t i)
{
	static const char *const lists[] = {"messages", "comments"};
	char done[32];
	size_t count = 0;

	(void)snprintf(done, sizeof(done), "done (q-%zu)", i);
	for (size_t k = 0; k < countof(lists); k++) {
		json_t *post;
		size_t at;

		json_array_foreach(json_object_get(state, lists[k]), at, post)
		{
			char *text AUTO(free) = seen_text(post);

			count += strstr(text, done) != NULL;
		}
	}
	return count;
}

static void check_delivery(const json_t *state, size_t i)
{
	const char *event_id = event_of(&deliveries[i]);
	char key[24];

	(void)snprintf(key, sizeof(key), "q-%zu", i);
	cr_expect_str_eq(
		rows_of(stack.database,
			"SELECT state FROM config.run WHERE event_id = '%s'", event_id),
		"completed", "%s", key);
	cr_expect_eq(count_answers(state, i), 1, "%s", key);
	cr_expect_leq(seen_calls(state, "act", key), 1, "%s acted twice", key);
	cr_expect_geq(seen_calls(state, "look", key), 1, "%s never looked", key);
}

/* Every message of a stream has its row, and only one. */
static void check_rows(const char *stream, const char *table)
{
	cr_expect_str_eq(rows_of(stack.database,
				 "SELECT max(sequence) - count(DISTINCT sequence), "
				 "count(*) - count(DISTINCT sequence), count(*) - %ld "
				 "FROM audit.%s WHERE stream = '%s'",
				 stack_stream_count(&stack, stream), table, stream),
		"0|0|0", "%s: gaps, doubles, difference to the stream", stream);
}

static void check_trail(long accepted)
{
	static const char *const once[] = {
		"event.received", "event.routed", "run.completed"};

	check_rows("EVENTS", "record");
	check_rows("AUDIT", "record");
	check_rows("STEPS", "step");
	for (size_t i = 0; i < countof(once); i++)
		cr_expect_str_eq(
			rows_of(stack.database,
				"SELECT count(*) - %ld, count(*) - count(DISTINCT "
				"event_id) FROM audit.record WHERE action = '%s' AND "
				"event_id IN (SELECT event_id FROM config.run)",
				accepted, once[i]),
			"0|0", "%s", once[i]);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM (SELECT run_id FROM audit.step "
			     "GROUP BY run_id HAVING max(number) <> count(*)) AS gaps"),
		0, "runs with gaps in their steps");
	cr_expect_eq(stack_stream_count(&stack, "DEAD"), 0);
}

/* That the killing hit something: else this test would prove nothing. */
static void check_hits(void)
{
	long again = number_of(
		stack.database, "SELECT count(*) FROM config.run WHERE attempt > 1");

	(void)fprintf(
		stderr, "test_kill: %ld runs took more than one attempt\n", again);
	cr_expect_gt(again, 0);
}

static long count_accepted(void)
{
	long accepted = 0;

	for (size_t i = 0; i < DELIVERIES; i++) {
		cr_expect(deliveries[i].status == 200 || deliveries[i].status == 503,
			"%zu: %d %s", i, deliveries[i].status, deliveries[i].body);
		accepted += deliveries[i].status == 200;
	}
	return accepted;
}

static void check_all(void)
{
	json_t *state AUTO(json_decref) = NULL;
	long accepted = count_accepted();

	cr_assert_gt(accepted, DELIVERIES / 2);
	cr_expect(WAIT_UNTIL(all_is_done(accepted), DONE_MS), "%ld of %ld are done",
		number_of(stack.database,
			"SELECT count(*) FROM config.run WHERE finished_at IS NOT "
			"NULL"),
		accepted);
	state = stack_standin(&stack);
	for (size_t i = 0; i < DELIVERIES; i++)
		if (deliveries[i].status == 200)
			check_delivery(state, i);
	cr_expect_eq(seen_count(state, "messages") + seen_count(state, "comments"),
		(size_t)accepted, "posts without a final answer, or double");
	seen_no_refusal(state);
	check_trail(accepted);
	check_hits();
}

Test(kill, every_2xx_has_one_finished_run_and_one_answer, .timeout = 220)
{
	pthread_t sender;

	for (size_t i = 0; i < DELIVERIES; i++)
		write_delivery(&deliveries[i], i);
	stack_start(
		&stack, &(struct stack_options){.config = helper, .two_workers = true});
	stack_order(&stack, "model", script);
	cr_assert_eq(pthread_create(&sender, NULL, send_deliveries, NULL), 0);
	kill_some();
	(void)pthread_join(sender, NULL);
	check_all();
	for (size_t i = 0; i < DELIVERIES; i++)
		exchange_done(&deliveries[i]);
	stack_stop(&stack);
}

// SPDX-License-Identifier: Apache-2.0
// Story: fifty claimers at once, through two config stores, a limit that is lowered while
// runs are held, answers that are lost, and clocks that are not to be trusted: a team
// never runs more than it may, and each run is finished once.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/ids.h"
#include "tests/support/leases.h"
#include "tests/support/store_only.h"
#include "tests/support/store_twin.h"

enum { WAIT_MS = 30000, CLAIMERS = 50, RUNS = 50, MOST = 7, LEASE_MS = 60000 };

static struct stack stack;
static struct bus *bus;

struct crowd {
	char runs[RUNS][UUID_SIZE];
	atomic_int finishes
		[RUNS];        /* how often each was finished, as its finisher saw it */
	atomic_int held, most; /* at once */
	atomic_int wrong;
};

struct claimer {
	pthread_t thread;
	struct crowd *crowd;
	int first; /* the run it begins with */
};

static void note_most(struct crowd *crowd)
{
	int now = atomic_fetch_add(&crowd->held, 1) + 1;
	int known = atomic_load(&crowd->most);

	while (now > known && !atomic_compare_exchange_weak(&crowd->most, &known, now))
		;
}

/* True when the run is over, whoever did it. */
static bool work_on(struct crowd *crowd, int run)
{
	const struct lease_call call = {bus, "sre", crowd->runs[run]};
	int64_t token;
	int outcome = lease_try(&call, LEASE_MS, &token);

	if (outcome == FINISHED)
		return true;
	if (outcome != GRANTED)
		return false;
	note_most(crowd);
	clock_sleep_ms(1);
	if (!lease_renew(&call, token))
		atomic_fetch_add(&crowd->wrong, 1);
	/* Not held any more before the config store can give it to the next. */
	atomic_fetch_sub(&crowd->held, 1);
	if (lease_finish(&call, token, "completed"))
		atomic_fetch_add(&crowd->finishes[run], 1);
	/* The answer was lost, say: the same again is the same. */
	if (!lease_finish(&call, token, "completed") ||
		lease_finish(&call, token, "failed"))
		atomic_fetch_add(&crowd->wrong, 1);
	return true;
}

static void *claim_all(void *context)
{
	const struct claimer *claimer = context;
	int64_t until = clock_mono_ms() + WAIT_MS;
	bool over[RUNS] = {false};
	int left = RUNS;

	for (int i = claimer->first; left > 0 && clock_mono_ms() < until; i++) {
		int run = i % RUNS;

		if (over[run] || !work_on(claimer->crowd, run))
			continue;
		over[run] = true;
		left--;
	}
	return NULL;
}

static void run_crowd(struct crowd *crowd)
{
	struct claimer claimers[CLAIMERS];

	for (int i = 0; i < RUNS; i++)
		(void)id_make(crowd->runs[i]);
	for (int i = 0; i < CLAIMERS; i++) {
		claimers[i] = (struct claimer){.crowd = crowd, .first = i};
		cr_assert_eq(pthread_create(&claimers[i].thread, NULL, claim_all,
				     &claimers[i]),
			0);
	}
	for (int i = 0; i < CLAIMERS; i++)
		(void)pthread_join(claimers[i].thread, NULL);
}

Test(lease_limits, fifty_claimers_finish_fifty_runs_once_each, .timeout = 120)
{
	static const struct stack_options options = {0};
	static struct crowd crowd;
	struct twins twins = {.stack = &stack};

	store_only_start(&stack, &bus, &options);
	twin_launch(&twins, 0); /* a second one, for the same queue group */
	twin_wait(&twins, 0);
	cr_assert_eq(
		store_only_patch(&stack, "{\"runtime\":{\"max_concurrent_runs\":7}}"),
		200);
	run_crowd(&crowd);
	for (int i = 0; i < RUNS; i++)
		cr_expect_eq(atomic_load(&crowd.finishes[i]), 1, "run %d", i);
	cr_expect_eq(atomic_load(&crowd.wrong), 0);
	cr_expect_leq(atomic_load(&crowd.most), MOST);
	cr_expect_gt(atomic_load(&crowd.most), 1, "they were never at work at once");
	cr_expect_str_eq(rows_of(stack.database,
				 "SELECT count(*), max(attempt), count(DISTINCT "
				 "fencing_token) FROM config.run WHERE state = "
				 "'completed'"),
		"50|1|50");
	twins_stop(&twins);
	store_only_stop(&stack, bus);
}

static int limit_to(const char *node, int most)
{
	char line[128], body[96];

	(void)snprintf(line, sizeof(line),
		"PATCH /api/v1/admin/orgs/acme/nodes/%s/config", node);
	(void)snprintf(
		body, sizeof(body), "{\"runtime\":{\"max_concurrent_runs\":%d}}", most);
	return stack_call(&stack, ADMIN_TOKEN, line, body, NULL);
}

static int claim_new(char run[UUID_SIZE], int64_t *token)
{
	return lease_try(
		&(struct lease_call){bus, "sre", id_make(run)}, LEASE_MS, token);
}

/* What is held stays held; nothing new begins until fewer are held than may be. */
Test(lease_limits, lowered_while_runs_are_held, .timeout = 120)
{
	static const struct stack_options options = {0};
	char runs[4][UUID_SIZE], next[UUID_SIZE];
	int64_t tokens[4], token;

	store_only_start(&stack, &bus, &options);
	cr_assert_eq(limit_to("acme", 4), 200); /* inherited by the team */
	for (int i = 0; i < 4; i++)
		cr_assert_eq(claim_new(runs[i], &tokens[i]), GRANTED);
	cr_assert_eq(claim_new(next, &token), LIMIT);
	cr_assert_eq(limit_to("sre", 2), 200);
	for (int i = 0; i < 4; i++)
		cr_expect(lease_renew(
			&(struct lease_call){bus, "sre", runs[i]}, tokens[i]));
	for (int i = 0; i < 3; i++) {
		cr_expect_eq(lease_try(&(struct lease_call){bus, "sre", next}, LEASE_MS,
				     &token),
			LIMIT, "%d are held", 4 - i);
		cr_expect(lease_finish(&(struct lease_call){bus, "sre", runs[i]},
			tokens[i], "completed"));
	}
	cr_expect_eq(
		lease_try(&(struct lease_call){bus, "sre", next}, LEASE_MS, &token),
		GRANTED);
	cr_assert_eq(limit_to("sre", 3), 200);
	cr_expect_eq(claim_new(next, &token), GRANTED, "raised again");
	cr_expect_eq(claim_new(next, &token), LIMIT);
	store_only_stop(&stack, bus);
}

/* One team at its limit is no other team's business. */
Test(lease_limits, are_each_teams_own, .timeout = 120)
{
	static const struct stack_options options = {0};
	char run[UUID_SIZE];
	int64_t token;

	store_only_start(&stack, &bus, &options);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
			     "POST /api/v1/admin/orgs/acme/teams/shop", "", NULL),
		201);
	cr_assert_eq(limit_to("sre", 1), 200);
	cr_expect_eq(claim_new(run, &token), GRANTED);
	cr_expect_eq(claim_new(run, &token), LIMIT);
	cr_expect_eq(lease_try(&(struct lease_call){bus, "shop", id_make(run)},
			     LEASE_MS, &token),
		GRANTED);
	store_only_stop(&stack, bus);
}

/*
 * A lease is what the database's clock says, whatever zone anybody is in. A claim that
 * is repeated because its answer was lost is BUSY, not a second grant; once the lease is
 * over it is granted, with a new token.
 */
Test(lease_limits, know_one_clock_only, .timeout = 120)
{
	static const char *const zones[] = {
		"TZ=Pacific/Kiritimati", "PGTZ=America/Anchorage", NULL};
	static const struct stack_options options = {.settings = zones};
	char run[UUID_SIZE];
	int64_t first, next;
	long left;

	store_only_start(&stack, &bus, &options);
	(void)id_make(run);
	cr_assert_eq(lease_try(&(struct lease_call){bus, "sre", run}, LEASE_MS, &first),
		GRANTED);
	left = number_of(stack.database,
		"SELECT extract(epoch FROM lease_until - clock_timestamp()) * 1000 "
		"FROM "
		"config.run WHERE run_id = '%s'",
		run);
	cr_expect(left > 0 && left <= LEASE_MS, "%ld ms are left", left);
	cr_expect_eq(lease_try(&(struct lease_call){bus, "sre", run}, LEASE_MS, &next),
		BUSY);
	/* The database's clock moves on by an hour, as far as this lease is concerned. */
	cr_assert_eq(number_of(stack.database,
			     "WITH moved AS (UPDATE config.run SET lease_until = "
			     "lease_until - interval '1 hour' RETURNING 1) SELECT "
			     "count(*) FROM moved"),
		1);
	cr_expect_not(lease_renew(&(struct lease_call){bus, "sre", run}, first),
		"a lease that has run out is lost");
	cr_expect_eq(lease_try(&(struct lease_call){bus, "sre", run}, LEASE_MS, &next),
		GRANTED);
	cr_expect_gt(next, first);
	cr_expect_not(lease_finish(
		&(struct lease_call){bus, "sre", run}, first, "completed"));
	cr_expect(lease_finish(&(struct lease_call){bus, "sre", run}, next, "failed"));
	cr_expect_eq(lease_try(&(struct lease_call){bus, "sre", run}, LEASE_MS, &next),
		FINISHED, "never again");
	store_only_stop(&stack, bus);
}

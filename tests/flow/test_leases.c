// SPDX-License-Identifier: Apache-2.0
// Story: workers ask for runs at once, stall and come back, and each run is done by one
// at a time and finished once.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/ids.h"
#include "tests/support/leases.h"
#include "tests/support/store_only.h"

enum { WAIT_MS = 20000, CLAIMERS = 12 };

static const struct stack_options options = {0};
static struct stack stack;
static struct bus *bus;

static void start(void)
{
	store_only_start(&stack, &bus, &options);
}

static void stop(void)
{
	store_only_stop(&stack, bus);
}

static int patch(const char *body)
{
	return store_only_patch(&stack, body);
}

static pb_run_claim_reply *claim(const char *team, const char *run, long lease_ms)
{
	return lease_claim(&(struct lease_call){bus, team, run}, lease_ms);
}

static bool finish(const char *run, int64_t token, const char *state)
{
	return lease_finish(&(struct lease_call){bus, "sre", run}, token, state);
}

static bool renew(const char *run, int64_t token)
{
	return lease_renew(&(struct lease_call){bus, "sre", run}, token);
}

struct claimer {
	pthread_t thread;
	char run[UUID_SIZE];
	int outcome;
};

static void *claim_once(void *context)
{
	struct claimer *claimer = context;
	pb_run_claim_reply *reply AUTO(pb_run_claim_reply_free) =
		claim("sre", claimer->run, 60000);

	claimer->outcome = reply ? (int)reply->outcome : -1;
	return NULL;
}

/* How many of the claimers, all at once, get `outcome`. */
static int claim_all(struct claimer *claimers, int outcome)
{
	int count = 0;

	for (int i = 0; i < CLAIMERS; i++)
		cr_assert_eq(pthread_create(&claimers[i].thread, NULL, claim_once,
				     &claimers[i]),
			0);
	for (int i = 0; i < CLAIMERS; i++) {
		(void)pthread_join(claimers[i].thread, NULL);
		count += claimers[i].outcome == outcome;
	}
	return count;
}

Test(leases, one_of_many_claims_a_run)
{
	struct claimer claimers[CLAIMERS];

	start();
	(void)id_make(claimers[0].run);
	for (int i = 1; i < CLAIMERS; i++)
		memcpy(claimers[i].run, claimers[0].run, UUID_SIZE);
	cr_expect_eq(claim_all(claimers, GRANTED), 1);
	stop();
}

Test(leases, a_team_runs_as_many_as_it_may)
{
	struct claimer claimers[CLAIMERS];

	start();
	cr_assert_eq(patch("{\"runtime\":{\"max_concurrent_runs\":3}}"), 200);
	for (int i = 0; i < CLAIMERS; i++)
		(void)id_make(claimers[i].run);
	cr_expect_eq(claim_all(claimers, GRANTED), 3);
	cr_expect_eq(number_of(stack.database,
			     "SELECT count(*) FROM config.run WHERE state = 'queued'"),
		CLAIMERS - 3);
	for (int i = 0; i < CLAIMERS; i++) {
		char line[128];

		(void)snprintf(line, sizeof(line),
			"PATCH /api/v1/internal/agent-runs/%s", claimers[i].run);
		cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, line,
				     "{\"status\":\"cancelled\"}", NULL),
			409, "a run that waits is a worker's, too");
	}
	stop();
}

Test(leases, a_lease_that_ran_out_goes_to_the_next_and_the_first_is_fenced_off)
{
	char run[UUID_SIZE];
	pb_run_claim_reply *first AUTO(pb_run_claim_reply_free) = NULL;
	pb_run_claim_reply *next AUTO(pb_run_claim_reply_free) = NULL;
	pb_run_claim_reply *late AUTO(pb_run_claim_reply_free) = NULL;

	start();
	first = claim("sre", id_make(run), 50);
	cr_assert_eq(first->outcome, GRANTED);
	cr_expect_eq(first->attempt, 1);
	cr_assert(WAIT_UNTIL(
		(pb_run_claim_reply_free(next), next = claim("sre", run, 60000))
				->outcome == GRANTED,
		WAIT_MS));
	cr_expect_eq(next->attempt, 2);
	cr_expect_gt(next->fencing_token, first->fencing_token);
	cr_expect_not(renew(run, first->fencing_token));
	cr_expect_not(finish(run, first->fencing_token, "completed"));
	cr_expect(renew(run, next->fencing_token));
	cr_expect(finish(run, next->fencing_token, "completed"));
	cr_expect(finish(run, next->fencing_token, "completed"), "the same again");
	cr_expect_not(finish(run, next->fencing_token, "failed"), "but not another");
	cr_expect_not(renew(run, next->fencing_token));
	late = claim("sre", run, 60000);
	cr_expect_eq(late->outcome, FINISHED);
	cr_expect_str_eq(late->state, "completed");
	stop();
}

Test(leases, a_run_is_one_teams_only)
{
	char run[UUID_SIZE];
	pb_run_claim_reply *own AUTO(pb_run_claim_reply_free) = NULL;
	pb_run_claim_reply *other AUTO(pb_run_claim_reply_free) = NULL;
	pb_run_claim_reply *nobody AUTO(pb_run_claim_reply_free) = NULL;

	start();
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
			     "POST /api/v1/admin/orgs/acme/teams/shop", "", NULL),
		201);
	own = claim("sre", id_make(run), 60000);
	other = claim("shop", run, 60000);
	nobody = claim("none", run, 60000);
	cr_expect(own && !other && !nobody);
	stop();
}

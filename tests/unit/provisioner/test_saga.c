// SPDX-License-Identifier: Apache-2.0
// The engine alone, killed at every point there is.
#include <criterion/criterion.h>
#include <string.h>

#include "provisioner/saga.h"

enum { STEPS = 4 };

/*
 * What the steps change and what the records say, both of which outlive the process;
 * and when the process dies: at the kill_at-th moment, a moment being just before or
 * just after a change to either.
 */
struct world {
	bool made[STEPS];
	bool recorded[STEPS];
	char order[64]; /* which step changed something, in turn */
	bool ended, succeeded;
	char error[256], failed_step[32];
	int records;

	int moment, kill_at; /* kill_at 0: never */
	int stop_before;     /* the step before which a stop is asked for, -1: none */
	const struct fault *step_fault; /* what step "c" says; NULL: it works */
	bool record_fails;
};

static bool alive(struct world *world, struct fault *fault)
{
	return ++world->moment != world->kill_at ||
		fault_set(fault, FAULT_FATAL, "killed");
}

static bool change(struct world *world, int step, bool made, struct fault *fault)
{
	if (!alive(world, fault))
		return false;
	if (step == 2 && world->step_fault) {
		*fault = *world->step_fault;
		return false;
	}
	if (world->made[step] != made) {
		world->made[step] = made;
		world->order[strlen(world->order)] = (char)('a' + step);
	}
	return alive(world, fault);
}

#define STEP(letter, number)                                                  \
	static bool make_##letter(void *context, json_t **r, struct fault *f) \
	{                                                                     \
		*r = json_pack("{s:s}", "by", #letter);                       \
		return change(context, number, true, f);                      \
	}                                                                     \
	static bool undo_##letter(void *context, json_t **r, struct fault *f) \
	{                                                                     \
		(void)r;                                                      \
		return change(context, number, false, f);                     \
	}
STEP(a, 0)
STEP(b, 1)
STEP(c, 2)
STEP(d, 3)

static const struct saga_step steps[] = {
	{"a", make_a, undo_a},
	{"b", make_b, undo_b},
	{"c", make_c, undo_c},
	{"d", make_d, undo_d},
	{0},
};

static bool is_done(void *context, const char *step)
{
	const struct world *world = context;

	return world->recorded[*step - 'a'];
}

static bool should_stop(void *context)
{
	const struct world *world = context;

	return world->stop_before >= 0 && !world->recorded[world->stop_before] &&
		(world->stop_before == 0 || world->recorded[world->stop_before - 1]);
}

static bool record(void *context, const struct saga_record *ended, struct fault *fault)
{
	struct world *world = context;

	if (!alive(world, fault))
		return false;
	if (world->record_fails)
		return fault_set(fault, FAULT_RETRY, "the store is away");
	world->records++;
	if (ended->step && ended->succeeded)
		world->recorded[*ended->step - 'a'] = true;
	else if (ended->step)
		(void)snprintf(world->failed_step, sizeof(world->failed_step), "%s: %s",
			ended->step, ended->error);
	else
		world->ended = true;
	if (!ended->step) {
		world->succeeded = ended->succeeded;
		(void)snprintf(world->error, sizeof(world->error), "%s",
			ended->error ? ended->error : "");
	}
	return alive(world, fault);
}

static struct saga saga_in(struct world *world, bool undo)
{
	return (struct saga){
		.steps = steps,
		.undo = undo,
		.context = world,
		.is_done = is_done,
		.should_stop = should_stop,
		.record = record,
	};
}

static bool run(struct world *world, bool undo, struct fault *fault)
{
	struct saga saga = saga_in(world, undo);
	enum saga_outcome outcome = SAGA_STOPPED;

	*fault = (struct fault){0};
	return saga_run(&saga, &outcome, fault) && outcome == SAGA_FINISHED;
}

static struct world new_world(bool made)
{
	struct world world = {.stop_before = -1};

	for (size_t i = 0; i < STEPS; i++)
		world.made[i] = made;
	return world;
}

static bool all_are(const bool *flags, bool value)
{
	for (size_t i = 0; i < STEPS; i++)
		if (flags[i] != value)
			return false;
	return true;
}

/* The moments of a run nobody disturbs. */
static int moments(bool undo)
{
	struct world world = new_world(undo);
	struct fault fault;

	cr_assert(run(&world, undo, &fault), "%s", fault.text);
	return world.moment;
}

/* Killed at `first`, then again `second` moments into the next life, then left alone.
 */
static void check_two_kills(bool undo, int first, int second)
{
	struct world world = new_world(undo);
	const int kills[] = {first, second};
	struct fault fault;

	for (size_t i = 0; i < countof(kills); i++) {
		world.moment = 0;
		world.kill_at = kills[i];
		(void)run(&world, undo, &fault);
	}
	world.kill_at = 0;
	cr_assert(run(&world, undo, &fault), "killed at %d and %d: %s", first, second,
		fault.text);
	cr_expect(world.ended && world.succeeded);
	cr_expect(all_are(world.made, !undo), "killed at %d and %d", first, second);
	cr_expect(all_are(world.recorded, true), "killed at %d and %d", first, second);
	cr_expect_str_eq(world.order, undo ? "dcba" : "abcd", "killed at %d and %d",
		first, second);
}

static void check_every_kill(bool undo)
{
	int count = moments(undo);

	cr_assert_geq(count, 4 * STEPS + 2);
	for (int first = 1; first <= count; first++)
		for (int second = 1; second <= count; second++)
			check_two_kills(undo, first, second);
}

Test(saga, killed_at_any_two_moments_ends_as_if_never_killed)
{
	check_every_kill(false);
}

Test(saga, undone_with_any_two_kills_ends_in_nothing_in_reverse_order)
{
	check_every_kill(true);
}

Test(saga, does_not_touch_what_is_recorded)
{
	struct world world = new_world(false);
	struct fault fault;

	world.recorded[0] = world.recorded[1] = true;
	cr_assert(run(&world, false, &fault));
	cr_expect_str_eq(world.order, "cd");
}

Test(saga, a_refused_step_fails_it_and_is_named_and_the_next_is_not_begun)
{
	struct world world = new_world(false);
	const struct fault refused = {.kind = FAULT_REJECT, .text = "C1 is taken"};
	struct fault fault;

	world.step_fault = &refused;
	cr_assert_not(run(&world, false, &fault));
	cr_expect_eq(fault.kind, FAULT_REJECT);
	cr_expect_str_eq(fault.text, "step c: C1 is taken");
	cr_expect_str_eq(world.order, "ab");
	cr_expect_str_eq(world.failed_step, "c: C1 is taken");
	cr_expect(world.ended && !world.succeeded);
	cr_expect_str_eq(world.error, "step c: C1 is taken");
}

Test(saga, goes_on_from_the_failed_step_when_it_is_sent_again)
{
	struct world world = new_world(false);
	const struct fault refused = {.kind = FAULT_REJECT, .text = "C1 is taken"};
	struct fault fault;

	world.step_fault = &refused;
	cr_assert_not(run(&world, false, &fault));
	world.step_fault = NULL;
	cr_assert(run(&world, false, &fault));
	cr_expect(world.ended && world.succeeded);
	cr_expect_str_eq(world.order, "abcd");
}

Test(saga, a_step_that_may_work_later_is_left_as_it_stands)
{
	struct world world = new_world(false);
	const struct fault later = {
		.kind = FAULT_RETRY, .retry_after_ms = 7000, .text = "away"};
	struct fault fault;

	world.step_fault = &later;
	cr_assert_not(run(&world, false, &fault));
	cr_expect_eq(fault.kind, FAULT_RETRY);
	cr_expect_eq(fault.retry_after_ms, 7000);
	cr_expect_str_eq(fault.text, "step c: away");
	cr_expect_not(world.ended);
	cr_expect_eq(world.records, 2);
}

Test(saga, fails_for_good_when_nobody_will_come_again)
{
	struct world world = new_world(false);
	const struct fault later = {.kind = FAULT_RETRY, .text = "away"};
	struct saga saga = saga_in(&world, false);
	enum saga_outcome outcome;
	struct fault fault = {0};

	world.step_fault = &later;
	saga.last_try = true;
	cr_assert_not(saga_run(&saga, &outcome, &fault));
	cr_expect_eq(fault.kind, FAULT_REJECT);
	cr_expect(world.ended && !world.succeeded);
	cr_expect_str_eq(world.error, "step c: away");
}

Test(saga, is_not_failed_when_the_failure_cannot_be_recorded)
{
	struct world world = new_world(false);
	const struct fault refused = {.kind = FAULT_REJECT, .text = "C1 is taken"};
	struct fault fault;

	world.recorded[0] = world.recorded[1] = true;
	world.step_fault = &refused;
	world.record_fails = true;
	cr_assert_not(run(&world, false, &fault));
	cr_expect_eq(fault.kind, FAULT_RETRY);
	cr_expect_str_eq(fault.text, "the store is away");
	cr_expect_not(world.ended);
}

Test(saga, stops_between_two_steps_and_is_resumed)
{
	struct world world = new_world(false);
	struct saga saga = saga_in(&world, false);
	enum saga_outcome outcome = SAGA_FINISHED;
	struct fault fault = {0};

	world.stop_before = 2;
	cr_assert(saga_run(&saga, &outcome, &fault));
	cr_expect_eq(outcome, SAGA_STOPPED);
	cr_expect_str_eq(world.order, "ab");
	cr_expect_not(world.ended);

	world.stop_before = -1;
	cr_assert(run(&world, false, &fault));
	cr_expect_str_eq(world.order, "abcd");
}

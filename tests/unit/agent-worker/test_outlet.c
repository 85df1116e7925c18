// SPDX-License-Identifier: Apache-2.0
#include "agent-worker/outlet.h"

#include <criterion/criterion.h>

#include "common/clock.h"

enum { LEASE_MS = 60000, LEFT_MS = 50 };

static int posts, edits;
static struct lease *lease;

static bool post(json_t **reference, const struct post *the_post, struct fault *fault)
{
	(void)the_post;
	posts++;
	*reference = NULL;
	return fault_set(fault, FAULT_RETRY, "nobody knows");
}

static bool edit(
	const json_t *reference, const struct post *the_post, struct fault *fault)
{
	(void)reference;
	(void)the_post;
	edits++;
	return fault_set(fault, FAULT_REJECT, "it is gone");
}

/* Looks for as long as the lease lasts, as many slow pages would. */
static bool find(json_t **reference, const struct post *the_post, struct fault *fault)
{
	(void)the_post;
	(void)fault;
	*reference = NULL;
	while (lease_holds(lease))
		clock_sleep_ms(1);
	return true;
}

static const struct destination_type slow = {
	.name = "slow", .post = post, .edit = edit, .find = find};

static void put(struct outlet *outlet, struct fault *fault)
{
	struct leases *leases AUTO(leases_close) = NULL;
	pb_task task;
	struct putting putting = {
		.task = &task, .markdown = "the answer", .state = "completed"};

	pb_task_init(&task);
	/* The first renewal would be long after the test. */
	cr_assert(leases_open(&leases, NULL, LEASE_MS, fault));
	cr_assert(lease_begin(&lease, leases,
		&(struct lease_terms){.org = "acme",
			.team = "sre",
			.run = "run",
			.asked_ms = clock_mono_ms() - LEASE_MS * 5 / 6 + LEFT_MS},
		fault));
	putting.lease = lease;
	cr_expect_not(outlet_put(outlet, &putting, fault));
	lease_end(lease, false);
}

Test(outlet, posts_nothing_when_the_lease_ran_out_while_it_looked)
{
	pb_destination destination;
	struct outlet outlet = {
		.type = &slow, .destination = &destination, .unsure = true};
	struct fault fault = {0};

	pb_destination_init(&destination);
	put(&outlet, &fault);
	cr_expect_eq(fault.kind, FAULT_RETRY);
	cr_expect_str_eq(fault.text, "the run's lease is lost");
	cr_expect_eq(posts, 0);
}

Test(outlet, posts_no_new_one_for_a_lost_one_when_the_lease_ran_out)
{
	pb_destination destination;
	struct outlet outlet = {
		.type = &slow, .destination = &destination, .reference = json_object()};
	struct fault fault = {0};

	pb_destination_init(&destination);
	put(&outlet, &fault);
	cr_expect_eq(fault.kind, FAULT_RETRY);
	cr_expect_eq(edits, 1);
	cr_expect_eq(posts, 0);
	json_decref(outlet.reference);
}

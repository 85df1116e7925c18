// SPDX-License-Identifier: Apache-2.0
// Story: with TOCSIN_ACK=replicated a 2xx rests on three nats-servers. Each of them is killed
// in turn, under load, the leader of EVENTS first: whoever got a 2xx is in the stream, once,
// whichever server leads it afterwards; others were told 503, and got in when they tried again.
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "tests/support/cluster.h"
#include "tests/support/stack.h"

DEFINE_AUTO(jsStreamInfo, jsStreamInfo_Destroy)

enum {
	SENDERS = 6,
	EACH_MAX = 20000,
	CALL_MS = 5000,
	STOP_MS = 20000,
	PAUSE_MS = 3,
	BETWEEN = 600, /* deliveries that must get in between two blows */
	GO_ON_MS = 60000,
	MOVES = 8,
};

static struct cluster cluster;
static struct stack stack;
static struct bus *bus;
static atomic_bool over;
static atomic_long accepted;

static const char *const settings[] = {
	"TOCSIN_ACK=replicated", "TOCSIN_STREAM_REPLICAS=3", NULL};
static const struct stack_options options = {.settings = settings};

struct sender {
	pthread_t thread;
	int number, begun;
	long refused, wrong; /* attempts */
};

static struct sender senders[SENDERS];

/* One delivery until it gets its 2xx, as GitHub's page has a button for. */
static void deliver(struct sender *sender, int index)
{
	struct exchange exchange AUTO(exchange_done) = {0};
	char id[48];

	(void)snprintf(id, sizeof(id), "replicated-%d-%d", sender->number, index);
	github_write(&exchange,
		&(struct github_delivery){.event = "push", .id = id, .body = "{}"});
	for (;;) {
		(void)exchange_run(&exchange, stack.addresses[INGRESS], CALL_MS);
		if (exchange.status == 200)
			break;
		sender->refused += exchange.status == 503;
		sender->wrong += exchange.status != 503;
		clock_sleep_ms(PAUSE_MS);
	}
	atomic_fetch_add(&accepted, 1);
}

static void *send_all(void *context)
{
	struct sender *sender = context;

	while (!atomic_load(&over) && sender->begun < EACH_MAX) {
		deliver(sender, sender->begun++);
		clock_sleep_ms(PAUSE_MS);
	}
	return NULL;
}

static void wait_for_more(const char *when)
{
	long enough = atomic_load(&accepted) + BETWEEN;

	cr_assert(WAIT_UNTIL(atomic_load(&accepted) >= enough, GO_ON_MS),
		"no deliveries get in %s", when);
}

/* The leader of EVENTS, or one whose turn has not been. */
static int choose(const bool killed[CLUSTER_NODES])
{
	int node = -1;

	cr_assert(WAIT_UNTIL(
		(node = cluster_leader(bus, STREAM_EVENTS)) >= 0, CLUSTER_WAIT_MS));
	while (killed[node])
		node = (node + 1) % CLUSTER_NODES;
	return node;
}

static void kill_each(void)
{
	bool killed[CLUSTER_NODES] = {false};

	for (int i = 0; i < CLUSTER_NODES; i++) {
		int node = choose(killed);

		wait_for_more("with all servers up");
		process_kill(&cluster.nodes[node].process);
		killed[node] = true;
		wait_for_more("with one server down");
		cluster_node_start(&cluster, node);
		cr_assert(WAIT_UNTIL(cluster_is_whole(bus, STREAM_EVENTS),
				  CLUSTER_WAIT_MS),
			"node %d does not catch up", node);
	}
}

/* As an operator's rolling restart does it. */
static void move_often(void)
{
	for (int i = 0; i < MOVES; i++) {
		wait_for_more("while the leader moves");
		cluster_move_leader(bus, STREAM_EVENTS);
	}
}

/* How often each delivery is in EVENTS, and sequences that nothing is under. */
static unsigned char found[SENDERS][EACH_MAX];
static long holes;

/* Asks again while there is no answer. A hole is no loss by itself: ids are what counts. */
static natsStatus get(natsMsg **out, uint64_t sequence)
{
	natsStatus status = NATS_ERR;

	cr_assert(WAIT_UNTIL((status = js_GetMsg(out, bus_js(bus), STREAM_EVENTS,
				      sequence, NULL, NULL)) == NATS_OK ||
				  status == NATS_NOT_FOUND,
			  CLUSTER_WAIT_MS),
		"sequence %llu: %s", (unsigned long long)sequence,
		natsStatus_GetText(status));
	return status;
}

static void count_one(natsMsg *message)
{
	int sender, index;

	cr_assert_eq(sscanf(bus_header(message, HEADER_MESSAGE_ID),
			     "github:replicated-%d-%d", &sender, &index),
		2);
	found[sender][index]++;
}

static void count_stored(void)
{
	jsStreamInfo *info AUTO(jsStreamInfo_Destroy) = NULL;

	memset(found, 0, sizeof(found));
	holes = 0;
	cr_assert_eq(js_GetStreamInfo(&info, bus_js(bus), STREAM_EVENTS, NULL, NULL),
		NATS_OK);
	for (uint64_t i = info->State.FirstSeq; i <= info->State.LastSeq; i++) {
		natsMsg *message AUTO(natsMsg_Destroy) = NULL;

		if (get(&message, i) == NATS_OK)
			count_one(message);
		else
			holes++;
	}
}

/* Every delivery got its 2xx in the end. */
static void judge(int leader)
{
	long promised = 0, lost = 0, twice = 0, refused = 0;

	for (int s = 0; s < SENDERS; s++) {
		for (int i = 0; i < senders[s].begun; i++) {
			promised++;
			lost += found[s][i] == 0;
			twice += found[s][i] > 1;
		}
		cr_expect_eq(senders[s].wrong, 0, "an answer that is neither");
		refused += senders[s].refused;
	}
	(void)fprintf(stderr,
		"replicated: led by node %d: %ld promised, %ld lost, %ld twice; "
		"%ld times 503, %ld holes\n",
		leader, promised, lost, twice, refused, holes);
	cr_expect_eq(promised, atomic_load(&accepted));
	cr_expect_eq(lost, 0);
	cr_expect_eq(twice, 0);
	cr_expect_geq(refused, 1, "no blow was felt");
}

/* Starts an ingress that must not stay; what it says is in `output`. */
static char output[64 << 10];

static void start_in_vain(const struct stack_options *with)
{
	struct environment environment = {0};

	stack.options = with;
	stack_environment(&stack, INGRESS, &environment);
	cr_expect_eq(process_output(
			     &(struct process_start){.name = "ingress-in-vain",
				     .arguments =
					     (const char *const[]){
						     stack_daemon_path(INGRESS), NULL},
				     .environment = &environment,
				     .directory = stack.directory},
			     output, sizeof(output)),
		EXIT_FAILURE);
	environment_done(&environment);
}

static void expect_said(const char *words)
{
	cr_expect(strstr(output, words), "'%s' is not in: %s", words, output);
}

static void start(void)
{
	stack = (struct stack){.directory = place_of_test(), .options = &options};
	cluster_start(&cluster, stack.directory);
	(void)snprintf(stack.nats_url, sizeof(stack.nats_url), "%s", cluster.urls);
}

static void start_senders(void)
{
	for (int i = 0; i < SENDERS; i++) {
		senders[i].number = i;
		cr_assert_eq(
			pthread_create(&senders[i].thread, NULL, send_all, &senders[i]),
			0);
	}
}

static void join_senders(void)
{
	atomic_store(&over, true);
	for (int i = 0; i < SENDERS; i++)
		(void)pthread_join(senders[i].thread, NULL);
}

Test(replicated, what_got_a_2xx_is_on_all_three_whichever_is_killed, .timeout = 280)
{
	start();
	/* At once: a cluster without a leader is something to wait for. */
	stack_daemon_launch(&stack, INGRESS);
	cluster_connect(&cluster, &bus);
	stack_daemon_wait(&stack, INGRESS);
	start_senders();
	move_often();
	kill_each();
	join_senders();
	cr_expect_eq(process_stop(&stack.daemons[INGRESS], SIGTERM, STOP_MS), 0);
	for (int i = 0; i < 2; i++) {
		cr_assert(WAIT_UNTIL(
			cluster_is_whole(bus, STREAM_EVENTS), CLUSTER_WAIT_MS));
		count_stored();
		judge(cluster_leader(bus, STREAM_EVENTS));
		if (i == 0)
			cluster_move_leader(bus, STREAM_EVENTS);
	}
	bus_close(bus);
	cluster_stop(&cluster);
}

/* One server, and nothing in it. */
Test(replicated, a_start_with_too_few_replicas_says_what_to_do_and_makes_nothing)
{
	static const char *const too_few[] = {"TOCSIN_ACK=replicated", NULL};
	static const char *const two[] = {
		"TOCSIN_ACK=replicated", "TOCSIN_STREAM_REPLICAS=2", NULL};
	static const char *const too_many[] = {"TOCSIN_STREAM_REPLICAS=7", NULL};

	stack = (struct stack){.directory = place_of_test()};
	stack_nats_start(&stack);
	start_in_vain(&(struct stack_options){.settings = too_few});
	expect_said("stream EVENTS would be made with 1 replica(s)");
	expect_said("needs 3: set TOCSIN_STREAM_REPLICAS=3");
	start_in_vain(&(struct stack_options){.settings = two});
	expect_said("stream EVENTS would be made with 2 replica(s)");
	start_in_vain(&options);
	expect_said("TOCSIN_STREAM_REPLICAS=3 needs a cluster");
	start_in_vain(&(struct stack_options){.settings = too_many});
	expect_said("TOCSIN_STREAM_REPLICAS=7: must be 1, 3 or 5");
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), -1, "a stream is made");
	stack_nats_stop(&stack);
}

static void set_replicas(const char *stream, int replicas)
{
	jsStreamConfig wanted;
	jsErrCode code = 0;
	natsStatus status;

	(void)jsStreamConfig_Init(&wanted);
	wanted.Name = stream;
	wanted.Subjects = (const char *[]){"tocsin.command.>"};
	wanted.SubjectsLen = 1;
	wanted.Retention = js_WorkQueuePolicy;
	wanted.Discard = js_DiscardNew;
	wanted.Replicas = replicas;
	status = replicas == 1
		? js_AddStream(NULL, bus_js(bus), &wanted, NULL, &code)
		: js_UpdateStream(NULL, bus_js(bus), &wanted, NULL, &code);
	cr_assert_eq(status, NATS_OK, "%s %d", natsStatus_GetText(status), (int)code);
}

/* Not only EVENTS counts: what an admin is promised is in COMMANDS. */
Test(replicated, a_stream_that_has_one_replica_is_named_and_can_be_given_more,
	.timeout = 150)
{
	start();
	cluster_connect(&cluster, &bus);
	set_replicas(STREAM_COMMANDS, 1);
	start_in_vain(&options);
	expect_said("stream COMMANDS has 1 replica(s)");
	expect_said("nats stream edit COMMANDS --replicas=3");
	set_replicas(STREAM_COMMANDS, 3);
	stack.options = &options;
	stack_daemon_start(&stack, INGRESS);
	cr_expect_eq(process_stop(&stack.daemons[INGRESS], SIGTERM, STOP_MS), 0);
	bus_close(bus);
	cluster_stop(&cluster);
}

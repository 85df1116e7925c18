// SPDX-License-Identifier: Apache-2.0
// A process with a consuming loop, for test_loop.c. What it does with a message stands
// in the message; each handling is a line "begin <sequence> <deliveries> <ms>" on its
// output, and "end <sequence>" when the handler returns.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/nats/publisher.h"
#include "common/nats/subjects.h"
#include "common/nats/worker.h"
#include "common/stop.h"

enum { IN_FLIGHT = 1024, FATAL_STATUS = 3 };

static bool publish(struct job *job, struct fault *fault)
{
	char id[32];
	const struct header headers[] = {{HEADER_MESSAGE_ID, id}};

	(void)snprintf(
		id, sizeof(id), "%llu", (unsigned long long)job_stream_sequence(job));
	return job_publish(job,
		&(struct outgoing){.subject = "out.message",
			.headers = headers,
			.header_count = 1,
			.body = id,
			.body_len = strlen(id)},
		fault);
}

static bool wait_for_stop(struct job *job)
{
	while (!job_should_stop(job))
		clock_sleep_ms(5);
	job_postpone(job, 0);
	return true;
}

/* "<word> <number>" */
static bool obey(struct job *job, const char *word, int number, struct fault *fault)
{
	if (strcmp(word, "reject") == 0)
		return fault_set(fault, FAULT_REJECT, "it is no good\r\nnot at all");
	if (strcmp(word, "retry") == 0)
		return fault_set(fault, FAULT_RETRY, "not today");
	if (strcmp(word, "kill") == 0)
		(void)kill(getpid(), SIGKILL);
	if (strcmp(word, "fatal") == 0 && job_deliveries(job) <= number)
		return fault_set(fault, FAULT_FATAL, "I cannot go on");
	if (strcmp(word, "postpone") == 0) {
		if (job_deliveries(job) <= number)
			job_postpone(job, 10);
		else if (job_deliveries(job) <= number + 2)
			return fault_set(fault, FAULT_RETRY, "not yet");
	}
	if (strcmp(word, "sleep") == 0)
		for (int64_t until = clock_mono_ms() + number; clock_mono_ms() < until;)
			clock_sleep_ms(5);
	if (strcmp(word, "wait") == 0)
		return wait_for_stop(job);
	return strcmp(word, "publish") != 0 || publish(job, fault);
}

static bool handle(void *context, struct job *job, struct fault *fault)
{
	unsigned long long sequence = job_stream_sequence(job);
	char order[64], word[16] = "";
	size_t len;
	const void *data = job_data(job, &len);
	int number = 0;
	bool good;

	(void)context;
	(void)snprintf(order, sizeof(order), "%.*s", (int)len, (const char *)data);
	(void)sscanf(order, "%15s %d", word, &number);
	(void)printf("begin %llu %d %lld\n", sequence, job_deliveries(job),
		(long long)clock_mono_ms());
	good = obey(job, word, number, fault);
	(void)printf("end %llu\n", sequence);
	return good;
}

/* URL, threads, batch, ack_wait_ms, max_deliveries */
static bool run(char **arguments, struct fault *fault)
{
	struct bus *bus AUTO(bus_close) = NULL;
	struct publisher *publisher AUTO(publisher_close) = NULL;
	struct daemon_config config = {.nats_url = arguments[0],
		.nats_credentials = (char[]){""},
		.nats_ca_file = (char[]){""}};
	const struct worker worker = {.stream = STREAM_EVENTS,
		.durable = "loop",
		.threads = atoi(arguments[1]),
		.batch = atoi(arguments[2]),
		.ack_wait_ms = atoi(arguments[3]),
		.max_deliveries = atoi(arguments[4]),
		.handle = handle};

	return bus_open(&bus, &config, "loop", fault) &&
		publisher_open(&publisher, bus, IN_FLIGHT, fault) &&
		worker_run(&worker, bus, publisher, fault);
}

int main(int argc, char **argv)
{
	struct fault fault = {0};

	if (argc != 6)
		return 2;
	log_open("loop");
	stop_install();
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (run(argv + 1, &fault))
		return EXIT_SUCCESS;
	log_fault(&fault, "stopped");
	return fault.kind == FAULT_FATAL ? FATAL_STATUS : EXIT_FAILURE;
}

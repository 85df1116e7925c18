// SPDX-License-Identifier: Apache-2.0
// Story: many take trails with them at once, read slowly or go away. Each organisation has
// its share, all have theirs together, and nobody else waits meanwhile.
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/support/ask.h"
#include "tests/support/exports.h"
#include "tests/support/rows.h"

enum { WAIT_MS = 30000, ABORTED = 40, OF_ORG = 4, OF_ALL = 16 };

/* An export whose client reads no more than that it begins; -1 when it does not. */
static int try_to_hold(const char *path)
{
	static const char good[] = "HTTP/1.1 200";
	char status[sizeof(good)] = "";
	struct text request AUTO(text_done) = {0};
	const char *address = exports_stack.addresses[CONFIG_STORE];
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons((uint16_t)strtol(strrchr(address, ':') + 1, NULL, 10));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
	cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	request_write(
		&request, path, "Authorization: Bearer " ADMIN_TOKEN "\r\n", "", 0);
	cr_assert_eq(
		send(fd, text_string(&request), request.len, 0), (ssize_t)request.len);
	if (recv(fd, status, sizeof(status) - 1, MSG_WAITALL) > 0 &&
		strcmp(status, good) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Those before may not be gone yet. */
static int hold(const char *path)
{
	int fd = -1;

	cr_assert(WAIT_UNTIL((fd = try_to_hold(path)) >= 0, WAIT_MS), "%s", path);
	return fd;
}

static long status_of(const char *path)
{
	struct exports_reader reader = {.stop_after = 1000};

	(void)exports_fetch(&reader, path);
	return reader.status;
}

static void expect_refused(
	const char *org, int expected, const char *code, const char *words)
{
	struct answer answer AUTO(answer_done) = {0};
	char line[128];

	(void)snprintf(
		line, sizeof(line), "GET /api/v1/admin/orgs/%s/audit/export", org);
	(void)ask(&answer, &exports_stack, &(struct ask){.line = line});
	cr_expect_eq(answer.status, expected, "%s", answer.text);
	cr_expect_str_eq(answer_at(&answer, "/error"), code);
	cr_expect_not_null(strstr(answer.text, words), "%s", answer.text);
	cr_expect_str_eq(answer.retry_after, "5", "it says when to come again");
}

Test(export_crowd, whose_client_does_not_read_or_goes_away_holds_nobody_up,
	.timeout = 120)
{
	static const char path[] = "/api/v1/admin/orgs/acme/audit/export";
	int held[OF_ORG];

	exports_start(50000, NULL);
	for (int i = 0; i < ABORTED; i++)
		cr_expect(WAIT_UNTIL(status_of(path) == 200, WAIT_MS), "%d", i);
	for (int i = 0; i < OF_ORG; i++)
		held[i] = hold("GET /api/v1/admin/orgs/acme/audit/export");
	cr_expect_eq(status_of(path), 429, "one more is too many");
	cr_expect_eq(status_of("/api/v1/admin/orgs/acme/runs/export"), 429);
	expect_refused("acme", 429, "\"too_many_exports\"", "organisation acme");
	cr_expect_eq(status_of("/api/v1/admin/orgs/rival/audit/export"), 200,
		"another organisation has its own");
	cr_expect_eq(stack_call(&exports_stack, ADMIN_TOKEN, "GET /api/v1/auth/me",
			     NULL, NULL),
		200);
	for (int i = 0; i < OF_ORG; i++)
		(void)close(held[i]);
	cr_expect(WAIT_UNTIL(status_of(path) == 200, WAIT_MS), "they are gone");
	exports_stop();
}

Test(export_crowd, of_many_organisations_are_bounded_together_and_it_says_so,
	.timeout = 120)
{
	int held[OF_ALL];
	char org[16], line[128];

	exports_start(1, NULL);
	for (int i = 0; i < OF_ALL / OF_ORG; i++) {
		(void)snprintf(org, sizeof(org), "org%d", i);
		rows_add_records(&exports_stack, org, "sre", 20000);
	}
	for (int i = 0; i < OF_ALL; i++) {
		(void)snprintf(line, sizeof(line),
			"GET /api/v1/admin/orgs/org%d/audit/export", i / OF_ORG);
		held[i] = hold(line);
	}
	expect_refused("acme", 503, "\"unavailable\"", "of all organisations together");
	expect_refused("org0", 429, "\"too_many_exports\"", "organisation org0");
	for (int i = 0; i < OF_ALL; i++)
		(void)close(held[i]);
	exports_stop();
}

/* As searches are: with the table locked, all end by themselves. */
Test(export_crowd, by_text_leaves_threads_for_others, .timeout = 120)
{
	enum { MOST = 2 };

	exports_start(10, NULL);
	cr_expect_eq(rows_search_locked(&exports_stack,
			     "GET /api/v1/admin/orgs/acme/audit/export?text=x",
			     "Authorization: Bearer " ADMIN_TOKEN "\r\n"),
		LOCKED_SEARCHES - MOST);
	exports_stop();
}

enum { FOUND = 20000 };

/* Until it has its first turn; then it must come whole. */
static void *search(void *context)
{
	struct exports_reader *reader = context;
	bool whole;

	do {
		*reader = (struct exports_reader){.take = exports_take_ndjson};
		whole = exports_fetch(reader,
			"/api/v1/admin/orgs/acme/audit/export?format=ndjson&text="
			"reason&" RANGE);
	} while (reader->status == 503);
	if (!whole)
		reader->status = 0;
	return NULL;
}

Test(export_crowd, by_text_waits_for_its_turns_and_is_whole, .timeout = 120)
{
	struct exports_reader readers[OF_ORG];
	pthread_t threads[OF_ORG];

	exports_start(FOUND, NULL);
	for (int i = 0; i < OF_ORG; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, search, &readers[i]), 0);
	for (int i = 0; i < OF_ORG; i++)
		(void)pthread_join(threads[i], NULL);
	for (int i = 0; i < OF_ORG; i++) {
		cr_expect_eq(readers[i].status, 200, "%d", i);
		cr_expect_eq(readers[i].rows, FOUND, "%d", i);
	}
	exports_stop();
}

// SPDX-License-Identifier: Apache-2.0
// Story: an organisation takes all of its audit trail with it. It comes whole and in
// order, the config store's memory stays what it was, and nobody waits meanwhile. Who loses
// the right to it in the middle gets no more of it, and sees so.
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/support/ask.h"
#include "tests/support/rows.h"
#include "tests/support/store_only.h"

enum {
	RECORDS = 210000,
	GROWTH_MAX_KB = 20 << 10,
	WAIT_MS = 30000,
	CELL_SIZE = 4096,
	COLUMNS = 13,
	ABORTED = 40,
	OF_ORG = 4,
	OF_ALL = 16,
	SLOW = 2
		<< 20, /* bytes a second: what is not sent yet does not fit into buffers */
};

#define RANGE "until=2026-06-01T00:00:00Z"

static struct stack stack;
static struct bus *bus;

/* Freed memory that a sanitizer keeps would look like growth. */
static char sanitizer[256];
static const char *settings[] = {sanitizer, NULL, NULL};
static const struct stack_options options = {.settings = settings};

static long resident_kb(void)
{
	char path[64], line[128];
	long kb = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status",
		(long)stack.daemons[CONFIG_STORE].pid);
	file = fopen(path, "re");
	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	(void)fclose(file);
	return kb;
}

/* What reads an export as it comes. */
struct reader {
	void (*take)(struct reader *reader, char c);
	const char *token;  /* NULL: the super admin's */
	void (*once)(void); /* when the first bytes are there; NULL: nothing */
	long speed;         /* bytes a second; 0: as fast as it goes */
	long stop_after;    /* bytes; 0: never */
	long bytes, rows, most_kb;
	long last; /* sequence of the row before; 0: none yet */
	bool has_header, quoted, was_quote;
	int column;
	size_t len;
	char cell[CELL_SIZE];
	char first_reason[128];
	long status;
	CURL *curl;
};

/* Rows are newest first, and none is left out. */
static void take_sequence(struct reader *reader, long sequence)
{
	if (reader->last)
		cr_assert_eq(sequence, reader->last - 1, "row %ld", reader->rows);
	reader->last = sequence;
	reader->rows++;
}

static void end_cell(struct reader *reader)
{
	reader->cell[reader->len] = '\0';
	if (!reader->has_header && reader->column == 0)
		cr_assert_str_eq(reader->cell, "at", "the header is first");
	if (reader->column == 8 && reader->last == 0)
		(void)snprintf(reader->first_reason, sizeof(reader->first_reason),
			"%.100s", reader->cell);
	reader->len = 0;
}

static void end_line(struct reader *reader)
{
	cr_assert_eq(reader->column, COLUMNS - 1, "row %ld", reader->rows);
	reader->column = 0;
	if (reader->has_header)
		take_sequence(reader, strtol(reader->cell, NULL, 10));
	else
		cr_assert_str_eq(reader->cell, "sequence");
	reader->has_header = true;
}

static void keep(struct reader *reader, char c)
{
	cr_assert_lt(reader->len, (size_t)CELL_SIZE - 1);
	reader->cell[reader->len++] = c;
}

/* RFC 4180, a byte at a time. */
static void take_csv(struct reader *reader, char c)
{
	if (reader->quoted && c != '"') {
		if (!reader->was_quote) {
			keep(reader, c);
			return;
		}
		reader->quoted = reader->was_quote = false;
	}
	if (c == '"') {
		if (reader->was_quote)
			keep(reader, c);
		reader->was_quote = reader->quoted && !reader->was_quote;
		reader->quoted = true;
	} else if (c == ',') {
		end_cell(reader);
		reader->column++;
	} else if (c == '\n') {
		end_cell(reader);
		end_line(reader);
	} else if (c != '\r') {
		keep(reader, c);
	}
}

static void take_ndjson(struct reader *reader, char c)
{
	json_t *row AUTO(json_decref) = NULL;

	if (c != '\n') {
		keep(reader, c);
		return;
	}
	reader->cell[reader->len] = '\0';
	reader->len = 0;
	row = json_loads(reader->cell, 0, NULL);
	cr_assert_not_null(row, "%s", reader->cell);
	take_sequence(reader, json_integer_or(row, "/sequence", -1));
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
	struct reader *reader = context;
	long before = reader->bytes >> 20, status = 0;

	(void)curl_easy_getinfo(reader->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return size * count;
	if (reader->bytes == 0 && reader->once)
		reader->once();
	reader->bytes += (long)(size * count);
	for (size_t i = 0; reader->take && i < size * count; i++)
		reader->take(reader, bytes[i]);
	if (reader->bytes >> 20 != before) {
		long kb = resident_kb();

		reader->most_kb = kb > reader->most_kb ? kb : reader->most_kb;
	}
	return reader->stop_after && reader->bytes > reader->stop_after ? 0
									: size * count;
}

/* True when the answer came whole. */
static bool fetch(struct reader *reader, const char *path)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers;
	char url[512], authorization[1100];
	CURLcode code;

	(void)snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s",
		reader->token ? reader->token : ADMIN_TOKEN);
	headers = curl_slist_append(NULL, authorization);
	(void)snprintf(
		url, sizeof(url), "http://%s%s", stack.addresses[CONFIG_STORE], path);
	reader->curl = curl;
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, reader);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, 200L);
	(void)curl_easy_setopt(
		curl, CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)reader->speed);
	code = curl_easy_perform(curl);
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reader->status);
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return code == CURLE_OK;
}

static void start(int records)
{
	const char *inherited = getenv("ASAN_OPTIONS");

	(void)snprintf(sanitizer, sizeof(sanitizer),
		"ASAN_OPTIONS=%s:quarantine_size_mb=1:thread_local_quarantine_size_kb="
		"64",
		inherited ? inherited : "detect_leaks=1");
	store_only_start(&stack, &bus, &options);
	stack_daemon_start(&stack, AUDIT_SINK);
	rows_add_records(&stack, "acme", "sre", records);
	rows_add_records(&stack, "rival", "sre", 100);
}

static void stop(void)
{
	cr_expect_eq(process_stop(&stack.daemons[AUDIT_SINK], SIGTERM, WAIT_MS), 0);
	store_only_stop(&stack, bus);
}

static void export_flat(const char *path, void (*take)(struct reader *, char))
{
	struct reader warm = {.stop_after = 2 << 20}, reader = {.take = take};
	long before, growth;

	(void)fetch(&warm, path);
	before = resident_kb();
	cr_assert(fetch(&reader, path), "%s was broken off", path);
	cr_expect_eq(reader.status, 200);
	cr_expect_eq(reader.rows, RECORDS);
	cr_expect_eq(reader.last, 1, "the oldest is the last");
	growth = reader.most_kb - before;
	cr_expect_lt(growth, GROWTH_MAX_KB, "%s: %ld KiB more for %ld MiB", path,
		growth, reader.bytes >> 20);
	(void)fprintf(stderr, "%s: %ld rows, %ld MiB, memory %+ld KiB\n", path,
		reader.rows, reader.bytes >> 20, growth);
}

Test(export, of_many_records_is_whole_and_takes_no_memory, .timeout = 280)
{
	start(RECORDS);
	export_flat("/api/v1/admin/orgs/acme/audit/export?format=csv&" RANGE, take_csv);
	export_flat("/api/v1/admin/orgs/acme/audit/export?format=ndjson&" RANGE,
		take_ndjson);
	stop();
}

Test(export, is_filtered_and_harmless_in_a_spreadsheet, .timeout = 90)
{
	struct reader csv = {.take = take_csv}, runs = {0}, bad = {0};

	start(10);
	cr_assert_eq(number_of(stack.database,
			     "WITH changed AS (UPDATE audit.record SET reason = "
			     "'=cmd|''/c calc''!A1, \"x\"' WHERE sequence = 10 AND "
			     "stream = 'AUDIT-acme' RETURNING 1) SELECT count(*) FROM "
			     "changed"),
		1);
	cr_assert(fetch(&csv,
		"/api/v1/admin/orgs/acme/audit/export?" RANGE
		"&since=2026-01-01T00:00:06Z"));
	cr_expect_eq(csv.rows, 5);
	cr_expect_str_eq(csv.first_reason, "'=cmd|'/c calc'!A1, \"x\"");
	cr_assert(fetch(&runs, "/api/v1/admin/orgs/acme/runs/export?format=ndjson"));
	cr_expect_eq(runs.status, 200);
	cr_expect_eq(runs.bytes, 0, "there are none");
	(void)fetch(&bad, "/api/v1/admin/orgs/acme/audit/export?format=xml");
	cr_expect_eq(bad.status, 400);
	stop();
}

/* An export whose client reads no more than that it begins; -1 when it does not. */
static int try_to_hold(const char *path)
{
	static const char good[] = "HTTP/1.1 200";
	char status[sizeof(good)] = "";
	struct text request AUTO(text_done) = {0};
	const char *address = stack.addresses[CONFIG_STORE];
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
	struct reader reader = {.stop_after = 1000};

	(void)fetch(&reader, path);
	return reader.status;
}

static void expect_refused(
	const char *org, int expected, const char *code, const char *words)
{
	struct answer answer AUTO(answer_done) = {0};
	char line[128];

	(void)snprintf(
		line, sizeof(line), "GET /api/v1/admin/orgs/%s/audit/export", org);
	(void)ask(&answer, &stack, &(struct ask){.line = line});
	cr_expect_eq(answer.status, expected, "%s", answer.text);
	cr_expect_str_eq(answer_at(&answer, "/error"), code);
	cr_expect_not_null(strstr(answer.text, words), "%s", answer.text);
	cr_expect_str_eq(answer.retry_after, "5", "it says when to come again");
}

Test(export, whose_client_does_not_read_or_goes_away_holds_nobody_up, .timeout = 120)
{
	static const char path[] = "/api/v1/admin/orgs/acme/audit/export";
	int held[OF_ORG];

	start(50000);
	for (int i = 0; i < ABORTED; i++)
		cr_expect(WAIT_UNTIL(status_of(path) == 200, WAIT_MS), "%d", i);
	for (int i = 0; i < OF_ORG; i++)
		held[i] = hold("GET /api/v1/admin/orgs/acme/audit/export");
	cr_expect_eq(status_of(path), 429, "one more is too many");
	cr_expect_eq(status_of("/api/v1/admin/orgs/acme/runs/export"), 429);
	expect_refused("acme", 429, "\"too_many_exports\"", "organisation acme");
	cr_expect_eq(status_of("/api/v1/admin/orgs/rival/audit/export"), 200,
		"another organisation has its own");
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, "GET /api/v1/auth/me", NULL, NULL),
		200);
	for (int i = 0; i < OF_ORG; i++)
		(void)close(held[i]);
	cr_expect(WAIT_UNTIL(status_of(path) == 200, WAIT_MS), "they are gone");
	stop();
}

Test(export, of_many_organisations_are_bounded_together_and_it_says_so, .timeout = 120)
{
	int held[OF_ALL];
	char org[16], line[128];

	start(1);
	for (int i = 0; i < OF_ALL / OF_ORG; i++) {
		(void)snprintf(org, sizeof(org), "org%d", i);
		rows_add_records(&stack, org, "sre", 20000);
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
	stop();
}

static char admin[1024], admin_line[256];

static void issue_admin(void)
{
	json_t *made AUTO(json_decref) = NULL;

	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN,
			     "POST /api/v1/admin/orgs/acme/admin-tokens", "", &made),
		201);
	(void)snprintf(admin, sizeof(admin), "%s", json_string_or(made, "/token", ""));
	(void)snprintf(admin_line, sizeof(admin_line),
		"DELETE /api/v1/admin/orgs/acme/admin-tokens/%s",
		json_string_or(made, "/token_id", ""));
}

static void revoke_admin(void)
{
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, admin_line, NULL, NULL), 204);
}

static void delete_brief(void)
{
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "DELETE /api/v1/admin/orgs/brief",
			     NULL, NULL),
		204);
}

/* It began well, and does not look whole. */
static void expect_cut(struct reader reader, const char *path)
{
	reader.take = take_csv;
	reader.speed = SLOW;
	cr_expect_not(fetch(&reader, path), "%s came whole", path);
	cr_expect_eq(reader.status, 200, "%s", path);
	cr_expect_gt(reader.rows, 0, "%s", path);
	cr_expect_gt(reader.last, 1, "%s: the oldest record did not come", path);
}

Test(export, ends_when_its_caller_or_its_organisation_is_no_more, .timeout = 120)
{
	struct reader again = {.token = admin};

	start(60000);
	issue_admin();
	expect_cut((struct reader){.token = admin, .once = revoke_admin},
		"/api/v1/admin/orgs/acme/audit/export?" RANGE);
	(void)fetch(&again, "/api/v1/admin/orgs/acme/audit/export");
	cr_expect_eq(again.status, 401);
	cr_assert_eq(stack_call(&stack, ADMIN_TOKEN, "POST /api/v1/admin/orgs",
			     "{\"org_id\":\"brief\"}", NULL),
		201);
	rows_add_records(&stack, "brief", "sre", 60000);
	expect_cut((struct reader){.once = delete_brief},
		"/api/v1/admin/orgs/brief/audit/export?" RANGE);
	again.token = NULL;
	cr_expect(fetch(&again, "/api/v1/admin/orgs/brief/audit/export?" RANGE),
		"what is left of it is there for the super admin");
	cr_expect_eq(again.status, 200);
	stop();
}

Test(export, ends_when_its_time_is_over, .timeout = 120)
{
	settings[1] = "TOCSIN_EXPORT_TIME=1s";
	start(60000);
	expect_cut((struct reader){0}, "/api/v1/admin/orgs/acme/audit/export?" RANGE);
	stop();
}

/* As searches are: with the table locked, all end by themselves. */
Test(export, by_text_leaves_threads_for_others, .timeout = 120)
{
	enum { SEARCHES = 4, MOST = 2 };
	struct exchange searches[SEARCHES] = {0};
	PGconn *db;
	int refused = 0;

	start(10);
	db = PQconnectdb(stack.database);
	PQclear(PQexec(db, "BEGIN; LOCK TABLE audit.record"));
	for (int i = 0; i < SEARCHES; i++)
		request_write(&searches[i].request,
			"GET /api/v1/admin/orgs/acme/audit/export?text=x",
			"Authorization: Bearer " ADMIN_TOKEN "\r\n", "", 0);
	exchange_run_all(searches, SEARCHES, stack.addresses[CONFIG_STORE], SEARCHES);
	for (int i = 0; i < SEARCHES; i++) {
		cr_expect_eq(searches[i].status, 503, "all are cut off");
		refused += strstr(searches[i].body, "as many searches") != NULL;
		exchange_done(&searches[i]);
	}
	cr_expect_eq(refused, SEARCHES - MOST);
	PQfinish(db);
	stop();
}

enum { FOUND = 20000 };

/* Until it has its first turn; then it must come whole. */
static void *search(void *context)
{
	struct reader *reader = context;
	bool whole;

	do {
		*reader = (struct reader){.take = take_ndjson};
		whole = fetch(reader,
			"/api/v1/admin/orgs/acme/audit/export?format=ndjson&text="
			"reason&" RANGE);
	} while (reader->status == 503);
	if (!whole)
		reader->status = 0;
	return NULL;
}

Test(export, by_text_waits_for_its_turns_and_is_whole, .timeout = 120)
{
	struct reader readers[OF_ORG];
	pthread_t threads[OF_ORG];

	start(FOUND);
	for (int i = 0; i < OF_ORG; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, search, &readers[i]), 0);
	for (int i = 0; i < OF_ORG; i++)
		(void)pthread_join(threads[i], NULL);
	for (int i = 0; i < OF_ORG; i++) {
		cr_expect_eq(readers[i].status, 200, "%d", i);
		cr_expect_eq(readers[i].rows, FOUND, "%d", i);
	}
	stop();
}

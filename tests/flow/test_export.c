// SPDX-License-Identifier: Apache-2.0
// Story: an organisation takes all of its audit trail with it. It comes whole and in
// order, the config store's memory stays what it was, and nobody waits meanwhile.
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "tests/support/rows.h"
#include "tests/support/store_only.h"

enum {
	RECORDS = 210000,
	GROWTH_MAX_KB = 20 << 10,
	WAIT_MS = 30000,
	CELL_SIZE = 4096,
	COLUMNS = 13,
	ABORTED = 40,
};

#define RANGE "until=2026-06-01T00:00:00Z"

static struct stack stack;
static struct bus *bus;

/* Freed memory that a sanitizer keeps would look like growth. */
static char sanitizer[256];
static const char *settings[] = {sanitizer, NULL};
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
	long stop_after; /* bytes; 0: never */
	long bytes, rows, most_kb;
	long last; /* sequence of the row before; 0: none yet */
	bool has_header, quoted, was_quote;
	int column;
	size_t len;
	char cell[CELL_SIZE];
	char first_reason[128];
	long status;
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
	long before = reader->bytes >> 20;

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
	struct curl_slist *headers =
		curl_slist_append(NULL, "Authorization: Bearer " ADMIN_TOKEN);
	char url[512];
	CURLcode code;

	(void)snprintf(
		url, sizeof(url), "http://%s%s", stack.addresses[CONFIG_STORE], path);
	(void)curl_easy_setopt(curl, CURLOPT_URL, url);
	(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, reader);
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, 200L);
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

static int hold(const char *path)
{
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
	return fd;
}

static long status_of(const char *path)
{
	struct reader reader = {.stop_after = 1000};

	(void)fetch(&reader, path);
	return reader.status;
}

Test(export, whose_client_does_not_read_or_goes_away_holds_nobody_up, .timeout = 120)
{
	enum { HELD = 16 };
	static const char path[] = "/api/v1/admin/orgs/acme/audit/export";
	int held[HELD];

	start(50000);
	for (int i = 0; i < ABORTED; i++)
		cr_expect(WAIT_UNTIL(status_of(path) == 200, WAIT_MS), "%d", i);
	for (int i = 0; i < HELD; i++)
		held[i] = hold("GET /api/v1/admin/orgs/acme/audit/export");
	cr_expect(WAIT_UNTIL(status_of(path) == 503, WAIT_MS), "one more is too many");
	cr_expect_eq(stack_call(&stack, ADMIN_TOKEN, "GET /api/v1/auth/me", NULL, NULL),
		200);
	for (int i = 0; i < HELD; i++)
		(void)close(held[i]);
	cr_expect(WAIT_UNTIL(status_of(path) == 200, WAIT_MS), "they are gone");
	stop();
}

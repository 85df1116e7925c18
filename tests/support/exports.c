// SPDX-License-Identifier: Apache-2.0
// A config store whose trail is taken away, and a client that reads it as it comes.
#include "tests/support/exports.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/json.h"
#include "tests/support/rows.h"
#include "tests/support/store_only.h"

enum { WAIT_MS = 30000, COLUMNS = 13 };

struct stack exports_stack;
static struct bus *bus;

/* Freed memory that a sanitizer keeps would look like growth. */
static char sanitizer[256];
static const char *settings[] = {sanitizer, NULL, NULL};
static const struct stack_options options = {.settings = settings};

long exports_resident_kb(void)
{
	char path[64], line[128];
	long kb = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status",
		(long)exports_stack.daemons[CONFIG_STORE].pid);
	file = fopen(path, "re");
	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	(void)fclose(file);
	return kb;
}

/* Rows are newest first, and none is left out. */
static void take_sequence(struct exports_reader *reader, long sequence)
{
	if (reader->last)
		cr_assert_eq(sequence, reader->last - 1, "row %ld", reader->rows);
	reader->last = sequence;
	reader->rows++;
}

static void end_cell(struct exports_reader *reader)
{
	reader->cell[reader->len] = '\0';
	if (!reader->has_header && reader->column == 0)
		cr_assert_str_eq(reader->cell, "at", "the header is first");
	if (reader->column == 8 && reader->last == 0)
		(void)snprintf(reader->first_reason, sizeof(reader->first_reason),
			"%.100s", reader->cell);
	reader->len = 0;
}

static void end_line(struct exports_reader *reader)
{
	cr_assert_eq(reader->column, COLUMNS - 1, "row %ld", reader->rows);
	reader->column = 0;
	if (reader->has_header)
		take_sequence(reader, strtol(reader->cell, NULL, 10));
	else
		cr_assert_str_eq(reader->cell, "sequence");
	reader->has_header = true;
}

static void keep(struct exports_reader *reader, char c)
{
	cr_assert_lt(reader->len, (size_t)EXPORTS_CELL_SIZE - 1);
	reader->cell[reader->len++] = c;
}

/* RFC 4180, a byte at a time. */
void exports_take_csv(struct exports_reader *reader, char c)
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

void exports_take_ndjson(struct exports_reader *reader, char c)
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
	struct exports_reader *reader = context;
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
		long kb = exports_resident_kb();

		reader->most_kb = kb > reader->most_kb ? kb : reader->most_kb;
	}
	return reader->stop_after && reader->bytes > reader->stop_after ? 0
									: size * count;
}

/* True when the answer came whole. */
bool exports_fetch(struct exports_reader *reader, const char *path)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers;
	char url[512], authorization[1100];
	CURLcode code;

	(void)snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s",
		reader->token ? reader->token : ADMIN_TOKEN);
	headers = curl_slist_append(NULL, authorization);
	(void)snprintf(url, sizeof(url), "http://%s%s",
		exports_stack.addresses[CONFIG_STORE], path);
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

void exports_start(int records, const char *setting)
{
	const char *inherited = getenv("ASAN_OPTIONS");

	(void)snprintf(sanitizer, sizeof(sanitizer),
		"ASAN_OPTIONS=%s:quarantine_size_mb=1:thread_local_quarantine_size_kb="
		"64",
		inherited ? inherited : "detect_leaks=1");
	settings[1] = setting;
	store_only_start(&exports_stack, &bus, &options);
	stack_daemon_start(&exports_stack, AUDIT_SINK);
	rows_add_records(&exports_stack, "acme", "sre", records);
	rows_add_records(&exports_stack, "rival", "sre", 100);
}

void exports_stop(void)
{
	cr_expect_eq(
		process_stop(&exports_stack.daemons[AUDIT_SINK], SIGTERM, WAIT_MS), 0);
	store_only_stop(&exports_stack, bus);
}

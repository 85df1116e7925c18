// SPDX-License-Identifier: Apache-2.0
#include "tests/support/schema.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <libpq-fe.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/auto.h"
#include "common/text.h"

enum { PATH_MAX_SIZE = 1024 };

static void folder_path(const struct migrations *migrations, char *out, size_t size)
{
	const char *source = getenv("TOCSIN_SOURCE_DIR");

	cr_assert(source, "TOCSIN_SOURCE_DIR is not set; run this through meson test");
	(void)snprintf(out, size, "%s/%s/migrations", source, migrations->folder);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

void migrations_list(struct migrations *out, const char *schema, const char *folder)
{
	char path[PATH_MAX_SIZE];
	const struct dirent *entry;
	DIR *opened;

	*out = (struct migrations){.schema = schema, .folder = folder};
	folder_path(out, path, sizeof(path));
	opened = opendir(path);
	cr_assert(opened, "%s", path);
	while ((entry = readdir(opened))) {
		const char *end = strrchr(entry->d_name, '.');

		if (!end || strcmp(end, ".sql") != 0)
			continue;
		cr_assert_lt(out->count, MIGRATIONS_MAX);
		(void)snprintf(out->names[out->count++], MIGRATION_NAME_SIZE, "%.*s",
			(int)(end - entry->d_name), entry->d_name);
	}
	(void)closedir(opened);
	qsort(out->names, out->count, sizeof(out->names[0]), compare);
	cr_assert_gt(out->count, 0, "%s", path);
}

static void execute(const char *url, const char *sql)
{
	PGconn *connection = PQconnectdb(url);
	PGresult *result = PQexec(connection, sql);
	ExecStatusType status = PQresultStatus(result);

	cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s",
		sql, PQerrorMessage(connection));
	PQclear(result);
	PQfinish(connection);
}

void sql_run(const char *url, const char *sql, ...)
{
	struct text text = {0};
	va_list arguments;

	va_start(arguments, sql);
	text_vprintf(&text, sql, arguments);
	va_end(arguments);
	execute(url, text_string(&text));
	text_done(&text);
}

static void apply(const struct migrations *migrations, size_t which, const char *url)
{
	char path[PATH_MAX_SIZE], chunk[4096];
	struct text sql = {0};
	FILE *file;
	size_t got, len;

	folder_path(migrations, path, sizeof(path));
	len = strlen(path);
	(void)snprintf(
		path + len, sizeof(path) - len, "/%s.sql", migrations->names[which]);
	file = fopen(path, "re");
	cr_assert(file, "%s", path);
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		text_add_bytes(&sql, chunk, got);
	(void)fclose(file);
	execute(url, text_string(&sql));
	text_done(&sql);
	sql_run(url, "INSERT INTO %s.migration (name) VALUES ('%s')",
		migrations->schema, migrations->names[which]);
}

void migrations_apply(
	const struct migrations *migrations, size_t count, const char *url)
{
	sql_run(url,
		"CREATE SCHEMA IF NOT EXISTS %s; CREATE TABLE %s.migration (name text "
		"PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())",
		migrations->schema, migrations->schema);
	for (size_t i = 0; i < count; i++)
		apply(migrations, i, url);
}

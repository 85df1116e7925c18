// SPDX-License-Identifier: Apache-2.0
// Sources files: what is good becomes rows, what is wrong is told whole, with pointers.
#include "common/source/source_table.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

static bool load_path(
	struct source_table **out, struct text *problems, const char *path)
{
	struct fault fault = {0};
	bool good = source_table_load(out, path, problems, &fault);

	cr_expect(good || fault.kind == FAULT_FATAL);
	return good;
}

static bool load(struct source_table **out, struct text *problems, const char *rows)
{
	char path[] = "/tmp/tocsin-sources-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	bool good;

	cr_assert(file && fprintf(file, "{\"sources\":[%s]}", rows) > 0 &&
		fclose(file) == 0);
	good = load_path(out, problems, path);
	cr_expect_eq(remove(path), 0);
	return good;
}

#define SECRETS "\"secrets\":[{\"env\":\"TOCSIN_TEST_SECRET\"}]"

Test(source_table, the_ready_made_rows_are_good_and_found_by_name)
{
	static const char *const names[] = {"generic", "gitlab", "stripe", "grafana",
		"alertmanager", "bitbucket", "datadog", "sentry"};
	struct source_table *table AUTO(source_table_release) = NULL;
	struct text problems AUTO(text_done) = {0};

	cr_assert(load_path(&table, &problems,
			  TOCSIN_ROOT "/deploy/sources/sources.json"),
		"%s", text_string(&problems));
	for (size_t i = 0; i < countof(names); i++) {
		const struct source *row = source_table_find(table, names[i]);

		cr_assert_not_null(row, "%s", names[i]);
		cr_expect_str_eq(row->name, names[i]);
		cr_expect_eq(row->secrets.count, 0, "no variable is set");
		cr_expect_eq(row->never_resends,
			strcmp(names[i], "generic") != 0 &&
				strcmp(names[i], "stripe") != 0,
			"%s", names[i]);
		cr_expect(row->table == table &&
			source_table_row(table, row->number) == row);
	}
	cr_expect_null(source_table_find(table, "github"), "built-in: not generic");
	cr_expect_null(source_table_find(table, ""));
	cr_expect_eq(source_table_count(table), SOURCES_BUILT_IN + countof(names));
}

Test(source_table, what_is_wrong_is_told_with_its_pointer_and_all_of_it)
{
	static const struct {
		const char *row, *said;
	} cases[] = {
		{"7", "/sources/0: must be an object"},
		{"{}", "/sources/0/scheme: "},
		{"{}", "/sources/0/name: "},
		{"{}", "/sources/0/secrets: "},
		{"{\"name\":\"a b\",\"scheme\":\"bearer\"," SECRETS "}",
			"/sources/0/name: "},
		{"{\"name\":\"github\",\"scheme\":\"bearer\"," SECRETS "}",
			"/sources/0/name: 'github'"},
		{"{\"name\":\"custom\",\"scheme\":\"bearer\"," SECRETS "}",
			"/sources/0/name: "},
		{"{\"name\":\"a\",\"scheme\":\"magic\"," SECRETS "}",
			"/sources/0/scheme: must be standard, "},
		{"{\"name\":\"a\",\"scheme\":\"hmac\"," SECRETS "}",
			"/sources/0/header: is missing"},
		{"{\"name\":\"a\",\"scheme\":\"hmac\",\"header\":\"X\",\"signs\":\"{id}"
		 "\"," SECRETS "}",
			"/sources/0/signs: "},
		{"{\"name\":\"a\",\"scheme\":\"hmac\",\"header\":\"X\",\"signs\":"
		 "\"{body}{x}\"," SECRETS "}",
			"/sources/0/signs: "},
		{"{\"name\":\"a\",\"scheme\":\"hmac\",\"header\":\"X\",\"signs\":"
		 "\"{timestamp}{body}\"," SECRETS "}",
			"/sources/0/timestamp_header: "},
		{"{\"name\":\"a\",\"scheme\":\"hmac\",\"header\":\"X\",\"id_header\":"
		 "\"I\"," SECRETS "}",
			"/sources/0/id_header: "},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"prefix\":\"x\"," SECRETS "}",
			"/sources/0/prefix: is not for the scheme 'bearer'"},
		{"{\"name\":\"a\",\"scheme\":\"standard\",\"tolerance\":"
		 "\"300\"," SECRETS "}",
			"/sources/0/tolerance: "},
		{"{\"name\":\"a\",\"scheme\":\"token\",\"header\":\"a b\"," SECRETS "}",
			"/sources/0/header: 'a b' is no header's name"},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"kind\":\"type\"," SECRETS "}",
			"/sources/0/kind: 'type' is no JSON pointer"},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"text\":[\"/a\",\"/"
		 "~2\"]," SECRETS "}",
			"/sources/0/text/1: '/~2' is no JSON pointer"},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"identifiers\":{\"team\":\"/"
		 "t\"}," SECRETS "}",
			"/sources/0/identifiers/team: is no type of identifier"},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"secrets\":[\"hunter2\"]}",
			"/sources/0/secrets/0: must be {\"env\""},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"secrets\":[{\"env\":\"HOME\"}"
		 "]}",
			"/sources/0/secrets/0: must be a name like TOCSIN_"},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"secrets\":[{\"file\":\"/no/"
		 "such\"}"
		 "]}",
			"/sources/0/secrets/0: /no/such: "},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"colour\":1," SECRETS "}",
			"/sources/0/colour: is not known here"},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"body\":\"xml\"," SECRETS "}",
			"/sources/0/body: "},
		{"{\"name\":\"a\",\"scheme\":\"bearer\",\"resends\":\"no\"," SECRETS
		 "}",
			"/sources/0/resends: must be true or false"},
		{"{\"name\":\"a\",\"scheme\":\"bearer\"," SECRETS
		 "},{\"name\":\"a\",\"scheme\":\"bearer\"," SECRETS "}",
			"/sources/1/name: 'a' is there twice"},
	};

	for (size_t i = 0; i < countof(cases); i++) {
		struct source_table *table AUTO(source_table_release) = NULL;
		struct text problems AUTO(text_done) = {0};

		cr_expect_not(
			load(&table, &problems, cases[i].row), "%s", cases[i].row);
		cr_expect(strstr(text_string(&problems), cases[i].said), "%s\nsaid: %s",
			cases[i].row, text_string(&problems));
		cr_expect_not(strstr(text_string(&problems), "hunter2"));
		cr_expect_null(table);
	}
}

Test(source_table, secrets_come_from_the_environment_and_must_be_keys)
{
	struct source_table *table AUTO(source_table_release) = NULL;
	struct text problems AUTO(text_done) = {0};
	static const char row[] =
		"{\"name\":\"a\",\"scheme\":\"standard\"," SECRETS "}";

	cr_assert_eq(setenv("TOCSIN_TEST_SECRET", "whsec_c2Vj\nwhsec_cmV0", 1), 0);
	cr_assert(load(&table, &problems, row), "%s", text_string(&problems));
	cr_expect_eq(source_table_find(table, "a")->secrets.count, 2);
	cr_assert_eq(setenv("TOCSIN_TEST_SECRET", "whsec_not base64", 1), 0);
	source_table_release(TAKE(table));
	cr_expect_not(load(&table, &problems, row));
	cr_expect(strstr(text_string(&problems), "secret 1 cannot be a key"));
	cr_expect_not(strstr(text_string(&problems), "not base64"));
}

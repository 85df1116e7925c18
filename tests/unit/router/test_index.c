// SPDX-License-Identifier: Apache-2.0
#include "router/index.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "common/wire.h"

enum { VALUES_MAX = 4 };

/* Puts team acme.<team> with GitHub repositories `values` (ended by NULL). */
static bool put(struct index *index, const char *team, uint64_t revision,
	const char *const *values, struct fault *fault)
{
	struct wire wire AUTO(wire_done) = {0};
	pb_identifier identifiers[VALUES_MAX], *list[VALUES_MAX];
	pb_route_document document;
	char key[160];

	pb_route_document_init(&document);
	document.org = wire_string("acme");
	document.team = wire_string(team);
	document.identifiers = list;
	for (; values[document.n_identifiers]; document.n_identifiers++) {
		pb_identifier *one = &identifiers[document.n_identifiers];

		pb_identifier_init(one);
		one->type = wire_string("github_repo");
		one->value = wire_string(values[document.n_identifiers]);
		list[document.n_identifiers] = one;
	}
	(void)snprintf(key, sizeof(key), "acme.%s", team);
	return wire_pack(&wire, &document.base, fault) &&
		index_put(index, key, revision, wire.data, wire.len, fault);
}

#define VALUES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void must_put(struct index *index, const char *team, uint64_t revision,
	const char *const *values)
{
	struct fault fault = {0};

	cr_assert(put(index, team, revision, values, &fault), "%s", fault.text);
}

static struct index *make(void)
{
	struct index *index = NULL;
	struct fault fault = {0};

	cr_assert(index_new(&index, &fault));
	return index;
}

/* The team that has `value`, "" for none. */
static const char *owner(struct index *index, const char *value)
{
	static char team[64];
	struct route *route AUTO(route_release) =
		index_find(index, IDENTIFIER_GITHUB_REPO, value);
	pb_route_document *document AUTO(pb_route_document_free) = NULL;
	struct fault fault = {0};

	team[0] = '\0';
	if (route) {
		cr_assert(route_document(&document, route, &fault));
		(void)snprintf(team, sizeof(team), "%s", document->team);
	}
	return team;
}

Test(index, a_value_leads_to_its_team_and_only_under_its_type)
{
	struct index *index AUTO(index_free) = make();

	must_put(index, "shop", 1, VALUES("acme/shop", "acme/cart"));
	cr_expect_str_eq(owner(index, "acme/shop"), "shop");
	cr_expect_str_eq(owner(index, "acme/cart"), "shop");
	cr_expect_str_eq(owner(index, "acme/other"), "");
	cr_expect_null(index_find(index, IDENTIFIER_SERVICE, "acme/shop"));
	cr_expect_eq(index_count(index), 1);
}

Test(index, values_of_the_bucket_are_normalised_and_unusable_ones_left_out)
{
	struct index *index AUTO(index_free) = make();

	must_put(index, "shop", 1, VALUES(" Acme/Shop ", "", "a\nb"));
	cr_expect_str_eq(owner(index, "acme/shop"), "shop");
	cr_expect_str_eq(owner(index, ""), "");
}

Test(index, a_change_replaces_what_the_team_had)
{
	struct index *index AUTO(index_free) = make();

	must_put(index, "shop", 1, VALUES("a/one", "a/two"));
	must_put(index, "shop", 2, VALUES("a/two", "a/three"));
	cr_expect_str_eq(owner(index, "a/one"), "");
	cr_expect_str_eq(owner(index, "a/two"), "shop");
	cr_expect_str_eq(owner(index, "a/three"), "shop");
	cr_expect_eq(index_count(index), 1);
}

Test(index, an_older_revision_changes_nothing)
{
	struct index *index AUTO(index_free) = make();

	must_put(index, "shop", 5, VALUES("a/new"));
	must_put(index, "shop", 4, VALUES("a/old"));
	cr_expect_str_eq(owner(index, "a/new"), "shop");
	cr_expect_str_eq(owner(index, "a/old"), "");
}

Test(index, of_two_claims_the_newer_counts_whichever_came_first)
{
	struct index *index AUTO(index_free) = make();

	must_put(index, "old", 1, VALUES("a/x"));
	must_put(index, "new", 2, VALUES("a/x"));
	cr_expect_str_eq(owner(index, "a/x"), "new");
	must_put(index, "late", 1, VALUES("a/x"));
	cr_expect_str_eq(owner(index, "a/x"), "new");
}

Test(index, when_the_winner_goes_the_loser_has_the_value)
{
	struct index *index AUTO(index_free) = make();

	must_put(index, "old", 1, VALUES("a/x"));
	must_put(index, "new", 2, VALUES("a/x"));
	index_remove(index, "acme.new");
	cr_expect_str_eq(owner(index, "a/x"), "old");
	must_put(index, "new", 3, VALUES("a/x"));
	must_put(index, "new", 4, VALUES("a/y"));
	cr_expect_str_eq(owner(index, "a/x"), "old");
	index_remove(index, "acme.old");
	cr_expect_str_eq(owner(index, "a/x"), "");
	index_remove(index, "acme.nobody");
	cr_expect_eq(index_count(index), 1);
}

Test(index, a_new_load_drops_what_it_does_not_bring_and_only_at_its_end)
{
	struct index *index AUTO(index_free) = make();

	index_load_begin(index);
	must_put(index, "kept", 900, VALUES("a/kept"));
	must_put(index, "gone", 901, VALUES("a/gone"));
	index_load_end(index);

	/* The bucket was made anew: its revisions start over. */
	index_load_begin(index);
	must_put(index, "kept", 1, VALUES("a/moved"));
	cr_expect_str_eq(owner(index, "a/gone"), "gone");
	index_load_end(index);
	cr_expect_str_eq(owner(index, "a/gone"), "");
	cr_expect_str_eq(owner(index, "a/kept"), "");
	cr_expect_str_eq(owner(index, "a/moved"), "kept");
	cr_expect_eq(index_count(index), 1);
}

Test(index, during_a_new_load_its_claims_count_before_those_of_the_last)
{
	struct index *index AUTO(index_free) = make();

	index_load_begin(index);
	must_put(index, "before", 900, VALUES("a/x"));
	index_load_end(index);
	index_load_begin(index);
	must_put(index, "after", 2, VALUES("a/x"));
	cr_expect_str_eq(owner(index, "a/x"), "after");
}

Test(index, what_is_no_route_of_the_key_is_refused)
{
	static const struct {
		const char *key, *data;
		size_t len;
	} cases[] = {
		{"acme.shop", "\xFF\xFF\xFF", 3},
		{"acme.shop", "", 0},
		{"acme.other",
			"\x0A\x04"
			"acme"
			"\x12\x04"
			"shop",
			12},
		{"acme",
			"\x0A\x04"
			"acme"
			"\x12\x04"
			"shop",
			12},
		{"ac*e.shop",
			"\x0A\x04"
			"ac*e"
			"\x12\x04"
			"shop",
			12},
	};
	struct index *index AUTO(index_free) = make();

	for (size_t i = 0; i < countof(cases); i++) {
		struct fault fault = {0};

		cr_expect_not(index_put(index, cases[i].key, 1, cases[i].data,
				      cases[i].len, &fault),
			"case %zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT, "case %zu", i);
	}
	cr_expect_eq(index_count(index), 0);
}

Test(index, a_held_route_outlives_its_removal)
{
	struct index *index AUTO(index_free) = make();
	struct route *route AUTO(route_release) = NULL;
	pb_route_document *document AUTO(pb_route_document_free) = NULL;
	struct fault fault = {0};

	must_put(index, "shop", 1, VALUES("a/x"));
	route = index_find(index, IDENTIFIER_GITHUB_REPO, "a/x");
	index_remove(index, "acme.shop");
	cr_assert(route_document(&document, route, &fault));
	cr_expect_str_eq(document->team, "shop");
}

enum { CROWD = 500, ROUNDS = 6 };

struct reader {
	struct index *index;
	atomic_bool stop;
	size_t missed, found;
};

static void *read_on(void *context)
{
	struct reader *reader = context;

	while (!reader->stop)
		for (int i = 0; i < CROWD; i++) {
			struct route *route AUTO(route_release) = NULL;
			char value[32];

			(void)snprintf(value, sizeof(value), "a/r%d", i);
			route = index_find(
				reader->index, IDENTIFIER_GITHUB_REPO, value);
			reader->found += route != NULL;
			reader->missed += route == NULL;
		}
	return NULL;
}

Test(index, readers_find_every_value_while_all_routes_are_loaded_again)
{
	struct index *index AUTO(index_free) = make();
	struct reader reader = {.index = index};
	pthread_t thread;

	for (uint64_t round = 0; round < ROUNDS; round++) {
		index_load_begin(index);
		for (int i = 0; i < CROWD; i++) {
			char team[32], value[32];

			(void)snprintf(team, sizeof(team), "t%d", i);
			(void)snprintf(value, sizeof(value), "a/r%d", i);
			must_put(index, team, round * CROWD + (uint64_t)i + 1,
				VALUES(value));
		}
		index_load_end(index);
		if (round == 0)
			cr_assert_eq(
				pthread_create(&thread, NULL, read_on, &reader), 0);
	}
	reader.stop = true;
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_expect_eq(reader.missed, 0);
	cr_expect_eq(index_count(index), (size_t)CROWD);
}

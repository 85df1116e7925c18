// SPDX-License-Identifier: Apache-2.0
// The route index: readers find and read routes while the writer puts, removes and
// reloads the whole bucket.
#include <stdatomic.h>
#include <string.h>

#include "common/wire.h"
#include "router/index.h"
#include "tests/threads/threads.h"

enum { READERS = 4, TEAMS = 50, RELOADS = 60 };

static struct index *routes;
static atomic_bool stopping;
static atomic_int found;

static void name(char out[32], const char *what, int team)
{
	(void)snprintf(out, 32, "%s%d", what, team);
}

static void put(int team, uint64_t revision)
{
	struct wire wire AUTO(wire_done) = {0};
	pb_identifier identifier, *list[] = {&identifier};
	pb_route_document document;
	struct fault fault = {0};
	char id[32], repository[32], key[64];

	name(id, "team", team);
	name(repository, "acme/shop", team);
	(void)snprintf(key, sizeof(key), "acme.%s", id);
	pb_identifier_init(&identifier);
	identifier.type = wire_string("github_repo");
	identifier.value = repository;
	pb_route_document_init(&document);
	document.org = wire_string("acme");
	document.team = id;
	document.n_identifiers = 1;
	document.identifiers = list;
	must(wire_pack(&wire, &document.base, &fault));
	must(index_put(routes, key, revision, wire.data, wire.len, &fault));
}

static void *read_all(void *context)
{
	(void)context;
	for (int i = 0; !atomic_load(&stopping); i = (i + 1) % TEAMS) {
		pb_route_document *document AUTO(pb_route_document_free) = NULL;
		struct fault fault = {0};
		char repository[32], team[32];
		struct route *route AUTO(route_release) = NULL;

		name(repository, "acme/shop", i);
		name(team, "team", i);
		(void)index_count(routes);
		route = index_find(routes, IDENTIFIER_GITHUB_REPO, repository);
		if (!route)
			continue;
		must(route_document(&document, route, &fault));
		must(strcmp(document->team, team) == 0);
		atomic_fetch_add(&found, 1);
	}
	return NULL;
}

int main(void)
{
	struct fault fault = {0};
	struct crew crew;
	uint64_t revision = 1;

	must(index_new(&routes, &fault));
	crew_start(&crew, READERS, read_all, NULL);
	for (int reload = 0; reload < RELOADS || found < TEAMS; reload++) {
		index_load_begin(routes);
		for (int team = 0; team < TEAMS; team++)
			if ((team + reload) % 7 != 0) /* these are dropped */
				put(team, revision++);
		index_load_end(routes);
		index_remove(routes, "acme.team3");
	}
	atomic_store(&stopping, true);
	crew_join(&crew);
	index_free(routes);
	return EXIT_SUCCESS;
}

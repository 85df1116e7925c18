// SPDX-License-Identifier: Apache-2.0
// As far as the tests look: a route's team, what it claims, and where its answers go.
#include "tests/support/told.h"

#include <stdlib.h>
#include <string.h>

#include "common/nats/subjects.h"
#include "common/text.h"
#include "proto/names.h"

char *told_by_tables(const struct stack *stack)
{
	return strdup(rows_of(stack->database,
		"SELECT n.org_id || '.' || n.node_id || ' ' || coalesce((SELECT "
		"string_agg(value, ',' ORDER BY value COLLATE \"C\") FROM "
		"config.identifier i WHERE (i.org_id, i.team_id) = (n.org_id, "
		"n.node_id)), '') || ' ' || coalesce(o.config #>> "
		"'{output_config,default_destinations,0,channel_id}', '') FROM "
		"config.node n JOIN config.node_config o ON o.org_id = n.org_id AND "
		"o.node_id = n.org_id WHERE n.node_type = 'team' ORDER BY "
		"n.org_id || '.' || n.node_id COLLATE \"C\""));
}

static void print_route(struct text *out, const char *key, kvEntry *entry)
{
	pb_route_document *route AUTO(pb_route_document_free) =
		pb_route_document_unpack(
			kvEntry_Value(entry), (size_t)kvEntry_ValueLen(entry));

	text_printf(out, "%s ", key);
	for (size_t i = 0; route && i < route->n_identifiers; i++)
		text_printf(
			out, "%s%s", i > 0 ? "," : "", route->identifiers[i]->value);
	text_printf(out, " %s",
		route && route->n_default_destinations > 0
			? route->default_destinations[0]->channel
			: "");
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *told_by_bucket(struct bus *bus)
{
	struct text out AUTO(text_done) = {0};
	kvStore *store = NULL;
	kvKeysList keys = {0};
	natsStatus status = js_KeyValue(&store, bus_js(bus), BUCKET_ROUTES);

	if (status == NATS_OK)
		status = kvStore_Keys(&keys, store, NULL);
	if (status == NATS_NOT_FOUND)
		status = NATS_OK; /* it has none */
	if (keys.Count > 0)
		qsort(keys.Keys, (size_t)keys.Count, sizeof(char *), compare);
	for (int i = 0; status == NATS_OK && i < keys.Count; i++) {
		kvEntry *entry = NULL;

		status = kvStore_Get(&entry, store, keys.Keys[i]);
		if (status == NATS_OK) {
			if (out.len > 0)
				text_add_char(&out, '\n');
			print_route(&out, keys.Keys[i], entry);
		}
		kvEntry_Destroy(entry);
	}
	kvKeysList_Destroy(&keys);
	kvStore_Destroy(store);
	return status == NATS_OK ? strdup(text_string(&out)) : NULL;
}

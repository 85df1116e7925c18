// SPDX-License-Identifier: Apache-2.0
#include "config-store/tree/tree.h"

#include <string.h>

#include "common/hmac.h"
#include "common/version.h"
#include "config-store/config/defaults.h"
#include "config-store/config/inherit.h"

enum { ID, PARENT, TYPE, NAME, DEPTH, VERSION, CONFIG };

#define PATH_CTE                                                        \
	"WITH RECURSIVE path AS ("                                      \
	" SELECT * FROM config.node WHERE org_id = $1 AND node_id = $2" \
	" UNION ALL SELECT above.* FROM path JOIN config.node above"    \
	"  ON above.org_id = $1 AND above.node_id = path.parent_id)"
#define COLUMNS                                                                       \
	" SELECT node_id, parent_id, node_type, name, depth, own.version, own.config" \
	" FROM nodes JOIN config.node_config own USING (org_id, node_id)"             \
	" ORDER BY depth, node_id"

static const char path_sql[] = PATH_CTE ", nodes AS (SELECT * FROM path)" COLUMNS;
static const char below_sql[] =
	PATH_CTE ", below AS ("
		 " SELECT * FROM config.node WHERE org_id = $1 AND node_id = $2"
		 " UNION ALL SELECT child.* FROM below JOIN config.node child"
		 "  ON child.org_id = $1 AND child.parent_id = below.node_id)"
		 ", nodes AS (SELECT * FROM path UNION SELECT * FROM below)" COLUMNS;

static const char paths_sql[] =
	"WITH RECURSIVE nodes AS ("
	" SELECT node.* FROM config.node JOIN json_array_elements_text($2::json) wanted"
	"  ON node.org_id = $1 AND node.node_id = wanted"
	" UNION SELECT above.* FROM nodes JOIN config.node above"
	"  ON above.org_id = $1 AND above.node_id = nodes.parent_id)" COLUMNS;

static const char *const extent_sql[] = {
	[TREE_PATH] = path_sql, [TREE_BELOW] = below_sql, [TREE_PATHS] = paths_sql};

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for a tree of nodes");
}

static bool read_node(struct tree *tree, int row, struct fault *fault)
{
	struct tree_node *node = &tree->nodes[row];

	node->id = db_value(tree->rows, row, ID);
	node->parent = db_value(tree->rows, row, PARENT);
	node->type = db_value(tree->rows, row, TYPE);
	node->name = db_value(tree->rows, row, NAME);
	node->depth = (int)db_integer(tree->rows, row, DEPTH);
	node->version = db_integer(tree->rows, row, VERSION);
	tree->count++;
	return json_parse_object(
		       &node->own, db_value(tree->rows, row, CONFIG), fault) &&
		(json_object_set_new(tree->places, node->id, json_integer(row)) == 0 ||
			no_memory(fault));
}

/* Takes the rows. */
static bool make(
	struct tree **out, const char *org, PGresult *taken, struct fault *fault)
{
	PGresult *rows AUTO(PQclear) = taken;
	int count = PQntuples(rows);
	struct tree *tree AUTO(tree_free) =
		calloc(1, sizeof(*tree) + (size_t)count * sizeof(tree->nodes[0]));

	if (!tree || !(tree->places = json_object()))
		return no_memory(fault);
	(void)snprintf(tree->org, sizeof(tree->org), "%s", org);
	tree->rows = TAKE(rows);
	for (int i = 0; i < count; i++)
		if (!read_node(tree, i, fault))
			return false;
	*out = TAKE(tree);
	return true;
}

bool tree_load(struct tree **out, struct db *db, const char *org, const char *node,
	enum tree_extent extent, struct fault *fault)
{
	PGresult *rows;

	return db_query(&rows, db, extent_sql[extent], DB_VALUES(org, node), fault) &&
		make(out, org, rows, fault);
}

bool tree_copy(struct tree **out, const struct tree *tree, struct fault *fault)
{
	PGresult *rows = PQcopyResult(tree->rows, PG_COPYRES_ATTRS | PG_COPYRES_TUPLES);

	return rows ? make(out, tree->org, rows, fault) : no_memory(fault);
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->count; i++) {
		json_decref(tree->nodes[i].own);
		json_decref(tree->nodes[i].effective);
		json_decref(tree->nodes[i].kept);
	}
	json_decref(tree->places);
	PQclear(tree->rows);
	free(tree);
}

struct tree_node *tree_find(struct tree *tree, const char *id)
{
	json_t *place = id ? json_object_get(tree->places, id) : NULL;

	return place ? &tree->nodes[json_integer_value(place)] : NULL;
}

static bool show(const struct tree *tree, struct tree_node *node,
	enum tree_secrets mode, const struct secrets *secrets, struct fault *fault)
{
	const struct secrets_place place = {tree->org, node->id};

	if (mode == TREE_SEALED)
		return true;
	return mode == TREE_REDACTED
		? secrets_redact(node->own, fault)
		: secrets_reveal(secrets, &place, node->own, fault);
}

bool tree_merge(struct tree *tree, enum tree_secrets mode,
	const struct secrets *secrets, struct fault *fault)
{
	for (size_t i = 0; i < tree->count; i++) {
		struct tree_node *node = &tree->nodes[i];
		const struct tree_node *parent = tree_find(tree, node->parent);

		if (!show(tree, node, mode, secrets, fault))
			return false;
		json_decref(node->effective);
		node->effective = inherit_base(parent ? parent->effective : NULL);
		if (!node->effective || !inherit_lay(node->effective, node->own))
			return no_memory(fault);
	}
	return true;
}

bool tree_etag(struct text *out, const struct tree *tree)
{
	enum { TAG_BYTES = 16 };
	const char *defaults = defaults_text();
	struct text basis AUTO(text_done) = {0};
	unsigned char digest[HMAC_SIZE];
	char hex[2 * TAG_BYTES + 1];

	text_printf(&basis, "%s\n%s\n", TOCSIN_VERSION, defaults ? defaults : "");
	for (size_t i = 0; i < tree->count; i++)
		text_printf(&basis, "%s %lld %s\n", tree->nodes[i].id,
			(long long)tree->nodes[i].version,
			db_value(tree->rows, (int)i, CONFIG));
	if (!defaults || text_failed(&basis))
		return false;
	sha256(digest, text_string(&basis), basis.len);
	id_hex(hex, digest, TAG_BYTES);
	text_add(out, hex);
	return !text_failed(out);
}

bool tree_is_team(const struct tree_node *node)
{
	return strcmp(node->type, "team") == 0;
}

// SPDX-License-Identifier: Apache-2.0
#include "config-store/config/config_view.h"

#include "config-store/config/config.h"
#include "config-store/notices.h"

static bool no_memory(struct fault *fault)
{
	return fault_set(fault, FAULT_RETRY, "no memory for a configuration");
}

struct view {
	const char *org, *node;
	enum tree_secrets secrets;

	/* Filled. */
	json_t *document;
	char etag[ETAG_SIZE];
};

static bool merge(struct view *view, struct store_thread *thread, struct fault *fault)
{
	struct tree *tree AUTO(tree_free) = NULL;
	struct text etag AUTO(text_done) = {0};
	const struct tree_node *found;

	if (!tree_load(&tree, thread->db, view->org, view->node, TREE_PATH, fault))
		return false;
	found = tree_find(tree, view->node);
	if (!found)
		return config_no_node(thread, view->org, view->node, fault);
	if (!tree_merge(tree, view->secrets, thread->store->secrets, fault))
		return false;
	if (!tree_etag(&etag, tree))
		return no_memory(fault);
	(void)snprintf(view->etag, sizeof(view->etag), "%s", text_string(&etag));
	view->document = json_incref(found->effective);
	return true;
}

struct effective *config_remembered(
	const struct store *store, const char *org, const char *node)
{
	return effective_cache_get(
		store->cache, org, node, notices_generation(store->notices, org));
}

bool config_effective(struct effective **out, struct store_thread *thread,
	const char *org, const char *node, struct fault *fault)
{
	struct effective_cache *cache = thread->store->cache;
	uint64_t generation = notices_generation(thread->store->notices, org);
	struct view view = {.org = org, .node = node, .secrets = TREE_REDACTED};
	struct effective *made = effective_cache_get(cache, org, node, generation);
	char *text AUTO(free) = NULL;

	if (!made) {
		effective_cache_missed();
		if (!merge(&view, thread, fault))
			return false;
		text = json_print(view.document);
		json_decref(view.document);
		made = text ? effective_new(org, node, generation, view.etag, text)
			    : NULL;
		if (!made)
			return no_memory(fault);
		effective_cache_put(cache, made);
	}
	*out = made;
	return true;
}

bool config_revealed(json_t **out, char *etag, struct store_thread *thread,
	const char *const tenant[2], struct fault *fault)
{
	struct view view = {
		.org = tenant[0], .node = tenant[1], .secrets = TREE_REVEALED};

	if (!merge(&view, thread, fault))
		return false;
	(void)snprintf(etag, ETAG_SIZE, "%s", view.etag);
	*out = view.document;
	return true;
}

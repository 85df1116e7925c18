// SPDX-License-Identifier: Apache-2.0
#include "config-store/routes.h"

#include "config-store/events_read.h"
#include "config-store/handlers.h"
#include "config-store/runs_read.h"

#define API "/api/v1"
#define ORG API "/admin/orgs/{org}"
#define NODE ORG "/nodes/{node}"
#define TEAM ORG "/teams/{team}"

enum { CONFIG_BODY_MAX = 1 << 20 };

#define ANY CALLER_ANY
#define ADMIN CALLER_ADMIN
#define SUPER CALLER_SUPER_ADMIN
#define OF_TEAM CALLER_TEAM

const struct route routes[] = {
	{"GET", API "/auth/me", ANY, SCOPE_NONE, me_show},
	{"GET", API "/config/me", OF_TEAM, SCOPE_NONE, config_get,
		.summary = "What the team itself says of its configuration",
		.gives = "OwnConfig"},
	{"PATCH", API "/config/me", OF_TEAM, SCOPE_NONE, config_patch,
		.max_body = CONFIG_BODY_MAX,
		.summary = "Merge a patch (RFC 7396) into the team's configuration",
		.query = "dry_run reason", .takes = "MergePatch", .gives = "OwnConfig"},
	{"GET", API "/config/me/effective", OF_TEAM, SCOPE_NONE, config_get_effective,
		.summary = "What holds for the team, with all that is inherited",
		.gives = "Config"},
	{"GET", API "/config/me/raw", OF_TEAM, SCOPE_NONE, me_raw,
		.summary = "What each node from the root to the team says",
		.gives = "RawConfig"},
	{"GET", API "/config/me/explain", OF_TEAM, SCOPE_NONE, me_explain,
		.summary = "Where each value of the team's configuration comes from",
		.query = "path", .gives = "Explanation"},
	{"POST", API "/internal/routing/lookup", SUPER, SCOPE_NONE, routing_lookup},

	{"POST", API "/admin/orgs", SUPER, SCOPE_NONE, orgs_create},
	{"POST", API "/admin/secrets/rekey", SUPER, SCOPE_NONE, secrets_post_rekey,
		.summary = "Seal secrets anew under the newest key, a slice a call",
		.takes = "RekeyWish", .gives = "Rekeyed"},
	{"GET", API "/admin/orgs", ADMIN, SCOPE_NONE, orgs_list},
	{"DELETE", ORG, SUPER, SCOPE_ORG, orgs_delete},
	{"POST", ORG "/admin-tokens", SUPER, SCOPE_ORG, tokens_post},
	{"GET", ORG "/admin-tokens", ADMIN, SCOPE_ORG, tokens_list},
	{"DELETE", ORG "/admin-tokens/{id}", ADMIN, SCOPE_ORG, tokens_remove},

	{"POST", ORG "/nodes", ADMIN, SCOPE_ORG, nodes_post,
		.summary = "Make a unit or a team", .takes = "NewNode", .gives = "Node",
		.success = 201},
	{"GET", ORG "/nodes", ADMIN, SCOPE_ORG, nodes_list,
		.summary = "The nodes of an organisation by id",
		.query = "limit cursor parent_id node_type", .gives = "NodeList"},
	{"GET", NODE, ADMIN, SCOPE_ORG, nodes_get, .summary = "One node",
		.gives = "Node"},
	{"PATCH", NODE, ADMIN, SCOPE_ORG, nodes_patch,
		.summary = "Rename a node, or move it under another parent",
		.takes = "NodeChange", .gives = "Node"},
	{"DELETE", NODE, ADMIN, SCOPE_ORG, nodes_remove,
		.summary = "Delete a node that has nothing below it", .success = 204},
	{"GET", NODE "/config", ADMIN, SCOPE_ORG, config_get,
		.summary = "What a node itself says of its configuration",
		.gives = "OwnConfig"},
	{"PUT", NODE "/config", ADMIN, SCOPE_ORG, config_put,
		.max_body = CONFIG_BODY_MAX,
		.summary = "Replace a node's configuration, or merge a patch into it",
		.query = "dry_run", .takes = "ConfigWrite", .gives = "OwnConfig"},
	{"PATCH", NODE "/config", ADMIN, SCOPE_ORG, config_patch,
		.max_body = CONFIG_BODY_MAX,
		.summary = "Merge a patch (RFC 7396) into a node's configuration",
		.query = "dry_run reason", .takes = "MergePatch", .gives = "OwnConfig"},
	{"GET", NODE "/config/effective", ADMIN, SCOPE_ORG, config_get_effective,
		.summary = "What holds at a node, with all that is inherited",
		.gives = "Config"},
	{"GET", NODE "/config/explain", ADMIN, SCOPE_ORG, config_get_explain,
		.summary = "Where each value of a node's configuration comes from",
		.query = "path", .gives = "Explanation"},
	{"GET", NODE "/config/history", ADMIN, SCOPE_ORG, config_history,
		.summary = "How a node's configuration changed, newest first",
		.query = "limit cursor", .gives = "ConfigHistory"},
	{"GET", NODE "/config/versions/{version}", ADMIN, SCOPE_ORG, config_version,
		.summary = "What a node's configuration was in a version",
		.gives = "OwnConfig"},
	{"GET", NODE "/config/diff", ADMIN, SCOPE_ORG, config_compare,
		.summary = "What differs between two versions of a configuration",
		.query = "from to", .gives = "ConfigDiff"},
	{"POST", NODE "/config/rollback", ADMIN, SCOPE_ORG, config_rollback,
		.summary = "Make an old version of a configuration the newest",
		.query = "dry_run", .takes = "Rollback", .gives = "OwnConfig"},

	{"POST", TEAM, ADMIN, SCOPE_ORG, teams_post,
		.summary = "Make a team, or find it there already", .takes = "NewTeam",
		.gives = "Node", .success = 201},
	{"DELETE", TEAM, ADMIN, SCOPE_ORG, teams_remove,
		.summary = "Delete a team, its tokens and its claims", .success = 204},
	{"POST", TEAM "/tokens", ADMIN, SCOPE_ORG, tokens_post},
	{"GET", TEAM "/tokens", ADMIN, SCOPE_ORG, tokens_list},
	{"DELETE", TEAM "/tokens/{id}", ADMIN, SCOPE_ORG, tokens_remove},
	{"POST", TEAM "/tokens/{id}/collect", ADMIN, SCOPE_ORG, tokens_post_collect},

	{"GET", API "/admin/events", ADMIN, SCOPE_NONE, .answer = events_list},
	{"GET", API "/admin/events/{id}", ADMIN, SCOPE_NONE, .answer = events_show},
	{"GET", API "/admin/runs", ADMIN, SCOPE_NONE, .answer = runs_list},
	{"GET", API "/admin/runs/{id}", ADMIN, SCOPE_NONE, .answer = runs_show},
};

const size_t route_count = countof(routes);

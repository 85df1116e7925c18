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
	{"GET", API "/config/me/effective", OF_TEAM, SCOPE_NONE, me_effective},
	{"GET", API "/config/me/raw", OF_TEAM, SCOPE_NONE, me_raw},
	{"POST", API "/internal/routing/lookup", SUPER, SCOPE_NONE, routing_lookup},

	{"POST", API "/admin/orgs", SUPER, SCOPE_NONE, orgs_create},
	{"GET", API "/admin/orgs", ADMIN, SCOPE_NONE, orgs_list},
	{"DELETE", ORG, SUPER, SCOPE_ORG, orgs_delete},
	{"POST", ORG "/admin-tokens", SUPER, SCOPE_ORG, tokens_post},
	{"GET", ORG "/admin-tokens", ADMIN, SCOPE_ORG, tokens_list},
	{"DELETE", ORG "/admin-tokens/{id}", ADMIN, SCOPE_ORG, tokens_remove},

	{"POST", ORG "/nodes", ADMIN, SCOPE_ORG, nodes_post},
	{"GET", ORG "/nodes", ADMIN, SCOPE_ORG, nodes_list},
	{"GET", NODE, ADMIN, SCOPE_ORG, nodes_get},
	{"DELETE", NODE, ADMIN, SCOPE_ORG, nodes_remove},
	{"GET", NODE "/config", ADMIN, SCOPE_ORG, config_get},
	{"PUT", NODE "/config", ADMIN, SCOPE_ORG, config_put,
		.max_body = CONFIG_BODY_MAX},
	{"PATCH", NODE "/config", ADMIN, SCOPE_ORG, config_patch,
		.max_body = CONFIG_BODY_MAX},
	{"GET", NODE "/config/effective", ADMIN, SCOPE_ORG, config_get_effective},

	{"POST", TEAM, ADMIN, SCOPE_ORG, teams_post},
	{"DELETE", TEAM, ADMIN, SCOPE_ORG, teams_remove},
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

// SPDX-License-Identifier: Apache-2.0
// What the table of routes calls; the files are named after what they handle.
#pragma once

#include "config-store/call.h"

/* me.c */
bool me_show(struct call *call, struct fault *fault);
bool me_raw(struct call *call, struct fault *fault);

/* lookup_http.c */
bool routing_lookup(struct call *call, struct fault *fault);

/* orgs_http.c */
bool orgs_create(struct call *call, struct fault *fault);
bool orgs_list(struct call *call, struct fault *fault);
bool orgs_delete(struct call *call, struct fault *fault);

/* nodes_http.c */
bool nodes_post(struct call *call, struct fault *fault);
bool nodes_list(struct call *call, struct fault *fault);
bool nodes_get(struct call *call, struct fault *fault);
bool nodes_patch(struct call *call, struct fault *fault);
bool nodes_remove(struct call *call, struct fault *fault);
bool teams_post(struct call *call, struct fault *fault);
bool teams_remove(struct call *call, struct fault *fault);

/* config_http.c */
bool config_get(struct call *call, struct fault *fault);
bool config_put(struct call *call, struct fault *fault);
bool config_patch(struct call *call, struct fault *fault);
bool config_get_effective(struct call *call, struct fault *fault);
bool config_get_effective_quick(struct call *call);
bool config_rollback(struct call *call, struct fault *fault);

/* history_http.c */
bool config_history(struct call *call, struct fault *fault);
bool config_version(struct call *call, struct fault *fault);
bool config_compare(struct call *call, struct fault *fault);

/* explain_http.c */
bool config_get_explain(struct call *call, struct fault *fault);
bool me_explain(struct call *call, struct fault *fault);

/* rekey_http.c */
bool secrets_post_rekey(struct call *call, struct fault *fault);

/* tokens_http.c */
bool tokens_post(struct call *call, struct fault *fault);
bool tokens_list(struct call *call, struct fault *fault);
bool tokens_get(struct call *call, struct fault *fault);
bool tokens_remove(struct call *call, struct fault *fault);
bool tokens_post_collect(struct call *call, struct fault *fault);

/* org_tokens_http.c */
bool org_tokens_list(struct call *call, struct fault *fault);
bool org_tokens_get(struct call *call, struct fault *fault);
bool org_tokens_bulk_revoke(struct call *call, struct fault *fault);
bool org_tokens_extend(struct call *call, struct fault *fault);

/* impersonate_http.c */
bool impersonation_post(struct call *call, struct fault *fault);
/* run_reports.c, run_reports_list.c, run_tool_calls.c */
bool run_reports_post(struct call *call, struct fault *fault);
bool run_reports_patch(struct call *call, struct fault *fault);
bool run_reports_list(struct call *call, struct fault *fault);
bool run_tool_calls_post(struct call *call, struct fault *fault);
bool run_tool_calls_get(struct call *call, struct fault *fault);

/* feedback.c */
bool feedback_post(struct call *call, struct fault *fault);
bool feedback_post_team(struct call *call, struct fault *fault);
bool feedback_stats(struct call *call, struct fault *fault);
bool feedback_stats_org(struct call *call, struct fault *fault);
bool feedback_stats_team(struct call *call, struct fault *fault);

/* openapi_http.c */
bool openapi_show(struct call *call, struct fault *fault);

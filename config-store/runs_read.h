// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/admin/runs and /runs/{id}: the state of runs from config.run, their steps
// and hops from schema audit, which tocsin-audit-sink writes.
#pragma once

#include "common/http_server.h"
#include "config-store/read.h"

/* Of a row `run` of config.run. `more` continues the object: ", 'steps', …" or "". */
#define RUN_JSON(more)                                                                \
	"json_build_object('run_id', run.run_id, 'event_id', run.event_id, 'org_id'," \
	" run.org_id, 'team_id', run.team_id, 'agent', run.agent, 'source',"          \
	" run.source, 'state', run.state, 'attempt', run.attempt, 'worker',"          \
	" run.worker, 'text', run.text, 'actor', run.actor, 'summary', run.summary,"  \
	" 'error', run.error, 'created_at', " READ_TIME(                              \
		"run.created_at") ", "                                                \
				  "'started_"                                         \
				  "at',"                                              \
				  " " READ_TIME(                                      \
					  "run.started_at") ", "                      \
							    "'finished_at',"          \
							    " " READ_TIME(            \
								    "ru"              \
								    "n."              \
								    "fi"              \
								    "ni"              \
								    "sh"              \
								    "ed"              \
								    "_a"              \
								    "t") ", "         \
									 "'dura"      \
									 "tion_"      \
									 "ms', "      \
									 "(extr"      \
									 "act("       \
									 "epoch"      \
									 " FROM"      \
									 " run."      \
									 "finis"      \
									 "hed_"       \
									 "at - "      \
									 "COALE"      \
									 "SCE("       \
									 "run."       \
									 "start"      \
									 "ed_"        \
									 "at, "       \
									 "run."       \
									 "creat"      \
									 "ed_"        \
									 "at)) "      \
									 "* "         \
									 "1000)"      \
									 "::"         \
									 "bigin"      \
									 "t,"         \
									 " '"         \
									 "tool_"      \
									 "calls"      \
									 "', "        \
									 "run."       \
									 "tool_"      \
									 "calls"      \
									 ", "         \
									 "'turn"      \
									 "s', "       \
									 "run."       \
									 "turns"      \
									 ", "         \
									 "'inpu"      \
									 "t_"         \
									 "token"      \
									 "s',"        \
									 " run."      \
									 "input"      \
									 "_toke"      \
									 "ns, "       \
									 "'outp"      \
									 "ut_"        \
									 "token"      \
									 "s', "       \
									 "run."       \
									 "outpu"      \
									 "t_"         \
									 "token"      \
									 "s" more ")"

/* All steps of the row `run`. */
#define STEPS_JSON                                                                   \
	"(SELECT COALESCE(json_agg(json_build_object('number', s.number, 'attempt'," \
	" s.attempt, 'kind', s.kind, 'name', s.name, 'at', " READ_TIME(              \
		"s.at") ","                                                          \
			" 'duration_ms', s.duration_ms, 'worker', s.worker, "        \
			"'payload', s.payload)"                                      \
			" ORDER BY s.number, s.epoch, s.sequence), '[]')"            \
			" FROM audit.step s WHERE s.run_id = run.run_id)"

/* Of a row `h` of audit.record. */
#define HOP_JSON                                                                      \
	"json_build_object('at', " READ_TIME(                                         \
		"h.at") ", 'area', h.area, 'action',"                                 \
			" h.action, 'org_id', h.org, 'team_id', h.team, 'event_id', " \
			"h.event_id,"                                                 \
			" 'run_id', h.run_id, 'actor', h.actor, 'reason', h.reason, " \
			"'detail', h.detail)"

/* Handlers of the route table, for admins; blocking. */
void runs_list(void *context, struct http_request *request);
void runs_show(void *context, struct http_request *request);

// SPDX-License-Identifier: Apache-2.0
// How a run looks to the runtimes that report it; the names are those they have known.
#pragma once

#include "config-store/read/runs_read.h"

/* clang-format off */
#define RUN_REPORT_JSON \
	"json_build_object('id', run.run_id, 'org_id', run.org_id," \
	" 'team_node_id', run.team_id, 'correlation_id', run.event_id," \
	" 'agent_name', run.agent, 'trigger_source', run.source, 'trigger_actor'," \
	" run.actor, 'trigger_message', run.text, 'trigger_channel_id'," \
	" run.channel_id, 'status', run.state, 'started_at', " \
	READ_TIME("run.started_at") ", 'completed_at', " \
	READ_TIME("run.finished_at") ", 'duration_seconds', round(" RUN_MS " /" \
	" 1000.0, 3), 'tool_calls_count', run.tool_calls, 'output_summary'," \
	" run.summary, 'error_message', run.error, 'confidence', run.confidence," \
	" 'metadata', run.metadata)"
/* clang-format on */

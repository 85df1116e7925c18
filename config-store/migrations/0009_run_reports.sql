-- SPDX-License-Identifier: Apache-2.0
-- Runs that other runtimes report over HTTP stand beside those of our workers, in the
-- same table. What tells them apart: a reported run was never claimed, its fencing token
-- is 0. Once a worker has claimed a run, only the holder of its lease ends it.
SET LOCAL statement_timeout = 0;

ALTER TABLE config.run
	ADD COLUMN channel_id text NOT NULL DEFAULT '',
	ADD COLUMN confidence real CHECK (confidence BETWEEN 0 AND 1),
	ADD COLUMN metadata json,
	ADD COLUMN reported_ms bigint CHECK (reported_ms >= 0);

CREATE INDEX run_newest_in ON config.run (org_id, created_at DESC, run_id DESC);

-- created, exists; no_team and other_team are refusals.
CREATE FUNCTION config.run_report(the_run text, the_event text, the_org text,
	the_team text, the_agent text, the_source text, the_text text, the_actor text,
	the_channel text, the_metadata json, OUT outcome text)
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT EXISTS (SELECT FROM config.node WHERE org_id = the_org
			AND node_id = the_team AND node_type = 'team') THEN
		outcome := 'no_team';
		RETURN;
	END IF;
	INSERT INTO config.run (run_id, event_id, org_id, team_id, agent, source, text,
		actor, channel_id, metadata, state, started_at)
	VALUES (the_run, the_event, the_org, the_team, the_agent, the_source, the_text,
		the_actor, the_channel, the_metadata, 'running', clock_timestamp())
	ON CONFLICT (run_id) DO NOTHING;
	IF FOUND THEN
		outcome := 'created';
	ELSIF EXISTS (SELECT FROM config.run WHERE run_id = the_run
			AND org_id = the_org AND team_id = the_team) THEN
		outcome := 'exists';
	ELSE
		outcome := 'other_team';
	END IF;
END $$;

-- ended (also when it had ended so already; the first report stays), none, leased,
-- finished: in another state, which is in `state`.
CREATE FUNCTION config.run_report_end(the_run text, the_state text, the_summary text,
	the_error text, the_tool_calls integer, the_duration_ms bigint,
	the_confidence real, OUT outcome text, OUT state text)
LANGUAGE plpgsql AS $$
DECLARE
	run config.run;
BEGIN
	SELECT * INTO run FROM config.run WHERE run_id = the_run FOR UPDATE;
	state := run.state;
	IF run.run_id IS NULL THEN
		outcome := 'none';
	ELSIF run.fencing_token > 0 THEN
		outcome := 'leased';
	ELSIF run.finished_at IS NOT NULL THEN
		outcome := CASE WHEN run.state = the_state THEN 'ended' ELSE 'finished' END;
	ELSE
		outcome := 'ended';
		UPDATE config.run mine SET state = the_state, summary = the_summary,
			error = the_error, tool_calls = the_tool_calls,
			reported_ms = the_duration_ms, confidence = the_confidence,
			finished_at = clock_timestamp()
		WHERE mine.run_id = the_run;
	END IF;
END $$;

CREATE TABLE config.run_tool_call (
	run_id text NOT NULL REFERENCES config.run ON DELETE CASCADE,
	call_id text NOT NULL,
	tool_name text NOT NULL,
	agent_name text,
	parent_agent text,
	tool_input json,
	tool_output text,
	started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	duration_ms bigint CHECK (duration_ms >= 0),
	status text NOT NULL,
	error_message text,
	sequence_number integer NOT NULL DEFAULT 0,
	PRIMARY KEY (run_id, call_id)
);

-- One opinion of a user about a run from one source; the latest word counts.
CREATE TABLE config.feedback (
	id text PRIMARY KEY,
	run_id text NOT NULL REFERENCES config.run ON DELETE CASCADE,
	org_id text NOT NULL,
	team_id text NOT NULL,
	feedback text NOT NULL CHECK (feedback IN ('positive', 'negative')),
	source text NOT NULL,
	user_id text NOT NULL DEFAULT '',
	correlation_id text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	UNIQUE (run_id, user_id, source)
);

CREATE INDEX feedback_of ON config.feedback (org_id, team_id, created_at);

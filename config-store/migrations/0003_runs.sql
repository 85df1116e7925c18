-- SPDX-License-Identifier: Apache-2.0
-- Runs: who may work on one, and that one which is over never starts again. Each call of
-- a worker is one function, so that it is one round trip and one transaction. Leases run
-- by this server's clock.

CREATE SEQUENCE config.run_fencing;

CREATE TABLE config.run (
	run_id text PRIMARY KEY,
	event_id text NOT NULL DEFAULT '',
	org_id text NOT NULL,
	team_id text NOT NULL,
	agent text NOT NULL DEFAULT '',
	source text NOT NULL DEFAULT '',
	text text NOT NULL DEFAULT '',
	actor text NOT NULL DEFAULT '',
	state text NOT NULL CHECK (state IN
		('queued', 'running', 'completed', 'failed', 'timeout', 'cancelled')),
	worker text NOT NULL DEFAULT '',
	attempt integer NOT NULL DEFAULT 0,
	fencing_token bigint NOT NULL DEFAULT 0,
	lease_until timestamptz,
	cancel_requested boolean NOT NULL DEFAULT false,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	started_at timestamptz,
	finished_at timestamptz,
	summary text NOT NULL DEFAULT '',
	error text NOT NULL DEFAULT '',
	tool_calls integer NOT NULL DEFAULT 0,
	turns integer NOT NULL DEFAULT 0,
	input_tokens bigint NOT NULL DEFAULT 0,
	output_tokens bigint NOT NULL DEFAULT 0,
	CHECK ((finished_at IS NULL) = (state IN ('queued', 'running')))
);

CREATE INDEX run_active ON config.run (org_id, team_id) WHERE finished_at IS NULL;
CREATE INDEX run_newest ON config.run (created_at DESC, run_id DESC);
CREATE INDEX run_newest_of ON config.run (org_id, team_id, created_at DESC, run_id DESC);
CREATE INDEX run_event ON config.run (event_id);

-- NULL when there is no such team; what no node says is `otherwise`.
CREATE FUNCTION config.run_limit(the_org text, the_team text, otherwise integer)
RETURNS integer LANGUAGE sql STABLE AS $$
	WITH RECURSIVE path AS (
		SELECT node_id, parent_id, depth FROM config.node
		WHERE org_id = the_org AND node_id = the_team AND node_type = 'team'
		UNION ALL
		SELECT above.node_id, above.parent_id, above.depth
		FROM path JOIN config.node above
			ON above.org_id = the_org AND above.node_id = path.parent_id
	)
	SELECT coalesce((array_agg(said.value ORDER BY path.depth DESC)
		FILTER (WHERE said.value IS NOT NULL))[1]::integer, otherwise)
	FROM path
	JOIN config.node_config own ON own.org_id = the_org AND own.node_id = path.node_id
	CROSS JOIN LATERAL (SELECT own.config #>> '{runtime,max_concurrent_runs}' AS value)
		said
	HAVING count(*) > 0
$$;

-- outcome: granted, busy, limit, finished; no_team and other_team are refusals.
CREATE FUNCTION config.run_claim(the_run text, the_event text, the_org text,
	the_team text, the_worker text, lease_ms bigint, the_agent text, the_source text,
	the_text text, the_actor text, default_limit integer,
	OUT outcome text, OUT fencing_token bigint, OUT attempt integer,
	OUT retry_after_ms bigint, OUT state text)
LANGUAGE plpgsql AS $$
DECLARE
	run config.run;
	most integer;
	lease interval := lease_ms * interval '1 millisecond';
BEGIN
	fencing_token := 0;
	attempt := 0;
	retry_after_ms := 0;
	state := '';
	PERFORM pg_advisory_xact_lock(hashtextextended(
		'tocsin runs ' || the_org || '.' || the_team, 0));
	most := config.run_limit(the_org, the_team, default_limit);
	IF most IS NULL THEN
		outcome := 'no_team';
		RETURN;
	END IF;
	INSERT INTO config.run (run_id, event_id, org_id, team_id, agent, source, text, actor,
		state)
	VALUES (the_run, the_event, the_org, the_team, the_agent, the_source, the_text,
		the_actor, 'queued')
	ON CONFLICT (run_id) DO NOTHING;
	SELECT * INTO run FROM config.run WHERE run_id = the_run FOR UPDATE;
	state := run.state;
	attempt := run.attempt;
	IF run.org_id <> the_org OR run.team_id <> the_team THEN
		outcome := 'other_team';
	ELSIF run.finished_at IS NOT NULL THEN
		outcome := 'finished';
	ELSIF run.lease_until > clock_timestamp() THEN
		outcome := 'busy';
		retry_after_ms := 1 + ceil(extract(epoch FROM
			run.lease_until - clock_timestamp()) * 1000);
	ELSIF (SELECT count(*) FROM config.run others
		WHERE others.org_id = the_org AND others.team_id = the_team
			AND others.finished_at IS NULL
			AND others.lease_until > clock_timestamp()) >= most THEN
		outcome := 'limit';
		retry_after_ms := 1000;
	ELSE
		outcome := 'granted';
		UPDATE config.run mine SET
			state = 'running',
			worker = the_worker,
			attempt = mine.attempt + 1,
			fencing_token = nextval('config.run_fencing'),
			lease_until = clock_timestamp() + lease,
			started_at = coalesce(mine.started_at, clock_timestamp())
		WHERE run_id = the_run
		RETURNING mine.fencing_token, mine.attempt, mine.state
		INTO fencing_token, attempt, state;
	END IF;
END $$;

-- A lease that has run out is lost, even when nobody has taken it yet.
CREATE FUNCTION config.run_renew(the_run text, the_org text, the_team text,
	the_token bigint, lease_ms bigint, OUT held boolean, OUT cancelled boolean)
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE config.run SET
		lease_until = clock_timestamp() + lease_ms * interval '1 millisecond'
	WHERE run_id = the_run AND org_id = the_org AND team_id = the_team
		AND fencing_token = the_token AND finished_at IS NULL
		AND lease_until > clock_timestamp()
	RETURNING cancel_requested INTO cancelled;
	held := FOUND;
	cancelled := coalesce(cancelled, false);
END $$;

-- The same call again, by who finished it, is answered with true again.
CREATE FUNCTION config.run_finish(the_run text, the_org text, the_team text,
	the_token bigint, the_state text, the_summary text, the_error text,
	the_tool_calls integer, the_turns integer, the_input_tokens bigint,
	the_output_tokens bigint, OUT finished boolean)
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE config.run SET state = the_state, summary = the_summary, error = the_error,
		tool_calls = the_tool_calls, turns = the_turns,
		input_tokens = the_input_tokens, output_tokens = the_output_tokens,
		finished_at = clock_timestamp(), lease_until = NULL
	WHERE run_id = the_run AND org_id = the_org AND team_id = the_team
		AND fencing_token = the_token AND finished_at IS NULL;
	finished := FOUND OR EXISTS (SELECT FROM config.run
		WHERE run_id = the_run AND org_id = the_org AND team_id = the_team
			AND fencing_token = the_token AND state = the_state);
END $$;

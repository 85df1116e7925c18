-- SPDX-License-Identifier: Apache-2.0
-- Provisioning runs: one at a time for a team, each step recorded as it ends.

CREATE TABLE config.provision_run (
	id text PRIMARY KEY,
	org_id text NOT NULL,
	team_id text NOT NULL,
	verb text NOT NULL,
	idempotency_key text NOT NULL,
	request json NOT NULL,
	request_hash text NOT NULL, -- of the request with its keys sorted
	actor text NOT NULL DEFAULT '',
	state text NOT NULL DEFAULT 'running'
		CHECK (state IN ('running', 'succeeded', 'failed')),
	error text NOT NULL DEFAULT '',
	worker text NOT NULL DEFAULT '',
	lease_until timestamptz,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	finished_at timestamptz,
	UNIQUE (org_id, team_id, idempotency_key)
);

CREATE INDEX provision_run_active ON config.provision_run (org_id, team_id)
	WHERE lease_until IS NOT NULL;

CREATE TABLE config.provision_step (
	provision_id text NOT NULL REFERENCES config.provision_run,
	name text NOT NULL,
	number integer GENERATED ALWAYS AS IDENTITY,
	state text NOT NULL CHECK (state IN ('succeeded', 'failed')),
	result text NOT NULL DEFAULT '',
	error text NOT NULL DEFAULT '',
	ended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (provision_id, name)
);

-- One row, and one more for every step that has ended.
CREATE FUNCTION config.provision_begin(the_id text, the_org text, the_team text,
	the_verb text, the_key text, the_request json, the_hash text, the_actor text,
	the_worker text, lease_ms bigint,
	OUT outcome text, OUT id text, OUT retry_after_ms bigint, OUT state text)
LANGUAGE plpgsql AS $$
DECLARE
	run config.provision_run;
	taken timestamptz;
BEGIN
	retry_after_ms := 0;
	PERFORM pg_advisory_xact_lock(hashtextextended(
		'tocsin provisioning ' || the_org || '.' || the_team, 0));
	INSERT INTO config.provision_run (id, org_id, team_id, verb, idempotency_key, request,
		request_hash, actor)
	VALUES (the_id, the_org, the_team, the_verb, the_key, the_request, the_hash,
		the_actor)
	ON CONFLICT DO NOTHING;
	SELECT * INTO run FROM config.provision_run mine
	WHERE mine.org_id = the_org AND mine.team_id = the_team
		AND mine.idempotency_key = the_key;
	IF NOT FOUND THEN -- the id is another team's, or has another key
		outcome := 'conflict';
		id := the_id;
		state := '';
		RETURN;
	END IF;
	id := run.id;
	state := run.state;
	SELECT max(others.lease_until) INTO taken FROM config.provision_run others
	WHERE others.org_id = the_org AND others.team_id = the_team
		AND others.lease_until > clock_timestamp();
	IF run.verb <> the_verb OR run.request_hash <> the_hash THEN
		outcome := 'conflict';
	ELSIF run.state = 'succeeded' THEN
		outcome := 'finished';
	ELSIF taken IS NOT NULL THEN
		outcome := 'busy';
		retry_after_ms := least(5000, 1 + ceil(extract(epoch FROM
			taken - clock_timestamp()) * 1000));
	ELSE
		outcome := 'granted';
		state := 'running';
		UPDATE config.provision_run mine SET
			state = 'running', error = '', finished_at = NULL,
			worker = the_worker,
			lease_until = clock_timestamp() + lease_ms * interval '1 millisecond'
		WHERE mine.id = run.id;
	END IF;
END $$;

CREATE FUNCTION config.provision_record(the_id text, the_org text, the_team text,
	the_worker text, lease_ms bigint, step_name text, step_state text, step_result text,
	step_error text, the_state text, the_error text, OUT held boolean)
LANGUAGE plpgsql AS $$
DECLARE
	run config.provision_run;
BEGIN
	SELECT * INTO run FROM config.provision_run mine
	WHERE mine.id = the_id AND mine.org_id = the_org AND mine.team_id = the_team
	FOR UPDATE;
	IF NOT FOUND OR run.worker <> the_worker THEN
		held := false;
		RETURN;
	END IF;
	IF run.state <> 'running' THEN -- an answer that was lost: asked again
		held := run.state = the_state;
		RETURN;
	END IF;
	held := coalesce(run.lease_until > clock_timestamp(), false);
	IF NOT held THEN
		RETURN;
	END IF;
	IF step_name <> '' THEN
		INSERT INTO config.provision_step AS known
			(provision_id, name, state, result, error)
		VALUES (the_id, step_name, step_state, step_result, step_error)
		ON CONFLICT (provision_id, name) DO UPDATE SET
			state = excluded.state, result = excluded.result,
			error = excluded.error, ended_at = excluded.ended_at
		WHERE known.state <> 'succeeded';
	END IF;
	UPDATE config.provision_run SET
		state = CASE WHEN the_state = '' THEN 'running' ELSE the_state END,
		error = the_error,
		finished_at = CASE WHEN the_state <> '' THEN clock_timestamp() END,
		lease_until = CASE WHEN the_state = '' AND lease_ms > 0 THEN
			clock_timestamp() + lease_ms * interval '1 millisecond' END
	WHERE id = the_id;
END $$;

-- SPDX-License-Identifier: Apache-2.0
-- What admins ordered over the ingress: a key is one request, for thirty days.

CREATE TABLE config.command (
	id text PRIMARY KEY,
	org_id text NOT NULL,
	team_id text NOT NULL,
	verb text NOT NULL,
	idempotency_key text NOT NULL,
	request_hash text NOT NULL,
	actor text NOT NULL DEFAULT '',
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	UNIQUE (org_id, team_id, idempotency_key)
);

CREATE INDEX command_age ON config.command (created_at);

-- `same` is false when the key was used for another request.
CREATE FUNCTION config.command_begin(the_id text, the_org text, the_team text,
	the_verb text, the_key text, the_hash text, the_actor text,
	OUT id text, OUT is_first boolean, OUT same boolean)
LANGUAGE plpgsql AS $$
DECLARE
	known config.command;
BEGIN
	DELETE FROM config.command old WHERE old.id IN (
		SELECT oldest.id FROM config.command oldest
		WHERE oldest.created_at < clock_timestamp() - interval '30 days'
		ORDER BY oldest.created_at LIMIT 10);
	INSERT INTO config.command AS mine
		(id, org_id, team_id, verb, idempotency_key, request_hash, actor)
	VALUES (the_id, the_org, the_team, the_verb, the_key, the_hash, the_actor)
	ON CONFLICT DO NOTHING;
	is_first := FOUND;
	SELECT * INTO known FROM config.command mine
	WHERE mine.org_id = the_org AND mine.team_id = the_team
		AND mine.idempotency_key = the_key;
	id := coalesce(known.id, the_id);
	same := coalesce(known.verb = the_verb AND known.request_hash = the_hash, false);
END $$;

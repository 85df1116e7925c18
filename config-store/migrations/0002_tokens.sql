-- SPDX-License-Identifier: Apache-2.0
-- Tokens outlive their team, revoked, so that a record's actor can be looked up.

CREATE TABLE config.token (
	token_id text PRIMARY KEY CHECK (token_id ~ '^[0-9a-f]{32}$'),
	kind text NOT NULL CHECK (kind IN ('org_admin', 'team')),
	org_id text NOT NULL,
	team_id text,
	label text NOT NULL DEFAULT '',
	salt bytea,
	hash bytea, -- NULL: reserved, its secret has not been collected
	idempotency_key text,
	issued_at timestamptz NOT NULL DEFAULT now(),
	issued_by text NOT NULL,
	revoked_at timestamptz,
	last_used_at timestamptz,
	CHECK ((kind = 'team') = (team_id IS NOT NULL)),
	CHECK ((salt IS NULL) = (hash IS NULL))
);

CREATE INDEX token_of ON config.token (org_id, team_id, issued_at);

CREATE UNIQUE INDEX token_once ON config.token (org_id, team_id, idempotency_key)
	WHERE idempotency_key IS NOT NULL AND revoked_at IS NULL;

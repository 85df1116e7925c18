-- SPDX-License-Identifier: Apache-2.0
-- A stream that was deleted and made anew counts from 1 again: `epoch` tells its rows
-- from those of the one before, `created` is how the two are told apart.
CREATE TABLE audit.stream (
	name text NOT NULL,
	epoch integer NOT NULL,
	created timestamptz NOT NULL,
	PRIMARY KEY (name, epoch),
	UNIQUE (name, created)
);

CREATE TABLE audit.record (
	stream text NOT NULL,
	epoch integer NOT NULL,
	sequence bigint NOT NULL,
	stored_at timestamptz NOT NULL,
	id text NOT NULL,
	at timestamptz NOT NULL,
	area text NOT NULL,
	action text NOT NULL,
	org text NOT NULL,
	team text NOT NULL,
	event_id text NOT NULL,
	run_id text NOT NULL,
	actor text NOT NULL,
	reason text NOT NULL,
	detail jsonb,
	traceparent text NOT NULL,
	source text NOT NULL,
	kind text NOT NULL,
	delivery_id text NOT NULL,
	PRIMARY KEY (stream, epoch, sequence)
);

-- text_pattern_ops also serves LIKE 'prefix%', in any collation.
CREATE INDEX record_event ON audit.record (event_id text_pattern_ops, at)
	WHERE event_id <> '';
CREATE INDEX record_run ON audit.record (run_id text_pattern_ops, at)
	WHERE run_id <> '';
CREATE INDEX record_action ON audit.record (action, at DESC);
CREATE INDEX record_org ON audit.record (org, at DESC) WHERE org <> '';
CREATE INDEX record_refused ON audit.record (id text_pattern_ops)
	WHERE action = 'event.refused';
CREATE INDEX record_arrival ON audit.record (at DESC, stream DESC, epoch DESC, sequence DESC)
	WHERE action IN ('event.received', 'event.refused');

CREATE TABLE audit.step (
	stream text NOT NULL,
	epoch integer NOT NULL,
	sequence bigint NOT NULL,
	stored_at timestamptz NOT NULL,
	run_id text NOT NULL,
	event_id text NOT NULL,
	org text NOT NULL,
	team text NOT NULL,
	number integer NOT NULL,
	attempt integer NOT NULL,
	worker text NOT NULL,
	kind text NOT NULL,
	name text NOT NULL,
	at timestamptz NOT NULL,
	duration_ms bigint NOT NULL,
	payload jsonb,
	PRIMARY KEY (stream, epoch, sequence)
);

CREATE INDEX step_run ON audit.step (run_id, number);

-- SPDX-License-Identifier: Apache-2.0
-- Organisations, units and teams; what each says of its configuration; what teams claim.

CREATE TABLE config.node (
	org_id text NOT NULL,
	node_id text NOT NULL,
	parent_id text,
	node_type text NOT NULL CHECK (node_type IN ('org', 'unit', 'team')),
	name text NOT NULL DEFAULT '',
	depth integer NOT NULL CHECK (depth BETWEEN 0 AND 15),
	created_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, node_id),
	FOREIGN KEY (org_id, parent_id) REFERENCES config.node,
	CHECK ((parent_id IS NULL) = (node_type = 'org')),
	CHECK ((node_type = 'org') = (node_id = org_id)),
	CHECK ((node_type = 'org') = (depth = 0))
);

CREATE INDEX node_children ON config.node (org_id, parent_id);

-- json and not jsonb: the text comes back as it was written, keys in their order.
CREATE TABLE config.node_config (
	org_id text NOT NULL,
	node_id text NOT NULL,
	config json NOT NULL DEFAULT '{}',
	version bigint NOT NULL DEFAULT 0,
	updated_at timestamptz NOT NULL DEFAULT now(),
	updated_by text NOT NULL,
	PRIMARY KEY (org_id, node_id),
	FOREIGN KEY (org_id, node_id) REFERENCES config.node ON DELETE CASCADE
);

-- Outlives its node.
CREATE TABLE config.node_config_history (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	org_id text NOT NULL,
	node_id text NOT NULL,
	previous_version bigint NOT NULL,
	version bigint NOT NULL,
	previous_config json NOT NULL,
	config json NOT NULL,
	changed_at timestamptz NOT NULL DEFAULT now(),
	changed_by text NOT NULL,
	reason text NOT NULL DEFAULT ''
);

CREATE INDEX node_config_history_of ON config.node_config_history (org_id, node_id, id);

-- A value of a type belongs to one team of one organisation: a webhook names neither.
CREATE TABLE config.identifier (
	type text NOT NULL,
	value text NOT NULL,
	org_id text NOT NULL,
	team_id text NOT NULL,
	PRIMARY KEY (type, value),
	FOREIGN KEY (org_id, team_id) REFERENCES config.node ON DELETE CASCADE
);

CREATE INDEX identifier_of ON config.identifier (org_id, team_id);

-- SPDX-License-Identifier: Apache-2.0
-- Which teams' routes may differ from what the routes bucket says. A mark is made in the
-- transaction that changes something; whoever drains it reads what is true then.

CREATE SEQUENCE config.route_revision;

CREATE TABLE config.route_outbox (
	org_id text NOT NULL,
	team_id text NOT NULL,
	revision bigint NOT NULL DEFAULT nextval('config.route_revision'),
	marked_at timestamptz NOT NULL DEFAULT now(),
	PRIMARY KEY (org_id, team_id)
);

CREATE FUNCTION config.route_mark(the_org text, the_team text)
RETURNS void LANGUAGE sql AS $$
	INSERT INTO config.route_outbox (org_id, team_id) VALUES (the_org, the_team)
	ON CONFLICT (org_id, team_id)
	DO UPDATE SET revision = nextval('config.route_revision')
$$;

-- Every team at or below a node.
CREATE FUNCTION config.route_mark_below(the_org text, the_node text)
RETURNS void LANGUAGE sql AS $$
	WITH RECURSIVE below AS (
		SELECT node_id, node_type FROM config.node
		WHERE org_id = the_org AND node_id = the_node
		UNION ALL
		SELECT child.node_id, child.node_type
		FROM below JOIN config.node child
			ON child.org_id = the_org AND child.parent_id = below.node_id
	)
	INSERT INTO config.route_outbox (org_id, team_id)
	SELECT the_org, node_id FROM below WHERE node_type = 'team' ORDER BY node_id
	ON CONFLICT (org_id, team_id)
	DO UPDATE SET revision = nextval('config.route_revision')
$$;

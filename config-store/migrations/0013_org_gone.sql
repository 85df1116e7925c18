-- SPDX-License-Identifier: Apache-2.0
-- The ids of organisations that were deleted. Runs, audit records, tokens and feedback
-- keep the id; whoever got it again would see them, so nobody does.
SET LOCAL statement_timeout = 0;

CREATE TABLE config.org_gone (
	org_id text PRIMARY KEY,
	deleted_at timestamptz NOT NULL DEFAULT now()
);

-- Those that were deleted before this table was there, as far as they left something.
INSERT INTO config.org_gone (org_id)
SELECT org_id FROM (
	SELECT org_id FROM config.token
	UNION SELECT org_id FROM config.run
	UNION SELECT org_id FROM config.provision_run) AS known
WHERE NOT EXISTS (SELECT FROM config.node WHERE node.org_id = known.org_id);

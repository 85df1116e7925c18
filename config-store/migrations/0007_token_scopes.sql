-- SPDX-License-Identifier: Apache-2.0
-- What a token may be used for, and until when.

ALTER TABLE config.token
	ADD COLUMN scopes text, -- names separated by spaces; NULL: the default of its kind
	ADD COLUMN expires_at timestamptz; -- NULL: never

-- All tokens of an organisation, newest first.
CREATE INDEX token_newest ON config.token (org_id, issued_at DESC, token_id DESC);

-- SPDX-License-Identifier: Apache-2.0
-- An organisation's records, newest first, page after page: the order of the search and
-- of the export. It also does what record_org did.
SET LOCAL statement_timeout = 0;

CREATE INDEX record_search ON audit.record
	(org, at DESC, stream DESC, epoch DESC, sequence DESC) WHERE org <> '';

DROP INDEX audit.record_org;

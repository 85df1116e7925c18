-- SPDX-License-Identifier: Apache-2.0
-- A run that waits for its team's limit is a worker's although none holds it yet: it is
-- queued, as a reported run, which starts as running, never is.

-- ended (also when it had ended so already; the first report stays), none, leased,
-- finished: in another state, which is in `state`.
CREATE OR REPLACE FUNCTION config.run_report_end(the_run text, the_state text, the_summary text,
	the_error text, the_tool_calls integer, the_duration_ms bigint,
	the_confidence real, OUT outcome text, OUT state text)
LANGUAGE plpgsql AS $$
DECLARE
	run config.run;
BEGIN
	SELECT * INTO run FROM config.run WHERE run_id = the_run FOR UPDATE;
	state := run.state;
	IF run.run_id IS NULL THEN
		outcome := 'none';
	ELSIF run.fencing_token > 0 OR run.state = 'queued' THEN
		outcome := 'leased';
	ELSIF run.finished_at IS NOT NULL THEN
		outcome := CASE WHEN run.state = the_state THEN 'ended' ELSE 'finished' END;
	ELSE
		outcome := 'ended';
		UPDATE config.run mine SET state = the_state, summary = the_summary,
			error = the_error, tool_calls = the_tool_calls,
			reported_ms = the_duration_ms, confidence = the_confidence,
			finished_at = clock_timestamp()
		WHERE mine.run_id = the_run;
	END IF;
END $$;

// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/sink.h"

#include <assert.h>
#include <string.h>

#include "audit-sink/batch.h"
#include "audit-sink/columns.h"
#include "audit-sink/epochs.h"
#include "common/clock.h"
#include "common/metrics.h"
#include "common/nats/subjects.h"
#include "common/nats/worker.h"

static struct metric rows_total = {METRIC_COUNTER, "tocsin_audit_rows_total",
	"Rows written, by stream", {"stream"}};
static struct metric repeats_total = {METRIC_COUNTER, "tocsin_audit_repeats_total",
	"Rows that were there already, by stream", {"stream"}};
static struct metric refused_total = {METRIC_COUNTER, "tocsin_audit_refused_total",
	"Messages that cannot become a row, by stream", {"stream"}};
static struct metric batches_total = {METRIC_COUNTER, "tocsin_audit_batches_total",
	"Batches written, by stream", {"stream"}};
static struct metric batch_rows = {METRIC_GAUGE, "tocsin_audit_batch_rows",
	"Messages in the latest batch, by stream", {"stream"}};
static struct metric lag_messages = {METRIC_GAUGE, "tocsin_audit_lag_messages",
	"Messages of the stream that have no row yet", {"stream"}};
static struct metric delay_seconds = {METRIC_HISTOGRAM, "tocsin_audit_delay_seconds",
	"From stored in the stream to written as a row, by stream", {"stream"}};

struct sink {
	const struct sink_stream *stream;
	struct sink_state *state;
	struct bus *bus;
	struct db *db;
	struct epochs epochs;
	struct columns columns;
	struct row *rows;
	size_t rows_max;
	struct metric_series *written, *repeats, *refused, *batches, *size, *lag,
		*delay;
};

static void sink_done(struct sink *sink)
{
	columns_done(&sink->columns);
	db_close(sink->db);
	free(sink->rows);
}
DEFINE_AUTO_DONE(struct sink, sink_done)

static void link_metrics(struct sink *sink)
{
	const char *name = sink->stream->stream;

	sink->written = metric_with(&rows_total, name, NULL, NULL);
	sink->repeats = metric_with(&repeats_total, name, NULL, NULL);
	sink->refused = metric_with(&refused_total, name, NULL, NULL);
	sink->batches = metric_with(&batches_total, name, NULL, NULL);
	sink->size = metric_with(&batch_rows, name, NULL, NULL);
	sink->lag = metric_with(&lag_messages, name, NULL, NULL);
	sink->delay = metric_with(&delay_seconds, name, NULL, NULL);
}

/* Data, constraint and size errors are a row's own fault; a missing table or right is
 * not. */
static bool is_rows_fault(const char *sqlstate)
{
	return strncmp(sqlstate, "22", 2) == 0 || strncmp(sqlstate, "23", 2) == 0 ||
		strncmp(sqlstate, "54", 2) == 0;
}

static void count_written(
	struct sink *sink, const struct row *rows, size_t count, long affected)
{
	int64_t now = clock_wall_us();

	metric_add(sink->written, affected);
	metric_add(sink->repeats, (int64_t)count - affected);
	for (size_t i = 0; i < count; i++)
		metric_observe_us(sink->delay, now - rows[i].stored_at_us);
}

static bool write_rows(
	void *context, struct row *rows, size_t count, struct fault *fault)
{
	struct sink *sink = context;
	size_t arrays = COLUMNS_FIXED + sink->stream->values;
	const char *values[1 + COLUMNS_MAX] = {sink->stream->stream};
	long affected;

	if (!columns_fill(&sink->columns, rows, count, sink->stream->values, fault))
		return false;
	for (size_t i = 0; i < arrays; i++)
		values[1 + i] = columns_array(&sink->columns, i);
	if (!db_execute(sink->db, sink->stream->sql, values, (int)(1 + arrays),
		    &affected, fault)) {
		if (fault->kind == FAULT_REJECT &&
			!is_rows_fault(db_sqlstate(sink->db)))
			fault->kind = FAULT_RETRY;
		return false;
	}
	count_written(sink, rows, count, affected);
	return true;
}

static void refuse_row(void *context, struct row *row, const struct fault *fault)
{
	struct sink *sink = context;

	metric_add(sink->refused, 1);
	job_fail(row->job, fault);
}

static bool parse_job(struct sink *sink, struct row *row, struct job *job)
{
	struct fault fault = {0};
	struct row_message message = {
		.subject = job_subject(job),
		.stored_at_us = job_stored_at_us(job),
		.message_id = job_header(job, HEADER_MESSAGE_ID),
		.ce_id = job_header(job, HEADER_CE_ID),
		.ce_time = job_header(job, HEADER_CE_TIME),
		.trace = job_header(job, HEADER_TRACE),
	};

	message.data = job_data(job, &message.len);
	*row = (struct row){.job = job,
		.sequence = job_stream_sequence(job),
		.stored_at_us = message.stored_at_us};
	if (sink->stream->parse(row, &message, &fault))
		return true;
	refuse_row(sink, row, &fault);
	row_done(row);
	return false;
}

/* The rows of a batch, without the messages that cannot be parsed. */
static size_t parse_jobs(struct sink *sink, struct job **jobs, size_t count)
{
	size_t good = 0;

	for (size_t i = 0; i < count; i++)
		good += parse_job(sink, &sink->rows[good], jobs[i]);
	return good;
}

static bool find_epochs(struct sink *sink, size_t count, struct fault *fault)
{
	uint64_t lowest = UINT64_MAX, highest = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t sequence = sink->rows[i].sequence;

		lowest = sequence < lowest ? sequence : lowest;
		highest = sequence > highest ? sequence : highest;
	}
	if (!epochs_follow(&sink->epochs, sink->bus, sink->db, lowest, highest, fault))
		return false;
	for (size_t i = 0; i < count; i++)
		sink->rows[i].epoch =
			epochs_of(&sink->epochs, sink->rows[i].stored_at_us);
	return true;
}

/* A batch fails as a whole only for reasons that are not its own: never REJECT. */
static bool write_batch(struct sink *sink, size_t count, struct fault *fault)
{
	const struct batch batch = {write_rows, refuse_row, sink};

	if (count == 0)
		return true;
	if (find_epochs(sink, count, fault) &&
		batch_write(&batch, sink->rows, count, fault))
		return true;
	if (fault->kind == FAULT_REJECT)
		fault->kind = FAULT_RETRY;
	return false;
}

static bool handle_batch(
	void *context, struct job **jobs, size_t count, struct fault *fault)
{
	struct sink *sink = context;
	size_t good;
	bool written;

	assert(count <= sink->rows_max);
	good = parse_jobs(sink, jobs, count);
	written = write_batch(sink, good, fault);
	for (size_t i = 0; i < good; i++)
		row_done(&sink->rows[i]);

	atomic_store(&sink->state->stuck, !written);
	metric_set(sink->size, (int64_t)count);
	metric_set(sink->lag, epochs_lag(&sink->epochs));
	if (written)
		metric_add(sink->batches, 1);
	return written;
}

bool sink_run(const struct sink_stream *stream, const struct sink_config *config,
	struct sink_state *state, struct bus *bus, struct publisher *publisher,
	struct fault *fault)
{
	struct sink sink AUTO(sink_done) = {
		.stream = stream,
		.state = state,
		.bus = bus,
		.epochs = {.stream = stream->stream},
		.rows_max = (size_t)config->batch,
	};
	const struct worker worker = {
		.stream = stream->stream,
		.durable = stream->durable,
		.headers_only = stream->headers_only,
		.batch = (int)config->batch,
		.ack_wait_ms = config->ack_wait_ms,
		.handle_batch = handle_batch,
		.context = &sink,
	};

	link_metrics(&sink);
	sink.rows = calloc(sink.rows_max, sizeof(*sink.rows));
	if (!sink.rows)
		return fault_set(
			fault, FAULT_FATAL, "no memory for %ld rows", config->batch);
	return db_open(&sink.db, config->database_url, 0, fault) &&
		worker_run(&worker, bus, publisher, fault);
}

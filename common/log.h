// SPDX-License-Identifier: Apache-2.0
// Lines of key=value on standard error, for people and their log collectors. What
// happened to business goes to the audit trail, not here.
#pragma once

#include "common/fault.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Names the process in every line; `name` must live as long as the process. */
void log_open(const char *name);

/* Lines below `level` are not written. The default is LOG_INFO. */
void log_level(enum log_level level);

/* False for a word that is no level; otherwise sets *out. */
NODISCARD bool log_level_parse(enum log_level *out, const char *word);

/*
 * One line: time, level, name, what, then `pairs`, which is a format for text of the
 * form `key=%s other=%d`. Use log_quote() for values that may hold spaces.
 */
void log_line(enum log_level level, const char *what, const char *pairs, ...)
	PRINTF_LIKE(3, 4);

/* A fault, with where it happened. REJECT and RETRY are warnings, FATAL is an error. */
void log_fault(const struct fault *fault, const char *where, ...) PRINTF_LIKE(2, 3);

/*
 * `value` made fit for a log line: in double quotes when it needs them, control
 * characters escaped, cut at 255 bytes. Borrowed from a ring of four buffers of the
 * calling thread.
 */
const char *log_quote(const char *value);

// SPDX-License-Identifier: Apache-2.0
// Where a test program keeps what it makes: one directory under $TMPDIR, with one
// directory for each test in it, and one PostgreSQL for all of them. Removed when all
// is well; when not, the logs stay and their ends are printed.
#pragma once

#include <stdbool.h>

/* The directory of the running test; it exists. */
const char *place_of_test(void);

/* Removes a directory and all in it. */
void place_remove(const char *path);

/* The last lines of each *.log in `directory`, on standard error. */
void place_print_logs(const char *directory);

/* Deadlines: evaluates `condition` again and again; false when it never became true. */
#define WAIT_UNTIL(condition, deadline_ms)                                \
	__extension__({                                                   \
		int64_t until_ = clock_mono_ms() + (deadline_ms);         \
		bool met_;                                                \
		while (!(met_ = (condition)) && clock_mono_ms() < until_) \
			clock_sleep_ms(20);                               \
		met_;                                                     \
	})

// SPDX-License-Identifier: Apache-2.0
// Writing many rows at once, and finding the ones that cannot be written: a batch that
// is refused is halved until the guilty rows stand alone.
#pragma once

#include "audit-sink/row.h"

struct batch {
	/* All rows or none. REJECT means that one of these rows is to blame. */
	bool (*write)(
		void *context, struct row *rows, size_t count, struct fault *fault);

	/* One row was refused on its own. */
	void (*refuse)(void *context, struct row *row, const struct fault *fault);
	void *context;
};

/*
 * True when each row is written or refused. Otherwise RETRY or FATAL, and some rows may
 * have been written: writing must be idempotent.
 */
NODISCARD bool batch_write(
	const struct batch *batch, struct row *rows, size_t count, struct fault *fault);

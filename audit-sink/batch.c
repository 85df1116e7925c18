// SPDX-License-Identifier: Apache-2.0
#include "audit-sink/batch.h"

bool batch_write(
	const struct batch *batch, struct row *rows, size_t count, struct fault *fault)
{
	size_t half = count / 2;

	if (count == 0 || batch->write(batch->context, rows, count, fault))
		return true;
	if (fault->kind != FAULT_REJECT)
		return false;
	if (count == 1) {
		batch->refuse(batch->context, rows, fault);
		*fault = (struct fault){0};
		return true;
	}
	*fault = (struct fault){0};
	return batch_write(batch, rows, half, fault) &&
		batch_write(batch, rows + half, count - half, fault);
}

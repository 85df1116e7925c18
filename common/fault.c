// SPDX-License-Identifier: Apache-2.0
#include "common/fault.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

bool fault_set(struct fault *fault, enum fault_kind kind, const char *text, ...)
{
	va_list arguments;

	assert(kind != FAULT_NONE);
	fault->kind = kind;
	fault->retry_after_ms = 0;
	va_start(arguments, text);
	(void)vsnprintf(fault->text, sizeof(fault->text), text, arguments);
	va_end(arguments);
	return false;
}

const char *fault_kind_name(enum fault_kind kind)
{
	static const char *const names[] = {"none", "reject", "retry", "fatal"};

	return names[kind];
}

// SPDX-License-Identifier: Apache-2.0
// Scope-bound ownership: a local that owns is declared `TYPE *name AUTO(destroy) = …;`
// and given away with TAKE(name).
#pragma once

#include <stddef.h>
#include <stdlib.h>

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((__format__(__printf__, text, first)))

/* AUTO(f) calls f(variable) at the end of the scope; DEFINE_AUTO(TYPE, f) comes first.
 */
#define AUTO(destroy) __attribute__((__cleanup__(auto_##destroy)))

/* `destroy` must accept NULL. TYPE may be `struct x`. */
#define DEFINE_AUTO(TYPE, destroy)                                              \
	__attribute__((unused)) static inline void auto_##destroy(TYPE **owned) \
	{                                                                       \
		destroy(*owned);                                                \
	}

/* For what is initialised in the caller's memory: destroy(&variable). */
#define DEFINE_AUTO_DONE(TYPE, destroy)                                        \
	__attribute__((unused)) static inline void auto_##destroy(TYPE *owned) \
	{                                                                      \
		destroy(owned);                                                \
	}

/* Gives the pointer away: the variable is NULL afterwards. */
#define TAKE(owned)                                 \
	__extension__({                             \
		__typeof__(owned) taken_ = (owned); \
		(owned) = NULL;                     \
		taken_;                             \
	})

#define countof(array) (sizeof(array) / sizeof((array)[0]))

static inline void auto_free(void *owned)
{
	free(*(void **)owned);
}

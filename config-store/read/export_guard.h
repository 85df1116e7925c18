// SPDX-License-Identifier: Apache-2.0
// May an export still go on? Its caller was let in once, and it may last for minutes: a
// credential that is revoked or expires meanwhile, an organisation that is deleted and the
// end of its time end it.
#pragma once

#include <stdint.h>

#include "common/http/http_server.h"
#include "config-store/store.h"

/* How late an export notices that its caller has lost the right to it. */
enum { EXPORT_LOOK_MS = 2000 };

struct export_guard {
	struct http_request *request; /* borrowed: it lives as long as its answer */
	int64_t until_ms, look_ms;    /* monotonic: its end, and the next look */
	bool had_org; /* the organisation was there: of a deleted one the trail is left */
};

/* For a request that authorize() has let in, in the thread of its handler. */
NODISCARD bool export_guard_begin(
	struct export_guard *guard, struct http_request *request, struct fault *fault);

/* Before each page, in the thread that makes it. REJECT: it must end. */
NODISCARD bool export_guard_check(
	struct export_guard *guard, struct store_thread *thread, struct fault *fault);

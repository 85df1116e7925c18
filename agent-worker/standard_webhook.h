// SPDX-License-Identifier: Apache-2.0
// Signing what we send, as Standard Webhooks says. Pure.
#pragma once

#include <stddef.h>

#include "common/fault.h"

enum { WEBHOOK_SIGNATURE_SIZE = 64, WEBHOOK_KEY_MAX = 128 };

/*
 * "v1,<base64>" into `out`, which has WEBHOOK_SIGNATURE_SIZE. REJECT for a secret that
 * is not whsec_ and base64 of 24 to 64 bytes; the text never holds it.
 */
NODISCARD bool webhook_sign(char *out, const char *secret, const char *id,
	const char *timestamp, const char *body, struct fault *fault);

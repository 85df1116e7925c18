// SPDX-License-Identifier: Apache-2.0
// What a body is, by its content type and its source: JSON, a form with JSON in it, or a
// form.
#pragma once

#include "common/fault.h"
#include "common/hmac.h"
#include "common/http/form.h"
#include "common/source/source.h"

/* Zero-initialise. Points into the bytes it was read from, or into its form. */
struct body {
	const char *json; /* checked; NULL: there is none */
	size_t json_len;
	struct form form;
	bool has_form;
};

void body_done(struct body *body);
DEFINE_AUTO_DONE(struct body, body_done)

/* What a body is refused with. */
struct body_refusal {
	int status;       /* 400 or 415 */
	const char *code; /* "invalid_json" */
};

/*
 * Reads `bytes` as what `content_type` says. False: it is not that (*refusal and a
 * REJECT), or memory ran out (RETRY).
 */
NODISCARD bool body_read(struct body *body, struct body_refusal *refusal,
	const struct source *source, const char *content_type,
	const struct hmac_part *bytes, struct fault *fault);

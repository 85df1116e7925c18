// SPDX-License-Identifier: Apache-2.0
// The steps of each verb, in order. Their context is a struct order.
#pragma once

#include "provisioner/order.h"

/* What a step has to tell, `made`, into *result. Always false, with `fault`, for NULL. */
bool step_give(json_t **result, json_t *made, struct fault *fault);

/* Of VERB_PROVISION; VERB_DEPROVISION undoes them. */
extern const struct saga_step steps[];

/* schedule_steps.c: of VERB_SCHEDULE; VERB_UNSCHEDULE undoes them. */
extern const struct saga_step schedule_steps[];

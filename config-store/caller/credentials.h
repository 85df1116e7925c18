// SPDX-License-Identifier: Apache-2.0
// The credentials of settings, checked at the start: the super admin's tokens, and the
// services', "<name>:<token>".
#pragma once

#include "common/settings.h"

enum { CREDENTIAL_MIN = 16 };

/*
 * FATAL when there is no super admin, a token is too short, a service has no good name,
 * or one token would be two callers. A name may come twice: that is a rotation.
 */
NODISCARD bool credentials_check(const struct secret_list *admins,
	const struct secret_list *services, struct fault *fault);

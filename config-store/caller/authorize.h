// SPDX-License-Identifier: Apache-2.0
// May this request be made? The one place that says so, for every route.
#pragma once

#include "config-store/routes.h"

/*
 * Finds out who asks, whether the route is for them, and whether the organisation in
 * the path is theirs; then whether the ids in the path can be ids. Fills
 * thread->caller. Refuses with 401, 403 or 400.
 */
NODISCARD bool authorize(struct store_thread *thread, struct http_request *request,
	const struct route *route, struct fault *fault);

/*
 * The same from memory alone, for the I/O thread. False says nothing: authorize() has
 * the last word. Leaves no refusal behind.
 */
bool authorize_remembered(struct store_thread *thread, struct http_request *request,
	const struct route *route);

// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/openapi.json
#include "config-store/handlers.h"
#include "config-store/openapi.h"
#include "config-store/routes.h"

bool openapi_show(struct call *call, struct fault *fault)
{
	return call_answer(call, 200, openapi_document(routes, route_count), fault);
}

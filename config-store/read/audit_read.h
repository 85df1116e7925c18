// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/admin/orgs/{org}/audit and /audit/export: an organisation's audit records,
// newest first, from schema audit, which tocsin-audit-sink writes.
#pragma once

#include "common/http/http_server.h"

/* Handlers of the route table, for admins; blocking. */
void audit_list(void *context, struct http_request *request);
void audit_export(void *context, struct http_request *request);

// SPDX-License-Identifier: Apache-2.0
#include "config-store/tell.h"

#include "common/json.h"

void tell(const struct store *store, const struct audit *audit, const json_t *detail)
{
	char *printed AUTO(free) = json_print(detail);
	struct audit full = *audit;

	full.detail_json = printed;
	audit_tell(store->publisher, &full);
}

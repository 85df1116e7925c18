// SPDX-License-Identifier: Apache-2.0
#include "cli/tenant.h"

#include "cli/call.h"

void tenant_path(struct text *path, const struct cli *cli, const char *what)
{
	text_add(path, "/api/v1/admin/orgs/");
	call_add_encoded(path, cli->arguments[0]);
	text_add_char(path, '/');
	text_add(path, what);
	if (cli->count < 2)
		return;
	text_add_char(path, '/');
	call_add_encoded(path, cli->arguments[1]);
}

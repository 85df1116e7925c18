// SPDX-License-Identifier: Apache-2.0
// What the stories of a configuration over HTTP share.
#include "tests/support/config_http.h"

#include "tests/support/store_only.h"

static const char *const settings[] = {
	"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", NULL};
static const struct stack_options options = {.settings = settings};
struct stack config_http_stack;
static struct bus *bus;

void config_http_start(void)
{
	store_only_start(&config_http_stack, &bus, &options);
}

void config_http_stop(void)
{
	store_only_stop(&config_http_stack, bus);
}

long config_http_versions(void)
{
	return number_of(config_http_stack.database,
		"SELECT version FROM config.node_config WHERE node_id = 'sre'");
}

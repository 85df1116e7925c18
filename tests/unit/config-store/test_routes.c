// SPDX-License-Identifier: Apache-2.0
#include "config-store/routes.h"

#include <criterion/criterion.h>
#include <string.h>

Test(routes, each_says_who_may_call_and_what_happens)
{
	for (size_t i = 0; i < route_count; i++) {
		const struct route *route = &routes[i];

		cr_expect(route->callers != 0, "%s %s", route->method, route->path);
		cr_expect(!route->handle != !route->answer, "%s %s", route->method,
			route->path);
		cr_expect(strncmp(route->path, "/api/v1/", 8) == 0, "%s", route->path);
	}
}

Test(routes, that_name_an_organisation_are_held_to_it)
{
	for (size_t i = 0; i < route_count; i++) {
		const struct route *route = &routes[i];
		bool named = strstr(route->path, "{org}") != NULL;

		cr_expect_eq(route->scope == SCOPE_ORG, named, "%s %s", route->method,
			route->path);
		if (strstr(route->path, "/admin/"))
			cr_expect_eq(route->callers & CALLER_TEAM, 0, "%s %s",
				route->method, route->path);
	}
}

Test(routes, are_there_once)
{
	for (size_t i = 0; i < route_count; i++)
		for (size_t k = i + 1; k < route_count; k++)
			cr_expect(strcmp(routes[i].path, routes[k].path) != 0 ||
					strcmp(routes[i].method, routes[k].method) != 0,
				"%s %s", routes[i].method, routes[i].path);
}

// SPDX-License-Identifier: Apache-2.0
#include "config-store/routes.h"

#include <criterion/criterion.h>
#include <string.h>

#include "config-store/caller/scopes.h"

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

/* Without a scope a row is for those who may do everything, and for no team. */
Test(routes, each_says_what_scope_it_needs)
{
	for (size_t i = 0; i < route_count; i++)
		cr_expect(routes[i].needs != 0, "%s %s", routes[i].method,
			routes[i].path);
}

/* What changes something needs a scope that says so; asking who one is needs none. */
Test(routes, that_change_something_need_a_scope_for_writing)
{
	static const char *const exempt[] = {"/api/v1/internal/routing/lookup",
		"/api/v1/admin/orgs/{org}/routing/lookup"};

	for (size_t i = 0; i < route_count; i++) {
		const struct route *route = &routes[i];
		bool is_exempt = false;

		for (size_t k = 0; k < countof(exempt); k++)
			is_exempt |= strcmp(route->path, exempt[k]) == 0;
		if (strcmp(route->method, "GET") == 0 || is_exempt)
			continue;
		cr_expect(route->needs & RIGHT_WRITES, "%s %s", route->method,
			route->path);
	}
}

Test(routes, that_are_internal_are_for_services_and_no_other_is)
{
	for (size_t i = 0; i < route_count; i++) {
		const struct route *route = &routes[i];
		bool internal = strncmp(route->path, "/api/v1/internal/", 17) == 0;

		if (internal)
			cr_expect_eq(route->callers,
				CALLER_SERVICE | CALLER_SUPER_ADMIN, "%s %s",
				route->method, route->path);
		else if (route->needs != RIGHT_KNOWN)
			cr_expect_eq(route->callers & CALLER_SERVICE, 0, "%s %s",
				route->method, route->path);
	}
}

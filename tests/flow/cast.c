// SPDX-License-Identifier: Apache-2.0
#include "tests/flow/cast.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "config-store/caller/scopes.h"
#include "config-store/caller/team_jwt.h"
#include "tests/support/issuer.h"

enum {
	TOKEN_TEXT_SIZE = 2048,
	LINE_SIZE = 512,
	SETTING_TEXT_SIZE = 512,
	WAIT_MS = 20000
};
enum { HOUR_S = 3600, SECOND_US = 1000000 };

#define JWT_SECRET "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define SUPER_NEXT "another-admin-token-of-a-rotation"
#define SERVICE_TOKEN "token-of-the-worker-service"
#define AUDIENCE "tocsin-tests"
#define TEAM_RIGHTS                                                               \
	(RIGHT_KNOWN | RIGHT_CONFIG_READ | RIGHT_CONFIG_WRITE | RIGHT_RUNS_READ | \
		RIGHT_RUNS_WRITE | RIGHT_FEEDBACK_WRITE)
#define JWT_RIGHTS (RIGHT_KNOWN | RIGHT_CONFIG_READ | RIGHT_RUNS_READ)
#define NARROW_RIGHTS (RIGHT_KNOWN | RIGHT_AUDIT_READ)

const struct cast_role cast_roles[CAST_MEMBERS] = {
	[CAST_NOBODY] = {"nobody", 401},
	[CAST_GARBAGE] = {"garbage", 401},
	[CAST_WRONG_SECRET] = {"wrong secret", 401},
	[CAST_REVOKED] = {"revoked", 401},
	[CAST_EXPIRED] = {"expired", 401},
	[CAST_UNSIGNED_JWT] = {"unsigned JWT", 401},
	[CAST_EXPIRED_JWT] = {"expired JWT", 401},
	[CAST_FORGED_OIDC] = {"forged OIDC", 401},
	[CAST_STRANGER_OIDC] = {"OIDC stranger", 403},
	[CAST_TEAM] = {"team", 0, CALLER_TEAM, "acme", "sre", TEAM_RIGHTS},
	[CAST_TEAM_NARROW] = {"narrow team", 0, CALLER_TEAM, "acme", "sre",
		NARROW_RIGHTS},
	[CAST_TEAM_JWT] = {"team JWT", 0, CALLER_TEAM, "acme", "sre", JWT_RIGHTS, true},
	[CAST_OTHER_TEAM] = {"other team", 0, CALLER_TEAM, "acme", "ops", TEAM_RIGHTS},
	[CAST_RIVAL_TEAM] = {"rival team", 0, CALLER_TEAM, "rival", "sre", TEAM_RIGHTS},
	[CAST_RIVAL_JWT] = {"rival JWT", 0, CALLER_TEAM, "rival", "sre", JWT_RIGHTS,
		true},
	[CAST_ADMIN] = {"admin", 0, CALLER_ORG_ADMIN, "acme", "", RIGHT_ALL},
	[CAST_ADMIN_NARROW] = {"narrow admin", 0, CALLER_ORG_ADMIN, "acme", "",
		NARROW_RIGHTS},
	[CAST_ADMIN_OIDC] = {"OIDC admin", 0, CALLER_ORG_ADMIN, "acme", "", RIGHT_ALL},
	[CAST_RIVAL_ADMIN] = {"rival admin", 0, CALLER_ORG_ADMIN, "rival", "",
		RIGHT_ALL},
	[CAST_RIVAL_OIDC] = {"rival OIDC", 0, CALLER_ORG_ADMIN, "rival", "", RIGHT_ALL},
	[CAST_SUPER] = {"super admin", 0, CALLER_SUPER_ADMIN, "", "", RIGHT_ALL},
	[CAST_SUPER_NEXT] = {"next super admin", 0, CALLER_SUPER_ADMIN, "", "",
		RIGHT_ALL},
	[CAST_SUPER_OIDC] = {"OIDC super admin", 0, CALLER_SUPER_ADMIN, "", "",
		RIGHT_ALL},
	[CAST_SERVICE] = {"service", 0, CALLER_SERVICE, "", "", RIGHT_ALL},
};

static const char mapping[] =
	"TOCSIN_OIDC_ROLE_MAPPING={\"root\":{\"role\":\"super_admin\"},"
	"\"acme\":{\"role\":\"org_admin\",\"org_id\":\"acme\"},"
	"\"rival\":{\"role\":\"org_admin\",\"org_id\":\"rival\"}}";

static char tokens[CAST_MEMBERS][TOKEN_TEXT_SIZE];
static char issuer_setting[SETTING_TEXT_SIZE];
static struct issuer *issuer;
static const char *const settings[] = {"TOCSIN_ADMIN_TOKEN=" ADMIN_TOKEN
				       "\n" SUPER_NEXT,
	"TOCSIN_SERVICE_TOKENS=worker:" SERVICE_TOKEN, "TOCSIN_JWT_KEYS=k1:" JWT_SECRET,
	"TOCSIN_OIDC_AUDIENCE=" AUDIENCE, mapping,
	"TOCSIN_SECRETS_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
	issuer_setting, NULL};
static const struct stack_options options = {.settings = settings};

const char *cast_token(enum cast_member member)
{
	return member == CAST_NOBODY ? NULL : tokens[member];
}

static void set_token(enum cast_member member, const char *token)
{
	(void)snprintf(tokens[member], sizeof(tokens[member]), "%s", token);
	cr_assert(*tokens[member], "%s", cast_roles[member].name);
}

struct cast_made cast_issue(
	const struct stack *stack, const char *line, const char *body)
{
	json_t *answer AUTO(json_decref) = NULL;
	struct cast_made made;

	cr_assert_eq(stack_call(stack, ADMIN_TOKEN, line, body, &answer), 201, "%s %s",
		line, body);
	(void)snprintf(made.token, sizeof(made.token), "%s",
		json_string_or(answer, "/token", ""));
	(void)snprintf(made.id, sizeof(made.id), "%s",
		json_string_or(answer, "/token_id", ""));
	return made;
}

int cast_me(const struct stack *stack, const char *token)
{
	return stack_call(stack, token, "GET /api/v1/auth/me", "", NULL);
}

/* The same for a member; its token's id. */
static const char *make(const struct stack *stack, enum cast_member member,
	const char *line, const char *body)
{
	static struct cast_made made;

	made = cast_issue(stack, line, body);
	set_token(member, made.token);
	return made.id;
}

static void make_orgs(const struct stack *stack)
{
	static const char *const lines[][2] = {
		{"POST /api/v1/admin/orgs", "{\"org_id\":\"acme\"}"},
		{"POST /api/v1/admin/orgs", "{\"org_id\":\"rival\"}"},
		{"POST /api/v1/admin/orgs/acme/teams/sre", ""},
		{"POST /api/v1/admin/orgs/acme/teams/ops", ""},
		{"POST /api/v1/admin/orgs/rival/teams/sre", ""},
	};

	for (size_t i = 0; i < countof(lines); i++)
		cr_assert_eq(
			stack_call(stack, ADMIN_TOKEN, lines[i][0], lines[i][1], NULL),
			201, "%s", lines[i][0]);
}

static void make_tokens(const struct stack *stack)
{
#define ORGS "POST /api/v1/admin/orgs/"
	static const char narrow[] = "{\"scopes\":[\"audit:read\"]}";
	char line[LINE_SIZE];
	const char *id;

	(void)make(stack, CAST_TEAM, ORGS "acme/teams/sre/tokens", "");
	(void)make(stack, CAST_TEAM_NARROW, ORGS "acme/teams/sre/tokens", narrow);
	(void)make(stack, CAST_OTHER_TEAM, ORGS "acme/teams/ops/tokens", "");
	(void)make(stack, CAST_RIVAL_TEAM, ORGS "rival/teams/sre/tokens", "");
	(void)make(stack, CAST_ADMIN, ORGS "acme/admin-tokens", "");
	(void)make(stack, CAST_ADMIN_NARROW, ORGS "acme/admin-tokens", narrow);
	(void)make(stack, CAST_RIVAL_ADMIN, ORGS "rival/admin-tokens", "");
	(void)make(stack, CAST_TEAM_JWT, ORGS "acme/teams/sre/impersonation-token", "");
	(void)make(
		stack, CAST_RIVAL_JWT, ORGS "rival/teams/sre/impersonation-token", "");
	id = make(stack, CAST_REVOKED, ORGS "acme/admin-tokens", "");
	(void)snprintf(line, sizeof(line),
		"DELETE /api/v1/admin/orgs/acme/admin-tokens/%s", id);
	cr_assert_eq(stack_call(stack, ADMIN_TOKEN, line, "", NULL), 204);
	id = make(stack, CAST_EXPIRED, ORGS "acme/admin-tokens", "{\"days\":1}");
	(void)rows_of(stack->database,
		"UPDATE config.token SET expires_at = now() WHERE token_id = '%s' "
		"RETURNING 1",
		id);
}

/* Known only to who has the key, and over. */
static void make_old_jwt(void)
{
	static char key[] = "k1:" JWT_SECRET;
	const struct secret_list lines = {1, {key}};
	int64_t now_s = clock_wall_us() / SECOND_US;
	const struct team_jwt claims = {.org = "acme",
		.team = "sre",
		.subject = "ada",
		.issued_s = now_s,
		.expires_s = now_s - 1};
	struct fault fault = {0};
	struct jwt_keys keys;
	char *jwt AUTO(free) = NULL;

	cr_assert(jwt_keys_read(&keys, &lines, &fault));
	jwt = team_jwt_sign(&keys, &claims, "tocsin-agent-runtime");
	set_token(CAST_EXPIRED_JWT, jwt);
}

static void sign_in(enum cast_member member, enum issuer_key key, const char *groups)
{
	char *claims AUTO(free) = issuer_claims(issuer, AUDIENCE, groups, HOUR_S);
	char *token AUTO(free) = issuer_sign(issuer, key, claims);

	set_token(member, token);
}

static void make_others(void)
{
	char *tail;

	set_token(CAST_GARBAGE, "garbage");
	set_token(CAST_WRONG_SECRET, tokens[CAST_ADMIN]);
	memset(tokens[CAST_WRONG_SECRET] + 33, 'A', 43);
	set_token(CAST_UNSIGNED_JWT, tokens[CAST_TEAM_JWT]);
	*(strrchr(tokens[CAST_UNSIGNED_JWT], '.') + 1) = '\0';
	make_old_jwt();
	sign_in(CAST_SUPER_OIDC, ISSUER_RSA, "[\"root\"]");
	sign_in(CAST_ADMIN_OIDC, ISSUER_EC, "[\"acme\"]");
	sign_in(CAST_RIVAL_OIDC, ISSUER_RSA, "\"rival\"");
	sign_in(CAST_STRANGER_OIDC, ISSUER_EC, "[\"others\"]");
	sign_in(CAST_FORGED_OIDC, ISSUER_RSA, "[\"root\"]");
	tail = strrchr(tokens[CAST_FORGED_OIDC], '.') + 5;
	*tail = *tail == 'A' ? 'B' : 'A';
	set_token(CAST_SUPER, ADMIN_TOKEN);
	set_token(CAST_SUPER_NEXT, SUPER_NEXT);
	set_token(CAST_SERVICE, SERVICE_TOKEN);
}

void cast_start(struct stack *stack)
{
	issuer = issuer_start();
	(void)snprintf(issuer_setting, sizeof(issuer_setting), "TOCSIN_OIDC_ISSUER=%s",
		issuer_url(issuer));
	*stack = (struct stack){.directory = place_of_test(), .options = &options};
	postgres_database(stack->database, sizeof(stack->database));
	stack_nats_start(stack);
	stack_daemon_start(stack, CONFIG_STORE);
	stack_daemon_start(stack, AUDIT_SINK);
	make_orgs(stack);
	make_tokens(stack);
	make_others();
}

void cast_stop(struct stack *stack)
{
	cr_expect_eq(process_stop(&stack->daemons[AUDIT_SINK], SIGTERM, WAIT_MS), 0);
	cr_expect_eq(process_stop(&stack->daemons[CONFIG_STORE], SIGTERM, WAIT_MS), 0);
	stack_nats_stop(stack);
	issuer_stop(issuer);
}

static bool is_name(const char *placeholder, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(placeholder, name, len) == 0;
}

const char *cast_line(
	char *out, const struct route *route, const struct cast_place *place)
{
	size_t len = (size_t)snprintf(out, LINE_SIZE, "%s ", route->method);

	for (const char *p = route->path; *p;) {
		size_t name = strcspn(p + 1, "}");
		const char *value = place->id;

		if (*p != '{') {
			out[len++] = *p++;
			out[len] = '\0';
			continue;
		}
		if (is_name(p + 1, name, "org"))
			value = place->org;
		else if (is_name(p + 1, name, "team") || is_name(p + 1, name, "node"))
			value = place->team;
		len += (size_t)snprintf(out + len, LINE_SIZE - len, "%s", value);
		p += name + 2;
	}
	return out;
}

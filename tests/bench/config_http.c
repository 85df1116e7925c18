// SPDX-License-Identifier: Apache-2.0
// Requests of teams for their effective configuration, and of a service for the owner
// of an identifier.
#include <stdio.h>

#include "common/http/http_client.h"
#include "tests/bench/config_bench.h"
#include "tests/bench/config_data.h"
#include "tests/bench/load.h"

#define EFFECTIVE "/api/v1/config/me/effective"
#define LOOKUP "/api/v1/internal/routing/lookup"

enum { STRIDE = 7919 }; /* a prime: every team has its turn */

static void warm_one(struct http_client *client, struct config_target *target, long i)
{
	char url[128], authorization[128], token[DATA_TOKEN_SIZE];
	struct http_reply reply AUTO(http_reply_done) = {0};
	struct fault fault = {0};

	data_token(token, i);
	(void)snprintf(url, sizeof(url), "http://%s" EFFECTIVE, target->address);
	(void)snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s",
		token);
	if (!http_fetch(client,
		    &(struct http_call){.method = "GET",
			    .url = url,
			    .headers = (const char *const[]){authorization, NULL}},
		    &reply, &fault))
		die("%s", fault.text);
	if (reply.status != 200 || !*reply.etag)
		die("GET " EFFECTIVE ": %d %s", reply.status, reply.body);
	(void)snprintf(target->etags[i], sizeof(target->etags[i]), "%.79s", reply.etag);
}

void config_http_warm(struct config_target *target)
{
	struct http_client *client AUTO(http_client_close) = NULL;
	struct fault fault = {0};

	if (!http_client_open(&client, "127.0.0.1", &fault))
		die("%s", fault.text);
	for (long i = 0; i < target->hot; i++)
		warm_one(client, target, i);
}

static size_t print_get(char *out, long team, const char *etag)
{
	char token[DATA_TOKEN_SIZE];

	data_token(token, team);
	return (size_t)snprintf(out, LOAD_MADE_MAX,
		"GET " EFFECTIVE " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n"
		"Accept: application/json\r\nAuthorization: Bearer %s\r\n%s%s%s\r\n",
		token, etag ? "If-None-Match: " : "", etag ? etag : "",
		etag ? "\r\n" : "");
}

long config_spread(struct config_target *target)
{
	return (long)(target->next++ * STRIDE % (uint64_t)target->teams);
}

static size_t make_plain(void *context, char *out, uint64_t number)
{
	const struct config_target *target = context;

	return print_get(out, (long)(number % (uint64_t)target->hot), NULL);
}

static size_t make_conditional(void *context, char *out, uint64_t number)
{
	const struct config_target *target = context;
	long team = (long)(number % (uint64_t)target->hot);

	return print_get(out, team, target->etags[team]);
}

static size_t make_spread(void *context, char *out, uint64_t number)
{
	(void)number;
	return print_get(out, config_spread(context), NULL);
}

static size_t make_lookup(void *context, char *out, uint64_t number)
{
	struct data_claim claims[DATA_CLAIMS];
	const struct data_claim *claim = &claims[number % DATA_CLAIMS];
	char body[128];
	int len;

	data_claims(claims, config_spread(context));
	len = snprintf(body, sizeof(body), "{\"identifiers\":{\"%s\":\"%s\"}}",
		claim->type, claim->value);
	return (size_t)snprintf(out, LOAD_MADE_MAX,
		"POST " LOOKUP " HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n"
		"Content-Type: application/json\r\nAuthorization: Bearer "
		"" CONFIG_ADMIN_TOKEN "\r\nContent-Length: %d\r\n\r\n%s",
		len, body);
}

struct figure config_http_run(struct config_target *target, enum config_read what,
	int connections, long seconds)
{
	static size_t (*const make[])(void *context, char *out, uint64_t number) = {
		[CONFIG_PLAIN] = make_plain,
		[CONFIG_CONDITIONAL] = make_conditional,
		[CONFIG_SPREAD] = make_spread,
		[CONFIG_LOOKUP] = make_lookup,
	};

	return load_run(&(struct load){.address = target->address,
		.make = make[what],
		.context = target,
		.connections = connections,
		.seconds = seconds,
		.expected_status = what == CONFIG_CONDITIONAL ? 304 : 200,
		.server = target->server});
}

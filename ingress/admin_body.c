// SPDX-License-Identifier: Apache-2.0
// What an admin's request asks for, and under which key.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hmac.h"
#include "common/nats/rpc.h"
#include "common/wire.h"
#include "ingress/admin.h"

static const char key_name[] = "idempotency_key";

void admin_order_done(struct admin_order *order)
{
	json_decref(order->body);
	order->body = NULL;
}

static bool bad_request(
	struct http_request *request, const char *code, const char *text)
{
	http_answer_error(request, 400, code, "%s", text);
	return false;
}

/* Visible ASCII: it becomes part of ids and of the trail. */
static bool is_key(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++)
		if (text[i] < '!' || text[i] > '~')
			return false;
	return len >= 1 && len < sizeof(((struct admin_order *)NULL)->key);
}

/* In the header or in the body; the body then forgets it. */
static bool read_key(struct admin_order *out, struct http_request *request)
{
	const char *header = http_header(request, "Idempotency-Key");
	const json_t *field = json_object_get(out->body, key_name);
	const char *own = json_string_value(field);

	if (field && !json_is_null(field) && !own)
		return bad_request(request, "invalid_idempotency_key",
			"idempotency_key must be a string");
	if (header && own && strcmp(header, own) != 0)
		return bad_request(request, "invalid_idempotency_key",
			"Idempotency-Key and idempotency_key differ");
	if (!header)
		header = own;
	if (header && !is_key(header))
		return bad_request(request, "invalid_idempotency_key",
			"a key has 1 to 128 visible characters of ASCII");
	(void)snprintf(out->key, sizeof(out->key), "%s", header ? header : "");
	(void)json_object_del(out->body, key_name);
	return true;
}

static bool read_wait(struct admin_order *out, struct http_request *request)
{
	const char *text = http_query(request, "wait");
	char *end = NULL;

	if (!text)
		return true;
	out->wait_s = strtol(text, &end, 10);
	return (isdigit((unsigned char)*text) && *end == '\0' &&
		       out->wait_s <= ADMIN_WAIT_MOST_S) ||
		bad_request(request, "invalid_wait",
			"wait must be a number of seconds, 0 to 30");
}

const char *admin_order_field(
	struct admin_order *order, struct http_request *request, const char *name)
{
	const char *query = http_query(request, name);

	if (query && !json_object_get(order->body, name) &&
		json_object_set_new(order->body, name, json_string(query)) != 0)
		return NULL;
	return json_string_value(json_object_get(order->body, name));
}

static const char *read_id(
	struct admin_order *out, struct http_request *request, const char *name)
{
	const char *value = admin_order_field(out, request, name);

	return value && id_is_name(value) ? value : NULL;
}

static bool read_tenant(struct admin_order *out, struct http_request *request,
	const struct admin_caller *caller)
{
	out->org = read_id(out, request, "org_id");
	out->team = read_id(out, request, "team_node_id");
	if (!out->org || !out->team)
		return bad_request(request, "invalid_body",
			"org_id and team_node_id are needed: 1 to 63 letters, digits, "
			"'-' or '_', a letter or digit first");
	if (admin_caller_sees(caller, out->org))
		return true;
	http_answer_error(
		request, 403, "forbidden", "the token is of another organisation");
	return false;
}

bool admin_order_read(struct admin_order *out, struct http_request *request,
	const struct admin_caller *caller)
{
	struct fault fault = {0};
	size_t len;
	const void *bytes = http_body(request, &len);

	if (len == 0)
		out->body = json_object();
	else if (!json_parse(&out->body, bytes, len, &fault))
		return bad_request(request, "invalid_json", fault.text);
	if (!json_is_object(out->body))
		return bad_request(
			request, "invalid_body", "the body must be a JSON object");
	return read_key(out, request) && read_wait(out, request) &&
		read_tenant(out, request, caller);
}

/* Of the verb and the body with its keys sorted, so that only what is asked counts. */
static bool hash_request(char hex[HMAC_HEX_SIZE], const struct admin_order *order)
{
	char *sorted AUTO(free) =
		json_dumps(order->body, JSON_COMPACT | JSON_SORT_KEYS);
	unsigned char digest[HMAC_SIZE];

	if (!sorted)
		return false;
	sha256_parts(digest,
		(const struct hmac_part[]){{order->verb, strlen(order->verb) + 1},
			{sorted, strlen(sorted)}},
		2);
	id_hex(hex, digest, sizeof(digest));
	return true;
}

static bool take_reply(struct admin_order *order, const pb_command_begin_reply *reply,
	struct http_request *request)
{
	switch (reply->outcome) {
	case TOCSIN__V1__COMMAND_BEGIN_REPLY__OUTCOME__FIRST:
	case TOCSIN__V1__COMMAND_BEGIN_REPLY__OUTCOME__KNOWN:
		order->is_first = reply->outcome ==
			TOCSIN__V1__COMMAND_BEGIN_REPLY__OUTCOME__FIRST;
		(void)snprintf(order->id, sizeof(order->id), "%s", reply->id);
		(void)snprintf(order->pool, sizeof(order->pool), "%s",
			strcmp(reply->pool, "dedicated") == 0 ? "dedicated" : "shared");
		return true;
	case TOCSIN__V1__COMMAND_BEGIN_REPLY__OUTCOME__CONFLICT:
		http_answer_error(request, 409, "idempotency_key_reused",
			"the key was used for another request of this team");
		return false;
	case TOCSIN__V1__COMMAND_BEGIN_REPLY__OUTCOME__NO_ORG:
		http_answer_error(request, 404, "org_not_found",
			"there is no organisation %s", order->org);
		return false;
	default:
		http_answer_error(request, 404, "team_not_found",
			"organisation %s has no team %s", order->org, order->team);
		return false;
	}
}

bool admin_begin(struct admin *admin, struct admin_order *order,
	struct http_request *request, const struct admin_caller *caller)
{
	pb_command_begin_reply *reply AUTO(pb_command_begin_reply_free) = NULL;
	struct fault fault = {.kind = FAULT_RETRY, .text = "no memory"};
	pb_command_begin_request question;
	char hash[HMAC_HEX_SIZE], id[UUID_SIZE];

	if (!hash_request(hash, order)) {
		admin_unavailable(request, &fault);
		return false;
	}
	if (*order->key)
		(void)id_derive(id,
			(const char *const[]){
				"command", order->org, order->team, order->key},
			4);
	else
		(void)id_make(id);
	pb_command_begin_request_init(&question);
	question.id = id;
	question.verb = wire_string(order->verb);
	question.idempotency_key = order->key;
	question.request_hash = hash;
	question.actor = wire_string(caller->subject);
	if (!RPC(admin->bus, "command.begin", order->org, order->team, &question,
		    command_begin, &reply, &fault)) {
		admin_unavailable(request, &fault);
		return false;
	}
	return take_reply(order, reply, request);
}

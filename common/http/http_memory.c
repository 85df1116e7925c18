// SPDX-License-Identifier: Apache-2.0
// The memory that bodies over HTTP_BODY_SMALL take, all together and of each client. Whoever
// sends large bodies slowly holds memory without any signature: that one client must not
// hold all of it. Clients are few here, each holds HTTP_BODY_SMALL bytes or more.
#include <string.h>

#include "common/http/http_caller.h"
#include "common/http/http_private.h"

/* What one client holds. It is there as long as it holds anything. */
struct http_share {
	struct http_share *next;
	size_t taken, requests;
	char client[CLIENT_SIZE];
};

static struct metric bytes_in_hand = {.type = METRIC_GAUGE,
	.name = "tocsin_http_body_bytes",
	.help = "Memory taken by bodies over 64 KiB"};
static struct metric refused_total = {.type = METRIC_COUNTER,
	.name = "tocsin_http_bodies_refused_total",
	.help = "Bodies not taken, by whose memory was used up: all, or client",
	.labels = {"memory"}};

void http_memory_init(
	struct http_memory *memory, const struct http_server_options *options)
{
	*memory = (struct http_memory){.most = options->body_memory,
		.share_most = options->body_share,
		.trusted = options->trusted};
	if (memory->most == 0)
		return;
	(void)pthread_mutex_init(&memory->lock, NULL);
	metric_link(&bytes_in_hand);
}

void http_memory_done(struct http_memory *memory)
{
	if (memory->most > 0)
		(void)pthread_mutex_destroy(&memory->lock);
}

static struct http_share **list_of(struct http_memory *memory, const char *client)
{
	unsigned hash = 2166136261u;

	for (const char *p = client; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619u;
	return &memory->shares[hash % HTTP_SHARE_LISTS];
}

/* The share of the client, found or made. NULL when there is no memory. */
static struct http_share *join(struct http_memory *memory, const char *client)
{
	struct http_share **list = list_of(memory, client), *share = *list;

	while (share && strcmp(share->client, client) != 0)
		share = share->next;
	if (!share) {
		share = calloc(1, sizeof(*share));
		if (!share)
			return NULL;
		(void)snprintf(share->client, sizeof(share->client), "%s", client);
		share->next = *list;
		*list = share;
	}
	share->requests++;
	return share;
}

static void leave(struct http_memory *memory, struct http_share *share)
{
	struct http_share **at;

	if (--share->requests > 0)
		return;
	for (at = list_of(memory, share->client); *at != share;)
		at = &(*at)->next;
	*at = share->next;
	free(share);
}

static bool take(struct http_request *request, size_t more)
{
	struct http_memory *memory = &request->server->memory;
	struct http_share *share = request->share;

	request->over_share =
		memory->share_most > 0 && share->taken + more > memory->share_most;
	if (request->over_share || memory->taken + more > memory->most) {
		metric_add(metric_with(&refused_total,
				   request->over_share ? "client" : "all", NULL, NULL),
			1);
		return false;
	}
	memory->taken += more;
	share->taken += more;
	request->body_taken += more;
	metric_set(
		metric_with(&bytes_in_hand, NULL, NULL, NULL), (int64_t)memory->taken);
	return true;
}

bool http_memory_take(struct http_request *request, size_t size)
{
	struct http_memory *memory = &request->server->memory;
	char client[CLIENT_SIZE];
	bool good;

	if (memory->most == 0)
		return true;
	if (!request->share)
		http_forwarded_client(client, request, memory->trusted);
	(void)pthread_mutex_lock(&memory->lock);
	if (!request->share)
		request->share = join(memory, client);
	good = request->share && take(request, size - request->body_taken);
	(void)pthread_mutex_unlock(&memory->lock);
	return good;
}

void http_memory_give(struct http_request *request)
{
	struct http_memory *memory = &request->server->memory;

	if (!request->share)
		return;
	(void)pthread_mutex_lock(&memory->lock);
	memory->taken -= request->body_taken;
	request->share->taken -= request->body_taken;
	metric_set(
		metric_with(&bytes_in_hand, NULL, NULL, NULL), (int64_t)memory->taken);
	leave(memory, request->share);
	(void)pthread_mutex_unlock(&memory->lock);
	request->share = NULL;
	request->body_taken = 0;
}

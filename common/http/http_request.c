// SPDX-License-Identifier: Apache-2.0
// A request's memory, and what a handler may ask about it. The head stays with
// libmicrohttpd; only the body is copied, once.
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/http/http_private.h"

enum { BODY_FIRST_SIZE = 4096 };

/* Memory a handler asked for beyond the scratch space. */
struct http_block {
	struct http_block *next;
	_Alignas(max_align_t) char bytes[];
};

struct http_request *http_request_new(size_t body_size)
{
	struct http_request *request = malloc(sizeof(*request) + body_size + 1);

	if (!request)
		return NULL;
	/* The scratch space is written before it is read. */
	memset(request, 0, offsetof(struct http_request, scratch));
	request->body = (char *)(request + 1);
	request->body_size = body_size;
	return request;
}

void http_request_free(struct http_request *request)
{
	if (!request)
		return;
	while (request->blocks) {
		struct http_block *block = request->blocks;

		request->blocks = block->next;
		free(block);
	}
	http_request_drop_body(request);
	free(request);
}

void http_request_drop_body(struct http_request *request)
{
	http_memory_give(request);
	if (request->body != (char *)(request + 1))
		free(request->body);
	request->body = (char *)(request + 1);
	request->body_size = 0;
}

static bool grow(struct http_request *request, size_t need)
{
	char *inside = (char *)(request + 1);
	bool was_inside = request->body == inside;
	size_t size = request->body_size < BODY_FIRST_SIZE ? BODY_FIRST_SIZE
							   : request->body_size;
	char *body;

	while (size < need)
		size *= 2;
	if (size > request->body_max)
		size = request->body_max;
	if (size > HTTP_BODY_SMALL && !http_memory_take(request, size))
		return false;
	body = realloc(was_inside ? NULL : request->body, size + 1);
	if (!body)
		return false;
	if (was_inside)
		memcpy(body, inside, request->body_len);
	request->body = body;
	request->body_size = size;
	return true;
}

bool http_request_add(struct http_request *request, const void *bytes, size_t len)
{
	size_t need = request->body_len + len;

	if (need > request->body_size && !grow(request, need))
		return false;
	memcpy(request->body + request->body_len, bytes, len);
	request->body_len = need;
	return true;
}

void *http_alloc(struct http_request *request, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct http_block *block;

	if (size > SIZE_MAX - sizeof(*block) - align)
		return NULL;
	size = (size + align - 1) / align * align;
	if (size <= sizeof(request->scratch) - request->scratch_used) {
		void *found = request->scratch + request->scratch_used;

		request->scratch_used += size;
		return found;
	}
	block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	block->next = request->blocks;
	request->blocks = block;
	return block->bytes;
}

const char *http_method(const struct http_request *request)
{
	return request->method;
}

const char *http_path(const struct http_request *request)
{
	return request->path;
}

/* libmicrohttpd leaves the blanks behind a value, which are not part of it. */
static const char *trimmed(struct http_request *request, const char *value, size_t len)
{
	char *copy;

	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	if (!value[len])
		return value;
	copy = http_alloc(request, len + 1);
	if (!copy)
		return value;
	memcpy(copy, value, len);
	copy[len] = '\0';
	return copy;
}

const char *http_header(struct http_request *request, const char *name)
{
	const char *value = NULL;
	size_t len = 0;

	if (MHD_lookup_connection_value_n(request->mhd, MHD_HEADER_KIND, name,
		    strlen(name), &value, &len) != MHD_YES ||
		!value)
		return NULL;
	return trimmed(request, value, len);
}

struct header_count {
	const char *name;
	size_t count;
};

static enum MHD_Result count_header(
	void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct header_count *wanted = context;

	(void)kind;
	(void)value;
	wanted->count += strcasecmp(name, wanted->name) == 0;
	return MHD_YES;
}

size_t http_header_count(struct http_request *request, const char *name)
{
	struct header_count wanted = {name, 0};

	(void)MHD_get_connection_values(
		request->mhd, MHD_HEADER_KIND, count_header, &wanted);
	return wanted.count;
}

static const char *decoded(struct http_request *request, const char *raw, size_t len)
{
	char *out = http_alloc(request, len + 1);

	return out && http_decode(out, raw, len) ? out : NULL;
}

const char *http_query(struct http_request *request, const char *name)
{
	const char *raw =
		MHD_lookup_connection_value(request->mhd, MHD_GET_ARGUMENT_KIND, name);

	return raw ? decoded(request, raw, strlen(raw)) : NULL;
}

struct query_search {
	const char *known, *unknown;
};

static bool is_listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	while (list && *list) {
		size_t word = strcspn(list, " ");

		if (word == len && memcmp(list, name, len) == 0)
			return true;
		list += word + strspn(list + word, " ");
	}
	return false;
}

static enum MHD_Result find_unknown(
	void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct query_search *search = context;

	(void)kind;
	(void)value;
	if (is_listed(search->known, name))
		return MHD_YES;
	search->unknown = name;
	return MHD_NO;
}

const char *http_query_unknown(struct http_request *request, const char *known)
{
	struct query_search search = {.known = known};

	(void)MHD_get_connection_values(
		request->mhd, MHD_GET_ARGUMENT_KIND, find_unknown, &search);
	return search.unknown;
}

const char *http_segment(struct http_request *request, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < request->match.count; i++)
		if (request->match.segments[i].name_len == len &&
			memcmp(request->match.segments[i].name, name, len) == 0)
			return request->match.segments[i].value;
	return NULL;
}

const void *http_body(const struct http_request *request, size_t *len)
{
	if (len)
		*len = request->body_len;
	return request->body;
}

const void *http_route_data(const struct http_request *request)
{
	return request->own->route.data;
}

const char *http_route_path(const struct http_request *request)
{
	return request->own->route.path;
}

const char *http_request_id(const struct http_request *request)
{
	return request->id;
}

const char *http_client_address(const struct http_request *request)
{
	return request->connection->client;
}

int64_t http_age_us(const struct http_request *request)
{
	return clock_mono_us() - request->received_mono_us;
}

int64_t http_received_at_us(const struct http_request *request)
{
	return request->received_wall_us;
}

void *http_carried(const struct http_request *request)
{
	return request->carried;
}

unsigned http_io_thread(const struct http_request *request)
{
	return http_loop_number(request->loop);
}

void *http_thread(const struct http_request *request)
{
	return request->thread;
}

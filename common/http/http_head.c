// SPDX-License-Identifier: Apache-2.0
// What is read from a request's head before its body: how the body comes, whether there is
// room for an answer behind it, and the id that the request brings.
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/http/http_private.h"

/* What libmicrohttpd keeps of its memory for each line, besides the line itself. */
enum { RECORD_SIZE = 64 };

static bool is_named(
	const char *name, size_t name_len, const char *wanted, size_t wanted_len)
{
	return name_len == wanted_len && strncasecmp(name, wanted, wanted_len) == 0;
}

static void read_length(struct http_head *head, const char *value)
{
	char *end;

	errno = 0;
	head->content_length = strtoull(value, &end, 10);
	head->lengths++;
	if (!isdigit((unsigned char)value[0]) || *end || errno)
		head->broken = true;
}

static void read_coding(struct http_head *head, const char *value)
{
	head->codings++;
	if (strcasecmp(value, "chunked") != 0)
		head->coded_otherwise = true;
}

static enum MHD_Result read_header(void *context, enum MHD_ValueKind kind,
	const char *name, size_t name_len, const char *value, size_t value_len)
{
	struct http_head *head = context;

	head->size += RECORD_SIZE;
	if (kind != MHD_HEADER_KIND)
		return MHD_YES;
	if (is_named(name, name_len, "Content-Length", 14))
		read_length(head, value);
	else if (is_named(name, name_len, "Transfer-Encoding", 17))
		read_coding(head, value);
	else if (is_named(name, name_len, "Host", 4))
		head->hosts++;
	else if (is_named(name, name_len, "Expect", 6))
		head->expects = true;
	else if (is_named(name, name_len, "X-Request-Id", 12)) {
		head->request_id = value;
		head->request_id_len = value_len;
	}
	return MHD_YES;
}

void http_head_read(struct http_head *head, struct MHD_Connection *mhd)
{
	(void)MHD_get_connection_values_n(mhd,
		MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND, read_header,
		head);
	head->size +=
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)
			->header_size;
}

void http_head_take_id(struct http_request *request, const struct http_head *head)
{
	size_t len = head->request_id_len;
	bool sane = len > 0 && len <= HTTP_REQUEST_ID_MAX;

	for (size_t i = 0; sane && i < len; i++) {
		unsigned char c = (unsigned char)head->request_id[i];

		sane = (c < 0x80 && isalnum(c)) || c == '.' || c == '_' || c == '-';
	}
	if (sane)
		memcpy(request->id, head->request_id, len);
	else
		(void)id_make(request->id);
}

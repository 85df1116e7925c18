// SPDX-License-Identifier: Apache-2.0
// Sources files: any bytes are refused with words, or become rows that can judge and
// identify a delivery.
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "common/source/source_file.h"
#include "common/source/source_table.h"
#include "ingress/delivery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *header_of(void *context, const char *name)
{
	return strlen(name) % 2 ? context : NULL;
}

/* A row without problems signs what it then takes, and finds what it can. */
static void use(struct source *row)
{
	static const char body[] = "{\"type\":\"x\",\"a\":{\"b\":[1,\"two\"]}}";
	char header[] = "1700000000", signature[SIGNATURE_TEXT_MAX];
	char plain[] = "user:c2VjcmV0", standard[] = "whsec_c2VjcmV0";
	struct secret_list secrets = {1, {plain}};
	struct signed_request request = {.id = {header, 1},
		.timestamp = {header, 1},
		.body = body,
		.body_len = sizeof(body) - 1};
	struct body content AUTO(body_done) = {
		.json = body, .json_len = sizeof(body) - 1};
	struct delivery delivery = {.source = row,
		.body = body,
		.body_len = sizeof(body) - 1,
		.content = &content,
		.content_type = "application/json",
		.request_id = "r"};
	struct wire wire AUTO(wire_done) = {0};
	struct delivery_message message = {.wire = &wire};
	struct fault fault = {0};
	struct facts facts;
	struct found found;
	size_t key;

	if (row->rule.key == SIGNATURE_KEY_STANDARD)
		secrets.values[0] = standard;
	assert(signature_make(
		signature, &row->rule, secrets.values[0], &request, &fault));
	request.signature = (struct signed_header){signature, 1};
	assert(signature_check(
		&row->rule, &secrets, &request, 1700000000, &key, &fault));
	delivery_identify(&delivery, header_of, header);
	facts = delivery_facts(&delivery, header_of, header);
	found_fill(&found, row, &facts);
	delivery.found = &found;
	assert(delivery_message(&message, &delivery, header_of, header, &fault));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct text problems AUTO(text_done) = {0};
	json_t *file AUTO(json_decref) = NULL;
	struct fault fault = {0};

	if (!source_file_parse(&file, "fuzz", data, len, &problems, &fault)) {
		assert(fault.kind == FAULT_FATAL && *fault.text);
		return 0;
	}
	for (size_t i = 0; i < json_array_size(json_object_get(file, "sources")); i++) {
		struct source row = {0};
		size_t before = problems.len;
		bool named = source_file_row(&row, file, i, &problems);

		assert(named || problems.len > before);
		if (named && problems.len == before)
			use(&row);
		for (size_t k = 0; k < row.secrets.count; k++)
			free(row.secrets.values[k]);
	}
	return 0;
}

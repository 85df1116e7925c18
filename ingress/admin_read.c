// SPDX-License-Identifier: Apache-2.0
// GET of what became of an event or of a provisioning run. What is another organisation's is
// not there.
#include <string.h>

#include "ingress/admin.h"

static void show(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller, const char *what, const char *missing)
{
	struct admin_question question = {.what = what};
	const char *id = http_segment(request, "id");
	char *document AUTO(free) = NULL;
	struct fault fault = {0};
	bool ended;

	if (!id_is_uuid(id)) {
		http_answer_error(request, 404, missing, "'%.40s' is no id", id);
		return;
	}
	memcpy(question.id, id, sizeof(question.id));
	memcpy(question.org, caller->org, sizeof(question.org));
	if (!admin_ask(admin->bus, &question, &document, &ended, &fault))
		admin_unavailable(request, &fault);
	else if (!document)
		http_answer_error(request, 404, missing, "there is no %s %s", what, id);
	else
		http_answer(request,
			&(struct http_answer){.status = 200,
				.body = document,
				.len = strlen(document)});
}

void admin_show_provision(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller)
{
	show(admin, request, caller, "provision", "run_not_found");
}

void admin_show_event(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller)
{
	show(admin, request, caller, "event", "event_not_found");
}

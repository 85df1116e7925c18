// SPDX-License-Identifier: Apache-2.0
// GET /api/v1/admin/schedules/team: what holds for a team, read from the config store.
#include <string.h>

#include "common/nats/rpc.h"
#include "ingress/admin.h"

static void answer(struct http_request *request, const struct admin_order *order,
	const char *schedules_json)
{
	json_t *items AUTO(json_decref) = json_loads(schedules_json, 0, NULL);
	json_t *body AUTO(json_decref) =
		json_pack("{s:s, s:s, s:s, s:O}", "org_id", order->org, "team_id",
			order->team, "team_node_id", order->team, "items", items);
	char *text AUTO(free) = json_print(body);
	const struct fault broken = {
		.kind = FAULT_RETRY, .text = "no list of schedules to answer with"};

	if (!text)
		admin_unavailable(request, &broken);
	else
		http_answer(request,
			&(struct http_answer){
				.status = 200, .body = text, .len = strlen(text)});
}

void admin_show_schedules(struct admin *admin, struct http_request *request,
	const struct admin_caller *caller)
{
	struct admin_order order AUTO(admin_order_done) = {.verb = "schedules"};
	pb_schedule_list_reply *reply AUTO(pb_schedule_list_reply_free) = NULL;
	pb_schedule_list_request question;
	struct fault fault = {0};

	if (!admin_order_read(&order, request, caller))
		return;
	pb_schedule_list_request_init(&question);
	if (!RPC(admin->bus, "schedule.list", order.org, order.team, &question,
		    schedule_list, &reply, &fault))
		admin_unavailable(request, &fault);
	else if (!reply->found)
		http_answer_error(request, 404, "team_not_found",
			"organisation %s has no team %s", order.org, order.team);
	else
		answer(request, &order, reply->schedules_json);
}

// SPDX-License-Identifier: Apache-2.0
#include "cli/story.h"

#include <criterion/criterion.h>
#include <string.h>

static const char event_story[] =
	"{\"event\":{\"event_id\":\"7ea56593-5868-8bb7-baf1-f8ab87792f4d\","
	"\"source\":\"github\",\"kind\":\"push\",\"delivery_id\":\"d1\",\"outcome\":"
	"\"routed\",\"org_id\":\"acme\",\"team_id\":\"shop\",\"reason\":\"\","
	"\"received_at\":\"2026-11-23T16:00:00.000000Z\","
	"\"stored_at\":\"2026-11-23T16:00:00.001200Z\"},"
	"\"hops\":[{\"at\":\"2026-11-23T16:00:00.000000Z\",\"action\":"
	"\"event.received\",\"org_id\":\"\",\"team_id\":\"\",\"actor\":\"github\","
	"\"reason\":\"\",\"detail\":null},"
	"{\"at\":\"2026-11-23T16:00:00.004500Z\",\"action\":\"event.routed\","
	"\"org_id\":\"acme\",\"team_id\":\"shop\",\"actor\":\"router\",\"reason\":"
	"\"github_repo acme/shop\",\"detail\":{}}],"
	"\"runs\":[{\"run_id\":\"r1\",\"org_id\":\"acme\",\"team_id\":\"shop\","
	"\"agent\":\"triage\",\"state\":\"completed\",\"attempt\":1,\"duration_ms\":"
	"1250,\"text\":\"why?\",\"error\":\"\",\"summary\":\"short\",\"steps\":["
	"{\"number\":1,\"at\":\"2026-11-23T16:00:01.000000Z\",\"kind\":\"answer\","
	"\"name\":\"triage\",\"duration_ms\":3,\"payload\":{\"state\":\"completed\","
	"\"answer\":\"All\\u001b[2J **well**\\nBye\"}}]}]}";

static char *tell(const char *document)
{
	json_t *answer AUTO(json_decref) = NULL;
	struct fault fault = {0};
	struct cli cli = {0};
	char *text = NULL;
	size_t len;

	cr_assert(json_parse(&answer, document, strlen(document), &fault));
	cli.out = open_memstream(&text, &len);
	cr_assert(story_of_event(&cli, answer));
	(void)fclose(cli.out);
	return text;
}

Test(story, of_an_event_has_every_hop_with_the_time_since_it_was_received)
{
	char *text AUTO(free) = tell(event_story);

	cr_expect(strstr(text, "16:00:00.000  +0.0  event.received"), "%s", text);
	cr_expect(strstr(text, "16:00:00.001  +1.2  event.stored"));
	cr_expect(strstr(text,
		"16:00:00.004  +4.5  event.routed    acme/shop  router: github_repo "
		"acme/shop"));
	cr_expect(strstr(text,
		"run r1  acme/shop  agent triage  completed  attempt 1  "
		"1.2 s"));
	cr_expect(strstr(text, "1  +1000.0        3  answer  triage"));
}

Test(story, ends_with_the_answer_line_by_line_and_harmless)
{
	char *text AUTO(free) = tell(event_story);

	cr_expect(strstr(text, "  answer:\n    All?[2J **well**\n    Bye\n"));
	cr_expect_null(strchr(text, '\033'));
}

Test(story, of_an_answer_without_content_is_still_told)
{
	char *text AUTO(free) = tell("{}");

	cr_expect(strstr(text, "event -"));
}

Test(story, durations_are_for_people)
{
	static const struct {
		long ms;
		const char *text;
	} cases[] = {{0, "0 ms"}, {999, "999 ms"}, {1250, "1.2 s"}, {59999, "59.9 s"},
		{200000, "3 min 20 s"}};
	char out[32];

	for (size_t i = 0; i < countof(cases); i++)
		cr_expect_str_eq(story_duration(out, cases[i].ms), cases[i].text);
}

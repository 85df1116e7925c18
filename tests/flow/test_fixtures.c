// SPDX-License-Identifier: Apache-2.0
// Story: bodies of every sender, signed as it signs, are stored byte for byte and once;
// handshakes are answered and leave nothing. The bodies are files <sender>/<what>.json or
// .form: those of bodies/ here, modelled on real ones, and real ones that nobody here wrote
// below TOCSIN_FIXTURES, or ../shared/fixtures beside this tree. Without the latter their
// test says that it was skipped.
#include <criterion/criterion.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/ids.h"
#include "tests/flow/senders.h"
#include "tests/support/stored.h"

enum { ANSWER_MS = 20000, FILES_MAX = 2000, ID_MAX = 64 };

static const char *const settings[] = {SENDERS_SETTINGS, NULL};
static const struct stack_options doors = {.doors_only = true, .settings = settings};
static struct stack stack;
static const char *place; /* of the bodies */
static long sent_count;

static const char *source_path(const char *below)
{
	static char path[PATH_SIZE * 2];
	const char *source = getenv("TOCSIN_SOURCE_DIR");

	cr_assert(source, "TOCSIN_SOURCE_DIR is not set; run this through meson test");
	(void)snprintf(path, sizeof(path), "%s/%s", source, below);
	return path;
}

static void read_file(struct text *out, const char *path)
{
	FILE *file = fopen(path, "re");
	char chunk[4096];
	size_t got;

	cr_assert(file, "%s", path);
	while ((got = fread(chunk, 1, sizeof(chunk), file)) > 0)
		text_add_bytes(out, chunk, got);
	(void)fclose(file);
}

static void wrap(struct text *out, const struct text *json)
{
	text_add(out, "payload=");
	for (const char *p = text_string(json); *p; p++) {
		if (isalnum((unsigned char)*p) || strchr("-_.~", *p))
			text_add_char(out, *p);
		else if (*p == ' ')
			text_add_char(out, '+');
		else
			text_printf(out, "%%%02X", (unsigned char)*p);
	}
}

#define SLACK_WAY(PATH, TYPE)                                                          \
	{                                                                              \
		.path = "/webhooks/slack/" PATH, .type = TYPE, .headers = SLACK_LINES, \
		.signs = SLACK_SIGNS, .secret = SLACK_SECRET,                          \
	}
#define STANDARD_WAY(PATH)                                               \
	{                                                                \
		.path = PATH, .type = JSON_TYPE,                         \
		.headers = "webhook-id: @\r\nwebhook-timestamp: $TS\r\n" \
			   "webhook-signature: v1,$MAC\r\n",             \
		.signs = "@." STANDARD_SIGNS, .secret = STANDARD_SECRET, \
		.base64 = true,                                          \
	}

/* How a folder's files are sent: the first whose folder and file's beginning fit. */
static const struct way {
	const char *folder, *file;
	const char *handshake; /* a file with this in it leaves no event; NULL: none */
	bool wrapped;          /* JSON that goes into a form's field payload */
	struct sender sender;  /* without its body; @ is the delivery's id */
} ways[] = {
	{"github", "", NULL, false,
		{.path = "/webhooks/github",
			.type = JSON_TYPE,
			.headers = "X-GitHub-Delivery: @\r\nX-GitHub-Event: any\r\n"
				   "X-Hub-Signature-256: sha256=$MAC\r\n",
			.signs = "$BODY",
			.secret = GITHUB_SECRET}},
	{"slack", "event", "\"url_verification\"", false,
		SLACK_WAY("events", JSON_TYPE)},
	{"slack", "interaction", NULL, true, SLACK_WAY("interactions", FORM_TYPE)},
	{"slack", "slash_command", "ssl_check=1", false,
		SLACK_WAY("commands", FORM_TYPE)},
	{"pagerduty", "", NULL, false,
		{.path = "/webhooks/pagerduty",
			.type = JSON_TYPE,
			.headers = "X-PagerDuty-Signature: v1=$MAC\r\n",
			.signs = "$BODY",
			.secret = "a PagerDuty secret"}},
	{"incidentio", "", NULL, false, STANDARD_WAY("/webhooks/incidentio")},
	{"standardwebhooks", "", NULL, false, STANDARD_WAY("/webhooks/generic")},
	{"generic", "gitlab", NULL, false,
		{.path = "/webhooks/generic/gitlab",
			.type = JSON_TYPE,
			.headers = "X-Gitlab-Event: Push Hook\r\n"
				   "Idempotency-Key: @\r\nX-Gitlab-Token: $MAC\r\n",
			.secret = "a GitLab token"}},
	{"generic", "stripe", NULL, false,
		{.path = "/webhooks/generic/stripe",
			.type = JSON_TYPE,
			.headers = "Stripe-Signature: t=$TS,v1=$MAC\r\n",
			.signs = STANDARD_SIGNS,
			.secret = "whsec_stripe_s3cr3t"}},
	{"generic", "grafana", NULL, false,
		{.path = "/webhooks/generic/grafana",
			.type = JSON_TYPE,
			.headers = "X-Grafana-Alerting-Timestamp: $TS\r\n"
				   "X-Grafana-Alerting-Signature: $MAC\r\n",
			.signs = "$TS:$BODY",
			.secret = "a Grafana secret"}},
	{"generic", "alertmanager", NULL, false,
		{.path = "/webhooks/generic/alertmanager",
			.type = JSON_TYPE,
			.headers = "Authorization: Bearer $MAC\r\n",
			.secret = "an-alertmanager-token"}},
	{"generic", "bitbucket", NULL, false,
		{.path = "/webhooks/generic/bitbucket",
			.type = JSON_TYPE,
			.headers = "X-Event-Key: repo:push\r\nX-Request-UUID: @\r\n"
				   "X-Hub-Signature: sha256=$MAC\r\n",
			.signs = "$BODY",
			.secret = "a Bitbucket secret"}},
	{"generic", "datadog", NULL, false,
		{.path = "/webhooks/generic/datadog",
			.type = JSON_TYPE,
			.headers = "X-Tocsin-Token: $MAC\r\n",
			.secret = "a Datadog token"}},
	{"generic", "sentry", NULL, false,
		{.path = "/webhooks/generic/sentry",
			.type = JSON_TYPE,
			.headers = "Request-ID: @\r\nSentry-Hook-Resource: issue\r\n"
				   "Sentry-Hook-Signature: $MAC\r\n",
			.signs = "$BODY",
			.secret = "a Sentry secret"}},
	/* Anything else that is JSON: a home-made sender could send it. */
	{"generic", "", NULL, false, STANDARD_WAY("/webhooks/generic")},
};

static const struct way *way_of(const char *folder, const char *file)
{
	for (size_t i = 0; i < countof(ways); i++)
		if (strcmp(ways[i].folder, folder) == 0 &&
			strncmp(ways[i].file, file, strlen(ways[i].file)) == 0)
			return &ways[i];
	cr_assert_fail("nobody knows how %s/%s is sent", folder, file);
	return NULL;
}

/* `template` with `id` for each @; NULL stays NULL. */
static const char *name_it(struct text *out, const char *template, const char *id)
{
	if (!template)
		return NULL;
	for (const char *p = template; *p; p++)
		if (*p == '@')
			text_add(out, id);
		else
			text_add_char(out, *p);
	return text_string(out);
}

static char seen[FILES_MAX][UUID_SIZE];
static size_t seen_count;

/* Whether a file before had the same id of its sender's: then it is no new event. */
static bool is_new(const char *event_id)
{
	for (size_t i = 0; i < seen_count; i++)
		if (strcmp(seen[i], event_id) == 0)
			return false;
	cr_assert_lt(seen_count, FILES_MAX);
	(void)snprintf(seen[seen_count++], UUID_SIZE, "%s", event_id);
	return true;
}

static void send(const struct sender *sender, char event_id[UUID_SIZE])
{
	struct exchange exchange AUTO(exchange_done) = {0};

	sender_write(&exchange, sender, FLAW_NONE, NULL);
	(void)exchange_run(&exchange, stack.addresses[INGRESS], ANSWER_MS);
	cr_expect_eq(exchange.status, 200, "%s: %d %s", sender->what, exchange.status,
		exchange.body);
	(void)exchange_header(&exchange, "X-Tocsin-Event-Id", event_id, UUID_SIZE);
}

static void expect_kept(struct bus *bus, const struct sender *sender, bool handshake)
{
	long before = stack_stream_count(&stack, "EVENTS");
	char event_id[UUID_SIZE], again[UUID_SIZE];
	bool new;

	send(sender, event_id);
	send(sender, again);
	cr_expect_str_eq(event_id, again, "%s", sender->what);
	new = !handshake &&is_new(event_id);
	cr_expect_eq(
		stack_stream_count(&stack, "EVENTS"), before + new, "%s", sender->what);
	if (new) {
		pb_event *event AUTO(pb_event_free) =
			stored_last(bus, "tocsin.event.>");

		cr_assert(event, "%s", sender->what);
		cr_expect_str_eq(event->id, event_id, "%s", sender->what);
		cr_expect(stored_is(event, sender->body, strlen(sender->body)), "%s",
			sender->what);
	}
}

static void try_file(struct bus *bus, const char *folder, const char *file)
{
	const struct way *way = way_of(folder, file);
	struct text path AUTO(text_done) = {0}, content AUTO(text_done) = {0},
			 form AUTO(text_done) = {0}, headers AUTO(text_done) = {0},
			 signs AUTO(text_done) = {0};
	struct sender sender = way->sender;
	char id[ID_MAX];

	text_printf(&path, "%s/%s/%s", place, folder, file);
	read_file(&content, text_string(&path));
	if (way->wrapped)
		wrap(&form, &content);
	(void)snprintf(id, sizeof(id), "file-%ld", ++sent_count);
	sender.what = text_string(&path);
	sender.headers = name_it(&headers, sender.headers, id);
	sender.signs = name_it(&signs, sender.signs, id);
	sender.body = text_string(way->wrapped ? &form : &content);
	expect_kept(bus, &sender,
		way->handshake && strstr(text_string(&content), way->handshake));
}

static void try_folder(struct bus *bus, const char *folder)
{
	struct text path AUTO(text_done) = {0};
	struct dirent **files;
	int count;

	text_printf(&path, "%s/%s", place, folder);
	count = scandir(text_string(&path), &files, NULL, alphasort);
	cr_assert_geq(count, 0, "%s", text_string(&path));
	for (int i = 0; i < count; i++) {
		if (files[i]->d_name[0] != '.')
			try_file(bus, folder, files[i]->d_name);
		free(files[i]);
	}
	free(files);
}

static void try_all(void)
{
	const char *done = "";
	struct bus *bus;

	stack_start(&stack, &doors);
	bus = stored_connect(&stack);
	for (size_t i = 0; i < countof(ways); i++) {
		if (strcmp(ways[i].folder, done) != 0)
			try_folder(bus, ways[i].folder);
		done = ways[i].folder;
	}
	cr_expect_gt(sent_count, 20);
	cr_expect_gt(stack_stream_count(&stack, "EVENTS"), 20);
	bus_close(bus);
	stack_stop(&stack);
}

Test(fixtures, bodies_of_every_sender_are_kept_byte_for_byte_and_once, .timeout = 170)
{
	place = source_path("tests/flow/bodies");
	try_all();
}

Test(fixtures, real_bodies_are_kept_byte_for_byte_and_once, .timeout = 170)
{
	place = getenv("TOCSIN_FIXTURES");
	if (!place)
		place = source_path("../shared/fixtures");
	if (access(place, R_OK) != 0)
		cr_skip_test("no bodies at %s; name others in TOCSIN_FIXTURES", place);
	try_all();
}

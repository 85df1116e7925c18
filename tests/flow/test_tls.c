// SPDX-License-Identifier: Apache-2.0
// Story: the ingress serves HTTPS with a certificate of the test's own, exchanges it on
// SIGHUP while it is being used, and drops nobody for it.
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/nats/subjects.h"
#include "tests/support/alone.h"

enum { SOON_MS = 30000, STOP_MS = 20000, HEADERS = 8, SENDERS = 4, EACH = 40 };

static struct stack stack;
static struct bus *bus;
static char url[128];

/* A self-signed certificate for localhost: its own authority. */
static void make_certificate(const char *name)
{
	char certificate[PATH_SIZE + 64], key[PATH_SIZE + 64], out[1024];
	const char *const arguments[] = {"/usr/bin/openssl", "req", "-x509", "-newkey",
		"ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
		"2", "-subj", "/CN=localhost", "-addext",
		"subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", certificate,
		"-keyout", key, NULL};

	(void)snprintf(
		certificate, sizeof(certificate), "%s/%s.pem", stack.directory, name);
	(void)snprintf(key, sizeof(key), "%s/%s.key", stack.directory, name);
	cr_assert_eq(process_output(&(struct process_start){.name = "openssl",
					    .arguments = arguments,
					    .directory = stack.directory},
			     out, sizeof(out)),
		0, "%s", out);
}

/* Moves `name` to where the ingress looks; the two files one after the other. */
static void show(const char *name)
{
	static const char *const kinds[] = {"pem", "key"};
	char from[PATH_SIZE + 64], to[PATH_SIZE + 64], line[2 * sizeof(from) + 16];

	for (size_t i = 0; i < countof(kinds); i++) {
		(void)snprintf(from, sizeof(from), "%s/%s.%s", stack.directory, name,
			kinds[i]);
		(void)snprintf(
			to, sizeof(to), "%s/shown.%s", stack.directory, kinds[i]);
		(void)snprintf(line, sizeof(line), "cp '%s' '%s'", from, to);
		cr_assert_eq(system(line), 0);
	}
}

static void launch(const char *const *more)
{
	struct environment environment = {0};
	const char *arguments[] = {stack_daemon_path(INGRESS), NULL};
	static const struct stack_options none;

	stack.options = &none;
	stack_environment(&stack, INGRESS, &environment);
	environment_set(
		&environment, "TOCSIN_TLS_CERT_FILE=%s/shown.pem", stack.directory);
	environment_set(
		&environment, "TOCSIN_TLS_KEY_FILE=%s/shown.key", stack.directory);
	for (; more && *more; more++)
		environment_set(&environment, "%s", *more);
	process_start(&stack.daemons[INGRESS],
		&(struct process_start){.name = "ingress",
			.arguments = arguments,
			.environment = &environment,
			.directory = stack.directory});
	environment_done(&environment);
}

static size_t forget(char *bytes, size_t size, size_t count, void *context)
{
	(void)bytes;
	(void)context;
	return size * count;
}

struct https {
	const char *authority; /* a certificate's name */
	const char *path, *id, *body;
	size_t len;
	bool chunked, keep;
	CURL *curl; /* with keep */
	CURLcode code;
};

static size_t give(char *out, size_t size, size_t count, void *context)
{
	struct https *call = context;
	size_t len = size * count < call->len ? size * count : call->len;

	memcpy(out, call->body, len);
	call->body += len;
	call->len -= len;
	return len;
}

/* The status, 0 when there was none. */
static long ask(struct https *call)
{
	struct curl_slist *headers = NULL;
	char authority[PATH_SIZE + 64], where[256], line[256], signature[96];
	CURL *curl = call->curl ? call->curl : curl_easy_init();
	long status = 0;

	(void)snprintf(authority, sizeof(authority), "%s/%s.pem", stack.directory,
		call->authority);
	(void)snprintf(where, sizeof(where), "%s%s", url, call->path);
	(void)curl_easy_setopt(curl, CURLOPT_URL, where);
	(void)curl_easy_setopt(curl, CURLOPT_CAINFO, authority);
	(void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)SOON_MS);
	(void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, forget);
	if (call->body) {
		headers = curl_slist_append(headers, "Content-Type: application/json");
		headers = curl_slist_append(headers, "X-GitHub-Event: push");
		headers = curl_slist_append(headers, "Expect:");
		(void)snprintf(line, sizeof(line), "X-GitHub-Delivery: %s", call->id);
		headers = curl_slist_append(headers, line);
		(void)snprintf(line, sizeof(line), "X-Hub-Signature-256: %s",
			github_sign(signature, GITHUB_SECRET, call->body));
		headers = curl_slist_append(headers, line);
		(void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
		if (call->chunked) {
			headers = curl_slist_append(
				headers, "Transfer-Encoding: chunked");
			(void)curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
			(void)curl_easy_setopt(curl, CURLOPT_READDATA, call);
		} else {
			(void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
			(void)curl_easy_setopt(
				curl, CURLOPT_POSTFIELDSIZE, (long)call->len);
		}
		(void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	}
	call->code = curl_easy_perform(curl);
	if (call->code == CURLE_OK)
		(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_slist_free_all(headers);
	if (call->keep)
		call->curl = curl;
	else
		curl_easy_cleanup(curl);
	return status;
}

static bool find_url(void)
{
	char path[PATH_SIZE + 64], address[ADDRESS_SIZE] = "";
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/ingress.address", stack.directory);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(address, sizeof(address), file))
		address[0] = '\0';
	(void)fclose(file);
	address[strcspn(address, "\n")] = '\0';
	(void)snprintf(stack.addresses[INGRESS], ADDRESS_SIZE, "%s", address);
	(void)snprintf(url, sizeof(url), "https://localhost:%s",
		*address ? strrchr(address, ':') + 1 : "");
	return *address != '\0';
}

static bool is_ready(const char *authority)
{
	return ask(&(struct https){.authority = authority, .path = "/ready"}) == 200;
}

static void start(void)
{
	alone_start(&stack, &bus);
	make_certificate("first");
	make_certificate("second");
	show("first");
	launch(NULL);
	cr_assert(WAIT_UNTIL(find_url() && is_ready("first"), SOON_MS),
		"the ingress does not come up; see its log");
}

static void stop(void)
{
	cr_expect_eq(process_stop(&stack.daemons[INGRESS], SIGTERM, STOP_MS), 0);
	bus_close(bus);
	stack_nats_stop(&stack);
}

static char *body_of(size_t len)
{
	char *body = malloc(len + 1);

	memset(body, ' ', len);
	memcpy(body, "{}", 2);
	body[len] = '\0';
	return body;
}

Test(tls, deliveries_come_over_https_and_over_nothing_else, .timeout = 90)
{
	struct exchange plain AUTO(exchange_done) = {0};
	char *large = body_of(2 << 20);
	struct https call = {.authority = "first",
		.path = "/webhooks/github",
		.id = "tls-1",
		.body = "{}",
		.len = 2};

	start();
	cr_expect_eq(ask(&call), 200);
	cr_expect_eq(ask(&(struct https){.authority = "first",
			     .path = "/webhooks/github",
			     .id = "tls-2",
			     .body = large,
			     .len = strlen(large)}),
		200);
	cr_expect_eq(ask(&(struct https){.authority = "first",
			     .path = "/webhooks/github",
			     .id = "tls-3",
			     .body = large,
			     .len = strlen(large),
			     .chunked = true}),
		200);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 3);
	call.authority = "second";
	cr_expect_eq(ask(&call), 0);
	cr_expect_eq(call.code, CURLE_PEER_FAILED_VERIFICATION);
	github_write(&plain,
		&(struct github_delivery){.event = "push", .id = "p", .body = "{}"});
	cr_expect_not(exchange_run(&plain, stack.addresses[INGRESS], 5000));
	free(large);
	stop();
}

Test(tls, a_chunked_body_that_is_too_long_is_413_over_tls_too, .timeout = 90)
{
	char *large = body_of((25 << 20) + 1);

	start();
	cr_expect_eq(ask(&(struct https){.authority = "first",
			     .path = "/webhooks/github",
			     .id = "tls-4",
			     .body = large,
			     .len = strlen(large),
			     .chunked = true}),
		413);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), 0);
	free(large);
	stop();
}

static atomic_int failed, sent;

/* Half of them keep their connection, half make one for each delivery. */
static void *send_many(void *context)
{
	const char *name = context;
	struct https call = {.path = "/webhooks/github", .keep = name[0] % 2 == 0};
	char id[64];

	for (int i = 0; i < EACH; i++) {
		(void)snprintf(id, sizeof(id), "load-%s-%d", name, i);
		/* "both" holds the two certificates. */
		call.authority = "both";
		call.id = id;
		call.body = "{}";
		call.len = 2;
		if (ask(&call) != 200)
			atomic_fetch_add(&failed, 1);
		atomic_fetch_add(&sent, 1);
	}
	if (call.curl)
		curl_easy_cleanup(call.curl);
	return NULL;
}

Test(tls, a_hangup_under_load_shows_the_new_certificate_and_drops_nothing,
	.timeout = 120)
{
	static const char *const names[SENDERS] = {"a", "b", "c", "d"};
	char line[4 * PATH_SIZE];
	pthread_t threads[SENDERS];

	start();
	(void)snprintf(line, sizeof(line),
		"cat '%s/first.pem' '%s/second.pem' > '%s/both.pem'", stack.directory,
		stack.directory, stack.directory);
	cr_assert_eq(system(line), 0);
	for (int i = 0; i < SENDERS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, send_many,
				     (void *)(uintptr_t)names[i]),
			0);
	for (int i = 0; atomic_load(&sent) < SENDERS * EACH; i++) {
		show(i % 2 ? "first" : "second");
		process_signal(&stack.daemons[INGRESS], SIGHUP);
		clock_sleep_ms(100);
	}
	for (int i = 0; i < SENDERS; i++)
		(void)pthread_join(threads[i], NULL);
	cr_expect_eq(atomic_load(&failed), 0);
	cr_expect_eq(stack_stream_count(&stack, STREAM_EVENTS), SENDERS * EACH);
	show("second");
	process_signal(&stack.daemons[INGRESS], SIGHUP);
	cr_expect(WAIT_UNTIL(is_ready("second") && !is_ready("first"), SOON_MS));

	/* What is no certificate changes nothing. */
	(void)snprintf(
		line, sizeof(line), "echo broken > '%s/shown.pem'", stack.directory);
	cr_assert_eq(system(line), 0);
	process_signal(&stack.daemons[INGRESS], SIGHUP);
	clock_sleep_ms(300);
	cr_expect(is_ready("second"));
	stop();
}

static bool refuses(const char *const *settings)
{
	bool ended;

	launch(settings);
	ended = WAIT_UNTIL(!process_is_alive(&stack.daemons[INGRESS]), SOON_MS);
	if (!ended)
		process_kill(&stack.daemons[INGRESS]);
	stack.daemons[INGRESS] = (struct process){0};
	return ended;
}

Test(tls, a_start_without_a_certificate_that_fits_is_refused, .timeout = 90)
{
	char key[PATH_SIZE + 64];

	alone_start(&stack, &bus);
	make_certificate("first");
	make_certificate("second");
	show("first");
	cr_expect(refuses((const char *const[]){"TOCSIN_TLS_KEY_FILE=", NULL}));
	cr_expect(
		refuses((const char *const[]){"TOCSIN_TLS_CERT_FILE=/nowhere", NULL}));
	(void)snprintf(
		key, sizeof(key), "TOCSIN_TLS_KEY_FILE=%s/second.key", stack.directory);
	cr_expect(refuses((const char *const[]){key, NULL}));
	bus_close(bus);
	stack_nats_stop(&stack);
}

// SPDX-License-Identifier: Apache-2.0
// tocsin-bench: measures a daemon and, in the same run, the floor it stands on.
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/bench/bench.h"

enum { TEAMS_MAX = 1000000 };

static const struct command {
	const char *name;
	int (*run)(struct bench *bench);
	const char *what;
} commands[] = {
	{"ingress", bench_ingress,
		"signed 2 KB deliveries a second, acknowledged by JetStream"},
	{"router", bench_router, "events a second from EVENTS to TASKS"},
	{"config", bench_config,
		"effective configurations and look-ups a second, and loading routes"},
	{"idle", bench_idle, "memory of each daemon that has nothing to do"},
};

void die(const char *text, ...)
{
	va_list arguments;

	(void)fputs("bench: ", stderr);
	va_start(arguments, text);
	(void)vfprintf(stderr, text, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

void bench_say(struct bench *bench, const char *name, const struct figure *figure)
{
	json_t *row = json_pack("{s:f, s:i}", "per_second", figure->per_second,
		"failed", (int)figure->failed);

	if (figure->p99_ms > 0) {
		(void)json_object_set_new(row, "p50_ms", json_real(figure->p50_ms));
		(void)json_object_set_new(row, "p99_ms", json_real(figure->p99_ms));
	}
	if (figure->cpu_us > 0)
		(void)json_object_set_new(row, "cpu_us", json_real(figure->cpu_us));
	(void)json_object_set_new(bench->figures, name, row);
	if (bench->json)
		return;
	(void)printf("%-44s %9.0f /s", name, figure->per_second);
	if (figure->p99_ms > 0)
		(void)printf("   p50 %6.2f ms   p99 %6.2f ms", figure->p50_ms,
			figure->p99_ms);
	if (figure->cpu_us > 0)
		(void)printf("   CPU %4.1f us", figure->cpu_us);
	if (figure->failed)
		(void)printf("   FAILED: %ld", figure->failed);
	(void)printf("\n");
	(void)fflush(stdout);
}

void bench_share(struct bench *bench, const char *name, double ours, double floor)
{
	(void)json_object_set_new(bench->figures, name, json_real(ours / floor));
	if (!bench->json)
		(void)printf("%-44s %8.0f %%\n", name, 100 * ours / floor);
}

void bench_number(
	struct bench *bench, const char *name, double number, const char *unit)
{
	(void)json_object_set_new(bench->figures, name,
		json_pack("{s:f, s:s}", "value", number, "unit", unit));
	if (bench->json)
		return;
	(void)printf("%-44s %9.*f %s\n", name, number < 100 ? 2 : 0, number, unit);
	(void)fflush(stdout);
}

void bench_progress(const char *text, ...)
{
	va_list arguments;

	(void)fputs("bench: ", stderr);
	va_start(arguments, text);
	(void)vfprintf(stderr, text, arguments);
	va_end(arguments);
	(void)fputc('\n', stderr);
}

static int by_rate(const void *a, const void *b)
{
	double left = ((const struct figure *)a)->per_second,
	       right = ((const struct figure *)b)->per_second;

	return (left > right) - (left < right);
}

struct figure figure_median(struct figure *figures, size_t count)
{
	long failed = 0;
	struct figure median;

	for (size_t i = 0; i < count; i++)
		failed += figures[i].failed;
	qsort(figures, count, sizeof(*figures), by_rate);
	median = figures[count / 2];
	median.failed = failed;
	return median;
}

static int usage(FILE *out)
{
	(void)fprintf(out,
		"Usage: bench <command> [--json] [--seconds N] [--rounds N]\n"
		"       bench ingress [--against CMD | --idle]\n"
		"       bench config [--teams N]\n\n");
	for (size_t i = 0; i < countof(commands); i++)
		(void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].what);
	(void)fprintf(out,
		"\n--against CMD measures another server with the same load beside "
		"ours: "
		"sh -c CMD\n"
		"is started with BENCH_ADDRESS=127.0.0.1:PORT, where it must serve "
		"POST\n"
		"/webhooks/github and answer 200, BENCH_SECRET, which signs the "
		"deliveries, and\n"
		"BENCH_NATS_URL, and gets SIGTERM at the end. --idle shows the memory "
		"of "
		"5,000\n"
		"idle connections, and what 5,000 slow ones do to the others.\n"
		"\nEach figure is printed with its floor, measured in the same run on "
		"the\n"
		"same machine. --seconds (5) is the length of a stretch, --rounds (3) "
		"how\n"
		"often ours and the floors take turns; the median counts. --teams "
		"(100000)\n"
		"is how many `config` loads, twenty to an organisation.\n");
	return out == stdout ? EXIT_SUCCESS : 2;
}

static bool number_option(long *out, const char *text, long most)
{
	char *end;

	if (!text)
		return false;
	*out = strtol(text, &end, 10);
	return *end == '\0' && *out >= 1 && *out <= most;
}

static bool parse(struct bench *bench, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			bench->json = true;
		else if (strcmp(argv[i], "--seconds") == 0 &&
			number_option(&bench->seconds, argv[i + 1], 600))
			i++;
		else if (strcmp(argv[i], "--rounds") == 0 &&
			number_option(&bench->rounds, argv[i + 1], 600))
			i++;
		else if (strcmp(argv[i], "--teams") == 0 &&
			number_option(&bench->teams, argv[i + 1], TEAMS_MAX))
			i++;
		else if (strcmp(argv[i], "--against") == 0 && argv[i + 1])
			bench->against = argv[++i];
		else if (strcmp(argv[i], "--idle") == 0)
			bench->idle = true;
		else
			return false;
	}
	return true;
}

/* The daemons are built beside the bench's folder. */
static void find_programs(struct bench *bench, const char *self)
{
	char *slash;

	if (!realpath(self, bench->bin))
		die("%s cannot be found", self);
	for (int up = 0; up < 3; up++) {
		slash = strrchr(bench->bin, '/');
		if (slash)
			*slash = '\0';
	}
}

static int run(struct bench *bench, const struct command *command)
{
	const char *tmp = getenv("TMPDIR");
	int status;

	(void)snprintf(bench->place, sizeof(bench->place), "%s/tocsin-bench-XXXXXX",
		tmp ? tmp : "/tmp");
	if (!mkdtemp(bench->place))
		die("%s cannot be made", bench->place);
	bench->figures = json_object();
	status = command->run(bench);
	if (bench->json) {
		(void)json_dumpf(bench->figures, stdout,
			JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		(void)printf("\n");
	}
	json_decref(bench->figures);
	if (status == EXIT_SUCCESS)
		remove_place(bench);
	return status;
}

int main(int argc, char **argv)
{
	struct bench bench = {.seconds = 5, .rounds = 3, .teams = 100000};

	(void)signal(SIGPIPE, SIG_IGN);
	log_open("bench");
	log_level(LOG_ERROR);
	if (argc == 4 && strcmp(argv[1], "serve-bare") == 0)
		return bench_serve_bare(argv[2], (unsigned)strtoul(argv[3], NULL, 10));
	if (argc >= 2 && strcmp(argv[1], "--help") == 0)
		return usage(stdout);
	if (argc < 2 || !parse(&bench, argc, argv))
		return usage(stderr);
	find_programs(&bench, "/proc/self/exe");
	for (size_t i = 0; i < countof(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return run(&bench, &commands[i]);
	return usage(stderr);
}

// SPDX-License-Identifier: Apache-2.0
#include "common/metrics_process.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 1024, STAT_START_TIME = 22 };

static void print_gauge(
	struct text *out, const char *name, const char *help, long long value)
{
	text_printf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %lld\n", name, help, name,
		name, value);
}

/* The first line of `path` that starts with `start`, or an empty one. */
static void read_line(char line[LINE_SIZE], const char *path, const char *start)
{
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file && !found && fgets(line, LINE_SIZE, file))
		found = strncmp(line, start, strlen(start)) == 0;
	if (!found)
		line[0] = '\0';
	if (file)
		(void)fclose(file);
}

static void print_memory(struct text *out)
{
	char line[LINE_SIZE];
	long long pages;

	read_line(line, "/proc/self/statm", "");
	if (sscanf(line, "%*d %lld", &pages) == 1)
		print_gauge(out, "process_resident_memory_bytes",
			"Resident memory size in bytes.",
			pages * sysconf(_SC_PAGESIZE));
}

/* Field 22 of stat is in ticks since boot; the name in field 2 may hold anything. */
static void print_start(struct text *out)
{
	char line[LINE_SIZE];
	const char *p;
	long long ticks, boot;

	read_line(line, "/proc/self/stat", "");
	p = strrchr(line, ')');
	for (int field = 2; p && field < STAT_START_TIME; field++)
		p = strchr(p + 1, ' ');
	if (!p || sscanf(p, "%lld", &ticks) != 1)
		return;
	read_line(line, "/proc/stat", "btime ");
	if (sscanf(line, "btime %lld", &boot) == 1)
		print_gauge(out, "process_start_time_seconds",
			"Start time of the process since the Unix epoch in seconds.",
			boot + ticks / sysconf(_SC_CLK_TCK));
}

static void print_fds(struct text *out)
{
	DIR *dir = opendir("/proc/self/fd");
	long long count = 0;

	if (!dir)
		return;
	for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		count += entry->d_name[0] != '.';
	(void)closedir(dir);
	print_gauge(
		out, "process_open_fds", "Number of open file descriptors.", count - 1);
}

void metrics_print_process(struct text *out)
{
	print_memory(out);
	print_start(out);
	print_fds(out);
}

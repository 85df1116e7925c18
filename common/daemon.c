// SPDX-License-Identifier: Apache-2.0
#include "common/daemon.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/stop.h"
#include "common/version.h"

static void help(const struct daemon *daemon)
{
	(void)printf("tocsin-%s: %s\n\n", daemon->name, daemon->summary);
	(void)printf("Usage: tocsin-%s [--help | --version]\n\n", daemon->name);
	(void)printf("It is set up by its environment. Each TOCSIN_X can be given as\n"
		     "TOCSIN_X_FILE, the path of a file that holds the value.\n\n");
	(void)printf("  %-37s %-28s %s\n", "variable", "default", "meaning");
	settings_print(daemon->settings, stdout);
}

static bool start(const struct daemon *daemon, struct fault *fault)
{
	enum log_level level;

	if (!settings_load(daemon->settings, daemon->config, fault))
		return false;
	if (!log_level_parse(&level, *daemon->log_level))
		return fault_set(fault, FAULT_FATAL,
			"TOCSIN_LOG_LEVEL=%s: must be debug, info, warning or error",
			*daemon->log_level);
	log_level(level);
	stop_install();
	return daemon->run(fault);
}

int daemon_main(const struct daemon *daemon, int argc, char **argv)
{
	struct fault fault = {0};
	bool good;

	log_open(daemon->name);
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		help(daemon);
		return EXIT_SUCCESS;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		(void)printf("tocsin-%s %s\n", daemon->name, TOCSIN_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc > 1) {
		(void)fprintf(stderr, "tocsin-%s: '%s' is not understood; see --help\n",
			daemon->name, argv[1]);
		return 2;
	}
	good = start(daemon, &fault);
	if (!good)
		log_fault(&fault, "stopped");
	good = good && !stop_has_failed(); /* of which the log has told */
	settings_free(daemon->settings, daemon->config);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

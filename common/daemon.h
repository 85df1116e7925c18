// SPDX-License-Identifier: Apache-2.0
// What every daemon's main() does the same: --help, --version, settings, signals, log,
// exit.
#pragma once

#include "common/settings.h"

struct daemon {
	const char *name;    /* "router"; the program is tocsin-router */
	const char *summary; /* one sentence for --help */
	const struct setting *settings;
	void *config; /* filled from settings; static memory of main.c */
	const char *const *log_level; /* into config: the setting LOG_LEVEL */

	/* Works until stop_requested(). A fault is logged and becomes exit status 1. */
	bool (*run)(struct fault *fault);
};

/* Settings every daemon has; put DAEMON_SETTINGS(struct config) into the table. */
struct daemon_config {
	char *log_level;
	char *listen; /* host:port of health, metrics and the daemon's own HTTP; port 0:
			 any */
	char *listen_file;
	char *nats_url;
	char *nats_credentials;
	char *nats_ca_file;
};

#define DAEMON_SETTINGS(TYPE, member, listen_default)                                  \
	{SETTING_TEXT, "LOG_LEVEL", "info", offsetof(TYPE, member.log_level),          \
		"debug, info, warning or error"},                                      \
		{SETTING_ADDRESS, "LISTEN", listen_default,                            \
			offsetof(TYPE, member.listen),                                 \
			"Address and port to serve HTTP on; port 0 takes a free one"}, \
		{SETTING_TEXT, "LISTEN_FILE", "", offsetof(TYPE, member.listen_file),  \
			"File to write the address in use to, once it is served"},     \
		{SETTING_URL, "NATS_URL", "nats://127.0.0.1:4222",                     \
			offsetof(TYPE, member.nats_url),                               \
			"NATS servers, separated by commas"},                          \
		{SETTING_TEXT, "NATS_CREDENTIALS", "",                                 \
			offsetof(TYPE, member.nats_credentials),                       \
			"NATS credentials file"},                                      \
	{                                                                              \
		SETTING_TEXT, "NATS_CA", "", offsetof(TYPE, member.nats_ca_file),      \
			"CA certificate file for NATS over TLS"                        \
	}

int daemon_main(const struct daemon *daemon, int argc, char **argv);

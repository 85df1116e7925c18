// SPDX-License-Identifier: Apache-2.0
// tocsin-standin: plays Slack, GitHub and a model on one address, as strictly as they
// are, for tests and for trying Tocsin out without an account anywhere.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/stop.h"
#include "tests/standin/standin.h"

enum { THREADS = 32, BODY_MAX = 8 << 20 };

static const char usage[] =
	"tocsin-standin: plays Slack (/slack/api/...), GitHub (/github/...), a model\n"
	"(/model/v1/chat/completions) and tools (/tools/<name>, /hooks/<name>).\n\n"
	"  --listen HOST:PORT      where; port 0 takes a free one (127.0.0.1:0)\n"
	"  --listen-file FILE      write the address in use there\n"
	"  --slack-token TOKEN     the bot token that is right (xoxb-standin)\n"
	"  --github-token TOKEN    the token that is right (ghs_standin)\n"
	"  --model-key KEY         the API key that is right (sk-standin)\n"
	"  --channels A,B          Slack channels that exist (any)\n"
	"  --repositories A/B,C/D  repositories that exist (any)\n"
	"  --page-size N           entries of a page of any list (3)\n"
	"  --slack-rate N          posts a second in one channel, then 429 (0: no "
	"limit)\n"
	"  --print                 print what is posted\n\n"
	"GET /_standin/state shows what it saw; POST /_standin/reset forgets it; POST\n"
	"/_standin/fail and /_standin/model say what to do next.\n";

static const struct option options[] = {
	{"listen", required_argument, NULL, 'l'},
	{"listen-file", required_argument, NULL, 'f'},
	{"slack-token", required_argument, NULL, 's'},
	{"github-token", required_argument, NULL, 'g'},
	{"model-key", required_argument, NULL, 'm'},
	{"channels", required_argument, NULL, 'c'},
	{"repositories", required_argument, NULL, 'r'},
	{"page-size", required_argument, NULL, 'n'},
	{"slack-rate", required_argument, NULL, 'R'},
	{"print", no_argument, NULL, 'p'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void take_option(struct standin_options *into, int option)
{
	const char **const texts[] = {['l'] = &into->listen,
		['f'] = &into->listen_file,
		['s'] = &into->slack_token,
		['g'] = &into->github_token,
		['m'] = &into->model_key,
		['c'] = &into->channels,
		['r'] = &into->repositories};

	if (option == 'p')
		into->print = true;
	else if (option == 'n')
		into->page_size = strtol(optarg, NULL, 10);
	else if (option == 'R')
		into->slack_rate = strtod(optarg, NULL);
	else
		*texts[option] = optarg;
}

/* -1 to go on, else the exit status. */
static int take_options(struct standin_options *into, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			(void)fputs(usage, stdout);
			return EXIT_SUCCESS;
		}
		if (option == '?')
			return 2;
		take_option(into, option);
	}
	if (optind < argc || into->page_size < 1 || into->slack_rate < 0) {
		(void)fprintf(stderr,
			"tocsin-standin: '%s' is not understood; see "
			"--help\n",
			optind < argc ? argv[optind] : "--page-size or --slack-rate");
		return 2;
	}
	return -1;
}

static bool run(const struct standin_options *wanted, struct fault *fault)
{
	struct http_server *server AUTO(http_server_stop) = NULL;
	static struct standin standin;
	struct http_server_options serving = {.listen = wanted->listen,
		.listen_file = wanted->listen_file,
		.routes = standin_routes,
		.context = &standin,
		.blocking_threads = THREADS,
		.max_body = BODY_MAX};

	standin_init(&standin, wanted);
	if (!http_server_start(&server, &serving, fault)) {
		standin_done(&standin);
		return false;
	}
	standin.address = http_server_address(server);
	log_line(LOG_INFO, "listening", "address=%s", standin.address);
	stop_wait();
	http_server_stop(TAKE(server));
	standin_done(&standin);
	return true;
}

int main(int argc, char **argv)
{
	struct standin_options wanted = {.listen = "127.0.0.1:0",
		.slack_token = "xoxb-standin",
		.github_token = "ghs_standin",
		.model_key = "sk-standin",
		.channels = "",
		.repositories = "",
		.page_size = 3};
	struct fault fault = {0};
	int status = take_options(&wanted, argc, argv);

	if (status >= 0)
		return status;
	log_open("standin");
	stop_install();
	if (run(&wanted, &fault))
		return EXIT_SUCCESS;
	log_fault(&fault, "stopped");
	return EXIT_FAILURE;
}

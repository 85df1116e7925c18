// SPDX-License-Identifier: Apache-2.0
// What the stand-in for Slack, GitHub and a model remembers. Everything is JSON, so
// that
// /_standin/state can show it as it is; one lock guards it all.
#pragma once

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>

#include "common/http/http_server.h"
#include "common/json.h"

struct standin_options {
	const char *listen, *listen_file;
	const char *slack_token, *github_token, *model_key;
	const char *channels, *repositories; /* known ones, comma separated; "": any */
	long page_size;                      /* of every list */
	double slack_rate;                   /* posts a second and channel; 0: any */
	bool print;
};

struct standin {
	struct standin_options options;
	pthread_mutex_t lock;

	/* Shown by /_standin/state. */
	json_t *messages, *comments, *model_calls, *tool_calls, *refused;
	json_t *failures;  /* what is still to go wrong */
	json_t *script;    /* the model's turns, or null */
	json_t *allowance; /* channel to {"tokens","at_ms"} */
	int64_t last_ts_us;
	long last_comment;
	const char *address; /* of the server, once it runs */
};

/* An answer to be. */
struct answer {
	int status;
	json_t *body; /* owned */
	long delay_ms;
	char retry_after[24];
	char link[512];
};

/* Fills `answer`; called with the lock held. */
typedef void (*operation)(
	struct standin *standin, struct http_request *request, struct answer *answer);

/* state.c */
void standin_init(struct standin *standin, const struct standin_options *options);
void standin_reset(struct standin *standin);
void standin_done(struct standin *standin);

/* True when `list` (comma separated) is empty or has `word`. */
bool standin_knows(const char *list, const char *word);

/* The request's body as an object the caller owns, NULL when it is none. */
json_t *standin_body(struct http_request *request);

/* Characters of UTF-8 text. */
size_t standin_characters(const char *text);

/* One line for people, when they asked for it. */
void standin_print(const struct standin *standin, const char *where, const char *text);

/* slack.c, slack_read.c */
void slack_post(struct standin *, struct http_request *, struct answer *);
void slack_update(struct standin *, struct http_request *, struct answer *);
void slack_replies(struct standin *, struct http_request *, struct answer *);
void slack_history(struct standin *, struct http_request *, struct answer *);
void slack_auth_test(struct standin *, struct http_request *, struct answer *);
void slack_unknown(struct standin *, struct http_request *, struct answer *);

/* False with ok:false in `answer` when the bearer token is missing or wrong. */
bool slack_authorised(
	struct standin *standin, struct http_request *request, struct answer *answer);
void slack_refuse(struct answer *answer, const char *error, const char *detail);
bool slack_is_ts(const char *text);

/* blocks.c: NULL when Slack would take these blocks, else its error; *detail says what.
 */
const char *blocks_refusal(const json_t *blocks, const char **detail);

/* github.c */
void github_list(struct standin *, struct http_request *, struct answer *);
void github_create(struct standin *, struct http_request *, struct answer *);
void github_edit(struct standin *, struct http_request *, struct answer *);
void github_get(struct standin *, struct http_request *, struct answer *);

/* model.c, model_check.c */
void model_complete(struct standin *, struct http_request *, struct answer *);
/* NULL when the request is well formed, else what is wrong with it. */
const char *model_refusal(const json_t *request);

/* tool.c: things to call, counted */
void tool_call(struct standin *, struct http_request *, struct answer *);

/* control.c */
void control_state(struct standin *, struct http_request *, struct answer *);
void control_reset(struct standin *, struct http_request *, struct answer *);
void control_fail(struct standin *, struct http_request *, struct answer *);
void control_script(struct standin *, struct http_request *, struct answer *);

/* failure.c */
struct failure {
	bool any;           /* something is to go wrong with this call */
	int status;         /* 0: the call is served */
	long hang_ms;       /* wait first */
	long linger_ms;     /* serve, then wait before the answer */
	bool hang_up;       /* serve, then close every connection without an answer */
	long retry_after_s; /* -1: not said */
};

/* Takes the next scripted failure for this request; called with the lock held. */
struct failure failure_take(struct standin *standin, struct http_request *request);

/* The answer of the service at `path` to a call that fails with `status`. */
void failure_answer(
	const struct failure *failure, const char *path, struct answer *answer);

/* Shuts every connection of this process's server, as a crash would. */
void failure_hang_up(const char *address);

/* routes.c */
extern const struct http_route standin_routes[];

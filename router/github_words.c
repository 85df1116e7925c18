// SPDX-License-Identifier: Apache-2.0
// A payload's fields may be missing, null or of another type: whatever is said here is
// said without them. Nothing but `text` is built; facts and places borrow.
#include "router/github_words.h"

#include <string.h>

#include "router/words.h"

enum {
	TITLE_SHOWN = 300,
	LINE_SHOWN = 200,
	BODY_SHOWN = 3000,
	COMMITS_SHOWN = 10,
	SHA_SHOWN = 7
};

struct pick {
	const char *name, *pointer;
};

static void pick_facts(
	struct finding *finding, const json_t *from, const struct pick *picks)
{
	for (; picks->name; picks++)
		finding_fact(
			finding, picks->name, json_string_at(from, picks->pointer));
}

static const char *who(const struct finding *finding)
{
	return finding->actor ? finding->actor : "somebody";
}

static void add_url(struct finding *finding, const json_t *from, const char *pointer)
{
	const char *url = json_string_at(from, pointer);

	finding_fact(finding, "url", url);
	if (url)
		text_printf(&finding->text, "\n%s", url);
}

/* The issue or pull request where the event happened, when there is one. */
static void set_place(struct finding *finding, enum place_kind kind,
	const char *repository, int64_t number)
{
	if (number <= 0 || !*repository)
		return;
	finding_fact_number(finding, "number", number);
	finding->place = (struct place){kind, .repository = repository,
		.number = number, .user = finding->actor ? finding->actor : ""};
	text_printf(&finding->session, "github:%s#%lld", repository, (long long)number);
}

/* "alice opened pull request #7 of acme/shop: Title" */
static void add_head(struct finding *finding, const json_t *object, const char *what,
	const char *repository)
{
	struct text *text = &finding->text;
	const char *action = json_string_or(finding->body, "/action", "");

	text_printf(text, "%s %s ", who(finding),
		strcmp(action, "ready_for_review") == 0 ? "marked as ready" : action);
	text_printf(text, "%s #%ld of %s: ", what,
		json_integer_or(object, "/number", 0), repository);
	words_add_line(text, json_string_at(object, "/title"), TITLE_SHOWN);
	finding_fact(finding, "title", json_string_at(object, "/title"));
}

/*
 * A build of a commit names the pull requests that have it; the first counts, unless it
 * is another repository's (a fork shares commits).
 */
static void place_of_build(
	struct finding *finding, const json_t *object, const char *repository)
{
	const json_t *pull = json_at(object, "/pull_requests/0");
	long base = json_integer_or(pull, "/base/repo/id", 0);
	long own = json_integer_or(finding->body, "/repository/id", 0);

	if (base == 0 || own == 0 || base == own)
		set_place(finding, PLACE_GITHUB_PR, repository,
			json_integer_or(pull, "/number", 0));
}

static void add_commits(struct finding *finding, const json_t *commits)
{
	size_t count = json_array_size(commits);

	for (size_t i = 0; i < count && i < COMMITS_SHOWN; i++) {
		const json_t *commit = json_array_get(commits, i);
		const char *sha = json_string_or(commit, "/id", "");

		text_printf(&finding->text, "\n- %.*s ",
			(int)words_length(sha, SHA_SHOWN), sha);
		words_add_line(
			&finding->text, json_string_at(commit, "/message"), LINE_SHOWN);
	}
	if (count > COMMITS_SHOWN)
		text_printf(&finding->text, "\n- and %zu more", count - COMMITS_SHOWN);
}

void github_describe_push(struct finding *finding, const char *repository)
{
	static const struct pick picks[] = {{"ref", "/ref"}, {"sha", "/after"},
		{"before", "/before"}, {NULL, NULL}};
	const char *ref = json_string_or(finding->body, "/ref", "");
	const json_t *commits = json_at(finding->body, "/commits");
	size_t count = json_array_size(commits);
	bool branch = strncmp(ref, "refs/heads/", 11) == 0;
	bool tag = strncmp(ref, "refs/tags/", 10) == 0;

	pick_facts(finding, finding->body, picks);
	finding_fact_number(finding, "commits", (int64_t)count);
	if (branch)
		finding_fact(finding, "branch", ref + 11);
	text_printf(&finding->text, "%s %s %zu commit%s to ", who(finding),
		json_bool_or(finding->body, "/forced", false) ? "force-pushed"
							      : "pushed",
		count, count == 1 ? "" : "s");
	text_printf(&finding->text, "%s%s of %s", tag ? "tag " : "",
		branch        ? ref + 11
			: tag ? ref + 10
			      : ref,
		repository);
	add_commits(finding, commits);
	add_url(finding, finding->body, "/compare");
	place_of_build(finding, finding->body, repository);
}

void github_describe_pull_request(struct finding *finding, const char *repository)
{
	static const struct pick picks[] = {{"branch", "/head/ref"},
		{"base", "/base/ref"}, {"sha", "/head/sha"}, {NULL, NULL}};
	const json_t *pull = json_at(finding->body, "/pull_request");

	pick_facts(finding, pull, picks);
	set_place(finding, PLACE_GITHUB_PR, repository,
		json_integer_or(pull, "/number", 0));
	add_head(finding, pull, "pull request", repository);
	text_printf(&finding->text, "\n%s into %s",
		json_string_or(
			pull, "/head/label", json_string_or(pull, "/head/ref", "?")),
		json_string_or(pull, "/base/ref", "?"));
	add_url(finding, pull, "/html_url");
	words_add_block(&finding->text, json_string_at(pull, "/body"), BODY_SHOWN);
}

void github_describe_issue(struct finding *finding, const char *repository)
{
	const json_t *issue = json_at(finding->body, "/issue");

	set_place(finding, PLACE_GITHUB_ISSUE, repository,
		json_integer_or(issue, "/number", 0));
	add_head(finding, issue, "issue", repository);
	add_url(finding, issue, "/html_url");
	words_add_block(&finding->text, json_string_at(issue, "/body"), BODY_SHOWN);
}

void github_describe_comment(struct finding *finding, const char *repository)
{
	const json_t *issue = json_at(finding->body, "/issue");
	const json_t *comment = json_at(finding->body, "/comment");
	bool pull = json_is_object(json_at(issue, "/pull_request"));

	set_place(finding, pull ? PLACE_GITHUB_PR : PLACE_GITHUB_ISSUE, repository,
		json_integer_or(issue, "/number", 0));
	finding_fact(finding, "title", json_string_at(issue, "/title"));
	if (json_is_integer(json_at(comment, "/id")))
		finding_fact_number(
			finding, "comment_id", json_integer_or(comment, "/id", 0));
	text_printf(&finding->text, "%s commented on %s #%ld of %s: ", who(finding),
		pull ? "pull request" : "issue", json_integer_or(issue, "/number", 0),
		repository);
	words_add_line(&finding->text, json_string_at(issue, "/title"), TITLE_SHOWN);
	add_url(finding, comment, "/html_url");
	words_add_block(&finding->text, json_string_at(comment, "/body"), BODY_SHOWN);
}

/* "Check build of acme/shop on branch main (0a1b2c3): failure" */
static void add_build(struct finding *finding, const json_t *object, const char *what,
	const char *repository)
{
	struct text *text = &finding->text;
	const char *sha = json_string_or(object, "/head_sha", "");
	const char *branch = json_string_at(object, "/head_branch");

	if (!branch)
		branch = json_string_at(object, "/check_suite/head_branch");
	finding_fact(finding, "branch", branch);
	text_printf(text, "%s ", what);
	words_add_line(text, json_string_at(object, "/name"), LINE_SHOWN);
	text_printf(text, " of %s on branch %s", repository, branch ? branch : "?");
	text_printf(text, " (%.*s): ", (int)words_length(sha, SHA_SHOWN), sha);
	text_add(text, json_string_or(object, "/conclusion", "?"));
	add_url(finding, object, "/html_url");
	place_of_build(finding, object, repository);
}

void github_describe_check(struct finding *finding, const char *repository)
{
	static const struct pick picks[] = {{"name", "/name"}, {"sha", "/head_sha"},
		{"conclusion", "/conclusion"}, {"details_url", "/details_url"},
		{NULL, NULL}};
	const json_t *check = json_at(finding->body, "/check_run");

	pick_facts(finding, check, picks);
	add_build(finding, check, "Check", repository);
	words_add_block(
		&finding->text, json_string_at(check, "/output/title"), TITLE_SHOWN);
	words_add_block(
		&finding->text, json_string_at(check, "/output/summary"), BODY_SHOWN);
}

void github_describe_workflow(struct finding *finding, const char *repository)
{
	static const struct pick picks[] = {{"name", "/name"}, {"sha", "/head_sha"},
		{"conclusion", "/conclusion"}, {"trigger", "/event"},
		{"logs_url", "/logs_url"}, {NULL, NULL}};
	const json_t *run = json_at(finding->body, "/workflow_run");

	pick_facts(finding, run, picks);
	if (json_is_integer(json_at(run, "/id")))
		finding_fact_number(
			finding, "workflow_run_id", json_integer_or(run, "/id", 0));
	add_build(finding, run, "Workflow", repository);
	text_printf(&finding->text, "\nRun %ld, attempt %ld, started by %s",
		json_integer_or(run, "/run_number", 0),
		json_integer_or(run, "/run_attempt", 1), who(finding));
	words_add_block(&finding->text, json_string_at(run, "/head_commit/message"),
		TITLE_SHOWN);
}

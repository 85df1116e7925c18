// SPDX-License-Identifier: Apache-2.0
// What a GitHub payload says, in words and as facts, kind by kind.
#pragma once

#include "router/finding.h"

/* Each fills text, facts and place from finding->body, whose action is of interest. */
typedef void (*github_describe)(struct finding *finding, const char *repository);

void github_describe_push(struct finding *finding, const char *repository);
void github_describe_pull_request(struct finding *finding, const char *repository);
void github_describe_issue(struct finding *finding, const char *repository);
void github_describe_comment(struct finding *finding, const char *repository);
void github_describe_check(struct finding *finding, const char *repository);
void github_describe_workflow(struct finding *finding, const char *repository);

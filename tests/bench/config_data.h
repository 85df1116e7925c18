// SPDX-License-Identifier: Apache-2.0
// The organisations that `bench config` loads: who they are follows from a number, so
// that loader and load need no list. Twenty teams to an organisation, at the fourth
// level: organisation, division, group, team. Each level says something of the
// configuration, and each team claims five identifiers.
#pragma once

#include <stddef.h>

enum {
	DATA_TEAMS = 20, /* of an organisation */
	DATA_GROUPS = 4,
	DATA_DIVISIONS = 2,
	DATA_NAME_SIZE = 24,
	DATA_TOKEN_ID_LEN = 32,
	DATA_SECRET_LEN = 43,
	DATA_TOKEN_SIZE = DATA_TOKEN_ID_LEN + 1 + DATA_SECRET_LEN + 1,
	DATA_CONFIG_SIZE = 1536,
};

/* Where team `number` (from 0) is. */
struct data_team {
	char org[DATA_NAME_SIZE], division[DATA_NAME_SIZE], group[DATA_NAME_SIZE],
		team[DATA_NAME_SIZE];
};

void data_team(struct data_team *out, long number);

/* "<id>.<secret>" */
void data_token(char out[DATA_TOKEN_SIZE], long number);

enum { DATA_CLAIMS = 5 };

struct data_claim {
	const char *type; /* "github_repo" */
	char value[48];
};

/* In the order of `types` and `routing` keys: two channels, then one of each. */
void data_claims(struct data_claim out[DATA_CLAIMS], long number);

/* What each level says; without a backslash, a tab or a line break. */
extern const char data_org_config[], data_division_config[], data_group_config[];
void data_team_config(char out[DATA_CONFIG_SIZE], long number);

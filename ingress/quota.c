// SPDX-License-Identifier: Apache-2.0
#include "ingress/quota.h"

enum { EACH_US = 1000000 / QUOTA_PER_S };

bool quota_take(struct quota *quota, int64_t now_us)
{
	if (quota->next_us < now_us)
		quota->next_us = now_us;
	if (quota->next_us - now_us > (int64_t)(QUOTA_BURST - 1) * EACH_US) {
		quota->missed++;
		return false;
	}
	quota->next_us += EACH_US;
	return true;
}

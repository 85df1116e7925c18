// SPDX-License-Identifier: Apache-2.0
#include "ingress/quota.h"

#include "common/gcra.h"

bool quota_take(struct quota *quota, int64_t now_us)
{
	static const struct gcra rule = {
		.each_us = 1000000 / QUOTA_PER_S, .burst = QUOTA_BURST};

	if (gcra_take(&rule, &quota->next_us, now_us).granted)
		return true;
	quota->missed++;
	return false;
}

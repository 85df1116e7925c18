// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "agent-worker/standard_webhook.h"

/* The vector of the Standard Webhooks libraries. */
Test(standard_webhook, signs_as_everyone_else_does)
{
	char signature[WEBHOOK_SIGNATURE_SIZE];
	struct fault fault = {0};

	cr_assert(webhook_sign(signature, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
		"msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "{\"test\": 2432232314}",
		&fault));
	cr_expect_str_eq(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

Test(standard_webhook, refuses_a_secret_that_is_none_without_showing_it)
{
	static const char *const secrets[] = {"", "whsec_", "hunter2hunter2hunter2",
		"whsec_c2hvcnQ=", "whsec_!!!notbase64!!!!!!!!!!!!!!!!!"};

	for (size_t i = 0; i < countof(secrets); i++) {
		char signature[WEBHOOK_SIGNATURE_SIZE];
		struct fault fault = {0};

		cr_expect_not(
			webhook_sign(signature, secrets[i], "id", "1", "{}", &fault),
			"case %zu", i);
		cr_expect_eq(fault.kind, FAULT_REJECT);
		cr_expect_not(strstr(fault.text, "hunter2"));
	}
}

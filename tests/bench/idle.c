// SPDX-License-Identifier: Apache-2.0
// Resident memory of each daemon with everything connected and nothing to do.
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "tests/bench/bench.h"

enum { SETTLE_MS = 3000, LIMIT_KIB = 20 * 1024, TEXT_SIZE = 512 };

static const char *const daemons[] = {"config-store", "audit-sink", "router",
	"agent-worker", "provisioner", "ingress"};

static int report(struct bench *bench, const pid_t *pids)
{
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < countof(daemons); i++) {
		long kib = resident_kib(pids[i]);

		if (kib > LIMIT_KIB || kib <= 0)
			status = EXIT_FAILURE;
		(void)json_object_set_new(bench->figures, daemons[i],
			json_pack("{s:i, s:i}", "resident_kib", (int)kib, "limit_kib",
				LIMIT_KIB));
		if (!bench->json)
			(void)printf("%-14s %6.1f MiB resident   (limit %d MiB)%s\n",
				daemons[i], (double)kib / 1024, LIMIT_KIB / 1024,
				kib > LIMIT_KIB ? "   TOO MUCH" : "");
	}
	return status;
}

int bench_idle(struct bench *bench)
{
	char nats_url[128], nats_setting[160], url[TEXT_SIZE + 64],
		database[TEXT_SIZE + 96];
	char address[64];
	pid_t nats, postgres, pids[countof(daemons)];
	int status;

	nats = start_nats(bench, nats_url, sizeof(nats_url));
	postgres = start_postgres(bench, "", url, sizeof(url));
	(void)snprintf(
		nats_setting, sizeof(nats_setting), "TOCSIN_NATS_URL=%s", nats_url);
	(void)snprintf(database, sizeof(database), "TOCSIN_DATABASE_URL=%s", url);
	for (size_t i = 0; i < countof(daemons); i++)
		pids[i] = start_daemon(bench, daemons[i],
			(const char *const[]){nats_setting, database,
				"TOCSIN_ADMIN_TOKEN=a-token-for-the-bench-only",
				"TOCSIN_GITHUB_WEBHOOK_SECRET=x", NULL},
			address, sizeof(address));
	clock_sleep_ms(SETTLE_MS);
	status = report(bench, pids);
	for (size_t i = countof(daemons); i > 0; i--)
		stop_process(pids[i - 1]);
	stop_process(postgres);
	stop_process(nats);
	return status;
}

// SPDX-License-Identifier: Apache-2.0
// The keys for secrets: some seal and open while the file of the keys is exchanged again
// and again. What is sealed always opens, whichever ring it was.
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "config-store/secrets/secrets.h"
#include "tests/threads/threads.h"

#define KEY_A "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define KEY_B "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="

enum { SEALERS = 4, EXCHANGES = 200, ENOUGH = 200 };

static const struct secrets_place place = {"acme", "sre"};
static struct secrets *secrets;
static atomic_bool stopping, turned;
static atomic_int sealed;
static char path[] = "/tmp/tocsin-threads-keys-XXXXXX";

/* Both orders have both keys, so that whatever was sealed opens. */
static bool read_keys(struct secret_list *out, struct fault *fault)
{
	bool other = atomic_load(&turned);

	(void)fault;
	out->values[0] = strdup(other ? KEY_A : KEY_B);
	out->values[1] = strdup(other ? KEY_B : KEY_A);
	out->count = 2;
	return out->values[0] && out->values[1];
}

static void *seal_and_open(void *context)
{
	(void)context;
	while (!atomic_load(&stopping)) {
		json_t *document AUTO(json_decref) =
			json_pack("{s{ss}}", "a", "$secret", "s");
		json_t *problems AUTO(json_decref) = json_array();
		struct secrets_count count = {0};
		struct fault fault = {0};

		must(secrets_seal(secrets, &place, document, NULL, problems, &fault));
		must(json_array_size(problems) == 0);
		must(secrets_renew(secrets, &place, document, &count, &fault));
		must(count.unopened == 0);
		must(secrets_reveal(secrets, &place, document, &fault));
		must(strcmp(json_string_at(document, "/a"), "s") == 0);
		atomic_fetch_add(&sealed, 1);
	}
	return NULL;
}

int main(void)
{
	static char first[] = KEY_A;
	struct fault fault = {0};
	struct crew crew;
	int fd = mkstemp(path);

	must(fd >= 0);
	must(secrets_open(&secrets, &(struct secret_list){1, {first}}, &fault));
	secrets_follow(secrets, path, read_keys);
	crew_start(&crew, SEALERS, seal_and_open, NULL);
	for (int i = 0; i < EXCHANGES || atomic_load(&sealed) < ENOUGH; i++) {
		atomic_store(&turned, i % 2 == 0);
		must(write(fd, "x", 1) == 1); /* the file looks changed */
		if (i % 3 == 0)
			must(secrets_reload(secrets, &fault));
	}
	atomic_store(&stopping, true);
	crew_join(&crew);
	secrets_close(secrets);
	(void)close(fd);
	must(unlink(path) == 0);
	return EXIT_SUCCESS;
}

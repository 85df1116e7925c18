// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL of the bench's own, on a socket in its place and nowhere else.
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/bench.h"

enum { TEXT_SIZE = 512 };

/* Debian keeps the server's programs out of the path, by version. */
static const char server_script[] =
	"set -e\n"
	"bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)\n"
	"PATH=\"$bin:$PATH\"\n"
	"initdb -D \"$1/data\" -A trust -U tocsin >/dev/null\n"
	"exec postgres -D \"$1/data\" -k \"$1\" -c listen_addresses= -c fsync=off $2\n";

/* PostgreSQL does not run as root: it gets a directory and a user of its own. */
pid_t start_postgres(
	const struct bench *bench, const char *options, char *url, size_t size)
{
	char place[TEXT_SIZE], ready[TEXT_SIZE + 32];
	const struct passwd *user = getuid() == 0 ? getpwnam("postgres") : NULL;
	char line[64];
	pid_t pid;

	(void)snprintf(place, sizeof(place), "%s/pg", bench->place);
	(void)snprintf(ready, sizeof(ready), "%s/data/postmaster.pid", place);
	if (mkdir(place, 0700) != 0)
		die("%s cannot be made", place);
	if (getuid() == 0 &&
		(!user || chmod(bench->place, 0711) != 0 ||
			chown(place, user->pw_uid, user->pw_gid) != 0))
		die("as root PostgreSQL needs the user postgres");
	pid = user ? start_program(bench, "postgres",
			     (const char *const[]){"setpriv", "--reuid=postgres",
				     "--regid=postgres", "--clear-groups", "sh", "-c",
				     server_script, "sh", place, options, NULL},
			     NULL)
		   : start_program(bench, "postgres",
			     (const char *const[]){"sh", "-c", server_script, "sh",
				     place, options, NULL},
			     NULL);
	read_when_there(ready, line, sizeof(line));
	(void)snprintf(url, size, "postgresql://tocsin@/postgres?host=%s", place);
	return pid;
}

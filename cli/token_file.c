// SPDX-License-Identifier: Apache-2.0
#include "cli/token_file.h"

#include <errno.h>
#include <string.h>

enum { TOKEN_MAX = 4096 };

static void close_file(FILE *file)
{
	if (file && file != stdin)
		(void)fclose(file);
}
DEFINE_AUTO(FILE, close_file)

bool file_read(struct cli *cli, const char *path, size_t limit, char **out, size_t *len)
{
	FILE *file AUTO(close_file) =
		strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	struct text content AUTO(text_done) = {.limit = limit};
	char buffer[4096];
	size_t got;

	if (!file)
		return cli_fail(cli, "%s: %s", path, strerror(errno));
	while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
		text_add_bytes(&content, buffer, got);
	if (ferror(file))
		return cli_fail(cli, "%s: %s", path, strerror(errno));
	if (text_failed(&content))
		return cli_fail(cli, "%s: more than %zu bytes", path, limit);
	*len = content.len;
	*out = text_take(&content);
	return *out || cli_fail(cli, "no memory");
}

static bool read_from(struct cli *cli, const char *path)
{
	size_t len;

	return file_read(cli, path, TOKEN_MAX, &cli->token, &len);
}

static bool find(struct cli *cli)
{
	const char *token = getenv("TOCSIN_ADMIN_TOKEN");
	const char *path = getenv("TOCSIN_ADMIN_TOKEN_FILE");

	if (cli->values[OPTION_TOKEN_FILE])
		return read_from(cli, cli->values[OPTION_TOKEN_FILE]);
	if (token && token[0]) {
		cli->token = strdup(token);
		return cli->token || cli_fail(cli, "no memory");
	}
	if (path && path[0])
		return read_from(cli, path);
	return cli_fail(cli,
		"no token: set TOCSIN_ADMIN_TOKEN (`source .local/env` after "
		"./quickstart)\nor name a file that holds it with --token-file");
}

bool token_file_read(struct cli *cli)
{
	if (!find(cli))
		return false;
	cli->token[strcspn(cli->token, "\r\n")] = '\0';
	if (!cli->token[0])
		return cli_fail(cli,
			"the token is empty: set TOCSIN_ADMIN_TOKEN or "
			"name a --token-file that holds one");
	return true;
}

// SPDX-License-Identifier: Apache-2.0
// The socket a server listens on, and the file that says where that is.
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/http/http_private.h"
#include "common/text.h"

DEFINE_AUTO(struct addrinfo, freeaddrinfo)

enum { BACKLOG = 4096, HOST_SIZE = 256, PORT_SIZE = 8 };

/* "host:port", "[address]:port", ":port" and "*:port" for every address. */
static bool split(char host[HOST_SIZE], char port[PORT_SIZE], const char *where)
{
	const char *colon = strrchr(where, ':');
	size_t len = colon ? (size_t)(colon - where) : 0;
	bool bracketed = len >= 2 && where[0] == '[' && where[len - 1] == ']';

	if (!colon || len >= HOST_SIZE || strlen(colon + 1) >= PORT_SIZE ||
		strspn(colon + 1, "0123456789") != strlen(colon + 1) || !colon[1] ||
		strtol(colon + 1, NULL, 10) > UINT16_MAX)
		return false;
	if (bracketed) {
		where++;
		len -= 2;
	}
	(void)snprintf(host, HOST_SIZE, "%.*s", (int)len, where);
	(void)snprintf(port, PORT_SIZE, "%s", colon + 1);
	return bracketed || !strchr(host, ':');
}

static int bind_one(const struct addrinfo *info, bool shared)
{
	int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
		(!shared ||
			setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) ==
				0) &&
		bind(fd, info->ai_addr, info->ai_addrlen) == 0 &&
		listen(fd, BACKLOG) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static void print_address(char address[HTTP_ADDRESS_SIZE], int fd)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	char host[HTTP_ADDRESS_SIZE - 10], port[PORT_SIZE];

	if (getsockname(fd, (struct sockaddr *)&name, &len) != 0 ||
		getnameinfo((struct sockaddr *)&name, len, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		address[0] = '\0';
		return;
	}
	(void)snprintf(address, HTTP_ADDRESS_SIZE,
		strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
}

bool http_listen(int *out_fd, char address[HTTP_ADDRESS_SIZE], const char *where,
	bool shared, struct fault *fault)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found AUTO(freeaddrinfo) = NULL;
	char host[HOST_SIZE], port[PORT_SIZE];
	int status, fd = -1;

	if (!split(host, port, where))
		return fault_set(fault, FAULT_FATAL,
			"listen address '%s': must be host:port, like 127.0.0.1:8080 "
			"or [::1]:8080",
			where);
	status = getaddrinfo(
		*host && strcmp(host, "*") != 0 ? host : NULL, port, &hints, &found);
	if (status != 0)
		return fault_set(fault, FAULT_FATAL, "listen address '%s': %s", where,
			gai_strerror(status));
	for (const struct addrinfo *info = found; info && fd < 0; info = info->ai_next)
		fd = bind_one(info, shared);
	if (fd < 0)
		return fault_set(fault, FAULT_FATAL, "cannot listen on %s: %s", where,
			strerror(errno));
	print_address(address, fd);
	*out_fd = fd;
	return true;
}

static bool write_line(const char *path, const char *line)
{
	FILE *file = fopen(path, "we");
	bool good;

	if (!file)
		return false;
	good = fprintf(file, "%s\n", line) > 0;
	return fclose(file) == 0 && good;
}

/* Whoever waits for the file sees it whole or not at all. */
bool http_listen_file_write(const char *path, const char *address, struct fault *fault)
{
	struct text beside AUTO(text_done) = {0};

	text_printf(&beside, "%s.%ld", path, (long)getpid());
	if (text_failed(&beside))
		return fault_set(fault, FAULT_FATAL, "%s: no memory", path);
	if (write_line(text_string(&beside), address) &&
		rename(text_string(&beside), path) == 0)
		return true;
	(void)fault_set(fault, FAULT_FATAL, "cannot write the listen file %s: %s", path,
		strerror(errno));
	(void)unlink(text_string(&beside));
	return false;
}

// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sender.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MAC_SIZE = 32, MAC_TEXT = 256, KEY_SIZE = 128, STAMP_SIZE = 32 };

const char *const sender_flaw_names[SENDER_FLAWS] = {"none", "altered body",
	"wrong secret", "missing", "empty", "doubled", "truncated", "longer",
	"wrong prefix", "upper case", "often"};

struct filled {
	const char *timestamp, *mac, *body;
};

static void fill(struct text *out, const char *text, const struct filled *with)
{
	const struct {
		const char *name, *value;
	} names[] = {
		{"$TS", with->timestamp}, {"$MAC", with->mac}, {"$BODY", with->body}};

	while (*text) {
		size_t len = 1, i = 0;

		for (; i < countof(names); i++)
			if (strncmp(text, names[i].name, strlen(names[i].name)) == 0)
				break;
		if (i < countof(names)) {
			len = strlen(names[i].name);
			text_add(out, names[i].value);
		} else {
			text_add_char(out, *text);
		}
		text += len;
	}
}

static int key_of(unsigned char *key, const struct sender *sender)
{
	static const char prefix[] = "whsec_";
	const char *text = sender->secret + sizeof(prefix) - 1;
	int len, padding = 0;

	if (!sender->base64 ||
		strncmp(sender->secret, prefix, sizeof(prefix) - 1) != 0) {
		(void)snprintf((char *)key, KEY_SIZE, "%s", sender->secret);
		return (int)strlen(sender->secret);
	}
	len = EVP_DecodeBlock(key, (const unsigned char *)text, (int)strlen(text));
	cr_assert(len > 0);
	for (const char *p = text + strlen(text) - 1; *p == '='; p--)
		padding++;
	return len - padding;
}

static void make_mac(char *out, const struct sender *sender, const char *timestamp)
{
	struct text signs AUTO(text_done) = {0};
	unsigned char key[KEY_SIZE], mac[MAC_SIZE];
	unsigned int len = 0;
	int key_len;

	if (!sender->signs) {
		(void)snprintf(out, MAC_TEXT, "%s", sender->secret);
		return;
	}
	key_len = key_of(key, sender);
	fill(&signs, sender->signs, &(struct filled){timestamp, "", sender->body});
	cr_assert(HMAC(EVP_sha256(), key, key_len,
		(const unsigned char *)text_string(&signs), signs.len, mac, &len));
	if (sender->base64) {
		(void)EVP_EncodeBlock((unsigned char *)out, mac, (int)len);
		return;
	}
	for (unsigned i = 0; i < len; i++)
		out += snprintf(out, 3, "%02x", mac[i]);
}

bool sender_can(const struct sender *sender, enum sender_flaw flaw)
{
	switch (flaw) {
	case FLAW_ALTERED_BODY:
		return sender->signs != NULL;
	case FLAW_UPPER_CASE:
		return sender->signs != NULL && !sender->base64;
	case FLAW_OFTEN: /* more than a list may hold; where the MAC ends the line */
		return sender->signs && strstr(sender->headers, "$MAC\r\n");
	default:
		return true;
	}
}

static void spoil_mac(char *mac, enum sender_flaw flaw)
{
	size_t len = strlen(mac);

	if (flaw == FLAW_TRUNCATED || flaw == FLAW_EMPTY)
		mac[flaw == FLAW_EMPTY ? 0 : len - 1] = '\0';
	if (flaw == FLAW_LONGER)
		(void)snprintf(mac + len, MAC_TEXT - len, "0");
	for (char *p = mac; flaw == FLAW_UPPER_CASE && *p; p++)
		*p = (char)toupper((unsigned char)*p);
	if (flaw == FLAW_WRONG_SECRET)
		mac[0] = mac[0] == 'A' ? 'B' : 'A';
}

/* The value of a line: what is behind "Name: ". */
static void add_spoiled(
	struct text *out, const char *line, size_t len, enum sender_flaw flaw)
{
	size_t name = (size_t)((const char *)memchr(line, ':', len) - line) + 2;

	if (flaw == FLAW_MISSING)
		return;
	text_add_bytes(out, line, name);
	if (flaw == FLAW_EMPTY)
		len = name;
	for (int i = 0; flaw == FLAW_OFTEN && i < 40; i++)
		text_printf(out, "%.*sx%c", (int)(len - name), line + name,
			strchr(line, ',') ? ',' : ' ');
	text_add_bytes(out, line + name, len - name);
	text_add(out, "\r\n");
	if (flaw == FLAW_DOUBLED) {
		text_add_bytes(out, line, len);
		text_add(out, "\r\n");
	}
}

static void add_headers(struct text *out, const struct sender *sender,
	enum sender_flaw flaw, const struct filled *with)
{
	text_printf(out, "Content-Type: %s\r\n", sender->type);
	for (const char *line = sender->headers; *line;) {
		size_t len = strcspn(line, "\r");
		struct text one AUTO(text_done) = {0};
		char *copy AUTO(free) = strndup(line, len);
		char *mac = strstr(copy, "$MAC");

		/* "v1=$MAC" becomes "v1x$MAC", and a bare "$MAC" "x$MAC". */
		if (mac && flaw == FLAW_WRONG_PREFIX)
			mac[-1] = 'x';
		fill(&one, copy, with);
		if (strstr(copy, "$MAC")) {
			add_spoiled(out, text_string(&one), one.len, flaw);
		} else {
			text_add(out, text_string(&one));
			text_add(out, "\r\n");
		}
		line += len + 2;
	}
}

void sender_write(struct exchange *exchange, const struct sender *sender,
	enum sender_flaw flaw, const char *timestamp)
{
	struct text headers AUTO(text_done) = {0}, body AUTO(text_done) = {0};
	char mac[MAC_TEXT], now[STAMP_SIZE], line[128];

	(void)snprintf(now, sizeof(now), "%ld", (long)time(NULL));
	if (!timestamp)
		timestamp = now;
	make_mac(mac, sender, timestamp);
	spoil_mac(mac, flaw);
	add_headers(
		&headers, sender, flaw, &(struct filled){timestamp, mac, sender->body});
	text_add(&body, sender->body);
	if (flaw == FLAW_ALTERED_BODY)
		text_add(&body, strchr(sender->type, 'j') ? " " : "&x=1");
	(void)snprintf(line, sizeof(line), "POST %s", sender->path);
	request_write(&exchange->request, line, text_string(&headers),
		text_string(&body), body.len);
}

void sender_headers(struct text *out, const struct sender *sender)
{
	char mac[MAC_TEXT], now[STAMP_SIZE];

	(void)snprintf(now, sizeof(now), "%ld", (long)time(NULL));
	make_mac(mac, sender, now);
	add_headers(out, sender, FLAW_NONE, &(struct filled){now, mac, sender->body});
}

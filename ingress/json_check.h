// SPDX-License-Identifier: Apache-2.0
// Whether bytes are JSON (RFC 8259, UTF-8), without building anything: the ingress must
// not pay for a tree that only the router needs. Compared with jansson by a fuzz
// target.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { JSON_CHECK_DEPTH_MAX = 512 };

/* False for anything but one whole value with optional white space around it. */
bool json_check(const void *bytes, size_t len);

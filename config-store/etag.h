// SPDX-License-Identifier: Apache-2.0
// Conditions of RFC 9110: lists of entity tags in If-Match and If-None-Match. Pure.
#pragma once

#include <stdbool.h>

/*
 * Whether `list` is "*" or names `tag`, which is written here without its quotes. A weak
 * tag (W/"…") in the list counts only when `weak`: If-None-Match compares so, If-Match
 * does not. False for NULL and "".
 */
bool etag_listed(const char *list, const char *tag, bool weak);

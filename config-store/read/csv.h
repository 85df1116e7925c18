// SPDX-License-Identifier: Apache-2.0
// CSV as RFC 4180 has it, for programs and for spreadsheets.
#pragma once

#include "common/text.h"

/*
 * Appends one cell, after a comma when it is not the `first` of its line. NULL is an
 * empty cell. What a spreadsheet would take for a formula (it begins with = + - @, a tab
 * or a carriage return) gets an apostrophe in front, which such programs do not show.
 */
void csv_cell(struct text *out, const char *value, bool first);

/* Ends the line. */
void csv_end(struct text *out);

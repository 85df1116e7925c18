// SPDX-License-Identifier: Apache-2.0
// The numbered SQL files of migrations/, embedded by common/embed_sql.py.
#pragma once

#include "common/migrate.h"

extern const struct migration audit_migrations[];

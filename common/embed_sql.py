#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns numbered SQL files into a C table of struct migration.

Usage: embed_sql.py OUTPUT.c TABLE_NAME FILE.sql...
"""
import pathlib
import sys


def literal(text):
    lines = text.split("\n")
    quoted = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return "\n".join(f'\t\t"{line}\\n"' for line in quoted)


def main():
    output, table, *files = sys.argv[1:]
    rows = [
        f'\t{{"{pathlib.Path(name).stem}",\n{literal(pathlib.Path(name).read_text())}}},'
        for name in sorted(files)
    ]
    pathlib.Path(output).write_text(
        '#include "common/migrate.h"\n\n'
        f"extern const struct migration {table}[];\n\n"
        f"const struct migration {table}[] = {{\n" + "\n".join(rows) + "\n\t{NULL, NULL},\n};\n"
    )


main()

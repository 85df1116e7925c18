#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns a text file into a C string.

Usage: embed_file.py OUTPUT.c NAME FILE
"""
import pathlib
import sys


def main():
    output, name, file = sys.argv[1:]
    lines = pathlib.Path(file).read_text().splitlines()
    quoted = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    body = "\n".join(f'\t"{line}\\n"' for line in quoted)
    pathlib.Path(output).write_text(
        f"extern const char {name}[];\n\nconst char {name}[] =\n{body};\n"
    )


main()

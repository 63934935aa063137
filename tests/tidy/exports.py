#!/usr/bin/env python3
"""Compares what libkreel.so exports with tests/tidy/exports.txt.

exports.py LIBRARY            prints the difference, exit 1
exports.py LIBRARY --update   writes the list anew
"""

import pathlib
import subprocess
import sys

LIST = pathlib.Path(__file__).with_name("exports.txt")


def exported(library):
    """Names of the kreel namespace; instances of the standard library's templates are not ours."""
    out = subprocess.run(["nm", "-DC", "--defined-only", library], check=True, text=True,
                         capture_output=True).stdout
    names = set()
    for line in out.splitlines():
        name = line.split(" ", 2)[2]
        if "kreel::" in name and not name.startswith(("std::", "void std::", "bool std::")):
            names.add(name)
    return names


def main():
    have = exported(sys.argv[1])
    if "--update" in sys.argv:
        LIST.write_text("\n".join(sorted(have)) + "\n", encoding="utf-8")
        return 0
    want = set(LIST.read_text(encoding="utf-8").split("\n")) - {""}
    for name in sorted(have - want):
        print(f"new: {name}")
    for name in sorted(want - have):
        print(f"gone: {name}")
    if have != want:
        print(f"if this is meant: {sys.argv[0]} {sys.argv[1]} --update")
    return 0 if have == want else 1


if __name__ == "__main__":
    sys.exit(main())

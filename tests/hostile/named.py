#!/usr/bin/env python3
"""Each mistake of README.md's table, which others had, stands in the name of a test or in what a script says that it
does.

  named.py"""

import ast
import pathlib
import re

HERE = pathlib.Path(__file__).parent
NAME = r"CVE-\d+-\d+|KAFKA-\d+|librdkafka#\d+"


def names_of_tests(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".cpp":
        return " ".join(re.findall(r'TEST_CASE\(\s*"([^"]*)"', text))
    if path.suffix == ".ktest":
        return " ".join(re.findall(r"^== (.*)$", text, re.M))
    return ast.get_docstring(ast.parse(text)) or ""


def main():
    wanted = set(re.findall(NAME, (HERE / "README.md").read_text(encoding="utf-8")))
    found = set()
    for path in HERE.parent.rglob("*"):
        if path.suffix in (".cpp", ".ktest", ".py") and path != pathlib.Path(__file__):
            found |= set(re.findall(NAME, names_of_tests(path)))
    assert len(wanted) > 15, wanted
    assert wanted <= found, f"in no test's name: {sorted(wanted - found)}"
    print(f"{len(wanted)} named mistakes")


main()

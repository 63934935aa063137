#!/usr/bin/env python3
"""Each source includes what it uses: it compiles alone, without the precompiled header.

    tests/tidy/includes.py BUILD      a configured build directory of the kind dev
"""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys


def alone(command):
    """The command line without the launcher, the precompiled header and code generation."""
    words = shlex.split(command)
    words = words[next(i for i, word in enumerate(words) if word.endswith("c++")):]
    kept = []
    for before, word in zip([""] + words, words):
        if "-include" not in (before, word):
            kept.append(word)
    return kept + ["-fsyntax-only"]


def first_errors(entry):
    done = subprocess.run(alone(entry["command"]), cwd=entry["directory"], capture_output=True,
                          text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    return errors[:3] if done.returncode else []


def main():
    with open(os.path.join(sys.argv[1], "compile_commands.json"), encoding="utf-8") as file:
        entries = [entry for entry in json.load(file) if "/build/" not in entry["file"]]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for errors in pool.map(first_errors, entries):
            failures += bool(errors)
            print("\n".join(errors), end="\n" if errors else "")
    print(f"{len(entries)} sources, {failures} that do not compile alone")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Writes what kreel says of itself into the tree: man pages, completions and JSON schemas.

  packaging/docs.py KREEL            writes them; build/release/kreel, say
  packaging/docs.py KREEL --check    names those that are not what KREEL says, and ends with 1"""

import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
COMPLETIONS = {"bash": "completions/kreel.bash", "zsh": "completions/_kreel", "fish": "completions/kreel.fish"}


def documents(kreel):
    """Each file's path in the tree, with its text."""
    def said(*words):
        return subprocess.run([kreel, *words], check=True, capture_output=True, timeout=60, encoding="utf-8").stdout

    yield "man/kreel.1", said("man")
    commands = [item["name"].split() for item in json.loads(said("help", "--json"))["items"]]
    for noun in sorted({words[0] for words in commands if len(words) > 1}):
        yield f"man/kreel-{noun}.1", said("man", noun)
    for words in commands:
        yield f"man/kreel-{'-'.join(words)}.1", said("man", *words)
    for shell, path in COMPLETIONS.items():
        yield path, said("completion", shell)
    for kind in said("help", "--schema").split():
        schema = json.loads(said("help", "--schema", kind))
        yield f"man/schemas/{kind}.json", json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kreel", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    wanted = {ROOT / path: text for path, text in documents(arguments.kreel.resolve())}
    there = {*ROOT.glob("man/*.1"), *ROOT.glob("man/schemas/*.json")}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    left_over = sorted(there - set(wanted))
    if arguments.check:
        for path in stale + left_over:
            print(f"{path.relative_to(ROOT)} is not what kreel says: python3 packaging/docs.py KREEL")
        print(f"{len(wanted)} files, {len(stale)} stale, {len(left_over)} left over")
        return 1 if stale or left_over else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8")
    for path in left_over:
        path.unlink()
    print(f"{len(wanted)} files, {len(stale)} written, {len(left_over)} removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The man pages, completions and schemas in the tree are what kreel says now; mandoc finds nothing to complain of; all
cross-references lead somewhere; kreel(7) has the exit codes that kreel has.

  man_pages.py --kreel PATH"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAN = ROOT / "man"
PAGES = sorted([*MAN.glob("*.1"), *MAN.glob("*.7")])
# Of other packages.
ELSEWHERE = {"sh.1"}
# Style: the pages are not installed where the test runs, and lines of a literal display are as long as they are.
UNAVOIDABLE = re.compile(r"referenced manual not found|input text line longer than 80 bytes|outdated mandoc.db")


def the_tree_is_current(kreel):
    done = subprocess.run([sys.executable, "-B", ROOT / "packaging" / "docs.py", kreel, "--check"],
                          capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def mandoc_has_nothing_to_say(_kreel):
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", *PAGES], capture_output=True, text=True,
                          check=False, timeout=120)
    found = [line for line in (done.stdout + done.stderr).splitlines() if not UNAVOIDABLE.search(line)]
    assert not found, "\n".join(found)


def cross_references_lead_somewhere(_kreel):
    names = {page.name for page in PAGES} | ELSEWHERE
    for page in PAGES:
        for name, section in re.findall(r"^(?:\.Xr|\.It Xr|\.Pq see Xr) (\S+) (\d)", page.read_text(), re.M):
            assert f"{name}.{section}" in names, f"{page.name}: {name}({section}) does not exist"


def every_command_has_a_page(kreel):
    told = subprocess.run([kreel, "help", "--json"], check=True, capture_output=True, timeout=60).stdout
    for item in json.loads(told)["items"]:
        page = MAN / f"kreel-{item['name'].replace(' ', '-')}.1"
        shown = subprocess.run(["mandoc", "-T", "ascii", page], check=True, capture_output=True, timeout=60).stdout
        text = re.sub(rb".\x08", b"", shown).decode()
        for option in item["options"] + item["shared_options"]:
            if option["help"]:
                assert option["names"][-1] in text, f"{page.name}: no {option['names'][-1]}"
        # What stands there can be pasted.
        flat = " ".join(text.split())
        for example in item["examples"]:
            assert " ".join(example["command"].split()) in flat, f"{page.name}: no {example['command']}"


def exit_codes_are_those_of_kreel(kreel):
    told = subprocess.run([kreel, "errors", "--exit", "-o", "json"], check=True, capture_output=True,
                          timeout=60).stdout
    codes = {str(item["code"]): item["meaning"] for item in json.loads(told)["items"]}
    section = re.search(r"^\.Sh EXIT STATUS\n(.*?)^\.El", (MAN / "kreel.7").read_text(), re.M | re.S)[1]
    assert dict(re.findall(r"^\.It (\d+)\n(.*)$", section, re.M)) == codes


TESTS = (the_tree_is_current, mandoc_has_nothing_to_say, cross_references_lead_somewhere, every_command_has_a_page,
         exit_codes_are_those_of_kreel)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kreel", required=True, type=pathlib.Path)
    kreel = parser.parse_args().kreel.resolve()
    for test in TESTS:
        print(test.__name__.replace("_", " "))
        test(kreel)
    return 0


if __name__ == "__main__":
    sys.exit(main())

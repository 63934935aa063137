#!/usr/bin/env python3
"""Checks of the tree that no compiler makes: layers, banned calls, lengths, stray names.

tidy.py          checks the checkout that it stands in; prints one line per finding, exit 1
tidy.py --self   checks the checks on small examples
"""

import pathlib
import re
import sys

import unity_names

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A folder of libcli may include itself and folders with a smaller number, and what is named here.
LAYERS = {
    "base": 0, "metrics": 1, "protocol": 1, "fs": 1, "storage": 2, "security": 2,
    "catalog": 3, "coordinator": 3, "client": 3, "broker": 4, "net": 5, "server": 6,
}
NOT_BELOW = {"server": {"client"}, "net": {"client"}, "broker": {"client"}}

TOP_LEVEL = {"CMakeLists.txt", "apps", "libcli", "tests", "completions", "man", "packaging",
             "README.md"}

# (pattern, where it is allowed, what to do instead)
BANNED = [
    (r"\bstd::(stoi|stol|stoll|stod|stoul|stoull)\b", r"^$", "parse_int64() of base/text.hpp"),
    (r"#include <regex>", r"^$", "RE2: std::regex overflows the stack"),
    (r"(?<![\w:.])(::)?(fsync|fdatasync|syncfs)\(", r"^libcli/fs/|^tests/|^apps/cli/",
     "fs::File::sync_data(), FileSystem::sync_directory()"),
    (r"\bsystem_clock::now\b", r"^libcli/base/clock\.cpp|^apps/main\.cpp|^tests/|^libcli/client/",
     "Clock of base/clock.hpp"),
    (r"\b(sprintf|strcpy|strcat|gets)\(", r"^$", "fmt::format()"),
    (r"#include <iostream>", r"^apps/main\.cpp|^tests/", "the streams of apps/cli/streams.hpp"),
    (r"#include [<\"]asio", r"^libcli/net/", "Executor of base/executor.hpp: Asio stays in net/"),
    (r"#include <CLI/", r"^apps/cli/parse\.cpp", "apps/cli/command.hpp: CLI11 is costly to include"),
    (r"#include <librdkafka", r"^libcli/client/.*\.(cpp|hpp)$|^tests/", "kreel/producer.hpp, consumer.hpp"),
    (r"\bco_await\b", r"^tests/tidy/", "callbacks: g++ 12 destroys temporaries in co_await statements twice"),
    (r"\b(TODO|FIXME|XXX)\b", r"^tests/tidy/", "finish it, or say it in the notes"),
    (r"doctest::skip|DISABLED_|WILL_FAIL", r"^tests/tidy/", "a test that runs"),
]
CODE = {".cpp", ".hpp", ".def"}
LINES_MAX = 500
COLUMNS_MAX = 100


def tracked_files(root):
    for top in ("apps", "libcli", "tests", "packaging"):
        for path in sorted((root / top).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def check_layers(name, text):
    """An include of libcli/<own>/x may name folders of smaller layers only."""
    parts = name.split("/")
    if parts[0] != "libcli" or parts[1] not in LAYERS:
        return
    own = parts[1]
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'#include "(\w+)/', line)
        if not found or found.group(1) not in LAYERS:
            continue
        other = found.group(1)
        below = LAYERS[other] < LAYERS[own] and other not in NOT_BELOW.get(own, ())
        if other != own and not below:
            yield f"{name}:{number}: {own} may not include {other}"


def check_apps(name, text):
    if not name.startswith("apps/"):
        return
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'#include "(\w+)/', line)
        if found and found.group(1) not in {"cli", "commands", "kafka"}:
            yield f"{name}:{number}: apps sees libcli through <kreel/...> alone"


def check_banned(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, allowed, instead in BANNED:
            if re.search(pattern, line) and not re.search(allowed, name):
                yield f"{name}:{number}: {pattern.strip()} is banned; use {instead}"


def check_lengths(name, text):
    lines = text.splitlines()
    if len(lines) > LINES_MAX and not name.endswith(".def"):
        yield f"{name}: {len(lines)} lines; what second thing does it do? (at most {LINES_MAX})"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX and not name.endswith(".def"):
            yield f"{name}:{number}: {len(line)} columns (at most {COLUMNS_MAX})"


def check_header(name, text):
    if name.endswith(".hpp") and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield f"{name}: no #pragma once"


def check_top_level(root):
    for path in sorted(root.iterdir()):
        if path.name.startswith((".", "LICENSE")) or path.name == "build":
            continue
        if path.name not in TOP_LEVEL:
            yield f"{path.name}: not a top-level name of this tree"


def check_public_headers(root):
    headers = list((root / "libcli" / "include" / "kreel").glob("*.hpp"))
    if len(headers) > 28:
        yield f"libcli/include/kreel: {len(headers)} headers (at most 28)"


CODE_CHECKS = [check_layers, check_apps, check_banned, check_lengths, check_header]


def findings(root):
    yield from check_top_level(root)
    yield from check_public_headers(root)
    yield from unity_names.findings((str(path.relative_to(root)), path.read_text(encoding="utf-8"))
                                    for path in tracked_files(root) if path.suffix == ".cpp")
    for path in tracked_files(root):
        if path.suffix not in CODE:
            continue
        name = str(path.relative_to(root))
        text = path.read_text(encoding="utf-8")
        for check in CODE_CHECKS:
            yield from check(name, text)


def self_test():
    bad = [
        (check_layers, "libcli/fs/x.cpp", '#include "storage/log.hpp"\n'),
        (check_layers, "libcli/coordinator/x.cpp", '#include "catalog/catalog.hpp"\n'),
        (check_apps, "apps/commands/x.cpp", '#include "base/log.hpp"\n'),
        (check_banned, "libcli/storage/x.cpp", "  ::fsync(fd);\n"),
        (check_banned, "libcli/broker/x.cpp", "#include <asio/ip/tcp.hpp>\n"),
        (check_banned, "libcli/broker/x.cpp", "int n = std::stoi(text);\n"),
        (check_banned, "apps/cli/x.cpp", "// TODO: later\n"),
        (check_lengths, "apps/cli/x.cpp", "x\n" * 501),
        (check_header, "libcli/base/x.hpp", "#include <vector>\n"),
    ]
    good = [
        (check_layers, "libcli/broker/x.cpp", '#include "storage/log.hpp"\n'),
        (check_banned, "libcli/fs/x.cpp", "  ::fsync(fd);\n"),
    ]
    block = "namespace {\n\nint f(%s) {\n  return 0;\n}\n\n}  // namespace\n"
    sources = [("libcli/fs/a.cpp", block % "int a"), ("libcli/fs/b.cpp", block % "int b"),
               ("libcli/fs/c.cpp", block % "long c"), ("libcli/net/d.cpp", block % "int d")]
    clashes = list(unity_names.findings(sources))
    if len(clashes) != 1 or not clashes[0].startswith("libcli/fs/b.cpp: f()"):
        return [f"names that clash in a unity build: {clashes}"]
    failed = [f"not found: {text!r}" for check, name, text in bad if not list(check(name, text))]
    failed += [f"wrongly found: {text!r}" for check, name, text in good if list(check(name, text))]
    return failed


def main():
    found = self_test() or list(findings(ROOT))
    for line in found:
        print(line)
    print(f"{len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

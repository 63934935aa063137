#!/usr/bin/env python3
"""The tarball for systems that are not Debian: made twice with equal bytes, looked into, and used in a root that holds
nothing but the C library.

  tarball_test.py --build DIR"""

import argparse
import os
import pathlib
import re
import shutil
import sys
import tempfile

from packages import ROOT, in_root, make_tarball, output_of, run_tests

# What every Linux has.
OF_THE_SYSTEM = {"libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}
STATIC = ("librdkafka", "libssl", "libcrypto", "libzstd", "liblz4", "libsnappy", "libre2", "libcjose")
ROOTS = "etc/pki/tls/certs/ca-bundle.crt"  # where Fedora has them, and Debian's OpenSSL does not look


def binaries(tree):
    return [tree / "bin/kreel", *sorted((tree / "lib").iterdir())]


def needed(binary):
    return set(re.findall(r"NEEDED +(\S+)", output_of("objdump", "-p", binary)))


def it_is_the_same_each_time(tarball, _tree, build, folder):
    assert make_tarball(build, folder / "again").read_bytes() == tarball.read_bytes()


def it_brings_what_it_asks_for(_tarball, tree, _build, _folder):
    there = {path.name for path in (tree / "lib").iterdir()}
    for binary in binaries(tree):
        missing = needed(binary) - there - OF_THE_SYSTEM
        assert not missing, f"{binary.name} asks for {missing}"
    assert {"libjq.so.1", "libncursesw.so.6"} <= there, "what is loaded by name is not there"


def what_debian_has_archives_of_is_part_of_the_program(_tarball, tree, _build, _folder):
    for name in {*needed(tree / "bin/kreel"), *(path.name for path in (tree / "lib").iterdir())}:
        assert not name.startswith(STATIC), f"{name} is linked dynamically"
    assert "libz.so.1" not in needed(tree / "bin/kreel")


def the_program_is_linked_against_overwrites(_tarball, tree, _build, _folder):
    told = output_of("readelf", "--wide", "--file-header", "--program-headers", "--dynamic", tree / "bin/kreel")
    assert re.search(r"Type: +DYN", told) and re.search(r"FLAGS_1.*NOW.*PIE", told) and "GNU_RELRO" in told, told
    assert re.search(r"GNU_STACK .* RW +0x", told) and "TEXTREL" not in told, told


def it_says_nothing_of_where_it_was_built(_tarball, tree, _build, _folder):
    assert "RPATH" in output_of("readelf", "--dynamic", tree / "bin/kreel")
    assert os.fsencode(ROOT) not in (tree / "bin/kreel").read_bytes()


def it_runs_with_the_c_library_that_is_documented(_tarball, tree, _build, _folder):
    versions = [tuple(map(int, found.split("."))) for binary in binaries(tree)
                for found in re.findall(r"GLIBC_([0-9.]+)", output_of("objdump", "-T", binary))]
    least = ".".join(map(str, max(versions)))
    print(f"     glibc {least} or newer")
    assert f"glibc {least}" in (ROOT / "README.md").read_text(encoding="utf-8")


def each_part_comes_with_its_licence(_tarball, tree, _build, _folder):
    licences = {path.name for path in (tree / "share/doc/kreel/licences").iterdir()}
    assert {"librdkafka-dev", "libssl-dev", "libre2-dev", "libfmt9", "libstdc++6", "libjq1"} <= licences, licences


def empty_root(tree, folder):
    """The tarball below /kreel, and the C library of this machine."""
    root = folder / "root"
    for name in ("tmp", "proc"):
        (root / name).mkdir(parents=True)
    shutil.copytree(tree, root / "kreel")
    interpreter = re.search(r"interpreter: (\S+)\]", output_of("readelf", "--program-headers", tree / "bin/kreel"))[1]
    loaded = re.findall(r"(/\S+/lib[cm]\.so\.6)", output_of("ldd", tree / "bin/kreel"))
    assert len(loaded) == 2, loaded
    for path in (interpreter, *loaded):
        to = root / path.lstrip("/")
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, to)
    return root


def run_in(root, *command):
    # The loader asks /proc where the program lies, and this variable where there is no /proc.
    environment = {"PATH": os.environ["PATH"], "HOME": "/tmp", "LD_ORIGIN_PATH": "/kreel/bin"}
    return output_of(*in_root(root, "/kreel/bin/kreel", *command), env=environment)


def it_runs_with_nothing_but_the_c_library(_tarball, tree, build, folder):
    root = empty_root(tree, folder)
    assert run_in(root, "--version") == output_of(build / "kreel", "--version")
    told = run_in(root, "demo")
    assert "kreel errors" in told and "offsets rewind demo" in told, told
    serve = ("serve", "--ephemeral", "--topics", "t:1", "--", "/kreel/bin/kreel")
    run_in(root, *serve, "consume", "t", "--until", "end", "--where", ".value == \"x\"")
    # Both clients, kreel's own and librdkafka, trust whom the system trusts.
    run_in(root, "certs", "gen", "--host", "127.0.0.1", "--out", "/tmp/certs")
    (root / ROOTS).parent.mkdir(parents=True)
    shutil.copy(root / "tmp/certs/ca.crt", root / ROOTS)
    serve = (*serve[:-2], "--tls", "/tmp/certs", *serve[-2:])
    run_in(root, *serve, "topics", "list", "--tls")
    run_in(root, *serve, "consume", "t", "--until", "end", "--tls")


TESTS = (it_is_the_same_each_time, it_brings_what_it_asks_for, what_debian_has_archives_of_is_part_of_the_program,
         the_program_is_linked_against_overwrites, it_says_nothing_of_where_it_was_built,
         it_runs_with_the_c_library_that_is_documented, each_part_comes_with_its_licence,
         it_runs_with_nothing_but_the_c_library)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    build = parser.parse_args().build.resolve()
    with tempfile.TemporaryDirectory(prefix="kreel-tarball-") as name:
        folder = pathlib.Path(name)
        tarball = make_tarball(build, folder / "first")
        print(tarball.name, tarball.stat().st_size // 1024, "KiB")
        output_of("tar", "-C", folder, "-xf", tarball)
        run_tests(TESTS, tarball, folder / tarball.name.removesuffix(".tar.gz"), build, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The Debian packages: made twice with equal bytes, checked by lintian, unpacked into a fresh directory, used there.

  package_test.py --build DIR     exit 77 without lintian"""

import argparse
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from packages import ROOT, make_debs, output_of, run_tests

EXPECTED = {"./usr/bin/kreel", "./usr/lib/systemd/system/kreel.service", "./usr/lib/sysusers.d/kreel.conf",
            "./etc/kreel/server.properties", "./usr/share/doc/kreel/copyright", "./usr/share/doc/kreel/changelog.gz",
            "./usr/share/doc/kreel/tutorial.md", "./usr/share/doc/kreel/security.md",
            "./usr/share/bash-completion/completions/kreel",
            "./usr/share/zsh/vendor-completions/_kreel", "./usr/share/fish/vendor_completions.d/kreel.fish"}


def they_are_the_same_each_time(program, links, build, folder):
    for first, again in zip((program, links), make_debs(build, folder / "again")):
        assert again.read_bytes() == first.read_bytes(), first.name


def lintian_finds_no_error(program, links, _build, _folder):
    found = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", program, links], capture_output=True,
                           text=True, check=False, timeout=240)
    print("     " + found.stdout.replace("\n", "\n     ").rstrip())
    assert found.returncode == 0, found.stdout + found.stderr
    assert "no-manual-page" not in found.stdout, found.stdout


def it_holds_what_it_should(program, _links, _build, _folder):
    files = {line.split()[5] for line in output_of("dpkg-deb", "-c", program).splitlines()}
    assert EXPECTED <= files, EXPECTED - files
    pages = {f"./usr/share/man/man{page.suffix[1:]}/{page.name}.gz"
             for page in (ROOT / "man").iterdir() if page.suffix in (".1", ".7")}
    schemas = {f"./usr/share/kreel/schemas/{schema.name}" for schema in (ROOT / "man" / "schemas").iterdir()}
    assert pages and schemas and pages | schemas <= files, (pages | schemas) - files
    assert any(re.search(r"/libkreel\.so\.0$", name) for name in files)
    assert not any("build" in name for name in files), files
    control = output_of("dpkg-deb", "-I", program)
    # All that the binaries are linked with is named by shlibdeps; libjq is loaded when it is used.
    for wanted in ("librdkafka1", "libssl3", "libjq1", "libre2-9", "libcjose0", "libisal2"):
        assert wanted in control, f"{wanted} is not among {control}"


def the_links_lead_to_the_program(program, links, _build, _folder):
    listed = [line.split(None, 5)[5] for line in output_of("dpkg-deb", "-c", links).splitlines() if line[0] == "l"]
    leads = dict(line.split(" -> ") for line in listed)
    tools = {name for name in leads if name.startswith("./usr/bin/")}
    assert {"./usr/bin/kafka-topics", "./usr/bin/kafka-topics.sh", "./usr/bin/kafka-run-class.sh"} <= tools, tools
    assert {leads[name] for name in tools} == {"kreel"}
    for name in (tool.removeprefix("./usr/bin/") for tool in tools):
        assert leads[f"./usr/share/bash-completion/completions/{name}"] == "kreel"
        assert leads[f"./usr/share/fish/vendor_completions.d/{name}.fish"] == "kreel.fish"
    version = output_of("dpkg-deb", "-f", program, "Version").strip()
    said = {field: output_of("dpkg-deb", "-f", links, field).strip()
            for field in ("Depends", "Architecture", "Conflicts")}
    assert said == {"Depends": f"kreel (= {version})", "Architecture": "all",
                    "Conflicts": "confluent-kafka, confluent-server"}, said


def it_works_from_a_fresh_directory(program, _links, _build, folder):
    root = folder / "root"
    output_of("dpkg-deb", "-x", program, root)
    libraries = next(root.rglob("libkreel.so.0")).parent
    kreel = root / "usr/bin/kreel"
    needed = output_of("objdump", "-p", kreel)
    assert "RUNPATH" not in needed and "RPATH" not in needed, "it looks for its library where it was built"
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LD_LIBRARY_PATH": str(libraries)}
    told = output_of(kreel, "demo", env=environment)
    assert "rewind" in told, told
    page = gzip.decompress((root / "usr/share/man/man1/kreel.1.gz").read_bytes())
    assert page.decode() == output_of(kreel, "man", env=environment), "the page is another kreel's"


TESTS = (they_are_the_same_each_time, lintian_finds_no_error, it_holds_what_it_should, the_links_lead_to_the_program,
         it_works_from_a_fresh_directory)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    build = parser.parse_args().build.resolve()
    if shutil.which("lintian") is None:
        print("skipped: no lintian")
        return 77
    with tempfile.TemporaryDirectory(prefix="kreel-package-") as name:
        folder = pathlib.Path(name)
        program, links = make_debs(build, folder / "first")
        for package in (program, links):
            print(package.name, package.stat().st_size // 1024, "KiB")
        run_tests(TESTS, program, links, build, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())

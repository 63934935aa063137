#!/usr/bin/env python3
"""A Debian 12 with nothing installed: the tarball runs there; the packages are installed, used, removed and purged.

  clean_root_test.py --build DIR     exit 77 where debootstrap or Debian's mirror is out of reach, or without root;
                                     KREEL_REQUIRE_INTEROP=1 makes that a failure"""

import argparse
import os
import pathlib
import sys
import tempfile

from clean_root import clean_root, fetch
from packages import make_debs, make_tarball, output_of, run_tests

DATA = "/var/lib/kreel"
SERVE = ("runuser", "-u", "kreel", "--", "kreel", "serve", "--config-file", "/etc/kreel/server.properties",
         "--data-dir", DATA, "--listen", "127.0.0.1:0", "--", "sh", "-ec")


def the_tarball_runs_where_none_of_its_libraries_is(root, made):
    known = root.run("ldconfig", "-p")
    for library in ("librdkafka", "libfmt", "libisal", "libjq", "libprometheus"):
        assert library not in known, f"{library} is in a clean root"
    root.run("tar", "-C", "/opt", "-xf", root.take(made.tarball, "/tmp"))
    kreel = f"/opt/{made.tarball.name.removesuffix('.tar.gz')}/bin/kreel"
    assert "rewind" in root.run(kreel, "demo")
    for line in root.run("ldd", kreel).splitlines():
        path = line.split("=> ")[-1].split(" ")[0].strip()
        assert path.startswith(("/opt/", "linux-vdso")) or pathlib.Path(path).name.split(".")[0] in (
            "libc", "libm", "ld-linux-x86-64"), f"taken from the system: {line}"
    root.run("mkdir", "/opt/links")
    root.run(kreel, "install-links", "/opt/links")
    listed = root.run(kreel, "serve", "--ephemeral", "--topics", "orders:1", "--", "sh", "-c",
                      '/opt/links/kafka-topics.sh --list --bootstrap-server "$KREEL_BROKERS"')
    assert "orders" in listed.split(), listed
    root.run("sh", "-c", "rm -r /opt/*")


def the_packages_bring_all_that_they_need(root, made):
    root.install(made.program, made.links)
    # OpenSSL may be a newer one than here.
    version = output_of(made.build / "kreel", "--version").split(", OpenSSL")[0]
    assert root.run("kreel", "--version").startswith(version), version
    assert "rewind" in root.run("kreel", "demo")
    # libjq is loaded when it is used.
    root.run("kreel", "serve", "--ephemeral", "--topics", "t:1", "--", "kreel", "consume", "t", "--until", "end",
             "--where", ".value")
    assert root.run("getent", "passwd", "kreel").split(":")[5] == DATA
    assert root.run("sh", "-c", "systemctl is-enabled kreel.service || true") == "disabled\n"


def the_links_are_those_that_kreel_makes(root, _made):
    root.run("mkdir", "/tmp/links")
    root.run("kreel", "install-links", "/tmp/links")
    made = {path.name for path in (root.path / "tmp/links").iterdir()}
    packed = {pathlib.Path(name).name for name in root.run("dpkg", "-L", "kreel-kafka-tools").split()
              if name.startswith("/usr/bin/")}
    assert packed == made, packed ^ made
    root.run("rm", "-r", "/tmp/links")


def a_broker_of_the_service_serves_the_tools(root, _made):
    root.run("install", "-d", "-o", "kreel", "-g", "kreel", "-m", "700", DATA)
    root.run(*SERVE, 'kafka-topics --create --topic orders --partitions 2 --bootstrap-server "$KREEL_BROKERS"\n'
                     'echo one | kafka-console-producer.sh --topic orders --bootstrap-server "$KREEL_BROKERS"')
    assert "orders" in topics(root)


def topics(root):
    return root.run(*SERVE, 'kafka-topics.sh --list --bootstrap-server "$KREEL_BROKERS"').split()


def what_is_removed_comes_back(root, made):
    root.run("apt-get", "-q", "-y", "remove", "kreel")
    assert root.named("kreel", "kafka-*") == {"/etc/kreel", DATA}, root.named("kreel", "kafka-*")
    assert root.fails("sh", "-c", "command -v kreel kafka-topics")
    assert (root.path / "etc/kreel/server.properties").exists(), "settings go when the package is removed"
    root.install(made.program, made.links)
    assert "orders" in topics(root)


def a_purge_leaves_the_data_alone(root, _made):
    root.run("apt-get", "-q", "-y", "purge", "kreel", "kreel-kafka-tools")
    left = root.named("*kreel*", "kafka-*")
    assert left == {DATA}, left
    assert list((root.path / DATA.lstrip("/")).glob("orders-*/*.log")), "the user's records are gone"
    assert "kreel" not in root.run("dpkg", "-l"), "dpkg remembers something"
    # The data are not left to the next user who is given the number.
    assert root.run("stat", "-c", "%U", DATA).strip() == "kreel"


TESTS = (the_tarball_runs_where_none_of_its_libraries_is, the_packages_bring_all_that_they_need,
         the_links_are_those_that_kreel_makes, a_broker_of_the_service_serves_the_tools, what_is_removed_comes_back,
         a_purge_leaves_the_data_alone)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, type=pathlib.Path)
    made = parser.parse_args()
    made.build = made.build.resolve()
    with tempfile.TemporaryDirectory(prefix="kreel-install-") as name:
        folder = pathlib.Path(name)
        made.program, made.links = make_debs(made.build, folder)
        try:
            with clean_root([made.program, made.links]) as root:
                made.tarball = make_tarball(made.build, folder)
                run_tests(TESTS, root, made)
        except fetch.Unreachable as error:
            print(f"skip: {error}")
            return 1 if os.environ.get("KREEL_REQUIRE_INTEROP") == "1" else 77
    return 0


if __name__ == "__main__":
    sys.exit(main())

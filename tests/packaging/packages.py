"""The Debian packages and the tarball of a release build, made as packaging/package.sh makes them."""

import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIMEOUT_S = 240


def output_of(*command, **more):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          check=False, timeout=TIMEOUT_S, **more)
    assert done.returncode == 0, f"{command[0]} exits {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def epoch():
    """As packaging/package.sh takes it: the date of the newest entry of the changelog."""
    changelog = (ROOT / "packaging" / "debian" / "changelog").read_text(encoding="utf-8")
    date = re.search(r"^ -- .*>  (.*)$", changelog, re.MULTILINE)[1]
    return output_of("date", "-u", "-d", date, "+%s").strip()


def make_debs(build, folder):
    """kreel and kreel-kafka-tools."""
    output_of("cmake", "--build", build, "--target", "kreel_documents")
    output_of("cpack", "-G", "DEB", "-B", folder, cwd=build, env={**os.environ, "SOURCE_DATE_EPOCH": epoch()})
    made = {path.name.split("_")[0]: path for path in folder.glob("*.deb")}
    assert set(made) == {"kreel", "kreel-kafka-tools"}, made
    return made["kreel"], made["kreel-kafka-tools"]


def make_tarball(build, folder):
    output_of("cmake", "--build", build, "--target", "kreel_portable", "kreel_documents")
    folder.mkdir(parents=True, exist_ok=True)
    return pathlib.Path(output_of("bash", ROOT / "packaging" / "tarball.sh", build, folder).strip())


def own_world():
    """Where it is allowed: mounts that nobody else sees, and processes of which none is left behind."""
    own = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    if os.geteuid() != 0:
        own += ["--user", "--map-root-user"]
    return own if subprocess.run([*own, "true"], capture_output=True, check=False).returncode == 0 else []


def in_root(root, *command):
    """The words that run a command with that root, and with a /proc where one can be mounted."""
    own = own_world()
    chroot = ["chroot", root, *command]
    return [*own, "sh", "-c", 'mount -t proc proc "$0/proc"; exec "$@"', root, *chroot] if own else chroot


def run_tests(tests, *arguments):
    for test in tests:
        print(test.__name__.replace("_", " "), flush=True)
        test(*arguments)

"""A Debian 12 with what debootstrap calls minbase and nothing else, to install things into and to throw away.

It is fetched once, with the packages that kreel's package asks for, into the cache of tests/interop."""

import contextlib
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from packages import TIMEOUT_S, in_root, output_of, own_world

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))
from rig import fetch  # noqa: E402

RELEASE = "bookworm"
APT = ["apt-get", "-q", "-y", "--no-install-recommends", "-o", "APT::Sandbox::User=root", "-o", "Dpkg::Use-Pty=0"]
ENVIRONMENT = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
               "DEBIAN_FRONTEND=noninteractive"]


def mirror():
    """The one that this machine uses, where it is a Debian 12 itself."""
    done = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
                           f"Codename: {RELEASE}"], capture_output=True, text=True, check=False)
    return (done.stdout.split() or ["http://deb.debian.org/debian"])[0]


def inside(root, *command):
    return in_root(root, *ENVIRONMENT, *command)


@contextlib.contextmanager
def filled(debs):
    """The cached root: debootstrap's, with the archives of all that `debs` need."""
    if os.geteuid() != 0:
        raise fetch.Unreachable("a clean root needs root")
    needs = "".join(output_of("dpkg-deb", "-f", deb, "Depends") for deb in debs)
    key = hashlib.sha256((RELEASE + needs).encode()).hexdigest()[:12]
    with fetch.filled_once(f"debian-{key}") as (directory, fresh):
        root = directory / "root"
        if fresh:
            debootstrap = [fetch.need("debootstrap"), "--variant=minbase", RELEASE, root, mirror()]
            fetch.run_fetch([*own_world(), *debootstrap], "debootstrap")
            names = [shutil.copy(deb, root / "tmp") for deb in debs]
            paths = [f"/tmp/{pathlib.Path(name).name}" for name in names]
            fetch.run_fetch(inside(root, *APT, "--download-only", "install", *paths), "packages of Debian")
            for name in names:
                os.unlink(name)
        yield root


class CleanRoot:
    def __init__(self, path):
        self.path = path

    def run(self, *command):
        return output_of(*inside(self.path, *command))

    def fails(self, *command):
        done = subprocess.run(inside(self.path, *command), capture_output=True, text=True, check=False,
                              timeout=TIMEOUT_S)
        return done.returncode != 0

    def take(self, file, folder):
        """A file of this machine, under its own name in a folder of the root."""
        shutil.copy(file, self.path / folder.lstrip("/"))
        return f"{folder}/{pathlib.Path(file).name}"

    def install(self, *debs):
        return self.run(*APT, "install", *(self.take(deb, "/tmp") for deb in debs))

    def named(self, *patterns):
        """Files and directories of these names; not what is in such a directory."""
        names = " -o ".join(f"-name '{pattern}'" for pattern in patterns)
        return set(self.run("sh", "-c", f"find / -xdev -path /tmp -prune -o \\( {names} \\) -print -prune").split())


@contextlib.contextmanager
def clean_root(debs):
    """A copy that goes with the block."""
    with tempfile.TemporaryDirectory(prefix="kreel-root-") as name:
        path = pathlib.Path(name, "root")
        with filled(debs) as cached:
            output_of("cp", "-a", "--reflink=auto", cached, path)
        yield CleanRoot(path)

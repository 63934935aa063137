#!/usr/bin/env python3
"""packaging/package.sh in two copies of the tree, in directories of different names and without a compiler's cache: the
packages and the tarball are equal, byte by byte."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from packages import ROOT

PARTS = ("CMakeLists.txt", "README.md", "apps", "completions", "libcli", "man", "packaging")


def packed(tree):
    """The name and digest of everything that is made in a copy of the tree."""
    tree.mkdir(parents=True)
    for part in PARTS:
        of, to = ROOT / part, tree / part
        if of.is_dir():
            shutil.copytree(of, to)
        else:
            shutil.copy(of, to)
    done = subprocess.run(["bash", tree / "packaging/package.sh"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, env={**os.environ, "CCACHE_DISABLE": "1"})
    assert done.returncode == 0, done.stdout
    made = [path for pattern in ("*.deb", "*.tar.gz") for path in (tree / "build/release").glob(pattern)]
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in made}
    shutil.rmtree(tree)
    return digests


def main():
    with tempfile.TemporaryDirectory(prefix="kreel-reproducible-") as name:
        first = packed(pathlib.Path(name, "one"))
        second = packed(pathlib.Path(name, "another/place"))
    for package, digest in sorted(first.items()):
        print(package, digest)
    assert len(first) == 3, first
    assert first == second, f"the second time: {second}"
    return 0


if __name__ == "__main__":
    sys.exit(main())

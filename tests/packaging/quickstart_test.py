#!/usr/bin/env python3
"""packaging/quickstart.sh with stand-ins for what it calls: what it makes when, and that it goes on after a failure."""

import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# As cmake does, it leaves CMakeCache.txt also where it fails, and build.ninja only where it does not.
CMAKE = """#!/bin/sh
echo "$1" >>calls
[ "$1" != -S ] && exit 0
mkdir -p build/release
touch build/release/CMakeCache.txt
[ -e fails ] && exit 1
printf '#!/bin/sh\\necho "kreel $1" >>calls\\n' >build/release/kreel
chmod +x build/release/kreel
touch build/release/build.ninja
"""


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def main():
    with tempfile.TemporaryDirectory(prefix="kreel-quickstart-") as name:
        tree = pathlib.Path(name)
        executable(tree / "bin/cmake", CMAKE)
        executable(tree / "packaging/dependencies.sh", "echo dependencies >>calls\n")
        shutil.copy(ROOT / "packaging/quickstart.sh", tree / "packaging")

        def calls():
            (tree / "calls").unlink(missing_ok=True)
            done = subprocess.run(["bash", tree / "packaging/quickstart.sh"], check=False, timeout=60,
                                  env={**os.environ, "PATH": f"{tree}/bin:{os.environ['PATH']}"})
            return done.returncode, (tree / "calls").read_text(encoding="utf-8").split("\n")[:-1]

        whole = (0, ["dependencies", "-S", "--build", "kreel demo"])
        (tree / "fails").touch()
        assert calls() == (1, ["dependencies", "-S"]), "a configuration that fails ends it"
        (tree / "fails").unlink()
        assert calls() == whole, "it configures again after one that failed"
        assert calls() == (0, ["dependencies", "--build", "kreel demo"]), "it configures once"


main()

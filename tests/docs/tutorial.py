#!/usr/bin/env python3
"""man/tutorial.md does what it says: all its blocks for the shell, in order, in one bash that stops at the first failure,
in a fresh home, with ports of its own. The offsets differ between the two brokers, because the first one is trimmed.

  tutorial.py --kreel PATH"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))
from broker import free_port  # noqa: E402

TUTORIAL = ROOT / "man" / "tutorial.md"
# Before the copy, so that no record has the same offset on both sides.
BEFORE_COPY, TRIM = "kreel cp old/orders", "kreel topics trim orders --to start+20 --yes -P old"


def script():
    blocks = re.findall(r"^```sh\n(.*?)^```$", TUTORIAL.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) > 10, len(blocks)
    first_copy = next(number for number, block in enumerate(blocks) if block.startswith(BEFORE_COPY))
    blocks.insert(first_copy, TRIM + "\n")
    start = "set -eu -o pipefail; trap 'kill $(jobs -p) 2>/dev/null' EXIT\n"
    return start + "".join(f"echo '== block {number}' >&2\n{block}" for number, block in enumerate(blocks, 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kreel", required=True, type=pathlib.Path)
    kreel = parser.parse_args().kreel.resolve()
    with tempfile.TemporaryDirectory(prefix="kreel-tutorial-") as folder:
        home = pathlib.Path(folder)
        (home / "bin").mkdir()
        (home / "bin" / "kreel").symlink_to(kreel)
        old, new = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        text = script().replace("127.0.0.1:9092", old).replace("127.0.0.1:9192", new)
        # Without a port these commands ask the usual one.
        environment = {"PATH": f"{home}/bin:{os.environ['PATH']}", "HOME": str(home), "LC_ALL": "C.UTF-8"}
        text = text.replace("kreel wait topic orders", f"export KREEL_BROKERS={old}\nkreel wait topic orders", 1)
        text = text.replace("kreel wait broker -P new", "unset KREEL_BROKERS\nkreel wait broker -P new", 1)
        process = subprocess.Popen(["bash", "-m", "-c", text], cwd=home, env=environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
                                   start_new_session=True)
        try:
            told, _ = process.communicate(timeout=240)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        print(told)
        assert process.returncode == 0, f"it ends with {process.returncode}"
        left = (home / "left-old.txt").read_text(encoding="utf-8").splitlines()
        read = (home / "read.txt").read_text(encoding="utf-8").splitlines()
        assert len(read) == 300 and len(left) == 200, (len(read), len(left))
        assert sorted(read + left) == sorted(f"order {number}" for number in range(1, 501))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""ktest.py must fail where it should: each wrong script here ends with 1, each right one with 0."""
import os
import subprocess
import sys
import tempfile

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "ktest.py")

SCRIPTS = [
    (True, "== right\n$ echo a; echo b\nstdout:\n| a\n| b\n"),
    (True, "== any lines\n$ seq 9\nstdout:\n| 1\n| ...\n~ ^[9]$\n"),
    (True, "== no output\n$ true\nstdout:\nstderr:\n"),
    (True, "== stdin and file\nfile d/f\n| x\n$ cat d/f -\nstdin: y\nstdout:\n| x\n| y\n"),
    (True, "== terminal\n$ test -t 0 && echo tty\ntty\nstdout: tty\n"),
    (False, "== wrong code\n$ false\n"),
    (False, "== wrong line\n$ echo a\nstdout: b\n"),
    (False, "== a line too many\n$ echo a; echo b\nstdout: a\n"),
    (False, "== a line missing\n$ echo a\nstdout:\n| a\n| b\n"),
    (False, "== unexpected stderr\n$ echo a >&2\n"),
    (False, "== no match\n$ echo a\nstdout~ b\n"),
    (False, "== forbidden match\n$ echo a\nstdout!~ a\n"),
    (False, "== output where none is expected\n$ echo a\nstdout:\n"),
    (False, "== cases do not share a home\n$ touch f\n== second\n$ test -e f\n"),
    (False, "== misspelt directive\n$ true\nexits 0\n"),
    (False, "# no case at all\n"),
]


def main():
    wrong = 0
    for expected, script in SCRIPTS:
        with tempfile.NamedTemporaryFile("w", suffix=".ktest", encoding="utf-8") as file:
            file.write(script)
            file.flush()
            done = subprocess.run([sys.executable, RUNNER, "/bin/true", file.name],
                                  capture_output=True, check=False)
        if (done.returncode == 0) != expected:
            wrong += 1
            print(f"expected {'success' if expected else 'failure'} of:\n{script}{done.stdout.decode()}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

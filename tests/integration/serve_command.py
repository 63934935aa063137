#!/usr/bin/env python3
"""`kreel serve -- CMD` under signals: who gets them, who ends, and what is left behind."""

import argparse
import os
import pty
import signal
import subprocess
import sys
import tempfile
import time

# Says that it is up, counts the signals it gets, and ends with 40 + their number a moment after the
# first; deaf to SIGTERM it goes on.
COUNTING = """
import os, signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(2))
signal.signal(signal.SIGTERM, lambda *_: seen.append(15))
open(sys.argv[1] + ".tmp", "w").write(str(os.getpid()))
os.rename(sys.argv[1] + ".tmp", sys.argv[1])
while not seen or "deaf" in sys.argv:
    time.sleep(0.02)
time.sleep(0.3)
sys.exit(40 + len(seen))
"""


class Run:
    def __init__(self, kreel, directory, *words, terminal=False):
        self.directory = directory
        self.pid_file = os.path.join(directory, "pid")
        self.command = [kreel, "serve", "--ephemeral", "-q", "--", sys.executable, "-c", COUNTING,
                        self.pid_file, *words]
        self.environment = dict(os.environ, TMPDIR=directory)
        self.terminal = None
        if terminal:
            self.pid, self.terminal = pty.fork()
            if self.pid == 0:
                os.execve(kreel, self.command, self.environment)
        else:
            self.process = subprocess.Popen(self.command, env=self.environment,
                                            stdin=subprocess.DEVNULL)
            self.pid = self.process.pid
        self.child = int(wait_for(lambda: read(self.pid_file)))
        os.unlink(self.pid_file)

    def send(self, number):
        os.kill(self.pid, number)

    def end(self):
        if self.terminal is None:
            return self.process.wait(60)
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)

    def left(self):
        return os.listdir(self.directory)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A zombie that nobody has reaped is gone as well.
    return ") Z " in read(f"/proc/{pid}/stat")


def check(name, actual, expected):
    if actual != expected:
        raise AssertionError(f"{name}: {actual!r}, expected {expected!r}")
    print(f"{name}: {actual!r}")


def run(kreel):
    with tempfile.TemporaryDirectory(prefix="kreel-serve-") as directory:
        for number in (signal.SIGTERM, signal.SIGINT):
            served = Run(kreel, directory)
            served.send(number)
            check(f"{number.name} reaches the command once", served.end(), 41)
            check("and nothing is left", served.left(), [])

        served = Run(kreel, directory, "deaf")
        served.send(signal.SIGTERM)
        time.sleep(0.2)
        check("a command that takes its time is left to it", is_gone(served.child), False)
        served.send(signal.SIGTERM)
        check("the second SIGTERM kills it", served.end(), 137)
        check("and nothing is left", served.left(), [])

        served = Run(kreel, directory)
        os.kill(served.child, signal.SIGKILL)
        check("a command that was killed", served.end(), 137)
        check("and nothing is left", served.left(), [])

        served = Run(kreel, directory, terminal=True)
        os.write(served.terminal, b"\x03")
        check("Ctrl-C reaches the command once", served.end(), 41)
        check("and nothing is left", served.left(), [])

        served = Run(kreel, directory, "deaf")
        served.send(signal.SIGKILL)
        check("kreel was killed", served.end(), -9)
        wait_for(lambda: is_gone(served.child))
        check("its directory stays", len(served.left()), 1)
        served = Run(kreel, directory)
        check("until the next start", len(served.left()), 1)
        served.send(signal.SIGTERM)
        check("which leaves nothing", (served.end(), served.left()), (41, []))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kreel", required=True)
    run(os.path.abspath(parser.parse_args().kreel))

"""A program beside the broker that is killed and started again; what it prints is kept over its lives."""

import os
import pathlib
import signal
import subprocess
import time

LONG = os.environ.get("KREEL_LONG") == "1"
WAIT_S = 240


def eventually(condition, what, timeout_s=WAIT_S, alive=()):
    """Waits until the condition holds; gives up at once when one of the programs `alive` has failed."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        for program in alive:
            assert not program.failed(), f"{what}: {program.name} has ended with {program.ending()}"
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        time.sleep(0.2)


class Program:
    def __init__(self, name, command, scratch, environment=None):
        self.name = name
        self.command = [str(word) for word in command]
        self.environment = environment
        self.out = pathlib.Path(scratch) / f"{name}.out"
        self.errors = pathlib.Path(scratch) / f"{name}.err"
        self.process = None
        self.lives = 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.running():
            self.kill()

    def start(self):
        self.lives += 1
        with open(self.out, "wb") as out, open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
                                            env=self.environment)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def failed(self):
        return not self.running() and self.process.returncode != 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """SIGTERM; returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self, timeout_s=WAIT_S):
        return self.process.wait(timeout_s)

    def lines(self):
        """What this life has printed so far, whole lines only."""
        return self.out.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]

    def ending(self):
        text = self.errors.read_text(encoding="utf-8", errors="replace")
        return f"{self.process.poll()}: {' | '.join(text.splitlines()[-12:])}"

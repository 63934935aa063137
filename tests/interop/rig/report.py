"""Scenarios of the checks that are written in Python: the same `ok NAME` and `not ok NAME: why` as the suites'."""

import contextlib
import subprocess


class Report:
    def __init__(self, only=""):
        self.only = only
        self.passed = 0
        self.failed = 0

    def run(self, name, scenario, *arguments):
        if self.only not in name:
            return
        with self.scenario(name):
            scenario(*arguments)

    @contextlib.contextmanager
    def scenario(self, name):
        try:
            yield
        except (AssertionError, LookupError, OSError, TypeError, ValueError, subprocess.TimeoutExpired) as error:
            self.failed += 1
            print(f"not ok {name}: {type(error).__name__}: {' '.join(str(error).split())}", flush=True)
        else:
            self.passed += 1
            print(f"ok {name}", flush=True)

    def counts(self):
        return self.passed, self.failed


def equal(expected, actual, what):
    assert expected == actual, f"{what}: expected {expected!r}, got {actual!r}"

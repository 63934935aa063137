"""Named scenarios: `ok NAME` or `not ok NAME: why` per scenario, exit 1 if one failed."""

import os
import sys
import time
import traceback
import uuid

WAIT_S = 20
_scenarios = []


def scenario(function):
    _scenarios.append((function.__name__.replace("_", "-"), function))
    return function


def add(name, function, *arguments):
    _scenarios.append((name, lambda: function(*arguments)))


def main():
    chosen = sys.argv[2] if len(sys.argv) > 2 else ""
    failed = 0
    for name, run in _scenarios:
        if chosen not in name:
            continue
        start = time.monotonic()
        try:
            run()
            print(f"ok {name}", flush=True)
        except Exception as error:  # noqa: BLE001 - whatever a client throws is the scenario's result
            failed += 1
            print(f"not ok {name}: {type(error).__name__}: {' '.join(str(error).split())}", flush=True)
            traceback.print_exc()
        print(f"# {name} {time.monotonic() - start:.1f} s", file=sys.stderr)
    sys.exit(1 if failed else 0)


def bootstrap():
    return sys.argv[1]


def login():
    """(authority's file, user, password) where the broker wants SASL_SSL."""
    return tuple(os.environ.get(f"INTEROP_{name}") for name in ("CA", "USER", "PASSWORD"))


def fresh(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def equal(expected, actual, what):
    assert expected == actual, f"{what}: expected {expected!r}, got {actual!r}"


def eventually(condition, what, between=lambda: time.sleep(0.05)):
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {WAIT_S} s: {what}"
        between()


def records(count):
    """(key, value, headers, timestamp) with null and empty keys and values, and duplicate headers."""
    return [(None if i % 3 == 0 else b"" if i % 3 == 1 else b"key-%d" % i,
             None if i % 5 == 0 else b"value-%d" % i * (i % 7),
             [("h", b"1"), ("h", b"2"), ("empty", b"")] if i % 2 == 0 else [], 1700000000000 + i)
            for i in range(count)]

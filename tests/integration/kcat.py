#!/usr/bin/env python3
"""kcat (librdkafka) against `kreel serve`: records, codecs, groups that come and go, restarts.

  kcat.py --kreel PATH     exit 77 without kcat"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from broker import Broker

TIMEOUT_S = 60


class Kcat:
    def __init__(self, address):
        self.base = ["kcat", "-b", address, "-X", "topic.metadata.refresh.interval.ms=1000"]

    def run(self, *words, stdin=""):
        done = subprocess.run([*self.base, *words], input=stdin, text=True, capture_output=True,
                              timeout=TIMEOUT_S, check=False)
        assert done.returncode == 0, f"kcat {' '.join(words)}: {done.stderr}"
        return done.stdout

    def produce(self, topic, lines, *words):
        self.run("-P", "-t", topic, *words, stdin="".join(f"{line}\n" for line in lines))

    def read(self, topic, *words):
        """All records, as kcat's JSON objects."""
        out = self.run("-C", "-t", topic, "-e", "-q", "-J", *words)
        return [json.loads(line) for line in out.splitlines()]

    def member(self, group, topic, out):
        return subprocess.Popen([*self.base, "-G", group, "-u", "-q", "-f", "%p %s\n",
                                 "-X", "auto.offset.reset=earliest",
                                 "-X", "session.timeout.ms=6000",
                                 "-X", "heartbeat.interval.ms=500", topic],
                                stdout=out, stderr=subprocess.DEVNULL)


def eventually(condition, what, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def codecs_come_back(kcat, _broker, _directory):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        lines = [f"{codec} {i} {'x' * 50}" for i in range(2000)]
        kcat.produce(f"codec-{codec}", lines, "-z", codec)
        assert [r["payload"] for r in kcat.read(f"codec-{codec}")] == lines, codec


def keys_headers_and_nulls_come_back(kcat, _broker, _directory):
    kcat.produce("keyed", ["k1:v1", "k2:", ":v3"], "-K:", "-Z", "-H", "a=1", "-H", "a=2")
    records = kcat.read("keyed")
    assert [(r["key"], r["payload"]) for r in records] == [("k1", "v1"), ("k2", None), (None, "v3")]
    assert all(r["headers"] == ["a", "1", "a", "2"] for r in records), records


def offsets_by_time_are_found(kcat, _broker, _directory):
    kcat.produce("timed", ["before"])
    time.sleep(0.05)
    middle_ms = int(time.time() * 1000)
    time.sleep(0.05)
    kcat.produce("timed", ["after"])
    assert [r["payload"] for r in kcat.read("timed", "-o", f"s@{middle_ms}")] == ["after"]


def a_restart_loses_nothing_and_doubles_nothing(kcat, broker, _directory):
    writer = subprocess.Popen([*kcat.base, "-E", "-P", "-t", "restarted",
                               "-X", "enable.idempotence=true", "-X", "linger.ms=5"], stdin=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL)
    expected = []
    for part in range(4):
        for i in range(500):
            expected.append(f"{part}-{i}")
            writer.stdin.write(f"{part}-{i}\n")
            writer.stdin.flush()
        broker.kill()
        broker.start()
        broker.wait_ready()
    writer.stdin.close()
    assert writer.wait(TIMEOUT_S) == 0
    assert [r["payload"] for r in kcat.read("restarted")] == expected


def members_come_go_and_are_killed(kcat, _broker, directory):
    kreel_lines = [f"{i}" for i in range(300)]
    for partition in range(4):
        kcat.produce("shared", kreel_lines, "-p", str(partition))
    paths = [os.path.join(directory, f"read-{number}") for number in range(3)]
    members = []
    for path in paths:
        with open(path, "w", encoding="utf-8") as out:
            members.append(kcat.member("crew", "shared", out))

    def read_values():
        values = set()
        for path in paths:
            with open(path, encoding="utf-8") as text:
                values.update(line for line in text if line.endswith("\n"))
        return values

    eventually(lambda: len(read_values()) == 1200, "three members read all partitions")
    members[0].kill()
    # Idle when it stops: kcat drops, but commits, a record that comes while it ends.
    members[1].send_signal(signal.SIGTERM)
    members[1].wait(TIMEOUT_S)
    for partition in range(4):
        kcat.produce("shared", [f"late-{i}" for i in range(50)], "-p", str(partition))
    eventually(lambda: len(read_values()) == 1400, "the one that is left reads the rest")
    for member in members:
        member.kill()
        member.wait()


def an_unknown_topic_is_made_once(kcat, _broker, _directory):
    kcat.produce("made-by-use", ["first"])
    assert [r["payload"] for r in kcat.read("made-by-use")] == ["first"]


SCENARIOS = [codecs_come_back, keys_headers_and_nulls_come_back, offsets_by_time_are_found,
             an_unknown_topic_is_made_once, members_come_go_and_are_killed,
             a_restart_loses_nothing_and_doubles_nothing]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kreel", required=True)
    arguments = parser.parse_args()
    if shutil.which("kcat") is None:
        print("skip: kcat is not installed")
        return 77
    failed = 0
    for scenario in SCENARIOS:
        with tempfile.TemporaryDirectory(prefix="kreel-kcat-") as directory:
            broker = Broker(arguments.kreel, directory, options=("--topics", "shared:4"))
            broker.start()
            try:
                broker.wait_ready()
                scenario(Kcat(broker.address), broker, directory)
                print(f"ok {scenario.__name__}", flush=True)
            except (AssertionError, OSError, subprocess.TimeoutExpired, RuntimeError) as error:
                failed += 1
                print(f"not ok {scenario.__name__}: {error}\n{broker.log_tail()}", flush=True)
            finally:
                broker.kill()
    print(f"{len(SCENARIOS) - failed} of {len(SCENARIOS)} scenarios passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

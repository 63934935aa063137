#!/usr/bin/env python3
"""Commits of offsets, millions of them, leave __consumer_offsets small, and a broker that is killed
knows the newest of each partition.

  many_commits.py --kreel PATH [--commits N]       KREEL_LONG=1 in the environment: ten million"""

import argparse
import os
import shutil
import struct
import sys
import tempfile
import time

from broker import Broker
from directories import settled_bytes, topic_bytes
from wire import Connection, string

TOPIC, PARTITIONS, GROUPS = "wide", 500, 4
SEGMENT_BYTES = 1 << 20
# What stays: the newest commit of each partition of each group, and in each partition of the topic
# an active segment and what is not dirty enough yet.
SIZE_MAX_BYTES = 8 << 20
OFFSET_COMMIT, OFFSET_FETCH = 8, 9
WAIT_S = 60


def commit_pieces(group):
    """OffsetCommit version 2, in pieces that the offset joins: every partition gets the same."""
    pieces = []
    head = string(group) + struct.pack(">i", -1) + string("") + struct.pack(">qi", -1, 1) + \
        string(TOPIC) + struct.pack(">i", PARTITIONS)
    for partition in range(PARTITIONS):
        pieces.append(head + struct.pack(">i", partition))
        head = struct.pack(">h", -1)  # no metadata, of the one before
    pieces.append(head)
    return pieces


def errors_in(reply):
    """The error of each partition in a reply of one topic."""
    at = 4 + 2 + len(TOPIC) + 4
    return {struct.unpack_from(">ih", reply, at + 6 * i)[1] for i in range(PARTITIONS)}


def committed(connection, group):
    """OffsetFetch version 1: the offset of each partition."""
    body = string(group) + struct.pack(">i", 1) + string(TOPIC) + struct.pack(">i", PARTITIONS) + \
        b"".join(struct.pack(">i", p) for p in range(PARTITIONS))
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        reply = connection.call(OFFSET_FETCH, 1, body)
        at = 4 + 2 + len(TOPIC) + 4
        offsets, errors = {}, set()
        for _ in range(PARTITIONS):
            partition, offset, metadata = struct.unpack_from(">iqh", reply, at)
            at += 14 + max(metadata, 0)
            errors.add(struct.unpack_from(">h", reply, at)[0])
            at += 2
            offsets[partition] = offset
        if errors == {0}:
            return offsets
        time.sleep(0.1)  # it is being replayed
    raise RuntimeError(f"the offsets of {group} are not there: errors {errors}")


def commit_all(connection, directory, rounds):
    """Returns the largest size that was seen, and what was written in all."""
    pieces = {f"group-{g}": commit_pieces(f"group-{g}") for g in range(GROUPS)}
    peak = 0
    for number in range(1, rounds + 1):
        offset = struct.pack(">q", number)
        for group, parts in pieces.items():
            errors = errors_in(connection.call(OFFSET_COMMIT, 2, offset.join(parts)))
            if errors != {0}:
                raise RuntimeError(f"committing for {group}: errors {errors}")
        if number % 50 == 0:
            peak = max(peak, topic_bytes(directory, "__consumer_offsets"))
    return peak


def run(broker, directory, rounds):
    broker.start()
    broker.wait_ready(60)
    connection = Connection(broker.port)
    deadline = time.monotonic() + WAIT_S
    while errors_in(connection.call(OFFSET_COMMIT, 2, struct.pack(">q", 0).join(
            commit_pieces("group-0")))) != {0}:
        if time.monotonic() > deadline:
            raise RuntimeError("no group can commit")
        time.sleep(0.1)
    start = time.monotonic()
    peak = commit_all(connection, directory, rounds)
    took = time.monotonic() - start
    size = settled_bytes(directory, "__consumer_offsets", SIZE_MAX_BYTES, WAIT_S)
    broker.kill()
    broker.start()
    broker.wait_ready(60)
    connection = Connection(broker.port)
    wrong = sum(offset != rounds for g in range(GROUPS)
                for offset in committed(connection, f"group-{g}").values())
    commits = rounds * GROUPS * PARTITIONS
    print(f"{commits} commits in {took:.1f} s: __consumer_offsets has {size / 2**20:.1f} MiB, "
          f"at most {peak / 2**20:.1f} MiB were seen; {wrong} offsets are wrong after kill -9")
    problems = []
    if wrong:
        problems.append(f"{wrong} of {GROUPS * PARTITIONS} committed offsets are wrong")
    if size > SIZE_MAX_BYTES:
        problems.append(f"{size} bytes are more than {SIZE_MAX_BYTES}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--commits", type=int,
                        default=10_000_000 if os.environ.get("KREEL_LONG") == "1" else 300_000)
    arguments = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="kreel-many-commits-")
    settings = {"offsets.topic.num.partitions": 2, "offsets.topic.segment.bytes": SEGMENT_BYTES,
                "log.cleaner.backoff.ms": 200}
    options = [word for name, value in settings.items() for word in ("--config", f"{name}={value}")]
    broker = Broker(arguments.kreel, directory, flush="os",
                    options=["--topics", f"{TOPIC}:{PARTITIONS}", *options])
    try:
        problems = run(broker, directory, max(1, arguments.commits // (GROUPS * PARTITIONS)))
    finally:
        broker.kill()
    for problem in problems:
        print(problem)
    shutil.rmtree(directory)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

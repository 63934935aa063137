#!/usr/bin/env python3
"""Watches the system calls of an unmodified `kreel serve`: with flush=commit no reply to a Produce
request leaves before an fdatasync of that partition's .log file has returned which began after the
write of the batch had returned.

  trace_sync.py --kreel PATH [--messages N]

Each connection produces to a partition of its own, one request at a time, so the next bytes that
are sent on the connection after the write to the partition's file are the reply."""

import argparse
import collections
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time

from broker import Broker
from wire import Connection

TOPIC = "traced"
CONNECTIONS = 4
CALLS = "pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg,sendfile,fdatasync,fsync"

Call = collections.namedtuple("Call", "name target begin end failed")

START = re.compile(r"^(\d+)\s+[\d.]+\s+(\w+)\(\d+<(TCP[^<]*\]|[^<>]*)>")
RESUMED = re.compile(r"^(\d+)\s+[\d.]+\s+<\.\.\. \w+ resumed>.*= (-?\d+)")
RESULT = re.compile(r"= (-?\d+)[^=]*$")


def read_calls(lines):
    """Calls with the numbers of the lines at which they began and ended; strace writes both in the
    order in which they happened."""
    open_calls = {}
    calls = []
    for number, line in enumerate(lines):
        line = line.rstrip("\n")
        resumed = RESUMED.match(line)
        if resumed:
            pid, result = resumed.groups()
            if pid in open_calls:
                name, target, begin = open_calls.pop(pid)
                calls.append(Call(name, target, begin, number, int(result) < 0))
            continue
        start = START.match(line)
        if not start:
            continue
        pid, name, target = start.groups()
        result = RESULT.search(line)
        if line.endswith("<unfinished ...>"):
            open_calls[pid] = (name, target, number)
        elif result:
            calls.append(Call(name, target, number, number, int(result.group(1)) < 0))
    return calls


def partition_of(path):
    found = re.search(rf"/{TOPIC}-(\d+)/\d+\.log", path)
    return int(found.group(1)) if found else None


def check(calls, partition_of_port):
    """Returns violations and the number of replies that were looked at."""
    writes = collections.defaultdict(list)
    syncs = collections.defaultdict(list)
    sends = collections.defaultdict(list)
    for call in calls:
        partition = partition_of(call.target)
        if partition is not None and "write" in call.name and not call.failed:
            writes[partition].append(call)
        elif partition is not None and call.name in ("fdatasync", "fsync") and not call.failed:
            syncs[partition].append(call)
        elif call.target.startswith("TCP:"):
            port = int(call.target.rstrip("]").rsplit(":", 1)[1])
            if port in partition_of_port:
                sends[partition_of_port[port]].append(call)
    violations, replies = [], 0
    for partition, written in writes.items():
        for write in written:
            reply = min((s for s in sends[partition] if s.begin > write.end),
                        key=lambda s: s.begin, default=None)
            if reply is None:
                continue
            replies += 1
            if not any(s.begin > write.end and s.end < reply.begin for s in syncs[partition]):
                violations.append(f"partition {partition}: written at line {write.end + 1}, "
                                  f"replied at line {reply.begin + 1}, no fdatasync between")
    return violations, replies


def produce_all(port, messages, partition_of_port):
    errors = []
    Connection(port).create_topic(TOPIC, CONNECTIONS)

    def produce(partition):
        try:
            connection = Connection(port)
            partition_of_port[connection.local_port()] = partition
            for i in range(messages):
                connection.produce(TOPIC, partition, b"value-%d" % i, int(time.time() * 1000))
        except Exception as error:  # pylint: disable=broad-except
            errors.append(f"partition {partition}: {error}")

    threads = [threading.Thread(target=produce, args=(i,)) for i in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def stop_child_of(strace_pid):
    """strace ends with its child, and writes the trace to the end."""
    with open(f"/proc/{strace_pid}/task/{strace_pid}/children", encoding="ascii") as children:
        for pid in children.read().split():
            os.kill(int(pid), signal.SIGTERM)


def run(arguments, directory):
    trace = os.path.join(directory, "trace")
    strace = ["strace", "-f", "-yy", "-ttt", "-s", "0", "-e", "trace=" + CALLS,
              "-e", "signal=none", "-o", trace]
    broker = Broker(arguments.kreel, directory, prefix=strace)
    broker.start()
    partition_of_port = {}
    try:
        broker.wait_ready(timeout=60)
        errors = produce_all(broker.port, arguments.messages, partition_of_port)
    finally:
        stop_child_of(broker.process.pid)
        try:
            broker.process.wait(30)
        finally:
            if broker.process.poll() is None:
                broker.kill()
    with open(trace, encoding="utf-8", errors="replace") as lines:
        violations, replies = check(read_calls(lines), partition_of_port)
    expected = arguments.messages * CONNECTIONS
    if replies != expected:
        violations.append(f"{replies} of {expected} replies were found in the trace")
    return errors + violations, replies


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--messages", type=int, default=100)
    arguments = parser.parse_args()
    if shutil.which("strace") is None:
        print("strace is not installed: nothing was tested")
        return 77
    directory = tempfile.mkdtemp(prefix="kreel-trace-")
    violations, replies = run(arguments, directory)
    for line in violations[:40]:
        print(line)
    if violations:
        print(f"{len(violations)} violations; kept in {directory}")
        return 1
    print(f"{replies} replies, each after its fdatasync")
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())

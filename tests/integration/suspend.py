#!/usr/bin/env python3
"""Stops a `kreel serve` with SIGSTOP for longer than the session timeout of its groups, as a laptop that sleeps does, and
lets it go on: connections, members that are still there, waiting requests and consumers go on too, and a member that did
not come back is removed.

  suspend.py --kreel PATH"""

import argparse
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

from broker import Broker
from wire import Connection, string

FETCH, JOIN_GROUP, HEARTBEAT = 1, 11, 12
# With KREEL_LONG=1 a minute and the sessions that clients default to: nobody may be held up for as long as a session.
LONG = os.environ.get("KREEL_LONG") == "1"
SESSION_MS = 45_000 if LONG else 3000
ASLEEP_S = 60 if LONG else 4
TIMEOUT_S = 60
RECOVERED_S = 20 if LONG else TIMEOUT_S
TOPIC = "sleepy"


def join_group(connection, group):
    """JoinGroup version 2 as a new member; returns (generation, member id, number of members)."""
    body = string(group) + struct.pack(">ii", SESSION_MS, SESSION_MS) + string("") + string("consumer") + \
        struct.pack(">i", 1) + string("range") + struct.pack(">i", 0)
    reply = connection.call(JOIN_GROUP, 2, body)
    _throttle, error, generation = struct.unpack_from(">ihi", reply)
    assert error == 0, f"joining {group}: error {error}"
    at, texts = 10, []
    for _ in range(3):  # protocol, leader, member id
        length, = struct.unpack_from(">h", reply, at)
        texts.append(reply[at + 2:at + 2 + length].decode())
        at += 2 + length
    members, = struct.unpack_from(">i", reply, at)
    return generation, texts[2], members


def heartbeat(connection, group, generation, member):
    """Heartbeat version 1; returns the error code."""
    reply = connection.call(HEARTBEAT, 1, string(group) + struct.pack(">i", generation) + string(member))
    return struct.unpack_from(">ih", reply)[1]


def waiting_fetch(offset):
    """Fetch version 4 that waits for half a second."""
    return struct.pack(">iiiibi", -1, 500, 1, 1 << 20, 0, 1) + string(TOPIC) + \
        struct.pack(">iiqi", 1, 0, offset, 1 << 20)


class Consumer:
    """`kreel consume` as a member of a group."""

    def __init__(self, arguments, broker, directory, records):
        self.path = os.path.join(directory, "consumed")
        with open(self.path, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(
                [arguments.kreel, "consume", TOPIC, "-g", "reader", "-n", str(records), "-q",
                 "--timeout", "60s", "-b", broker.address],
                stdin=subprocess.DEVNULL, stdout=out)

    def lines(self):
        with open(self.path, encoding="utf-8") as out:
            return out.read().split()


def eventually(condition, what):
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, f"not within {TIMEOUT_S} s: {what}"
        time.sleep(0.05)


def check(arguments, broker, directory):
    producer, fetcher, there, gone = (Connection(broker.port) for _ in range(4))
    producer.create_topic(TOPIC, 1)
    now_ms = int(time.time() * 1000)
    producer.produce(TOPIC, 0, b"before", now_ms)
    consumer = Consumer(arguments, broker, directory, records=2)
    try:
        eventually(lambda: consumer.lines() == ["before"], "the consumer has read the first record")
        generation, member, _ = join_group(there, "there")
        _, gone_member, _ = join_group(gone, "gone")
        fetcher.send(FETCH, 4, waiting_fetch(1))

        broker.process.send_signal(signal.SIGSTOP)
        time.sleep(ASLEEP_S)
        broker.process.send_signal(signal.SIGCONT)
        woken = time.monotonic()

        fetcher.receive()
        assert producer.produce(TOPIC, 0, b"after", now_ms) == 1, "the record's offset"
        error = heartbeat(there, "there", generation, member)
        assert error == 0, f"a member that slept as long as the broker is out of its group: error {error}"
        consumer.process.wait(TIMEOUT_S)
        assert consumer.lines() == ["before", "after"], consumer.lines()
        # Waits until the member that sends no heartbeat is removed.
        _, newcomer, members = join_group(producer, "gone")
        assert members == 1 and newcomer != gone_member, "the member that is gone is still in its group"
        took = time.monotonic() - woken
        assert took < RECOVERED_S, f"{took:.0f} s until all groups went on"
        print(f"all groups went on {took:.1f} s after a sleep of {ASLEEP_S} s")
        assert broker.stop() == 0, "the broker's exit code"
    finally:
        if consumer.process.poll() is None:
            consumer.process.kill()
            consumer.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kreel", required=True)
    arguments = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="kreel-suspend-")
    broker = Broker(arguments.kreel, directory, options=("-c", "group.min.session.timeout.ms=1000"))
    broker.start()
    try:
        broker.wait_ready()
        check(arguments, broker, directory)
        print("ok suspend")
        return 0
    except Exception:
        print(broker.log_tail(), file=sys.stderr)
        raise
    finally:
        broker.kill()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())

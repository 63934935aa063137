#!/usr/bin/env python3
"""Transactions, many of them, leave __transaction_state small, and a broker that is killed knows the
last one of each transactional id.

  many_transactions.py --kreel PATH [--transactions N]     KREEL_LONG=1 in the environment: 500,000"""

import argparse
import os
import shutil
import struct
import sys
import tempfile
import time

from broker import Broker
from directories import settled_bytes, topic_bytes
from wire import INIT_PRODUCER_ID, Connection, string

TOPIC, PARTITIONS, IDS = "written", 4, 40
SEGMENT_BYTES = 512 << 10
# What stays: the last state of each id, and in each partition of the topic an active segment and
# what is not dirty enough yet.
SIZE_MAX_BYTES = 4 << 20
ADD_PARTITIONS, END = 24, 26
NONE, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, CONCURRENT_TRANSACTIONS = 0, 14, 15, 51
PASSES = {COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, CONCURRENT_TRANSACTIONS}
WAIT_S = 60


class Producer:
    """The transactions of one id, without records, on a connection of its own."""

    def __init__(self, port, name):
        self.connection, self.name = Connection(port), name
        self.producer_id, self.epoch = self.take_over()

    def take_over(self):
        body = string(self.name) + struct.pack(">i", 60_000)
        deadline = time.monotonic() + WAIT_S
        while True:
            error, producer_id, epoch = struct.unpack_from(
                ">hqh", self.connection.call(INIT_PRODUCER_ID, 0, body), 4)
            if error == NONE:
                return producer_id, epoch
            if error not in PASSES or time.monotonic() > deadline:
                raise RuntimeError(f"InitProducerId of {self.name}: error {error}")
            time.sleep(0.1)

    def head(self):
        return string(self.name) + struct.pack(">qh", self.producer_id, self.epoch)

    def send_begin(self):
        self.connection.send(ADD_PARTITIONS, 0, self.head() + struct.pack(">i", 1) + string(TOPIC) + struct.pack(
            f">i{PARTITIONS}i", PARTITIONS, *range(PARTITIONS)))

    def send_end(self, committed):
        self.connection.send(END, 0, self.head() + struct.pack(">b", committed))

    def check_begun(self):
        reply = self.connection.receive()
        at = 4 + 4 + 2 + len(TOPIC) + 4
        errors = {struct.unpack_from(">ih", reply, at + 6 * i)[1] for i in range(PARTITIONS)}
        if errors != {NONE}:
            raise RuntimeError(f"AddPartitionsToTxn of {self.name}: errors {errors}")

    def check_ended(self):
        error, = struct.unpack_from(">h", self.connection.receive(), 4)
        if error != NONE:
            raise RuntimeError(f"EndTxn of {self.name}: error {error}")


def transact(producers, directory, rounds):
    """Each producer's transactions beside those of the others. Returns the largest size that was seen."""
    peak = 0
    for number in range(rounds):
        for producer in producers:
            producer.send_begin()
        for producer in producers:
            producer.check_begun()
            producer.send_end(committed=number % 5 != 0)
        for producer in producers:
            producer.check_ended()
        if number % 50 == 0:
            peak = max(peak, topic_bytes(directory, "__transaction_state"))
    return peak


def strangers(producers, port):
    """How many ids a broker that was killed does not know: their next producer has the same number, one epoch later."""
    wrong = 0
    for producer in producers:
        known = (producer.producer_id, producer.epoch)
        producer.connection = Connection(port)
        producer_id, epoch = producer.take_over()
        wrong += (producer_id, epoch - 1) != known
    return wrong


def run(broker, directory, rounds):
    broker.start()
    broker.wait_ready(60)
    producers = [Producer(broker.port, f"writer-{number}") for number in range(IDS)]
    start = time.monotonic()
    peak = transact(producers, directory, rounds)
    took = time.monotonic() - start
    size = settled_bytes(directory, "__transaction_state", SIZE_MAX_BYTES, WAIT_S)
    broker.kill()
    broker.start()
    broker.wait_ready(60)
    wrong = strangers(producers, broker.port)
    print(f"{rounds * IDS} transactions in {took:.1f} s: __transaction_state has {size / 2**20:.1f} MiB, "
          f"at most {peak / 2**20:.1f} MiB were seen; {wrong} of {IDS} ids are wrong after kill -9")
    problems = []
    if wrong:
        problems.append(f"{wrong} of {IDS} transactional ids are wrong")
    if size > SIZE_MAX_BYTES:
        problems.append(f"{size} bytes are more than {SIZE_MAX_BYTES}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--transactions", type=int,
                        default=500_000 if os.environ.get("KREEL_LONG") == "1" else 40_000)
    arguments = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="kreel-many-transactions-")
    settings = {"transaction.state.log.num.partitions": 2, "transaction.state.log.segment.bytes": SEGMENT_BYTES,
                "log.cleaner.backoff.ms": 200}
    options = [word for name, value in settings.items() for word in ("--config", f"{name}={value}")]
    broker = Broker(arguments.kreel, directory, flush="os",
                    options=["--topics", f"{TOPIC}:{PARTITIONS}", *options])
    try:
        problems = run(broker, directory, max(1, arguments.transactions // IDS))
    finally:
        broker.kill()
    for problem in problems:
        print(problem)
    shutil.rmtree(directory)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Copies a topic in transactions (librdkafka's transactional producer, the consumer's offsets with the
records) while the broker and the copying client are killed with SIGKILL. A read_committed consumer then
finds each record exactly once.

  transactional_copy.py --kreel PATH [--records N] [--kills N] [--seed N]

100,000 records and 50 kills with KREEL_LONG=1, else a fifth of both."""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time

from broker import Broker

PARTITIONS = 3
DEADLINE_S = 1500


def run(kreel, words, broker, **options):
    return subprocess.run([kreel, *words, "-b", broker.address], check=True, timeout=DEADLINE_S,
                          capture_output=True, **options).stdout


def values(kreel, topic, broker):
    return sorted(run(kreel, ["consume", topic, "--until", "end"], broker).split())


class Copy:
    """`kreel cp --txn`, started again until it has come to the end."""

    def __init__(self, kreel, broker, log):
        self.command = [kreel, "cp", "in", "out", "--txn", "--txn-every", "750", "--rate", "4000",
                        "-b", broker.address]
        self.log, self.runs, self.process = log, 0, None

    def start(self):
        self.runs += 1
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=self.log)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def is_done(self):
        """Starts it again when it has failed, as it may while the broker is away."""
        if self.process.poll() is None:
            return False
        if self.process.returncode == 0:
            return True
        self.start()
        return False


def main():
    is_long = os.environ.get("KREEL_LONG") == "1"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--records", type=int, default=100_000 if is_long else 20_000)
    parser.add_argument("--kills", type=int, default=50 if is_long else 10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    kreel, chance = os.path.abspath(options.kreel), random.Random(options.seed)
    os.environ.pop("KREEL_BROKERS", None)
    with tempfile.TemporaryDirectory(prefix="kreel-txn-copy-") as directory:
        os.environ["HOME"] = directory
        broker = Broker(kreel, directory, options=["--topics", f"in:{PARTITIONS},out:{PARTITIONS}"])
        broker.start()
        broker.wait_ready(DEADLINE_S)
        records = "".join(f"{number}\n" for number in range(options.records))
        run(kreel, ["produce", "in", "-q"], broker, input=records.encode())
        with open(os.path.join(directory, "cp.log"), "w+b") as log:
            copy = Copy(kreel, broker, log)
            copy.start()
            deadline = time.monotonic() + DEADLINE_S
            kills = 0
            while not copy.is_done():
                if time.monotonic() > deadline:
                    log.seek(0)
                    sys.exit(f"the copy has not ended:\n{log.read().decode()}\n{broker.log_tail()}")
                time.sleep(chance.uniform(0.1, 0.7))
                if kills >= options.kills:
                    continue
                kills += 1
                if kills % 3 == 0:
                    copy.kill()
                    continue
                broker.kill()
                broker.start()
                broker.wait_ready(DEADLINE_S)
        given, copied = values(kreel, "in", broker), values(kreel, "out", broker)
        if broker.stop() != 0:
            sys.exit(f"the broker did not stop well:\n{broker.log_tail()}")
        if kills < options.kills:
            sys.exit(f"the copy ended after {kills} of {options.kills} kills: nothing is shown")
        if given != copied:
            lost = set(given) - set(copied)
            sys.exit(f"{len(given)} records in, {len(copied)} out; {len(lost)} lost, "
                     f"{len(copied) - len(set(copied))} doubled:\n{broker.log_tail()}")
        print(f"{len(copied)} records exactly once over {kills} kills, {copy.runs} runs of the copy")


main()

#!/usr/bin/env python3
"""Kills `kreel serve` with SIGKILL again and again under a load of producers, readers, groups,
transactions, compacted topics and topics that come and go; then checker.py looks for a promise in
the history of all calls that was not kept.

  kill9.py --kreel PATH --load PATH/kill_load [--kills N | --long] [--seed N] [--keep]

KREEL_KILLS sets the number of kills (default 120, with --long 600)."""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

from broker import Broker
from checker import check, was_tested
from history import History

# Compaction at each turn, small files for the coordinators.
OPTIONS = ("-c", "log.cleaner.backoff.ms=200", "-c", "offsets.topic.num.partitions=4",
           "-c", "transaction.state.log.num.partitions=4", "-c", "offsets.topic.segment.bytes=20000",
           "-c", "transaction.state.log.segment.bytes=20000")
READY_TIMEOUT_S = 120


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--load", required=True)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--kills", type=int)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--flush", default="commit")
    parser.add_argument("--keep", action="store_true", help="keep the data directory")
    arguments = parser.parse_args()
    if arguments.kills is None:
        arguments.kills = int(os.environ.get("KREEL_KILLS", "600" if arguments.long else "120"))
    return arguments


def kill_once(broker, dice):
    """One life of the broker: ended during recovery, soon after it, or when transactions and groups,
    whose clients wait half a second after a lost connection, have come on."""
    kind = dice.random()
    if kind < 0.25:
        time.sleep(dice.uniform(0.001, 0.03))
    else:
        broker.wait_ready(READY_TIMEOUT_S)
        time.sleep(dice.uniform(0.8, 2.2) if kind > 0.85 else dice.expovariate(1 / 0.12))
    if not broker.kill():
        raise RuntimeError(f"serve ended by itself:\n{broker.log_tail()}")
    broker.start()


def run(arguments, directory):
    dice = random.Random(arguments.seed)
    history_path = os.path.join(directory, "history")
    broker = Broker(arguments.kreel, directory, flush=arguments.flush, options=OPTIONS)
    broker.start()
    load = None
    try:
        broker.wait_ready(READY_TIMEOUT_S)
        load = subprocess.Popen([arguments.load, broker.address, history_path],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if load.stdout.readline().strip() != b"started":
            raise RuntimeError(f"the load did not start:\n{broker.log_tail()}")
        time.sleep(1)
        for _ in range(arguments.kills):
            kill_once(broker, dice)
        broker.wait_ready(READY_TIMEOUT_S)
        load.stdin.close()
        status = load.wait(240)
        exit_code = broker.stop()
    finally:
        if load is not None and load.poll() is None:
            load.kill()
        if broker.process.poll() is None:
            broker.kill()
    with open(history_path, encoding="utf-8") as lines:
        history = History(lines)
    violations = check(history)
    if status != 0:
        violations.append(f"the load ended with {status}")
    if exit_code != 0:
        violations.append(f"serve answered SIGTERM with exit code {exit_code}")
    return history, violations


def print_counts(history):
    transactions = history.transactions.values()
    print(f"{len(history.acknowledged)} of {len(history.invoked)} values acknowledged, "
          f"{len(history.consumed)} read; {sum(map(len, history.commits.values()))} commits of a group; "
          f"{sum(t.committed for t in transactions)} of {len(transactions)} transactions, "
          f"{len(history.copies)} copies; {len(history.transfers_done)} of {len(history.transfers)} "
          f"transfers, {len(history.sums)} sums; {sum(map(len, history.changes_done.values()))} values "
          f"of keys, {sum(map(len, history.table.values()))} left; {len(history.catalog)} topics, "
          f"{len(history.listings)} listings")
    slowest = max(history.liveness, key=history.liveness.get)
    print(f"after the last kill everybody came on, the last ({slowest}) within "
          f"{history.liveness[slowest]} ms")


def main():
    arguments = parse_arguments()
    directory = tempfile.mkdtemp(prefix="kreel-kill9-")
    print(f"seed {arguments.seed}, {arguments.kills} kills, flush={arguments.flush}, {directory}",
          flush=True)
    keep = arguments.keep
    try:
        history, violations = run(arguments, directory)
        print_counts(history)
        violations += [f"no {what}: not tested" for what in was_tested(history)]
        for line in violations[:40]:
            print(line)
        if violations:
            keep = True
            print(f"{len(violations)} violations; kept in {directory}")
        return 1 if violations else 0
    except Exception:
        keep = True
        raise
    finally:
        if not keep:
            shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Kills `kreel serve` with SIGKILL again and again under load, then checks that no acknowledged
record is lost, doubled, moved or changed, and that nothing that was read is taken back.

  kill9.py --kreel PATH --load PATH/kill_load [--kills N | --long] [--seed N] [--keep]

KREEL_KILLS sets the number of kills (default 40, with --long 200)."""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

from broker import Broker
from history import History, check

PARTITIONS = 4
PRODUCERS = 4
TOPIC = "kills"


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
        arguments.kills = int(os.environ.get("KREEL_KILLS", "200" if arguments.long else "40"))
    return arguments


def kill_once(broker, dice):
    """One life of the broker, most of them long enough to serve, some ended during recovery."""
    if dice.random() < 0.25:
        time.sleep(dice.uniform(0.001, 0.03))
    else:
        broker.wait_ready()
        time.sleep(dice.expovariate(1 / 0.25))
    if not broker.kill():
        raise RuntimeError(f"serve ended by itself:\n{broker.log_tail()}")
    broker.start()


def run(arguments, directory):
    dice = random.Random(arguments.seed)
    history_path = os.path.join(directory, "history")
    broker = Broker(arguments.kreel, directory, flush=arguments.flush)
    broker.start()
    load = None
    try:
        broker.wait_ready()
        load = subprocess.Popen([arguments.load, broker.address, TOPIC, str(PARTITIONS),
                                 str(PRODUCERS), history_path],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if load.stdout.readline().strip() != b"started":
            raise RuntimeError(f"the load did not start:\n{broker.log_tail()}")
        time.sleep(0.3)
        for _ in range(arguments.kills):
            kill_once(broker, dice)
        broker.wait_ready()
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


def main():
    arguments = parse_arguments()
    directory = tempfile.mkdtemp(prefix="kreel-kill9-")
    print(f"seed {arguments.seed}, {arguments.kills} kills, flush={arguments.flush}, {directory}",
          flush=True)
    keep = arguments.keep
    try:
        history, violations = run(arguments, directory)
        print(f"{len(history.invoked)} values, {len(history.acknowledged)} acknowledged, "
              f"{history.unknown} unknown, {len(history.consumed)} consumed, "
              f"{sum(map(len, history.watermarks.values()))} watermarks")
        if not history.acknowledged or not history.consumed:
            violations.append("nothing was acknowledged or consumed: nothing was tested")
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

#!/usr/bin/env python3
"""`kreel pipe` under fire: its command, kreel itself and the broker are killed with SIGKILL in turn.

  pipe_kills.py --kreel PATH [--kills N] [--seed N]

Shows that a read_committed reader finds what the command made of each record exactly once, and in
order within a partition, both with a command that runs for each batch and with one that stays, and
that a broker which comes back ends no pipe. Each of the three is killed once by default, 17 times
with KREEL_LONG=1, for each of the two commands."""

import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from broker import Broker
from processes import children

PARTITIONS = 3
RECORDS_PER_KILL = 200
DEADLINE_S = 300

# While there is a file `hold`, a command waits in the midst of its work, and says so.
EACH = "sed 's/^/done /'; while [ -e hold ]; do echo > held; sleep 0.02; done"
STAYS = """
import os, sys, time
for line in sys.stdin:
    while os.path.exists("hold"):
        open("held", "w").close()
        time.sleep(0.02)
    print("done " + line, end="")
"""


class Pipe:
    """`kreel pipe`, started again whenever it has failed."""

    def __init__(self, kreel, broker, directory, log, source, target, stays):
        self.directory, self.log, self.process, self.runs = pathlib.Path(directory), log, None, 0
        self.failures = 0
        self.words = [kreel, "pipe", source, target, "--batch", "50", "-q",
                      "-X", "session.timeout.ms=2000", "-X", "heartbeat.interval.ms=300",
                      "-b", broker.address]
        self.command = (["--persistent", "--", "python3", "-u", "-c", STAYS] if stays
                        else ["--", EACH])

    def start(self, *words):
        self.runs += 1
        self.process = subprocess.Popen([*self.words, *words, *self.command], cwd=self.directory,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=self.log)

    def keep(self, *words):
        """Whether it has ended well; else it runs again."""
        if self.process.poll() is None:
            return False
        if self.process.returncode == 0:
            return True
        self.failures += self.process.returncode != -signal.SIGKILL
        self.start(*words)
        return False

    def kill(self):
        self.process.kill()
        self.process.wait()

    def kill_command(self):
        for pid in children(self.process.pid):
            os.kill(pid, signal.SIGKILL)

    def wait_for(self, what, ready, *words):
        deadline = time.monotonic() + DEADLINE_S
        while not ready():
            if time.monotonic() > deadline:
                self.log.seek(0)
                sys.exit(f"{what}: not after {DEADLINE_S} s\n{self.log.read().decode()}")
            self.keep(*words)
            time.sleep(0.02)


def run(kreel, words, broker, **options):
    return subprocess.run([kreel, *words, "-b", broker.address], check=True, timeout=DEADLINE_S,
                          capture_output=True, **options).stdout


def records(kreel, topic, broker):
    seen = {partition: [] for partition in range(PARTITIONS)}
    for line in run(kreel, ["consume", topic, "--until", "end", "-o", "jsonl"], broker).splitlines():
        record = json.loads(line)
        seen[record["partition"]].append(record["value"])
    return seen


def under_fire(kreel, broker, directory, log, stays, kills, chance):
    """What is to be killed next meets new records, at work or at any other moment."""
    source, target = ("in-stays", "out-stays") if stays else ("in-each", "out-each")
    run(kreel, ["topics", "create", source, target, "-p", str(PARTITIONS)], broker)
    pipe = Pipe(kreel, broker, directory, log, source, target, stays)
    hits = {"command": 0, "kreel": 0, "broker": 0}
    started = time.monotonic()
    pipe.start()
    for kill in range(kills):
        what = list(hits)[kill % len(hits)]
        numbers = range(kill * RECORDS_PER_KILL, (kill + 1) * RECORDS_PER_KILL)
        held = what == "command" or chance.random() < 0.5
        if held:
            (pipe.directory / "held").unlink(missing_ok=True)
            (pipe.directory / "hold").touch()
        run(kreel, ["produce", source, "-K", ":", "-q"], broker,
            input="".join(f"{number % 40}:{number}\n" for number in numbers).encode())
        if held:
            pipe.wait_for("a command at work", (pipe.directory / "held").exists)
        else:
            time.sleep(chance.uniform(0, 0.3))
        if what == "command":
            pipe.kill_command()
        elif what == "kreel":
            pipe.kill()
        else:
            broker.kill()
            broker.start()
            broker.wait_ready()
        if held:
            (pipe.directory / "hold").unlink()
        hits[what] += 1
        pipe.keep()
    if pipe.process.poll() is None:
        pipe.process.send_signal(signal.SIGTERM)
        pipe.process.wait()
    pipe.start("--until", "end")
    pipe.wait_for("the end", lambda: pipe.keep("--until", "end"), "--until", "end")
    if pipe.failures > hits["command"]:  # only these end a pipe that nobody kills
        log.seek(0)
        sys.exit(f"{pipe.failures} times the pipe has failed over {hits}\n{log.read().decode()}")
    return source, target, pipe.runs, hits, time.monotonic() - started


def check(kreel, broker, source, target, stays):
    given, made = records(kreel, source, broker), records(kreel, target, broker)
    expected = sorted("done " + value for values in given.values() for value in values)
    found = sorted(value for values in made.values() for value in values)
    if expected != found:
        lost = set(expected) - set(found)
        sys.exit(f"{target}: {len(expected)} records in, {len(found)} out; {len(lost)} lost, "
                 f"{len(found) - len(set(found))} doubled:\n{broker.log_tail()}")
    if stays:  # with the keys of the records, so in the same partitions and in order
        for partition, values in given.items():
            if ["done " + value for value in values] != made[partition]:
                sys.exit(f"{target}[{partition}]: not in the order of {source}[{partition}]")
    return len(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--kills", type=int, help="of each way to run the command")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    options = parser.parse_args()
    kreel, chance = os.path.abspath(options.kreel), random.Random(options.seed)
    kills = options.kills or (51 if os.environ.get("KREEL_LONG") == "1" else 3)
    print(f"seed {options.seed}, {kills} kills for each of two commands")
    os.environ.pop("KREEL_BROKERS", None)
    with tempfile.TemporaryDirectory(prefix="kreel-pipe-") as directory:
        os.environ["HOME"] = directory
        broker = Broker(kreel, directory,
                        options=["--config", "group.min.session.timeout.ms=500"])
        broker.start()
        broker.wait_ready()
        try:
            with open(os.path.join(directory, "pipe.log"), "w+b") as log:
                for stays in (False, True):
                    source, target, runs, hits, took_s = under_fire(kreel, broker, directory, log,
                                                                    stays, kills, chance)
                    count = check(kreel, broker, source, target, stays)
                    print(f"{'stays' if stays else 'each batch'}: {count} records exactly once over "
                          f"{hits}, {runs} runs of the pipe, {took_s:.1f} s")
        finally:
            broker.kill()


main()

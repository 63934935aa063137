#!/usr/bin/env python3
"""What readers and writers do when the broker is killed under them: who has an end gives up after --timeout with exit
code 3, who follows says so and goes on with a broker that is back, and a signal ends either in time.

  silent_broker.py --kreel PATH"""

import argparse
import contextlib
import os
import signal
import subprocess
import tempfile
import time

from broker import Broker

PATIENCE_S = 3
# On a machine that is busy with other tests.
SLOW_S = 120
# cli.md says 2 s; what is waited for without a limit takes the session's 45 s at least.
STOP_S = 20
RECORDS = 2_000


class Command:
    def __init__(self, kreel, broker, directory, name, words):
        self.name = name
        self.out_path, self.error_path = (os.path.join(directory, f"{name}.{end}") for end in ("out", "err"))
        with open(self.out_path, "w", encoding="utf-8") as out, open(self.error_path, "w", encoding="utf-8") as error:
            self.process = subprocess.Popen([kreel, *words, "-b", broker.address], stdout=out, stderr=error,
                                            stdin=subprocess.DEVNULL, cwd=directory)

    def errors(self):
        with open(self.error_path, encoding="utf-8") as file:
            return file.read()

    def lines(self):
        with open(self.out_path, encoding="utf-8") as file:
            return file.read().count("\n")

    def until(self, condition, what):
        deadline = time.monotonic() + SLOW_S
        while not condition():
            assert time.monotonic() < deadline, f"{self.name}: not within {SLOW_S} s: {what}\n{self.errors()}"
            time.sleep(0.02)

    def ends(self, code, within_s=SLOW_S):
        try:
            ended = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name}: still running after {within_s} s\n{self.errors()}") from None
        assert ended == code, f"{self.name}: exit code {ended}, expected {code}\n{self.errors()}"

    def says(self, text):
        assert text in self.errors(), f"{self.name}: no {text!r} in\n{self.errors()}"

    def signal_taken(self, number):
        """Whether the process has seen it: a second one is then a second one."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            pending = next(line for line in file if line.startswith("ShdPnd:"))
        return int(pending.split()[1], 16) >> (number - 1) & 1 == 0


@contextlib.contextmanager
def served(kreel, directory, *options):
    os.makedirs(directory)
    broker = Broker(kreel, directory, flush="os", options=["--topics", "full:1,empty:1", *options])
    broker.start()
    broker.wait_ready(SLOW_S)
    try:
        yield broker
    finally:
        broker.kill()


def fill(kreel, broker):
    lines = "".join(f"{number}\n" for number in range(RECORDS))
    subprocess.run([kreel, "produce", "full", "-q", "-b", broker.address], input=lines.encode(), check=True,
                   timeout=SLOW_S)


def who_has_an_end_gives_up(kreel, directory):
    """Those that wait for records, those that are in the middle of them, and those that write."""
    with served(kreel, directory) as broker:
        fill(kreel, broker)
        patience = ["--timeout", f"{PATIENCE_S}s"]
        more = str(RECORDS + 1)
        readers = [Command(kreel, broker, directory, name, ["consume", "full", *words, *patience])
                   for name, words in (("alone", ["-n", more]),
                                       ("idle", ["--idle", "1h"]),
                                       ("group", ["-g", "group", "-n", more]),
                                       ("exec", ["-g", "exec", "-n", more, "--exec", "cat >>exec.log"]))]
        writer = Command(kreel, broker, directory, "bench",
                         ["bench", "produce", "--rate", "200", "--duration", "1h", *patience])
        for reader in readers[:3]:
            reader.until(lambda reader=reader: reader.lines() == RECORDS, "all records")
        done = os.path.join(directory, "exec.log")
        readers[3].until(lambda: os.path.exists(done) and os.path.getsize(done) > 0, "a record")
        broker.kill()
        for reader in readers:
            reader.ends(3)
            reader.says(f"kreel: {broker.address} did not answer for {PATIENCE_S}s\n"
                        f"hint: {broker.address}: connection refused\n")
        writer.ends(3)
        writer.says(f": nothing was acknowledged for {PATIENCE_S}s")
    print("who has an end gives up")


def who_follows_goes_on(kreel, directory):
    with served(kreel, directory) as broker:
        fill(kreel, broker)
        followers = [Command(kreel, broker, directory, "alone", ["consume", "full"]),
                     Command(kreel, broker, directory, "group", ["consume", "full", "-g", "g"])]
        for follower in followers:
            follower.until(lambda follower=follower: follower.lines() == RECORDS, "all records")
        broker.kill()
        for follower in followers:
            follower.until(lambda follower=follower: "still trying" in follower.errors(), "a line that says so")
        broker.start()
        broker.wait_ready(SLOW_S)
        for follower in followers:
            follower.until(lambda follower=follower: "again" in follower.errors(), "a line that it is back")
            assert follower.errors() == (f"{broker.address} does not answer; still trying\n"
                                         f"{broker.address} answers again\n"), follower.errors()
        fill(kreel, broker)
        for follower in followers:
            follower.until(lambda follower=follower: follower.lines() >= 2 * RECORDS, "the new records")
            follower.process.send_signal(signal.SIGTERM)
            follower.ends(143)
    print("who follows goes on")


def who_waits_for_a_group_gives_up(kreel, directory):
    """A broker may rightly take long to let a member in, but not to answer whether it is there."""
    def delay(seconds):
        return ["--config", f"group.initial.rebalance.delay.ms={seconds * 1_000}"]

    def joins(broker, group):
        described = subprocess.run([kreel, "groups", "describe", group, "-o", "json", "-b", broker.address],
                                   capture_output=True, check=False, timeout=SLOW_S).stdout
        return b"PreparingRebalance" in described

    words = ["consume", "full", "-n", "1", "--timeout", f"{PATIENCE_S}s"]
    with (served(kreel, directory, *delay(2 * PATIENCE_S)) as slow,
          served(kreel, directory + "-2", *delay(SLOW_S)) as asleep):
        fill(kreel, slow)
        fill(kreel, asleep)
        patient = Command(kreel, slow, directory, "patient", [*words, "-g", "group"])
        members = {"group": Command(kreel, asleep, directory, "member", [*words, "-g", "group"]),
                   "exec": Command(kreel, asleep, directory, "exec", [*words, "-g", "exec", "--exec", "cat"])}
        for group, member in members.items():
            member.until(lambda group=group: joins(asleep, group), "the broker has heard of it")
        asleep.process.send_signal(signal.SIGSTOP)
        for member in members.values():
            member.ends(3)
            member.says(f"kreel: {asleep.address} did not answer for {PATIENCE_S}s\n")
        patient.ends(0)
        assert patient.lines() == 1 and patient.errors() == "", patient.errors()
    print("who waits for a group gives up")


def signals_end_a_member(kreel, directory):
    """A member whose broker is gone cannot leave its group, and does not wait for the end of its session."""
    with served(kreel, directory) as broker:
        fill(kreel, broker)
        members = {name: Command(kreel, broker, directory, name, ["consume", "full", "-g", name])
                   for name in ("one", "known")}
        for member in members.values():
            member.until(lambda member=member: member.lines() == RECORDS, "all records")
        broker.kill()
        members["one"].process.send_signal(signal.SIGTERM)
        members["one"].ends(143, STOP_S)
        members["known"].until(lambda: "still trying" in members["known"].errors(), "a line that says so")
        members["known"].process.send_signal(signal.SIGINT)
        members["known"].ends(130, STOP_S)
    with served(kreel, directory + "-2") as broker:
        fill(kreel, broker)
        twice, once = (Command(kreel, broker, directory + "-2", name, ["consume", "full", "-g", name])
                       for name in ("twice", "once"))
        for member in (twice, once):
            member.until(lambda member=member: member.lines() == RECORDS, "all records")
        # They hear nothing of the group while the broker sleeps, so the first signal is not the end yet.
        broker.process.send_signal(signal.SIGSTOP)
        once.process.send_signal(signal.SIGTERM)
        twice.process.send_signal(signal.SIGTERM)
        twice.until(lambda: twice.signal_taken(signal.SIGTERM), "the first signal")
        twice.process.send_signal(signal.SIGINT)
        twice.ends(130, STOP_S)
        once.ends(143, STOP_S)
    print("signals end a member")


def signals_end_writers(kreel, directory):
    """Whose broker is frozen: they say what is not known, and wait neither for it nor for --timeout."""
    with served(kreel, directory, "--topics", "exact:1") as broker:
        fill(kreel, broker)
        patience = ["--timeout", "600s"]
        slow = ["--rate", "200", *patience]
        bench = Command(kreel, broker, directory, "bench", ["bench", "produce", "--duration", "1h", *slow])
        copies = [Command(kreel, broker, directory, name, ["cp", "full", *words, *slow])
                  for name, words in (("copy", ["empty"]), ("exact", ["exact", "--txn"]))]
        for topic in ("empty", "exact"):
            subprocess.run([kreel, "consume", topic, "-n", "1", "--isolation", "read_uncommitted", "-b", broker.address],
                           stdout=subprocess.DEVNULL, check=True, timeout=SLOW_S)

        def own_topics():
            return subprocess.run([kreel, "topics", "list", "--columns", "name", "--no-headers", "-b", broker.address],
                                  capture_output=True, check=True, timeout=SLOW_S, text=True).stdout
        bench.until(lambda: "kreel-bench-" in own_topics(), "a topic of its own")
        broker.process.send_signal(signal.SIGSTOP)
        writers = [bench, *copies]
        for writer in writers:
            writer.process.send_signal(signal.SIGINT)
        for writer in writers:
            writer.ends(130, STOP_S)
        bench.says("may still be there: its deletion was not answered\nhint: kreel topics delete kreel-bench-")
        for copy in copies:
            copy.says(" copied, ")
    print("signals end writers")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kreel", required=True)
    kreel = os.path.abspath(parser.parse_args().kreel)
    os.environ.pop("KREEL_BROKERS", None)
    with tempfile.TemporaryDirectory(prefix="kreel-silent-") as directory:
        os.environ["HOME"] = directory
        for number, case in enumerate((who_has_an_end_gives_up, who_waits_for_a_group_gives_up, who_follows_goes_on,
                                      signals_end_a_member, signals_end_writers)):
            case(kreel, os.path.join(directory, str(number)))


main()

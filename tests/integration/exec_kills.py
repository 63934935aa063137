#!/usr/bin/env python3
"""`kreel consume --exec` under fire: members of one group and their workers are killed at random.

  exec_kills.py --kreel PATH [--kills N] [--seed N]

Shows that no record is left out, that records of a key are first done in order, and that nothing is
ever committed before it is done. KREEL_KILLS sets the number of kills; the tenth of it is taken,
since each costs a rebalance (default 12)."""

import argparse
import collections
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

PARTITIONS = 6
KEYS = 40
RECORDS_PER_KILL = 120
TIMEOUT_S = 120
SESSION_S = 2
POISON_EVERY = 97

# One write in append mode: a line is whole or not there.
EACH = """
v=$(cat)
case $v in *poison) exit 5;; esac
sleep 0.0$(($KREEL_OFFSET % 3))
echo "$KREEL_PARTITION $KREEL_OFFSET $KREEL_KEY $v" >> done.log
"""
STAYS = """
import json, os, sys, time
log = os.open("done.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for line in sys.stdin:
    r = json.loads(line)
    if r["value"].endswith("poison"):
        print("fail poison", flush=True)
        continue
    time.sleep(r["offset"] % 3 / 100)
    os.write(log, f"{r['partition']} {r['offset']} {r['key']} {r['value']}\\n".encode())
    print("ok", flush=True)
"""


class Cluster:
    def __init__(self, kreel, directory, broker):
        self.kreel, self.directory, self.broker = kreel, pathlib.Path(directory), broker
        self.errors = open(self.directory / "members.log", "ab")

    def run(self, *words, stdin=None):
        done = subprocess.run([self.kreel, *words, "-b", self.broker.address], input=stdin,
                              capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
                              cwd=self.directory)
        assert done.returncode == 0, f"kreel {' '.join(words)}: {done.returncode} {done.stderr}"
        return done.stdout

    def member(self, topic, stays, strategy, *words):
        command = (["--persistent", "--exec", "exec python3 stays.py"] if stays
                   else ["--exec", EACH])
        return subprocess.Popen(
            [self.kreel, "consume", topic, "-g", topic, *command, "--workers", "3", "--retries",
             "3", "--backoff", "5ms", "--dead-letter", f"{topic}-dlq", "-q", *words,
             "-X", f"partition.assignment.strategy={strategy}", "-X", f"session.timeout.ms={SESSION_S}000",
             "-X", "heartbeat.interval.ms=300", "-b", self.broker.address],
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self.errors)

    def done(self):
        """(partition, offset, key, value) in the order in which commands wrote them."""
        lines = (self.directory / "done.log").read_text(encoding="utf-8").splitlines()
        return [(int(p), int(o), k, v) for p, o, k, v in (line.split(" ", 3) for line in lines)]

    def records(self, topic):
        out = self.run("consume", topic, "--until", "end", "-o", "jsonl")
        return [json.loads(line) for line in out.splitlines()]


def produce(cluster, topic, count):
    sequence = collections.Counter()
    lines = []
    for i in range(count):
        key = f"k{random.randrange(KEYS)}"
        sequence[key] += 1
        poison = " poison" if i % POISON_EVERY == POISON_EVERY - 1 else ""
        lines.append(f"{key}:{sequence[key]}{poison}\n")
    cluster.run("produce", topic, "-K", ":", "-q", stdin="".join(lines))


def check_commits(cluster, topic, poison):
    """What is committed now was done before. The log is read after the offsets."""
    shown = json.loads(cluster.run("offsets", "show", topic, "-o", "json"))
    done = {(p, o) for p, o, _, _ in cluster.done()} | poison
    for item in shown["items"]:
        missing = [o for o in range(item["committed"] or 0) if (item["partition"], o) not in done]
        assert not missing, f"{topic}[{item['partition']}]: committed {item['committed']}, {missing}"


def check_all(cluster, topic):
    done = cluster.done()
    letters = {(int(h["kreel.dlq.partition"]), int(h["kreel.dlq.offset"]))
               for h in (dict(r["headers"]) for r in cluster.records(f"{topic}-dlq"))}
    records = cluster.records(topic)
    seen = {(p, o): (k, v) for p, o, k, v in done}
    left_out = [at for r in records if (at := (r["partition"], r["offset"])) not in letters
                and seen.get(at) != (r["key"], r["value"])]
    assert not left_out, f"left out: {left_out}; {cluster.run('offsets', 'show', topic, '-o', 'json')}"
    for record in records:
        at = (record["partition"], record["offset"])
        if record["value"].endswith("poison"):
            assert at in letters, f"no dead letter: {record}"
    last = {}
    first = set()
    for partition, offset, key, _ in done:
        if (partition, offset) in first:
            continue
        first.add((partition, offset))
        assert last.get(key, -1) < offset, f"out of order: {key} {partition}@{offset}"
        last[key] = offset
    return len(records), len(done) - len(first), len(letters)


def fire(cluster, topic, strategy, kills):
    """Two members, one with workers that stay; each round hits one of them."""
    members = {stays: cluster.member(topic, stays, strategy) for stays in (False, True)}
    poison = {(r["partition"], r["offset"]) for r in cluster.records(topic)
              if r["value"].endswith("poison")}
    done = cluster.directory / "done.log"
    hits = collections.Counter()
    for _ in range(kills):
        size = done.stat().st_size
        deadline = time.monotonic() + 3
        while done.stat().st_size == size and time.monotonic() < deadline:
            time.sleep(0.02)  # somebody is at work, or all is done
        time.sleep(random.random() / 2)
        stays = random.random() < 0.5
        member = members[stays]
        what = random.choice(["worker", "worker", "SIGKILL", "SIGTERM", "SIGINT"])
        hits[what] += 1
        if what == "worker":
            for pid in children(member.pid)[:2]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            continue
        member.send_signal(getattr(signal, what))
        code = member.wait(TIMEOUT_S)
        expected = {"SIGKILL": {-9}, "SIGTERM": {143, -15}, "SIGINT": {130, -2}}[what]
        assert code in expected, f"{what}: exit code {code}"
        check_commits(cluster, topic, poison)
        members[stays] = cluster.member(topic, stays, strategy)
    for member in members.values():
        member.send_signal(signal.SIGTERM)
    for member in members.values():
        assert member.wait(TIMEOUT_S) in (143, -15)
    return hits


def no_record_is_left_out(cluster, kills):
    for strategy in ("cooperative-sticky", "range"):
        topic = strategy
        share = max(1, kills // 2)
        cluster.run("topics", "create", topic, "-p", str(PARTITIONS))
        cluster.run("topics", "create", f"{topic}-dlq")
        (cluster.directory / "done.log").write_bytes(b"")
        produce(cluster, topic, share * RECORDS_PER_KILL)
        started = time.monotonic()
        hits = fire(cluster, topic, strategy, share)
        under_fire = len(cluster.done())
        time.sleep(SESSION_S)  # who was stopped while it joined holds partitions for so long
        last = cluster.member(topic, True, strategy, "--until", "end")
        assert last.wait(TIMEOUT_S) == 0
        check_commits(cluster, topic, {(r["partition"], r["offset"]) for r in cluster.records(topic)
                                       if r["value"].endswith("poison")})
        count, again, letters = check_all(cluster, topic)
        print(f"{strategy}: {count} records, {under_fire} done under fire, {again} done again, "
              f"{letters} dead letters, {dict(hits)}, {time.monotonic() - started:.1f} s")


def slow_commands_do_not_cost_membership(cluster):
    """One record takes longer than max.poll.interval.ms, and more wait than are taken ahead."""
    cluster.run("topics", "create", "slow", "slow-dlq")
    produce(cluster, "slow", 1500)
    (cluster.directory / "slow.sh").write_text(
        "n=0; while read -r line; do test $n -gt 0 || sleep 5; n=1; echo ok; done\n",
        encoding="utf-8")
    out = cluster.directory / "slow.log"
    with open(out, "wb") as log:
        code = subprocess.run(
            [cluster.kreel, "consume", "slow", "-g", "slow", "-v", "--until", "end", "--persistent",
             "--exec", "exec sh slow.sh", "-X", "session.timeout.ms=2000",
             "-X", "heartbeat.interval.ms=300", "-X", "max.poll.interval.ms=3000", "-b", cluster.broker.address],
            cwd=cluster.directory, stderr=log, check=False, timeout=TIMEOUT_S).returncode
    text = out.read_text(encoding="utf-8")
    assert code == 0, text
    assert text.count("assigned: slow[0]") == 1, text
    assert "max.poll.interval" not in text, text
    shown = json.loads(cluster.run("offsets", "show", "slow", "-o", "json"))
    assert [item["committed"] for item in shown["items"]] == [1500], shown


def a_bounded_member_ends_after_a_rebalance(cluster):
    """It keeps a partition that it has read to the end, and has committed little of it."""
    cluster.run("topics", "create", "bounded", "-p", "2")
    for partition in ("0", "1"):
        cluster.run("produce", "bounded", "-p", partition, "-q", stdin="x\n" * 20)
    command = [cluster.kreel, "consume", "bounded", "-g", "bounded", "--until", "end", "--exec",
               "sleep 0.1", "-X", "partition.assignment.strategy=cooperative-sticky",
               "-X", "session.timeout.ms=2000", "-X", "heartbeat.interval.ms=300",
               "-b", cluster.broker.address]
    members = []
    for _ in range(2):
        members.append(subprocess.Popen(command, cwd=cluster.directory))
        time.sleep(0.8)
    assert [member.wait(TIMEOUT_S) for member in members] == [0, 0]
    shown = json.loads(cluster.run("offsets", "show", "bounded", "-o", "json"))
    assert [item["committed"] for item in shown["items"]] == [20, 20], shown


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--kills", type=int)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    arguments = parser.parse_args()
    arguments.kreel = os.path.abspath(arguments.kreel)
    kills = arguments.kills or max(12, int(os.environ.get("KREEL_KILLS", "0")) // 10)
    random.seed(arguments.seed)
    print(f"seed {arguments.seed}, {kills} kills")
    with tempfile.TemporaryDirectory(prefix="kreel-exec-") as directory:
        broker = Broker(arguments.kreel, directory, flush="os",
                        options=["--config", "group.min.session.timeout.ms=500"])
        broker.start()
        try:
            broker.wait_ready()
            cluster = Cluster(arguments.kreel, directory, broker)
            (cluster.directory / "stays.py").write_text(STAYS, encoding="utf-8")
            slow_commands_do_not_cost_membership(cluster)
            a_bounded_member_ends_after_a_rebalance(cluster)
            no_record_is_left_out(cluster, kills)
        except BaseException:
            log = pathlib.Path(directory) / "members.log"
            print(log.read_text(encoding="utf-8", errors="replace")[-3000:] if log.exists() else "")
            raise
        finally:
            broker.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())

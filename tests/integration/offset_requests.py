#!/usr/bin/env python3
"""Counts the requests of an offset change: however many partitions there are, it is one OffsetCommit
per group, and a fixed number of the others.

  offset_requests.py --kreel PATH"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

from broker import Broker, free_port

TOPIC, PARTITIONS, GROUPS = "wide", 1000, 3
# Two for the position (start and end) and one more where a time is looked up; a plan reads the
# commits once, and the change compares before and reads back after.
LIMITS = {"OffsetCommit": GROUPS, "ListOffsets": 3, "OffsetFetch": 3, "DescribeGroups": 2,
          "Fetch": 4, "JoinGroup": 0, "SyncGroup": 0, "Heartbeat": 0}


def request_counts(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply:
        text = reply.read().decode()
    counts = {}
    for line in text.splitlines():
        found = re.match(r'kreel_requests_total\{.*api="(\w+)".*\} ([\d.e+]+)$', line)
        if found:
            counts[found.group(1)] = counts.get(found.group(1), 0) + int(float(found.group(2)))
    return counts


def prepare(run, directory):
    records, setup = os.path.join(directory, "records"), os.path.join(directory, "setup.csv")
    with open(records, "w", encoding="utf-8") as file:
        for partition in range(PARTITIONS):
            for i in range(3):
                file.write(json.dumps({"partition": partition, "value": str(i)}) + "\n")
    run(["produce", TOPIC, "--from", "jsonl", "--file", records])
    with open(setup, "w", encoding="utf-8") as file:
        for group in range(GROUPS):
            file.writelines(f"g{group},{TOPIC},{i},3\n" for i in range(PARTITIONS))
    run(["offsets", "reset", "--from-file", setup, "--allow-new-topics", "--yes"])


def check(run, port):
    before = request_counts(port)
    start = time.monotonic()
    rows = json.loads(run(["offsets", "rewind", "--groups", "g*", "--by", "24h", "--yes", "-o", "json"]))
    took = time.monotonic() - start
    after = request_counts(port)
    used = {api: after.get(api, 0) - before.get(api, 0) for api in {*after, *LIMITS}}
    used = {api: count for api, count in used.items() if count}
    problems = [f"{used[api]} {api}, at most {limit} expected" for api, limit in LIMITS.items()
                if used.get(api, 0) > limit]
    if used.get("OffsetCommit", 0) != GROUPS:
        problems.append(f"{used.get('OffsetCommit', 0)} OffsetCommit for {GROUPS} groups")
    done = sum(row["target"] == 0 and row["note"].startswith("done") for row in rows["items"])
    if done != GROUPS * PARTITIONS:
        problems.append(f"{done} of {GROUPS * PARTITIONS} partitions are done")
    print(f"{GROUPS} groups of {PARTITIONS} partitions: {used}, {took:.2f} s")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kreel", required=True)
    arguments = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="kreel-offset-requests-")
    port = free_port()
    broker = Broker(arguments.kreel, directory, flush="os",
                    options=["--topics", f"{TOPIC}:{PARTITIONS}", "--metrics", f"127.0.0.1:{port}"])
    environment = {"PATH": os.environ["PATH"], "KREEL_BROKERS": broker.address, "HOME": directory}

    def run(words):
        return subprocess.run([arguments.kreel, *words, "-q"], check=True, stdout=subprocess.PIPE,
                              stdin=subprocess.DEVNULL, env=environment, timeout=120).stdout

    broker.start()
    try:
        broker.wait_ready(60)
        prepare(run, directory)
        problems = check(run, port)
    finally:
        broker.kill()
    for problem in problems:
        print(problem)
    shutil.rmtree(directory)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Records through `kreel consume`, `produce` and `cp` between two brokers: nothing lost, nothing changed.

  records.py --kreel PATH [--seed N]"""

import argparse
import base64
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from broker import Broker

TIMEOUT_S = 60
PARTITIONS = 4


class Kreel:
    def __init__(self, binary, home):
        self.binary = binary
        self.environment = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8"}
        self.environment.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})

    def start(self, *words):
        return subprocess.Popen([self.binary, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, env=self.environment)

    def __call__(self, *words, stdin=b""):
        done = subprocess.run([self.binary, *words], input=stdin, capture_output=True, env=self.environment,
                              timeout=TIMEOUT_S, check=False)
        assert done.returncode == 0, f"kreel {' '.join(words)}: {done.returncode} {done.stderr.decode()}"
        return done.stdout

    def topic(self, broker, name):
        self("topics", "create", name, "-p", str(PARTITIONS), "-b", broker.address)
        return name

    def records(self, broker, topic):
        """jsonl lines of all records, partition by partition."""
        text = self("consume", topic, "--until", "end", "-o", "jsonl", "-b", broker.address)
        return sorted(text.decode().split("\n")[:-1], key=lambda line: json.loads(line)["partition"])


def random_bytes(rng, longest):
    """As a jsonl record has them: null, empty, text, or bytes that are no UTF-8."""
    kind = rng.randrange(6)
    if kind == 0:
        return None
    if kind == 1:
        return ""
    if kind == 2:
        return "".join(rng.choice("aZ0 \"\\\n\r\t\x00\x01\x1b\x7f,{}[]é€\u2028\U0001f600") for _ in range(rng.randrange(longest)))
    if kind == 3:
        return str(rng.randrange(-2**63, 2**63))
    raw = rng.randbytes(rng.randrange(1, longest))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(raw).decode()}


def random_record(rng):
    headers = [[rng.choice(["", "a", "a", "trace-id", "é", "x" * 200]), random_bytes(rng, 40)]
               for _ in range(rng.choice([0, 0, 1, 2, 7]))]
    return {"topic": "unused", "partition": rng.randrange(PARTITIONS), "offset": rng.randrange(10**12),
            "ts": rng.choice([1, 999, 1_600_000_000_000 + rng.randrange(10**9)]),
            "ts_type": "create_time", "key": random_bytes(rng, 30), "value": random_bytes(rng, 400), "headers": headers}


def without_place(lines):
    records = [json.loads(line) for line in lines]
    for record in records:
        for name in ("topic", "offset"):
            record.pop(name)
    return records


def what_is_written_comes_back(kreel, first, second, rng):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        made = [random_record(rng) for _ in range(600)]
        topic = kreel.topic(first, f"made-{codec}")
        lines = "".join(json.dumps(record, ensure_ascii=rng.random() < 0.5) + "\n" for record in made)
        kreel("produce", topic, "--from", "jsonl", "-z", codec, "-b", first.address, stdin=lines.encode())
        read = kreel.records(first, topic)
        wanted = sorted(made, key=lambda record: record["partition"])
        for record in wanted:
            for name in ("topic", "offset"):
                record.pop(name)
        assert without_place(read) == wanted, f"{codec}: the records differ"

        # To the other cluster, into topics of the same names, where even the lines are the same.
        kreel.topic(second, topic)
        kreel("produce", "-", "--from", "jsonl", "-z", codec, "-b", second.address, stdin="\n".join(read).encode())
        assert kreel.records(second, topic) == read, f"{codec}: the copies differ"


def a_copy_is_identical(kreel, first, second, rng):
    made = [random_record(rng) for _ in range(2000)]
    source = kreel.topic(first, "copied")
    kreel("produce", source, "--from", "jsonl", "-b", first.address,
          stdin="".join(json.dumps(record) + "\n" for record in made).encode())
    kreel.topic(second, "copied")
    kreel("cp", "copied", "copied", "-b", first.address, "--to-brokers", second.address)
    assert kreel.records(second, "copied") == kreel.records(first, "copied")

    # Once more: there is nothing new, and then only what is.
    kreel("cp", "copied", "copied", "-b", first.address, "--to-brokers", second.address)
    assert len(kreel.records(second, "copied")) == 2000
    kreel("produce", source, "-k", "k", "-b", first.address, stdin=b"one more\n")
    kreel("cp", "copied", "copied", "-b", first.address, "--to-brokers", second.address)
    assert len(kreel.records(second, "copied")) == 2001


def a_copy_that_is_killed_goes_on_without_loss(kreel, first, second, rng):
    count, rate = 20_000, 3_000
    source = kreel.topic(first, "killed")
    lines = "".join(json.dumps({"partition": i % PARTITIONS, "value": str(i)}) + "\n" for i in range(count))
    kreel("produce", source, "--from", "jsonl", "-b", first.address, stdin=lines.encode())
    kreel.topic(second, "killed")
    words = ["cp", "killed", "killed", "-b", first.address, "--to-brokers", second.address]
    for _ in range(3):
        process = kreel.start(*words, "--rate", str(rate))
        time.sleep(rng.uniform(0.3, 1.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL, "the copy ended before it was killed"
    kreel(*words)
    values = {partition: [] for partition in range(PARTITIONS)}
    for line in kreel.records(second, "killed"):
        record = json.loads(line)
        values[record["partition"]].append(int(record["value"]))
    repeated = sum(map(len, values.values())) - count
    for partition, seen in values.items():
        # Each run is in order and starts no later than behind the last one.
        assert list(dict.fromkeys(seen)) == list(range(partition, count, PARTITIONS)), f"partition {partition}"
    assert repeated < 3 * count / 2, f"{repeated} records are there twice"
    print(f"  killed three times: {repeated} of {count} records repeated")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="kreel-records-") as directory:
        brokers = []
        try:
            for name in ("first", "second"):
                os.mkdir(os.path.join(directory, name))
                brokers.append(Broker(options.kreel, os.path.join(directory, name), flush="os"))
                brokers[-1].start()
                brokers[-1].wait_ready()
            kreel = Kreel(options.kreel, directory)
            for test in (what_is_written_comes_back, a_copy_is_identical, a_copy_that_is_killed_goes_on_without_loss):
                started = time.monotonic()
                test(kreel, *brokers, rng)
                print(f"ok {test.__name__} ({time.monotonic() - started:.1f} s)")
        finally:
            for broker in brokers:
                broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""kreel cp against Apache Kafka: at least once, and with --txn exactly once."""

import json
import random
import signal
import time

from rig.program import eventually
from rig.report import equal

PARTITIONS = 3


def register():
    return [("cp-keeps-records", keeps_records), ("cp-txn-exactly-once-under-kill-9", exactly_once),
            ("cp-txn-leaves-nothing-of-an-aborted-run", aborted)]


def numbered(kreel, count):
    topic = kreel.topic("copied", PARTITIONS)
    kreel.produce(topic, [json.dumps({"partition": i % PARTITIONS, "value": str(i)}) for i in range(count)],
                  "--from", "jsonl")
    return topic


def check_once(kreel, topic, count):
    # Kafka's coordinator answers before it has written its markers.
    eventually(lambda: len(kreel.records(topic)) >= count, f"{count} records of {topic}")
    seen = {partition: [] for partition in range(PARTITIONS)}
    for record in kreel.records(topic):
        seen[record["partition"]].append(int(record["value"]))
    for partition, values in seen.items():
        equal(list(range(partition, count, PARTITIONS)), values, f"values of partition {partition}")


def keeps_records(kreel):
    source, copy = kreel.topic("copied", PARTITIONS), kreel.topic("copy", PARTITIONS)
    made = [{"partition": i % PARTITIONS, "ts": 1700000000000 + i, "key": [None, "", "k"][i % 3],
             "value": {"b64": "/wA="} if i % 2 else None, "headers": [["h", None], ["h", ""], ["h", "x"]]}
            for i in range(30)]
    kreel.produce(source, map(json.dumps, made), "--from", "jsonl")
    kreel("cp", source, copy)
    kreel("cp", source, copy)
    equal([dict(r, topic=copy) for r in kreel.records(source)], kreel.records(copy), "records of the copy")


def exactly_once(kreel):
    """Killed again and again, in whatever it is doing, the copy has every record once and in order."""
    count = 6_000
    source, copy = numbered(kreel, count), kreel.topic("copy", PARTITIONS)
    words = ["cp", source, copy, "--txn", "--txn-every", "150", "--timeout", "30s"]
    for _ in range(4):
        process = kreel.spawn(*words, "--rate", "1000")
        time.sleep(random.uniform(0.4, 1.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        equal(-signal.SIGKILL, process.returncode, "exit of a copy that was still running")
    kreel(*words)
    check_once(kreel, copy, count)
    kreel(*words)
    check_once(kreel, copy, count)


def aborted(kreel):
    """SIGTERM aborts the open transaction; the next run writes its records again."""
    count = 2_000
    source, copy = numbered(kreel, count), kreel.topic("copy", PARTITIONS)
    process = kreel.spawn("cp", source, copy, "--txn", "--rate", "500", "--timeout", "30s")
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    equal(143, process.returncode, "exit after SIGTERM")
    kreel("cp", source, copy, "--txn", "--timeout", "30s")
    check_once(kreel, copy, count)

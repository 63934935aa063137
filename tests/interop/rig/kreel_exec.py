"""kreel consume --exec against Apache Kafka: workers, dead letters, priority."""

import json
from collections import Counter

from rig.kreel_command import fresh
from rig.kreel_groups import apache_committed
from rig.report import equal

KEYS, ROUNDS, PARTITIONS = 6, 10, 3


def register():
    return [("exec-workers-keep-order-and-dead-letters", dead_letters), ("exec-priority", priority),
            ("exec-failure-commits-what-is-before-it", failure)]


def keyed(kreel):
    """Each key's values count up, all of them in one partition."""
    topic = kreel.topic("worked", PARTITIONS)
    kreel.produce(topic, [json.dumps({"key": f"k{key}", "value": f"k{key} {i}", "partition": key % PARTITIONS,
                                      "headers": [["h", "1"]]})
                          for i in range(ROUNDS) for key in range(KEYS)], "--from", "jsonl")
    return topic


def dead_letters(kreel):
    """Values that end in 7 fail twice; all others are worked on once, those of a key in order."""
    topic, failed, group = keyed(kreel), kreel.topic("failed"), fresh("workers")
    command = 'read line; case "$line" in *7) exit 4;; esac; echo "$line"'
    output = kreel("consume", topic, "-g", group, "--until", "end", "--workers", 4, "--retries", 1,
                   "--backoff", "10ms", "--dead-letter", failed, "--exec", command)
    done = {}
    for line in output.decode().splitlines():
        key, number = line.split()
        done.setdefault(key, []).append(int(number))
    once = [i for i in range(ROUNDS) if i != 7]
    equal({f"k{key}": once for key in range(KEYS)}, done, "what the commands of each key did")
    letters = kreel.records(failed)
    equal(sorted((f"k{key}", f"k{key} 7") for key in range(KEYS)),
          sorted((record["key"], record["value"]) for record in letters), "dead letters")
    for record in letters:
        headers = dict(record["headers"])
        equal(("1", topic, group, "2", "4"), tuple(headers[name] for name in (
            "h", "kreel.dlq.topic", "kreel.dlq.group", "kreel.dlq.attempts", "kreel.dlq.exit_code")), "headers")
    each = KEYS // PARTITIONS * ROUNDS
    equal({partition: each for partition in range(PARTITIONS)}, apache_committed(kreel, group, topic), "committed")


def priority(kreel):
    high, low, group = kreel.topic("high"), kreel.topic("low"), fresh("ranks")
    for topic in (low, high):
        kreel.produce(topic, range(20))
    output = kreel("consume", "--priority", f"{high},{low}", "-g", group, "--until", "end",
                   "--exec", 'echo "$KREEL_TOPIC"')
    equal([high] * 20 + [low] * 20, output.decode().split(), "topics in order")
    for topic in (high, low):
        equal({0: 20}, apache_committed(kreel, group, topic), "committed")


def failure(kreel):
    """Without dead letters the command ends; the next run starts with the record that failed."""
    topic, group = kreel.topic("stops"), fresh("stops")
    kreel.produce(topic, range(20))
    consume = ("consume", topic, "-g", group, "--until", "end", "--workers", 3, "--exec")
    before = kreel(*consume, 'read n; test "$n" != 12 || exit 7; echo "$n"', code=1)
    equal({0: 12}, apache_committed(kreel, group, topic), "committed")
    after = kreel(*consume, "cat; echo")
    seen = Counter(map(int, (before + after).split()))
    equal(set(range(20)), set(seen), "every record")
    equal([1] * 12, [seen[i] for i in range(12)], "what is before it, once")

"""kreel txns, produce --txn and pipe against Apache Kafka; its own tool and consumer are the second readers."""

import contextlib
import json
import random
import signal
import struct
import sys
import time

from rig import brokers, fetch
from rig.kreel_command import fresh
from rig.report import equal

sys.path.append(str(fetch.HERE.parent / "integration"))
import wire  # noqa: E402

TRANSACTIONS_TOOL = "org.apache.kafka.tools.TransactionsCommand"
CONFIG_TOOL = "kafka.admin.ConfigCommand"
WAIT_S = 30


def register():
    return [("txns-of-produce", produced), ("txns-abort-fences-the-producer", aborted),
            ("txns-hanging-is-found-and-aborted", hanging), ("txns-produce-killed-leaves-nothing", killed),
            ("txns-pipe-exactly-once-under-kill-9", piped)]


def apache(kreel, *arguments):
    """What kafka-transactions prints, without its head, split into cells."""
    done = brokers.run_tool(TRANSACTIONS_TOOL, "--bootstrap-server", kreel.bootstrap, *arguments)
    equal(0, done.returncode, f"exit of kafka-transactions ({done.stderr[-300:]})")
    return [line.split() for line in done.stdout.splitlines()[1:]]


def listed(kreel, *arguments):
    return {row["transactional_id"]: row["state"] for row in kreel.items("txns", "list", *arguments)}


def wait_for(what, ready):
    deadline = time.monotonic() + WAIT_S
    while not ready():
        assert time.monotonic() < deadline, f"{what}: not after {WAIT_S} s"
        time.sleep(0.1)


@contextlib.contextmanager
def open_transaction(kreel, topic, name):
    """A `kreel produce --txn` that has written two records and waits for more."""
    process = kreel.spawn_fed("produce", topic, "--txn", name, "-p", 0, "--timeout", "30s")
    process.stdin.write(b"open-1\nopen-2\n")
    process.stdin.flush()
    try:
        wait_for("an open transaction",
                 lambda: any(row["start_offset"] is not None for row in described(kreel, name)))
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def described(kreel, name):
    done = kreel.run("txns", "describe", name, "-o", "json")
    return json.loads(done.stdout)["items"] if done.returncode == 0 else []


def produced(kreel):
    topic, name = kreel.topic("txn", 2), fresh("load")
    kreel.produce(topic, [json.dumps({"value": str(i), "partition": i % 2}) for i in range(10)], "--from", "jsonl",
                  "--txn", name, "--txn-every", 4, "--timeout", "30s")
    equal([str(i) for i in range(10)], sorted(record["value"] for record in kreel.records(topic)), "records")
    wait_for("the end of the last transaction", lambda: listed(kreel, name) == {name: "CompleteCommit"})
    rows = {row[0]: row[1:] for row in apache(kreel, "list")}
    own = kreel.items("txns", "list", name)[0]
    equal([str(own["coordinator_id"]), str(own["producer_id"]), own["state"]], rows[name], "what Apache's tool lists")
    equal({}, listed(kreel, name, "--state", "ongoing"), "of another state")
    equal({name: "CompleteCommit"}, listed(kreel, "--producer-id", own["producer_id"]), "by producer")
    equal({}, listed(kreel, name, "--open-for", "1ms"), "by duration")
    kreel("txns", "describe", name + "x", code=6)


def aborted(kreel):
    topic, name = kreel.topic("txn", 2), fresh("open")
    kreel.produce(topic, ["before"], "-p", 0)
    with open_transaction(kreel, topic, name) as process:
        row = described(kreel, name)[0]
        equal(("Ongoing", 0, 1), (row["state"], row["partition"], row["start_offset"]), "described")
        shown = dict(zip(("coordinator", "id", "producer", "epoch", "state"), apache(kreel, "describe",
                                                                                    "--transactional-id", name)[0]))
        equal((str(row["producer_id"]), "Ongoing"), (shown["producer"], shown["state"]), "what Apache's tool shows")
        equal({name: "Ongoing"}, listed(kreel, name, "--open-for", "1ms"), "by duration")
        equal([], kreel.items("txns", "find-hanging", topic, "--max-transaction-timeout", "0s"), "it does not hang")
        kreel("txns", "abort", "-t", f"{topic}:0", "--start-offset", 1, "--yes", code=7)
        kreel("txns", "abort", name, code=7)
        kreel("txns", "abort", name, "--yes")
        equal({}, listed(kreel, name, "--state", "ongoing"), "still open after the abort")
        _, errors = process.communicate(b"late\n", timeout=WAIT_S)
        equal(1, process.returncode, "exit of the producer that was fenced")
        assert b"another producer has taken it over" in errors, errors
    equal(["before"], [record["value"] for record in kreel.records(topic)], "committed records")
    kreel("txns", "abort", name, "--yes", code=7)


@contextlib.contextmanager
def without_verification(kreel):
    """Apache Kafka 3.6 and later take no transactional batch that the coordinator does not know of."""
    def configure(*change):
        done = brokers.run_tool(CONFIG_TOOL, "--bootstrap-server", kreel.bootstrap, "--entity-type", "brokers",
                                "--entity-default", "--alter", *change)
        equal(0, done.returncode, f"exit of kafka-configs ({done.stdout} {done.stderr[-300:]})")
    configure("--add-config", "transaction.partition.verification.enable=false")
    try:
        yield
    finally:
        configure("--delete-config", "transaction.partition.verification.enable")


def write_unknown_batch(kreel, topic, name):
    """A record of a transaction that its coordinator is never told of: it hangs."""
    connection = wire.Connection(int(kreel.bootstrap.rsplit(":", 1)[1]))

    # The coordinator, and the setting, may take a moment.
    def init():
        reply = connection.call(wire.INIT_PRODUCER_ID, 1, wire.string(name) + struct.pack(">i", 60_000))
        error, producer_id, epoch = struct.unpack(">hqh", reply[4:16])
        return None if error else (producer_id, epoch)

    found = []
    wait_for("a producer id", lambda: found.append(init()) or found[-1])
    producer_id, epoch = found[-1]

    def produce():
        batch = wire.record_batch(b"hangs", int(time.time() * 1000), (producer_id, epoch, 0))
        body = (wire.string(name) + struct.pack(">hii", -1, 10_000, 1) + wire.string(topic) +
                struct.pack(">iii", 1, 0, len(batch)) + batch)
        reply = connection.call(wire.PRODUCE, 3, body)
        error, = struct.unpack(">h", reply[4 + 2 + len(topic) + 4 + 4:][:2])
        return error == 0

    wait_for("a batch of a transaction without a coordinator", produce)
    return producer_id


def hanging(kreel):
    topic, name = kreel.topic("hanging"), fresh("hangs")
    kreel.produce(topic, ["before"], "--txn", fresh("coordinator"), "--timeout", "30s")
    with without_verification(kreel):
        producer_id = write_unknown_batch(kreel, topic, name)
    kreel.produce(topic, ["behind"])
    # The end is behind what readers may see.
    values = lambda: [record["value"] for record in kreel.records(topic, "--idle", "3s")]
    equal(["before"], values(), "readers wait at the transaction that hangs")
    equal([], kreel.items("txns", "find-hanging", topic), "it is too young")
    words = ("txns", "find-hanging", topic, "--max-transaction-timeout", "0s")
    wait_for("its age", lambda: kreel.items(*words))
    row = kreel.items(*words)[0]
    equal((topic, 0, producer_id), (row["topic"], row["partition"], row["producer_id"]), "found")
    kreel(*words, "--fail-above", 1)
    kreel(*words, "--fail-above", 0, code=10)
    found = apache(kreel, "describe-producers", "--topic", topic, "--partition", 0)
    equal([str(row["start_offset"])], [cells[5] for cells in found if cells[0] == str(producer_id)],
          "its start as Apache's tool shows it")
    abort = ("txns", "abort", "-t", f"{topic}:0", "--start-offset", row["start_offset"])
    kreel(*abort, code=7)
    equal(["would be aborted"], [one["result"] for one in kreel.items(*abort, "--dry-run")], "a dry run")
    equal(["before"], values(), "nothing has changed")
    kreel(*abort, "--yes")
    equal(["before", "behind"], values(), "readers go on, without the record that was aborted")
    equal([], kreel.items(*words), "none is left")
    kreel(*abort, "--yes", code=6)


def killed(kreel):
    topic, name = kreel.topic("killed"), fresh("killed")
    with open_transaction(kreel, topic, name) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    kreel.produce(topic, ["again"], "--txn", name, "--timeout", "30s")
    equal(["again"], [record["value"] for record in kreel.records(topic)], "committed records")


def piped(kreel):
    """Killed again and again, in whatever it is doing, the pipe makes one record of each."""
    count, partitions = 1_000, 3
    source, target = kreel.topic("piped", partitions), kreel.topic("made", partitions)
    kreel.produce(source, [json.dumps({"key": f"k{i % 50}", "value": str(i)}) for i in range(count)], "--from", "jsonl")
    words = ["pipe", source, target, "-q", "--until", "end", "--batch", 50, "--timeout", "30s",
             "-X", "session.timeout.ms=6000", "--persistent", "--", "while read -r l; do echo \"made $l\"; done"]
    for _ in range(4):
        process = kreel.spawn(*words)
        time.sleep(random.uniform(0.5, 2.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
    kreel(*words)
    made = kreel.records(target)
    equal(sorted(f"made {i}" for i in range(count)), sorted(record["value"] for record in made), "what was made")
    equal({record["value"]: record["partition"] for record in kreel.records(source)},
          {record["value"].removeprefix("made "): record["partition"] for record in made}, "partitions, by key")

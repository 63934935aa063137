"""Apache's TransactionalMessageCopier between two topics, while copiers and broker are killed with SIGKILL."""

import contextlib
import json

from rig import brokers
from rig.kreel_command import Kreel, fresh
from rig.program import LONG, Program, eventually
from rig.report import Report, equal

COPIER = "org.apache.kafka.tools.TransactionalMessageCopier"
PARTITIONS = 2
RECORDS = 60_000 if LONG else 8_000  # in each partition
TRANSACTION = 100
# A copier looks up its offset before it ends what its former life left open, so it waits for this to pass.
TRANSACTION_TIMEOUT_MS = 10_000
ROUNDS = 6 if LONG else 1  # of killing the copiers, then the broker


def run(options, broker_for):
    report = Report(options.only)
    with broker_for(options, ephemeral=False) as broker:
        kreel = Kreel(options.kreel, broker.bootstrap, broker.scratch)
        report.run("copied-exactly-once-over-kills-and-aborts", over_kills, kreel, broker)
    return report.counts()


def over_kills(kreel, broker):
    source, copy = kreel.topic("source", PARTITIONS), kreel.topic("copied", PARTITIONS)
    kreel.produce(source, [json.dumps({"partition": number % PARTITIONS, "value": str(number // PARTITIONS)})
                           for number in range(PARTITIONS * RECORDS)], "--from", "jsonl")
    group = fresh("copier")
    with contextlib.ExitStack() as stack:
        copiers = [stack.enter_context(copier(kreel, broker, group, partition, source, copy))
                   for partition in range(PARTITIONS)]
        for turn in range(2 * ROUNDS):
            wanted = (turn + 1) * RECORDS // (2 * ROUNDS + 1)
            eventually(lambda: all(copied(program) >= wanted for program in copiers),
                       f"{wanted} records copied", alive=copiers)
            copying = [program for program in copiers if program.running()]
            assert copying, "all is copied before the next kill: nothing is shown"
            if turn % 2 == 0:
                for program in copying:
                    program.kill()
                    program.start()
            else:
                broker.kill()
                broker.start()
        for program in copiers:
            assert program.wait() == 0, f"{program.name} has ended with {program.ending()}"
    check(kreel, copy)


def copier(kreel, broker, group, partition, source, copy):
    command = [*brokers.java_command(), COPIER, "--broker-list", broker.bootstrap, "--input-topic", source,
               "--input-partition", partition, "--output-topic", copy, "--consumer-group", group,
               "--transactional-id", f"{copy}-{partition}", "--transaction-size", TRANSACTION,
               "--transaction-timeout", TRANSACTION_TIMEOUT_MS, "--enable-random-aborts"]
    return Program(f"{copy}-{partition}", command, broker.scratch, kreel.environment)


def copied(program):
    """Of the partition's records, in all lives of the copier."""
    lines = program.lines()
    return RECORDS - json.loads(lines[-1])["remaining"] if lines else 0


def check(kreel, copy):
    seen = [[] for _ in range(PARTITIONS)]
    for record in kreel.records(copy):
        seen[record["partition"]].append(int(record["value"]))
    for partition, values in enumerate(seen):
        equal(RECORDS, len(values), f"records of partition {partition}")
        assert values == list(range(RECORDS)), f"partition {partition} is not in order"
    everything = kreel.records(copy, "--isolation", "read_uncommitted")
    assert len(everything) > PARTITIONS * RECORDS, "no transaction was aborted"

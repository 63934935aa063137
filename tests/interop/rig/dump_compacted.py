"""Compacted and transactional logs of the broker under test: Apache's DumpLogSegments and kreel's segments agree."""

import json
import re
import subprocess

from rig.dump_log import Dumped, dump, files, fill, same_dump
from rig.report import Report, equal

KEYS = 100
ROUNDS = 30
ABORTED = [number for number in range(ROUNDS) if number % 3 == 1]
COMMITTED = [number for number in range(ROUNDS) if number % 3 != 1]
SUFFIXES = (".index", ".log", ".snapshot", ".timeindex", ".txnindex")
SETTINGS = ("log.cleaner.backoff.ms=300",)
RECORD = re.compile(r"^\| offset: (\d+) .*? keySize: -?\d+ .*? key: (\S+)(?: payload: (\S*))?$", re.MULTILINE)
# Of producers' control records Apache prints the type in place of a key.
MARKER = re.compile(r"^\| offset: (\d+) .*? endTxnMarker: (COMMIT|ABORT)", re.MULTILINE)


def run(options, broker_for):
    if options.bootstrap:
        raise RuntimeError("this check needs a broker of its own: --kreel PATH or --against-kafka")
    report = Report(options.only)
    with broker_for(options, ephemeral=False, settings=SETTINGS) as broker:
        topics = fill("FillCompacted", broker.bootstrap, KEYS, ROUNDS)
        status = broker.stop()
        with report.scenario("clean-stop"):
            assert status in broker.clean_statuses, f"exit {status}"
        paths = files(broker.data, topics, SUFFIXES)
        with report.scenario("nothing-to-complain-of"):
            dumped = Dumped(dump(paths, "--print-data-log", gaps=True))
        if report.failed:
            return report.counts()
        report.run("compacted-log", compacted_log, dumped.of(topics["compacted"], ".log"), range(ROUNDS))
        report.run("compacted-log-of-transactions", compacted_log, dumped.of(topics["both"], ".log"), COMMITTED)
        report.run("log-of-transactions", transactions, dumped.of(topics["plain"], ".log"))
        report.run("indexes", indexes, [path for path in paths if path.suffix in (".index", ".timeindex")])
        report.run("aborted-transactions", aborted, dumped.of(topics["plain"], ".txnindex"))
        report.run("producer-snapshots", snapshots, dumped, topics)
        report.run("transaction-state", transaction_state, broker.data, topics)
        if options.kreel:
            report.run("segments-verify", verify, options.kreel, broker.data)
            report.run("kafka-dump-log-of-kreel", same_dump, options.kreel, paths, "--print-data-log")
            report.run("kafka-dump-log-of-kreel-transactions", same_dump, options.kreel,
                       sorted(broker.data.rglob("__transaction_state-*/*.log")), "--transaction-log-decoder")
            report.run("segments-dump-says-the-same", same_records, options.kreel, broker.data, dumped, topics)
    return report.counts()


def records(text):
    return [(int(offset), key, value) for offset, key, value in RECORD.findall(text)]


def check_batches(text):
    batches = [line for line in text.splitlines() if line.startswith("baseOffset: ")]
    assert batches and all("isvalid: true" in line for line in batches), "a batch is not valid"


def compacted_log(text, rounds):
    """Each key's last value is there, the tombstone too; most of the older ones are not."""
    check_batches(text)
    kept = records(text)
    offsets = [offset for offset, *_ in kept]
    equal(sorted(set(offsets)), offsets, "offsets in their order")
    assert len(kept) < KEYS * ROUNDS * 2 / 3, f"{len(kept)} records: not compacted"
    last = {key: value for _, key, value in kept}
    equal({f"key-{number}" for number in range(KEYS)}, set(last), "keys")
    wanted = f"round-{max(rounds)}-"
    equal([], [key for key, value in last.items() if key != "key-0" and not value.startswith(wanted)],
          "keys whose last value is not there")
    if max(rounds) == ROUNDS - 1:
        assert not last["key-0"].startswith("round-"), "the tombstone is not there"


def transactions(text):
    """Nothing is compacted here: all records of all transactions, and a marker for each."""
    check_batches(text)
    equal(KEYS * ROUNDS, len(records(text)), "records")
    markers = [kind for _, kind in MARKER.findall(text)]
    equal(["ABORT" if number in ABORTED else "COMMIT" for number in range(ROUNDS)], markers, "markers")


def indexes(paths):
    text = dump(paths, "--index-sanity-check")
    # An index without entries is told apart: compaction leaves it with a segment of few records.
    equal(len(paths), text.count(" passed sanity check.") + text.count(" is empty."), "indexes that passed")


def aborted(text):
    listed = {(int(first), int(last)) for first, last in re.findall(r"firstOffset: (\d+) lastOffset: (\d+)", text)}
    # Each transaction has a marker behind its records.
    equal({(number * (KEYS + 1), number * (KEYS + 1) + KEYS) for number in ABORTED}, listed, "aborted transactions")


def snapshots(dumped, topics):
    for kind, topic in topics.items():
        text = dumped.files(topic, ".snapshot")[-1]
        equal(1, len(re.findall(r"producerId: \d+ producerEpoch: \d+", text)), f"producers of {kind}")
        assert re.search(r"currentTxnFirstOffset: (OptionalLong\.empty|None)", text), f"no open transaction: {text}"


def transaction_state(data, topics):
    paths = [path for path in sorted(data.rglob("__transaction_state-*/*.log")) if path.stat().st_size > 0]
    text = dump(paths, "--transaction-log-decoder", gaps=True)
    for kind in ("both", "plain"):
        states = re.findall(rf"fill-{topics[kind]}.*?(?:state|transactionStatus)\W+(\w+)", text)
        assert states and states[-1] in ("4", "CompleteCommit"), f"states of {kind}: {states} in {text[-600:]}"


def kreel_json(kreel, *arguments):
    done = subprocess.run([kreel, *map(str, arguments), "-o", "jsonl"], capture_output=True, text=True, timeout=60,
                          check=False)
    equal(0, done.returncode, f"exit of kreel {arguments} ({done.stderr[-400:]})")
    return [json.loads(line) for line in done.stdout.splitlines()]


def verify(kreel, data):
    found = [item for item in kreel_json(kreel, "segments", "verify", data) if item.get("severity") != "missing"]
    equal([], found, "findings")


def same_records(kreel, data, dumped, topics):
    for kind, topic in topics.items():
        ours = [(item["offset"], item["key"]) for item in
                kreel_json(kreel, "segments", "dump", data / f"{topic}-0", "--what", "records")
                if str(item["key"]).startswith("key-")]
        theirs = [(offset, key) for offset, key, _ in records(dumped.of(topic, ".log"))]
        equal(theirs, ours, f"records of {kind}")

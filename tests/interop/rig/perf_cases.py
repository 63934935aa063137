"""Command lines of Apache's tools that measure, verify and look into files, as tool_cases has those of the others. Each
runs in a JVM of its own: some of them end it by themselves. Figures are masked."""

import re
import tempfile

from rig import tool_cases

OWN_JVM = True
SETTINGS = ()  # of the broker

CLASSES = {
    "kafka-dump-log": "org.apache.kafka.tools.DumpLogSegments",
    "kafka-producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
    "kafka-consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
    "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
    "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
    "kafka-cluster": "org.apache.kafka.tools.ClusterTool",
    "kafka-topics": tool_cases.CLASSES["kafka-topics"],
}

B = "--bootstrap-server $B"
PERF = "--topic p --num-records 20 --throughput -1"

CASES = [
    ("kafka-topics", f"{B} --create --topic p --partitions 1", None),
    ("kafka-topics", f"{B} --create --topic v --partitions 1", None),
    # kafka-producer-perf-test
    ("kafka-producer-perf-test", "", None),
    ("kafka-producer-perf-test", "--help", None),
    ("kafka-producer-perf-test", f"{B} --topic p", None),
    ("kafka-producer-perf-test", f"{B} {PERF}", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --foo", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --record-size 10 --payload-file x", None),
    ("kafka-producer-perf-test", f"{B} --topic p --num-records x --record-size 10 --throughput -1", None),
    ("kafka-producer-perf-test", f"{B} --topic p --num-records 0 --record-size 10 --throughput -1", None),
    ("kafka-producer-perf-test", f"{PERF} --record-size 10", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --record-size 10 --warmup-records 20", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --record-size 10 --transaction-duration-ms 0", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --record-size 10 --command-property linger.ms", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --record-size 10 --command-config missing.properties", None),
    ("kafka-producer-perf-test", f"{PERF} --record-size 10 --command-property linger.ms=1", None),
    ("kafka-producer-perf-test", f"--bootstrap-server localhost {PERF} --record-size 10", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --payload-file missing.txt", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --record-size 100", None),
    ("kafka-producer-perf-test", f"{PERF} --record-siz=100 --command-property bootstrap.servers=$B acks=1 linger.ms=3",
     None),
    ("kafka-producer-perf-test", f"{B} {PERF} --payload-monotonic --warmup-records 5", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --record-size 100 --transactional-id perf-x", None),
    ("kafka-producer-perf-test", f"{B} {PERF} --record-size 10 --command-property acks=7", None),
    # kafka-consumer-perf-test
    ("kafka-consumer-perf-test", "", None),
    ("kafka-consumer-perf-test", "--foo", None),
    ("kafka-consumer-perf-test", "--topic p --num-records 1", None),
    ("kafka-consumer-perf-test", f"{B} --num-records 1", None),
    ("kafka-consumer-perf-test", f"{B} --topic p --include x --num-records 1", None),
    ("kafka-consumer-perf-test", f"{B} --topic p", None),
    ("kafka-consumer-perf-test", f"{B} --topic p --num-records x", None),
    ("kafka-consumer-perf-test", f"{B} --topic p --num-records 1 --reporting-interval 0", None),
    ("kafka-consumer-perf-test", f"{B} --topic p --num-records 1 --date-format qq", None),
    ("kafka-consumer-perf-test", f"{B} --topic p --num-records 1 --command-config missing.properties", None),
    ("kafka-consumer-perf-test", f"{B} --topic v --num-records 5 --timeout 1500", None),
    ("kafka-consumer-perf-test", f"{B} --topic v --num-records 5 --timeout 1500 --show-detailed-stats", None),
    ("kafka-consumer-perf-test", f"{B} --include v --num-records 5 --timeout 1500 --hide-header --from-latest", None),
    # kafka-verifiable-producer
    ("kafka-verifiable-producer", "", None),
    ("kafka-verifiable-producer", f"{B} --topic v --acks 5", None),
    ("kafka-verifiable-producer", f"{B} --topic v --acks 1 --ac 1 --max-messages many", None),
    ("kafka-verifiable-producer", "--topic v", None),
    ("kafka-verifiable-producer", f"{B}", None),
    ("kafka-verifiable-producer", f"{B} --topic v --command-config missing.properties", None),
    ("kafka-verifiable-producer", f"{B} --topic v --max-messages 3 --value-prefix 7 --repeating-keys 2", None),
    ("kafka-verifiable-producer", f"{B} --topic v --max-messages 2 --throughput 1000 --acks 1", None),
    ("kafka-verifiable-producer", f"{B} --topic a$b --max-messages 1", None),
    ("kafka-verifiable-producer", f"{B} --topic v --max-messages 0", None),
    # kafka-verifiable-consumer
    ("kafka-verifiable-consumer", "", None),
    ("kafka-verifiable-consumer", "--topic v --group-id g", None),
    ("kafka-verifiable-consumer", f"{B} --topic v", None),
    ("kafka-verifiable-consumer", f"{B} --topic v --group-id g --group-protocol old", None),
    ("kafka-verifiable-consumer", f"{B} --topic v --group-id g --max-messages 5 --verbose", None),
    ("kafka-verifiable-consumer", f"{B} --topic v --group-id h --max-messages 5 --enable-autocommit", None),
    ("kafka-verifiable-consumer", f"{B} --topic v --group-id i --reset-policy bogus", None),
    # kafka-cluster, whose parser ends the JVM
    ("kafka-cluster", "", None),
    ("kafka-cluster", "--help", None),
    ("kafka-cluster", "cluster-id", None),
    ("kafka-cluster", "cluster-id --help", None),
    ("kafka-cluster", f"bogus {B}", None),
    ("kafka-cluster", f"unregister {B} --id x", None),
    # kafka-dump-log
    ("kafka-dump-log", "", None),
    ("kafka-dump-log", "--version", None),
    ("kafka-dump-log", "--print-data-log", None),
    ("kafka-dump-log", "--foo", None),
    ("kafka-dump-log", "--files missing/00000000000000000000.log", None),
    ("kafka-dump-log", "--files missing/00000000000000000000.index", None),
    ("kafka-dump-log", "--files nonsense.log", None),
    ("kafka-dump-log", "--files leader-epoch-checkpoint,del.json", None),
    ("kafka-dump-log", "--files 00000000000000000000.log --max-bytes x", None),
    ("kafka-dump-log", "--files 00000000000000000000.log --print-data-log", None),
    ("kafka-dump-log", "--files .//00000000000000000000.log --value-decoder-class no.such.Decoder", None),
    ("kafka-dump-log", "--files 00000000000000000000.txnindex", None),
]

# A log that is all cut off.
FILES = {"nonsense.log": "x", "00000000000000000000.log": "cut off", "leader-epoch-checkpoint": "0\n0\n",
         "del.json": "{}"}

DIFFERENCES = {
    f"kafka-verifiable-producer {B} --topic a$b --max-messages 1": "Java's client logs the topic on stderr as well",
}

MASKS = [
    (re.compile(r'("timestamp":)\d{13}'), r"\1T"),
    (re.compile(r'("avg_throughput":)[0-9.E-]+'), r"\1X"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}"), "TIME"),
    (re.compile(re.escape(tempfile.gettempdir()) + r"/kreel-tools-\w+"), "DIRECTORY"),
    (re.compile(r"perf-consumer-\d{1,5}"), "perf-consumer-N"),
]
# Of a summary what does not depend on time is left.
SENT = re.compile(r"^(\d+(?: steady state)? records sent), .*$", re.MULTILINE)
CONSUMED = re.compile(r"^TIME, TIME, (\S+), [^,]+, (\d+), .*$", re.MULTILINE)


def without_figures(text):
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


def without_summary(result):
    text = without_figures(result["stdout"])
    text = CONSUMED.sub(r"TIME, TIME, \1, …, \2, …", SENT.sub(r"\1, …", text))
    return {**result, "stdout": text, "stderr": without_figures(result["stderr"])}


def answer(done, broker):
    result = without_summary(tool_cases.answer(done, broker))
    # Help is worded otherwise; what it says of the options' form is not.
    if result["stdout"].startswith("usage: "):
        result["stdout"] = result["stdout"].split("\n\n")[0] + "\n"
    return result

"""Apache Kafka's DumpLogSegments reads the files that the broker under test wrote, after its clean stop."""

import re
import subprocess

from rig import brokers, fetch
from rig.report import Report, equal

COUNT = 2500
GROUP = "dump-log-group"
DUMP = "org.apache.kafka.tools.DumpLogSegments"


def run(options, broker_for):
    if options.bootstrap:
        raise RuntimeError("this check needs a broker of its own: --kreel PATH or --against-kafka")
    report = Report(options.only)
    with broker_for(options, ephemeral=False) as broker:
        topics = fill("Fill", broker.bootstrap, GROUP, COUNT)
        status = broker.stop()
        with report.scenario("clean-stop"):
            assert status in broker.clean_statuses, f"exit {status}"
        logs, indexes = (files(broker.data, topics, suffixes) for suffixes in ((".log",), (".index", ".timeindex")))
        with report.scenario("nothing-to-complain-of"):
            dumped = Dumped(dump([*logs, *indexes], "--print-data-log"))
        if report.failed:
            return report.counts()
        for codec, topic in topics.items():
            report.run(f"log-{codec}", check_log, broker.data, dumped, codec, topic)
        report.run("segments-rolled", check_rolled, dumped, topics)
        report.run("index-sanity", check_sanity, indexes)
        report.run("index-points-into-log", check_indexes, dumped, topics)
        report.run("consumer-offsets", check_commits, broker.data, topics)
        if options.kreel:
            report.run("kafka-dump-log-of-kreel", same_dump, options.kreel, [*logs, *indexes], "--print-data-log")
            report.run("kafka-dump-log-of-kreel-sanity", same_dump, options.kreel, indexes, "--index-sanity-check")
            report.run("kafka-dump-log-of-kreel-offsets", same_dump, options.kreel,
                       sorted(broker.data.rglob("__consumer_offsets-*/*.log")), "--offsets-decoder")
    return report.counts()


def fill(program, *arguments):
    """What the Java program says of the topics that it has filled: a name by kind."""
    jars = brokers.kafka_jars()
    classes = fetch.javac([*(fetch.HERE / "java/src").glob("*.java")], jars, "java-fill")
    done = subprocess.run([*brokers.java_command(jars=jars, extra_classpath=[classes]), program,
                           *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"cannot fill the topics:\n{done.stderr[-2000:]}")
    return dict(line.split() for line in done.stdout.splitlines())


def files(data, topics, suffixes):
    return [path for topic in topics.values() for path in sorted(data.rglob(f"{topic}-0/*"))
            if path.suffix in suffixes]


def dump(paths, *flags, gaps=False):
    done = brokers.run_tool(DUMP, *flags, "--files", ",".join(map(str, paths)), timeout=120)
    equal(0, done.returncode, f"exit of DumpLogSegments ({done.stderr[-500:]})")
    # The tool starts every file at offset -1, and so calls each later segment's first offset a jump.
    jump = r"\s*-?\d+ is followed by \d+$" if gaps else r"\s*-1 is followed by \d+$"
    complaints = [line for line in done.stderr.splitlines()
                  if line.strip() and not re.match(rf"Non-consecutive offsets in |{jump}", line)]
    equal([], complaints, "complaints of DumpLogSegments")
    return done.stdout


def same_dump(kreel, paths, *flags):
    """kreel's tool of the same name prints what Apache's prints."""
    words = [*flags, "--files", ",".join(map(str, paths))]
    kafka = brokers.run_tool(DUMP, *words, timeout=120)
    ours = subprocess.run([kreel, "kafka-dump-log", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, check=False)
    equal(kafka.returncode, ours.returncode, f"exit ({ours.stderr[-500:]})")
    for name, text in dump_sections(kafka.stdout).items():
        equal(text, dump_sections(ours.stdout).get(name), name)
    equal(kafka.stderr.splitlines(), ours.stderr.splitlines(), "stderr")


def dump_sections(text):
    """What is said of each file; producers stand in the order of a Java map there."""
    sections = dict(section.split("\n", 1) for section in text.split("Dumping ")[1:])
    return {name: sorted(lines.splitlines()) if name.endswith(".snapshot") else lines.splitlines()
            for name, lines in sections.items()}


class Dumped:
    """What one run of DumpLogSegments says of many files."""

    def __init__(self, text):
        self.by_path = [section.split("\n", 1) for section in text.split("Dumping ")[1:]]

    def files(self, topic, suffix):
        found = [text for path, text in self.by_path if f"/{topic}-0/" in path and path.endswith(suffix)]
        assert found, f"nothing is said of {topic}'s {suffix}"
        return found

    def of(self, topic, suffix):
        return "".join(self.files(topic, suffix))


def check_log(data, dumped, codec, topic):
    text = dumped.of(topic, ".log")
    records = re.findall(r"^\| offset: (\d+) .*? headerKeys: \[index\] key: key-(\d+) payload: (\S*)$",
                         text, re.MULTILINE)
    equal([str(i) for i in range(COUNT)], [offset for offset, *_ in records], "record offsets")
    equal([str(i) for i in range(COUNT)], [key for _, key, _ in records], "keys")
    equal({1200}, {len(payload) for *_, payload in records}, "payload lengths")
    batches = [line for line in text.splitlines() if line.startswith("baseOffset: ")]
    assert len(batches) > 10, f"{len(batches)} batches"
    equal({codec}, set(re.findall(r" compresscodec: (\w+) ", "\n".join(batches))), "codec")
    assert all("magic: 2" in line and "isvalid: true" in line for line in batches), "a batch is not valid"
    equal({"0"}, set(re.findall(r" partitionLeaderEpoch: (-?\d+) ", "\n".join(batches))), "leader epoch")
    positions = re.findall(r" position: (\d+) .*? size: (\d+) ", "\n".join(batches))
    equal(sum(path.stat().st_size for path in files(data, {codec: topic}, (".log",))), sum(int(size) for _, size in positions),
          "bytes in batches")


def check_rolled(dumped, topics):
    logs = dumped.files(topics["none"], ".log")
    assert len(logs) >= 3, f"{len(logs)} segments"
    for text in logs:
        begin = re.search(r"^Log starting offset: (\d+)$", text, re.MULTILINE)
        first = re.search(r"^baseOffset: (\d+) ", text, re.MULTILINE)
        if first:
            equal(begin[1], first[1], "first offset of a segment")


def check_sanity(paths):
    text = dump(paths, "--index-sanity-check")
    equal(len(paths), text.count("passed sanity check"), "index files that passed")


def check_indexes(dumped, topics):
    text = "".join(dumped.of(topic, suffix) for topic in topics.values() for suffix in (".index", ".timeindex"))
    entries = re.findall(r"^offset: (\d+) position: (\d+)$", text, re.MULTILINE)
    times = re.findall(r"^timestamp: (\d+) offset: (\d+)$", text, re.MULTILINE)
    assert len(entries) > 5 * 10, f"{len(entries)} entries of offset indexes"
    assert len(times) > 5, f"{len(times)} entries of time indexes"
    wrong = [(time, offset) for time, offset in times if int(time) - 1_700_000_000_000 > int(offset) and int(time)]
    equal([], wrong, "time index entries whose timestamp is not that of the record or an earlier one")


def check_commits(data, topics):
    paths = [path for path in sorted(data.rglob("__consumer_offsets-*/*.log")) if path.stat().st_size > 0]
    assert paths, "no log of __consumer_offsets holds anything"
    text = dump(paths, "--offsets-decoder")
    for codec, topic in topics.items():
        commit = [line for line in text.splitlines()
                  if f'"group":"{GROUP}"' in line and f'"topic":"{topic}"' in line]
        equal(1, len(commit), f"commits of {topic}")
        assert f'"offset":{COUNT}' in commit[0] and f'"metadata":"{codec}"' in commit[0], commit[0]

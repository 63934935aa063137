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
        topics = fill(broker.bootstrap)
        status = broker.stop()
        with report.scenario("clean-stop"):
            assert status in broker.clean_statuses, f"exit {status}"
        for codec, topic in topics.items():
            report.run(f"log-{codec}", check_log, broker.data, codec, topic)
        report.run("segments-rolled", check_rolled, broker.data, topics)
        report.run("index-sanity", check_sanity, broker.data, topics)
        report.run("index-points-into-log", check_indexes, broker.data, topics)
        report.run("consumer-offsets", check_commits, broker.data, topics)
    return report.counts()


def fill(bootstrap):
    jars = brokers.kafka_jars()
    classes = fetch.javac([*(fetch.HERE / "java/src").glob("*.java")], jars, "java-fill")
    done = subprocess.run([*brokers.java_command(jars=jars, extra_classpath=[classes]), "Fill", bootstrap, GROUP,
                           str(COUNT)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
                          check=False)
    if done.returncode != 0:
        raise RuntimeError(f"cannot fill the topics:\n{done.stderr[-2000:]}")
    return dict(line.split() for line in done.stdout.splitlines())


def files(data, topic, suffix):
    found = sorted(data.rglob(f"{topic}-0/*{suffix}"))
    assert found, f"no {suffix} file of {topic} below {data}"
    return found


def dump(paths, *flags):
    done = brokers.run_tool(DUMP, *flags, "--files", ",".join(map(str, paths)), timeout=120)
    equal(0, done.returncode, f"exit of DumpLogSegments ({done.stderr[-500:]})")
    # The tool starts every file at offset -1, and so calls each later segment's first offset a jump.
    complaints = [line for line in done.stderr.splitlines()
                  if line.strip() and not re.match(r"Non-consecutive offsets in |\s*-1 is followed by \d+$", line)]
    equal([], complaints, "complaints of DumpLogSegments")
    return done.stdout


def check_log(data, codec, topic):
    text = dump(files(data, topic, ".log"), "--print-data-log")
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
    equal(sum(path.stat().st_size for path in files(data, topic, ".log")), sum(int(size) for _, size in positions),
          "bytes in batches")


def check_rolled(data, topics):
    logs = files(data, topics["none"], ".log")
    assert len(logs) >= 3, f"{len(logs)} segments"
    for path in logs:
        first = re.search(r"^baseOffset: (\d+) ", dump([path]), re.MULTILINE)
        if first:
            equal(int(path.stem), int(first[1]), f"first offset of {path.name}")


def index_files(data, topics):
    return [path for topic in topics.values() for suffix in (".index", ".timeindex")
            for path in files(data, topic, suffix)]


def check_sanity(data, topics):
    paths = index_files(data, topics)
    text = dump(paths, "--index-sanity-check")
    equal(len(paths), text.count("passed sanity check"), "index files that passed")


def check_indexes(data, topics):
    text = dump(index_files(data, topics))
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

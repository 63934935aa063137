"""A Kafka Connect distributed worker with the file source and sink, stopped, killed and started again."""

import json
import re
import urllib.error
import urllib.request

from rig import brokers, fetch
from rig.feeder import Feeder, number
from rig.kreel_command import Kreel, fresh
from rig.program import LONG, Program, eventually
from rig.report import Report, equal

WORKER = "org.apache.kafka.connect.cli.ConnectDistributed"
RATE = 400  # lines per second
ROUNDS = 6 if LONG else 1  # of killing the broker, then the worker
SETTINGS = ("log.cleaner.backoff.ms=300",)
WORKER_PROPERTIES = """\
bootstrap.servers={bootstrap}
group.id={group}
listeners=http://127.0.0.1:{port}
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
plugin.path={plugins}
plugin.discovery=service_load
exactly.once.source.support=enabled
session.timeout.ms=6000
heartbeat.interval.ms=500
scheduled.rebalance.max.delay.ms=500
offset.flush.interval.ms=300
config.storage.topic={group}-configs
offset.storage.topic={group}-offsets
status.storage.topic={group}-status
config.storage.replication.factor=1
offset.storage.replication.factor=1
status.storage.replication.factor=1
offset.storage.partitions=1
status.storage.partitions=1
offset.storage.segment.ms=1000
offset.storage.min.cleanable.dirty.ratio=0.01
consumer.isolation.level=read_committed
consumer.session.timeout.ms=6000
consumer.heartbeat.interval.ms=500
"""


def run(options, broker_for):
    report = Report(options.only)
    plugins = fetch.maven_jars(fetch.HERE / "java/connect/pom.xml", "connect")
    with broker_for(options, ephemeral=False, settings=SETTINGS) as broker:
        kreel = Kreel(options.kreel, broker.bootstrap, broker.scratch)
        group = fresh("connect")
        with Worker(broker, group, plugins, kreel) as worker:
            report.run("lines-move", move_lines, worker)
            report.run("internal-topics-are-compacted", internal_topics, kreel, worker)
            report.run("lines-over-kills-and-restarts", over_kills, broker, worker)
            if report.failed:
                print(f"worker: {worker.program.ending()}\nbroker:\n{broker.log_tail()}")
    return report.counts()


class Worker:
    """The worker, and one line of text after the other from a file through a topic to another file."""

    def __init__(self, broker, group, plugins, kreel):
        port = brokers.free_port()
        self.rest, self.group, self.kreel = f"http://127.0.0.1:{port}", group, kreel
        properties = broker.scratch / "worker.properties"
        properties.write_text(WORKER_PROPERTIES.format(bootstrap=broker.bootstrap, group=group, port=port,
                                                       plugins=plugins), encoding="utf-8")
        self.program = Program(group, [*brokers.java_command(), WORKER, properties], broker.scratch, kreel.environment)
        self.topic = kreel.topic("moved")
        self.source, self.sink = broker.scratch / "source.txt", broker.scratch / "sink.txt"
        self.stream = open(self.source, "ab")
        self.feeder = Feeder(self.stream, RATE)

    def __enter__(self):
        self.feeder.start()
        self.program.start()
        return self

    def __exit__(self, *_):
        self.feeder.stop()
        self.stream.close()
        self.program.__exit__()

    def call(self, method, path, body=None):
        """The answer of the REST interface, or None while there is none or it has to rebalance first."""
        request = urllib.request.Request(self.rest + path, method=method, data=body and json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except (urllib.error.HTTPError, urllib.error.URLError, ConnectionError, TimeoutError):
            return None

    def stop(self):
        status = self.program.stop()
        assert status in (0, 143), f"exit of the worker: {status}"

    def connector(self, name, settings):
        eventually(lambda: self.call("PUT", f"/connectors/{name}/config", settings), f"connector {name} is made",
                   alive=[self.program])

    def read(self):
        """Numbers of the lines in the other file. A kill may leave a line without its end."""
        text = self.sink.read_text(encoding="utf-8") if self.sink.exists() else ""
        return [int(digits) for digits in re.findall(r"line (\d+)(?=\D)", text)]

    def await_lines(self):
        """All that are written by now."""
        count = self.feeder.count
        eventually(lambda: len(set(self.read())) >= count, f"{count} lines are in the other file", alive=[self.program])

    def check(self):
        """The topic has each line once and in order. The sink writes again what it had not committed when it died."""
        for what, numbers in (("the topic", [number(record["value"]) for record in self.kreel.records(self.topic)]),
                              ("the other file", list(dict.fromkeys(self.read())))):
            assert numbers == list(range(len(numbers))), f"{what} has not each line in order: {gaps(numbers)}"


def gaps(numbers):
    return [pair for pair in zip(numbers, numbers[1:]) if pair[1] != pair[0] + 1][:10]


def move_lines(worker):
    worker.connector("file-source", {"connector.class": "FileStreamSource", "tasks.max": "1",
                                     "file": str(worker.source), "topic": worker.topic,
                                     # What is read beyond a full batch waits for the file to grow.
                                     "batch.size": "1000000", "exactly.once.support": "required"})
    worker.connector("file-sink", {"connector.class": "FileStreamSink", "tasks.max": "1",
                                   "file": str(worker.sink), "topics": worker.topic})
    worker.await_lines()


def internal_topics(kreel, worker):
    for name in ("configs", "offsets", "status"):
        item = kreel.items("topics", "describe", f"{worker.group}-{name}")[0]
        equal("compact", item["configs"]["cleanup.policy"], f"policy of {name}")
    # Each append ends the segment before it, once that is a second old.
    eventually(lambda: kreel.records(f"{worker.group}-offsets")[0]["offset"] > 0,
               "the source's first offset is compacted away", alive=[worker.program])


def over_kills(broker, worker):
    """A worker that comes back finds its connectors and offsets in what compaction has left."""
    for turn in range(ROUNDS):
        broker.kill()
        broker.start()
        worker.await_lines()
        if turn % 2 == 0:
            worker.program.kill()
        else:
            worker.stop()
        worker.program.start()
        worker.await_lines()
    eventually(lambda: sorted(worker.call("GET", "/connectors") or []) == ["file-sink", "file-source"],
               "both connectors are there", alive=[worker.program])
    worker.feeder.stop()
    worker.await_lines()
    worker.stop()
    worker.check()
    equal(worker.feeder.count, len(worker.kreel.records(worker.topic)), "lines of the topic")

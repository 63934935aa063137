"""kreel's own commands against a real Apache Kafka broker, cross-checked with Apache's tools."""

import pathlib
import tempfile

from rig import brokers
from rig.kreel_command import Kreel
from rig.kreel_copy import register as copy_scenarios
from rig.kreel_exec import register as exec_scenarios
from rig.kreel_groups import register as group_scenarios
from rig.kreel_topics import register as topic_scenarios
from rig.kreel_txns import register as transaction_scenarios
from rig.report import Report


def run(options, _broker_for):
    if not options.kreel:
        raise RuntimeError("this check needs --kreel PATH")
    report = Report(options.only)
    with brokers.KafkaBroker() as broker, tempfile.TemporaryDirectory(prefix="kreel-home-") as home:
        kreel = Kreel(options.kreel, broker.bootstrap, pathlib.Path(home))
        for register in (topic_scenarios, group_scenarios, copy_scenarios, exec_scenarios, transaction_scenarios):
            for name, scenario in register():
                report.run(name, scenario, kreel)
        report.run("segments-verify", segments_verify, kreel, broker)
    return report.counts()


def segments_verify(kreel, broker):
    """The directory of a stopped Apache Kafka is sound, and a byte changed in one log is found."""
    topic = kreel.topic("segments")
    kreel.produce(topic, [f"value-{i}" for i in range(100)], "--compression", "lz4")
    broker.stop()
    kreel("segments", "verify", broker.data)
    log = broker.data / f"{topic}-0" / "00000000000000000000.log"
    damaged = bytearray(log.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    log.write_bytes(damaged)
    done = kreel.run("segments", "verify", broker.data)
    assert done.returncode != 0 and topic.encode() in done.stdout + done.stderr, f"damage not found: {done}"

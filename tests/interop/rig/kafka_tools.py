"""kreel under the names of Apache's tools, beside Apache's tools themselves: the same answers from brokers of one kind."""

import json

from rig import brokers, fetch, tool_runs
from rig.report import Report

GOLDEN = fetch.HERE.parent / "golden/kafka_tools_4.3.1.json"


def run(options, broker_for):
    if not options.kreel:
        raise RuntimeError("this check needs --kreel PATH")
    report = Report(options.only)
    with broker_for(options) as broker:
        expected = tool_runs.with_java(broker.bootstrap, fetch.HERE / "kafka/ToolRunner.java")
    with broker_for(options) as broker:
        actual = tool_runs.with_kreel(options.kreel, broker.bootstrap)
    tool_runs.compare(expected, actual, report)
    return report.counts()


def record(kreel):
    """Writes the answers of Apache's tools, from kreel's broker, to GOLDEN."""
    with brokers.KreelBroker(kreel) as broker:
        answers = tool_runs.with_java(broker.bootstrap, fetch.HERE / "kafka/ToolRunner.java")
    GOLDEN.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")

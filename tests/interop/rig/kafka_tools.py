"""kreel under the names of Apache's tools, beside Apache's tools themselves: the same answers from brokers of one kind."""

import json

from rig import brokers, cluster_cases, fetch, perf_cases, streams_cases, tool_cases, tool_runs
from rig.report import Report

RUNNER = fetch.HERE / "kafka/ToolRunner.java"
GOLDEN = fetch.HERE.parent / "golden"
SETS = ((tool_cases, GOLDEN / "kafka_tools_4.3.1.json"), (perf_cases, GOLDEN / "kafka_perf_tools_4.3.1.json"),
        (cluster_cases, GOLDEN / "kafka_cluster_tools_4.3.1.json"),
        (streams_cases, GOLDEN / "kafka_streams_tools_4.3.1.json"))


def run(options, broker_for):
    if not options.kreel:
        raise RuntimeError("this check needs --kreel PATH")
    report = Report(options.only)
    for cases, _ in SETS:
        with broker_for(options, settings=getattr(cases, "SETTINGS", ())) as broker:
            expected = tool_runs.with_java(broker.bootstrap, RUNNER, cases)
        with broker_for(options, settings=getattr(cases, "SETTINGS", ())) as broker:
            actual = tool_runs.with_kreel(options.kreel, broker.bootstrap, cases)
        tool_runs.compare(expected, actual, report, cases)
    return report.counts()


def record(kreel):
    """Writes the answers of Apache's tools, from kreel's broker, to tests/golden."""
    for cases, golden in SETS:
        with brokers.KreelBroker(kreel, settings=getattr(cases, "SETTINGS", ())) as broker:
            answers = tool_runs.with_java(broker.bootstrap, RUNNER, cases)
        golden.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")

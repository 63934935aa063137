"""kreel under the names of Apache's tools, beside Apache's tools themselves: the same answers from brokers of one kind."""

import json

from rig import (
    brokers, cluster_cases, common_cases, fetch, old_cases, perf_cases, streams_cases, tool_cases, tool_runs)
from rig.report import Report

RUNNER = fetch.HERE / "kafka/ToolRunner.java"
GOLDEN = fetch.HERE.parent / "golden"
SETS = ((tool_cases, GOLDEN / "kafka_tools_4.3.1.json"), (perf_cases, GOLDEN / "kafka_perf_tools_4.3.1.json"),
        (cluster_cases, GOLDEN / "kafka_cluster_tools_4.3.1.json"),
        (streams_cases, GOLDEN / "kafka_streams_tools_4.3.1.json"),
        (common_cases, GOLDEN / "kafka_common_tools_4.3.1.json"),
        (old_cases, GOLDEN / "kafka_old_tools_3.9.1.json"))


def settled(ask):
    """Asks anew where a console consumer's group, whose name is random, got into the partition of __consumer_offsets that
    is read afterwards: of 50 partitions that is one."""
    while True:
        answers = ask()
        if not any('"group":"console-consumer-' in answer["stdout"] for answer in answers):
            return answers


def java_answers(broker, cases):
    with broker:
        return tool_runs.with_java(broker.bootstrap, RUNNER, cases)


def kreel_answers(kreel, broker, cases):
    with broker:
        return tool_runs.with_kreel(kreel, broker.bootstrap, cases)


def run(options, broker_for):
    if not options.kreel:
        raise RuntimeError("this check needs --kreel PATH")
    report = Report(options.only)
    for cases, _ in SETS:
        def broker(cases=cases):
            return broker_for(options, settings=getattr(cases, "SETTINGS", ()))

        expected = settled(lambda: java_answers(broker(), cases))
        actual = settled(lambda: kreel_answers(options.kreel, broker(), cases))
        tool_runs.compare(expected, actual, report, cases)
    return report.counts()


def record(kreel):
    """Writes the answers of Apache's tools, from kreel's broker, to tests/golden."""
    for cases, golden in SETS:
        settings = getattr(cases, "SETTINGS", ())
        answers = settled(lambda: java_answers(brokers.KreelBroker(kreel, settings=settings), cases))
        golden.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")

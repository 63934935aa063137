#!/usr/bin/env python3
"""kreel under the names of Apache Kafka's tools gives the answers that those of Kafka 4.3.1 gave, which
tests/golden holds (`kafka_dist.py record-tools KREEL` in tests/interop makes it).

usage: kafka_tools_recorded.py KREEL
"""

import json
import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(TESTS / "interop"))

from rig import brokers, kafka_tools, tool_runs  # noqa: E402
from rig.report import Report  # noqa: E402


def main(kreel):
    report = Report()
    for cases, golden in kafka_tools.SETS:
        expected = json.loads(golden.read_text(encoding="utf-8"))
        settings = getattr(cases, "SETTINGS", ())
        answers = kafka_tools.settled(
            lambda: kafka_tools.kreel_answers(kreel, brokers.KreelBroker(kreel, settings=settings), cases))
        tool_runs.compare(expected, answers, report, cases)
    passed, failed = report.counts()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

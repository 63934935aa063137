"""Command lines of kafka-streams-application-reset on topics as Kafka Streams makes them, in the form of tool_cases."""

import re

from rig import tool_cases

CLASSES = {
    **tool_cases.CLASSES,
    "kafka-streams-application-reset": "org.apache.kafka.tools.StreamsResetter",
}

B = "--bootstrap-server $B"
RESET = "kafka-streams-application-reset"
APP = f"{B} --application-id app"
ONE = f"{APP} --input-topics one"
TOPICS = ("one", "empty", "middle", "app-store-changelog", "app-by-key-repartition", "app-store-changelog-2", "app-out",
          "app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000004-topic", "app-x-subscription-registration-topic",
          "app-x-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-0000000012-topic", "other-store-changelog")

CASES = [
    *[("kafka-topics", f"{B} --create --topic {topic} --partitions 1", None) for topic in TOPICS],
    ("kafka-topics", f"{B} --create --topic wide --partitions 3", None),
    ("kafka-console-producer", f"{B} --topic one --sync", "1\n2\n3\n4\n5\n"),
    # the command line
    (RESET, "", None),
    (RESET, "--help", None),
    (RESET, "--version", None),
    (RESET, f"{APP} --foo", None),
    (RESET, f"{B} --input-topics one", None),
    (RESET, f"{APP} --input-topics", None),
    (RESET, f"{APP} --application-id again", None),
    (RESET, f"{ONE} --to-earliest --to-latest", None),
    (RESET, f"{ONE} --shift-by 1 --by-duration PT1H", None),
    (RESET, f"{ONE} --config-file quick.properties --command-config quick.properties", None),
    (RESET, f"{ONE} --command-config missing.properties", None),
    (RESET, f"{ONE} --command-config wrong.properties", None),
    (RESET, "--bootstrap-server localhost --application-id app", None),
    (RESET, "--bootstrap-server 127.0.0.1:1 --application-id app", None),
    (RESET, f"{ONE} --to-offset x", None),
    # what would be done
    (RESET, f"{APP} --dry-run", None),
    (RESET, "-bootstrap-server $B -application-id app -input-topics one -dry-run", None),
    (RESET, f"{APP} --input-topics=one,empty,one --dry-run --force", None),
    (RESET, f"{APP} --input-topics one,nope --input-topics nowhere --intermediate-topics none --dry-run", None),
    (RESET, f"{APP} --input-topics nope --dry-run", None),
    (RESET, f"{APP} --intermediate-topics middle,wide --dry-run", None),
    (RESET, f"{APP} --input-topics wide --dry-run", None),
    (RESET, f"{APP} --input-topics app-store-changelog --dry-run", None),
    (RESET, f"{APP} --internal-topics app-store-changelog --dry-run", None),
    (RESET, f"{APP} --internal-topics app-store-changelog,app-out --dry-run", None),
    (RESET, f"{B} --application-id nobody --dry-run", None),
    # offsets
    *[(RESET, f"{ONE} --dry-run {where}", None) for where in (
        "--to-earliest", "--to-latest", "--to-offset 3", "--to-offset 0", "--to-offset 5", "--to-offset 99",
        "--to-offset -4", "--shift-by -2", "--shift-by 1", "--shift-by x", "--to-datetime 2020-01-01T00:00:00.000",
        "--to-datetime 2020-01-01T00:00:00.000Z", "--to-datetime 2020-01-01T00:00:00.000+0100",
        "--to-datetime 2199-01-01T00:00:00.000-01:30", "--to-datetime 2020-01-01T00:00:00",
        "--to-datetime 2020-13-01T00:00:00.000", "--to-datetime nonsense", "--by-duration P1DT1H", "--by-duration x",
        "--by-duration P99999D", "--from-file plan.csv", "--from-file missing.csv", "--from-file two.csv",
        "--from-file elsewhere.csv", "--from-file bad.csv", "--from-file words.csv", "--from-file empty.csv",
        "--shift-by 2 --command-config earliest.properties", "--shift-by 2 --command-config none.properties",
        "--to-latest --command-config committed.properties", "--to-latest --config-file committed.properties")],
    (RESET, f"{APP} --input-topics wide --to-offset 7 --dry-run", None),
    (RESET, f"{APP} --input-topics wide,one --to-datetime 2199-01-01T00:00:00.000 --dry-run", None),
    # done
    (RESET, f"{B} --application-id fresh --input-topics one --to-offset 2", None),
    ("kafka-consumer-groups", f"{B} --describe --group fresh", None),
    (RESET, f"{B} --application-id fresh --input-topics one --shift-by 1", None),
    ("kafka-consumer-groups", f"{B} --describe --group fresh", None),
    (RESET, f"{B} --application-id fresh --input-topics one --shift-by 1 --dry-run", None),
    (RESET, f"{B} --application-id fresh --input-topics wide --intermediate-topics one", None),
    ("kafka-consumer-groups", f"{B} --describe --group fresh", None),
    (RESET, f"{APP} --input-topics one --internal-topics app-store-changelog", None),
    (RESET, f"{APP} --input-topics one", None),
    ("kafka-consumer-groups", f"{B} --describe --group app --verbose", None),
    (RESET, f"{APP}", None),
    ("kafka-topics", f"{B} --list --exclude-internal", None),
]

FILES = {
    "quick.properties": "default.api.timeout.ms=1500\nrequest.timeout.ms=500\n",
    "wrong.properties": "request.timeout.ms=abc\n",
    "earliest.properties": "auto.offset.reset=earliest\n",
    "none.properties": "auto.offset.reset=none\n",
    "committed.properties": "isolation.level=read_committed\n",
    "plan.csv": "one,0,4\n",
    "two.csv": "one,0,4\nempty,0,0\n",
    "elsewhere.csv": "\n",
    "bad.csv": "one,4\n",
    "words.csv": "one,x,4\n",
    "empty.csv": "",
}

# Answers that are not Kafka's, and why.
DIFFERENCES = {
    f"{RESET} {ONE} --dry-run --to-latest --config-file committed.properties":
        "the notice that the option is deprecated would be in the way of who reads standard output",
}

LONG_AGO = re.compile(r"(?<=The target time for partition one-0 is )-\d+")


def answer(done, broker):
    told = tool_cases.answer(done, broker)
    return {**told, "stderr": LONG_AGO.sub("-T", told["stderr"])}

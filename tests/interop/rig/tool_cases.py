"""Command lines of Apache Kafka's tools, in an order in which they make sense on one broker that begins empty, parted by
tool, and what is masked before two answers are compared."""

import re

from rig import acl_cases, broker_cases, config_cases, console_cases, group_cases, topic_cases

CLASSES = {
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "kafka-console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "kafka-consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "kafka-get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "kafka-groups": "org.apache.kafka.tools.GroupsCommand",
    "kafka-log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "kafka-acls": "org.apache.kafka.tools.AclCommand",
}

# Of the broker: with an authorizer there are ACLs to change.
SETTINGS = ("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS")

# (tool, arguments, standard input). $B is the broker; files of FILES are in the directory.
CASES = [*topic_cases.CASES, *console_cases.CASES, *group_cases.CASES, *config_cases.CASES, *broker_cases.CASES,
         *acl_cases.CASES]

FILES = {
    "quick.properties": "default.api.timeout.ms=1500\nrequest.timeout.ms=500\n",
    "wrong.properties": "request.timeout.ms=abc\n",
    "unknown.properties": "no.such.setting=1\nrequest.timeout.ms=5000\n",
    "group.properties": "group.id=fromfile\n",
    "offsets.csv": "quickstart-events,0,2\n",
    "quoted.csv": '"quickstart-events",0,1\n',
    "del.json": '{"partitions":[{"topic":"quickstart-events","partition":0,"offset":2},'
                '{"topic":"t","partition":0,"offset":99}],"version":1}',
    "bad.json": "{",
    "nopartitions.json": "{}",
    "list.json": "[1]",
    "object.json": '{"partitions":{}}',
    "topicless.json": '{"partitions":[{"partition":0,"offset":0}]}',
    "text.json": '{"partitions":[{"topic":"t","partition":"0","offset":0}]}',
    "version.json": '{"partitions":[],"version":"1"}',
    "twice.json": '{"partitions":[{"topic":"t","partition":0,"offset":0},{"topic":"t","partition":0,"offset":0}]}',
}

# Answers that are not Kafka's, and why.
DIFFERENCES = {
    "kafka-consumer-groups --bootstrap-server $B --list": "groups come by name, not in the order of Java's maps",
    "kafka-consumer-groups --bootstrap-server $B --list --state": "groups come by name",
    "kafka-consumer-groups --bootstrap-server $B --list --state --type": "groups come by name",
    "kafka-consumer-groups --bootstrap-server $B --describe --group g1 --verbose":
        "kreel's console consumer commits without the leader epoch",
    "kafka-configs --bootstrap-server $B --describe --entity-type ips":
        "what has the same place in Java's map comes as the broker sent it, and from kreel by name",
}

# These lines stand in the order of a map of Java that is another one in each JVM.
PARTITIONS = re.compile(r"(^partition: .*\n)+", re.MULTILINE)
# Names within brackets stand in the order of a Java set, which is another one in each JVM.
BRACKETS = re.compile(r"\[[a-z-]+\](, \[[a-z-]+\])+")

MASKS = [
    (re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\]"), "[TIME]"),
    (re.compile(r"(TopicId: )[A-Za-z0-9_-]{22}"), r"\1ID"),
    (re.compile(r"console-consumer-\d{1,5}"), "console-consumer-N"),
    (re.compile(r"CreateTime:\d{13}"), "CreateTime:T"),
    (re.compile(r'"logDir":"[^"]*"'), '"logDir":"DIR"'),
    (re.compile(r'"size":\d{5,}'), '"size":N'),  # of as many batches as there was time for
    (re.compile(r'"commitTimestamp":\d{13}'), '"commitTimestamp":T'),
    (re.compile(r'"topicId":"[A-Za-z0-9_-]{22}"'), '"topicId":"ID"'),
    (re.compile(r"(advertised.listeners|listeners|broker.id|node.id|log.dirs?)=\S*"), r"\1=X"),
]


# What stands in the order of a Java set, too.
OPERATIONS = re.compile(r"(?<=only supports operations \[)[A-Z_, ]+")
RULES = re.compile(r"(?:^ ?\t\(principal=.*\n)+", re.M)
PLACES = re.compile(r"(?:^(?:Adding|Current) ACLs for resource .*\n(?: ?\t.*\n)+\n)+", re.M)
TRACE = re.compile(r"^(?:\s+at .*|Caused by: .*|\s*\.\.\. \d+ more)\n", re.M)


def in_order(found):
    """ACLs of one resource; the blank is in front of the first."""
    lines = sorted(line.lstrip(" ") for line in found.group().splitlines(True))
    return (" " if found.group().startswith(" ") else "") + "".join(lines)


def without_java_order(text):
    text = TRACE.sub("", text)
    text = OPERATIONS.sub(lambda found: ", ".join(sorted(found.group().split(", "))), text)
    text = RULES.sub(in_order, text)
    return PLACES.sub(lambda found: "".join(sorted(re.findall(r".+?\n\n", found.group(), re.S))), text)


def masked(text, broker):
    text = without_java_order(text)
    text = text.replace(broker, "BROKER").replace(broker.split(":")[1], "PORT")
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    if "console-consumer-N" in text:  # columns are as wide as its number
        text = re.sub(" {2,}", " ", text)
    text = PARTITIONS.sub(lambda found: "".join(sorted(found.group().splitlines(True))), text)
    return BRACKETS.sub(lambda found: ", ".join(sorted(found.group().split(", "))), text)


def answer(done, broker):
    """What two tools are compared by: standard output, the first line of standard error, the exit code. Log lines of
    Java's clients below ERROR say how a tool works and are left out, as is the rest of a stack trace."""
    lines = [line for line in done.stderr.splitlines()
             if not re.match(r"\[[^]]*\] (WARN|INFO|ERROR \[AdminClient) |\s+at |Caused by|\s*\.\.\. \d+ more", line)]
    first = next((line for line in lines if line.strip()), "")
    return {"stdout": masked(done.stdout, broker), "stderr": masked(first, broker), "exit": done.returncode}

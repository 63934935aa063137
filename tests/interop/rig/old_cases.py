"""Command lines with what Kafka 4 has removed, beside the tools of 3.9.1, in the form of tool_cases."""

from rig import fetch, perf_cases, tool_cases

CLASSES = {
    **tool_cases.CLASSES,
    "kafka-console-producer": "kafka.tools.ConsoleProducer",
    "kafka-acls": "kafka.admin.AclCommand",
    "kafka-leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "kafka-streams-application-reset": "org.apache.kafka.tools.StreamsResetter",
    "kafka-consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
    "kafka-verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
    "kafka-verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
}

OWN_JVM = True
SETTINGS = tool_cases.SETTINGS
B = "--bootstrap-server $B"
OLD = "--broker-list $B"
PRODUCE = "kafka-console-producer"
CONSUME = "kafka-console-consumer"
MEASURE = "kafka-consumer-perf-test"
RESET = "kafka-streams-application-reset"
READ = f"{B} --topic h --partition 0 --offset 0 --max-messages 1"
ZOOKEEPER = "--authorizer-properties zookeeper.connect=127.0.0.1:1"


def jars():
    return fetch.maven_jars(fetch.HERE / "kafka/old/pom.xml", "kafka-old")


CASES = [
    ("kafka-topics", f"{B} --create --topic h", None),
    ("kafka-topics", f"{B} --create --topic w1", None),
    # --broker-list
    (PRODUCE, f"{OLD} --topic h --sync", "one\ntwo\nthree\n"),
    (PRODUCE, f"{OLD} --topic h", "four\n"),
    (PRODUCE, f"{OLD} --topic h --sync --property parse.key=true --property key.separator=:", "k:v\n"),
    (PRODUCE, f"{OLD} --topic h --sync --property parse.key=true", "nokey\n"),
    (PRODUCE, f"{OLD} --topic h --sync --producer.config prod.properties --producer-property acks=all", "x\n"),
    (PRODUCE, f"{OLD} --topic h --producer.config missing.properties", "x\n"),
    (PRODUCE, f"{OLD} --topic h --producer-property acks=7", "x\n"),
    (PRODUCE, OLD, None),
    (PRODUCE, "--broker-list no-port --topic h", None),
    (PRODUCE, "--broker-list a:b --topic h", None),
    (PRODUCE, "--broker-list= --topic h", None),
    (PRODUCE, f"{OLD}, --topic h --sync", "x\n"),
    (PRODUCE, f"{OLD},no-port --topic h", "x\n"),
    (PRODUCE, f"{OLD} {OLD} --topic h", "x\n"),
    (PRODUCE, f"--broker-list no-port {B} --topic h --sync", "x\n"),
    (PRODUCE, f"{OLD} --bootstrap-server no-port --topic h", "x\n"),
    (PRODUCE, f"{OLD} --topic h --foo", None),
    (PRODUCE, "--broker-list 127.0.0.1:1 --topic h --max-block-ms 1000", "x\n"),
    (PRODUCE, f"{OLD} --topic h --line-reader kafka.tools.ConsoleProducer$LineMessageReader --sync", "x\n"),
    ("kafka-get-offsets", f"{OLD} --topic h", None),
    ("kafka-get-offsets", f"{OLD} --topic h --time -1", None),
    ("kafka-get-offsets", f"{OLD} --topic h --time -2", None),
    ("kafka-get-offsets", f"{OLD} --topic nope", None),
    ("kafka-get-offsets", f"{OLD} {B} --topic h", None),
    ("kafka-get-offsets", f"{OLD} --bootstrap-server no-port --topic h", None),
    ("kafka-get-offsets", "--broker-list no-port --topic h", None),
    ("kafka-get-offsets", f"{OLD} {OLD} --topic h", None),
    # --whitelist
    (CONSUME, f"{B} --whitelist h --from-beginning --max-messages 2", None),
    (CONSUME, f"{B} --whitelist w.* --from-beginning --timeout-ms 2000", None),
    (CONSUME, f"{B} --whitelist h --topic h", None),
    (CONSUME, f"{B} --whitelist h --partition 0", None),
    (CONSUME, f"{B} --whitelist h --whitelist h", None),
    (CONSUME, f"{B} --whitelist nope --include h --from-beginning --max-messages 1", None),
    (CONSUME, f"{B} --whitelist", None),
    (CONSUME, "--whitelist h", None),
    (CONSUME, f"{B} --whitelist=", None),
    (CONSUME, f"{B} --whitelist [", None),
    (CONSUME, f"{B} --whitelist h --group wg --from-beginning --max-messages 1", None),
    (CONSUME, f"{B} --whitelist h --group a --consumer-property group.id=b", None),
    (CONSUME, f"{B} --whitelist h --consumer.config cons.properties --max-messages 1", None),
    (CONSUME, f"{B} --whitelist h --from-beginning --consumer-property auto.offset.reset=latest", None),
    # formatters
    (CONSUME, f"{B} --topic h --from-beginning --max-messages 1 --formatter kafka.tools.DefaultMessageFormatter "
              "--property print.key=true --property key.deserializer="
              "org.apache.kafka.common.serialization.StringDeserializer --property value.deserializer="
              "org.apache.kafka.common.serialization.LongDeserializer", None),
    (CONSUME, f"{READ} --formatter kafka.tools.DefaultMessageFormatter", None),
    (CONSUME, f"{READ} --formatter kafka.tools.LoggingMessageFormatter", None),
    (CONSUME, f"{READ} --formatter kafka.tools.NoOpMessageFormatter", None),
    (CONSUME, f"{READ} --formatter kafka.tools.NoSuchFormatter", None),
    # the others
    ("kafka-configs", f"{B} --alter --topic h --add-config retention.ms=60000 --force", None),
    ("kafka-configs", "--zookeeper 127.0.0.1:1 --describe --entity-type brokers --entity-name 1", None),
    ("kafka-acls", f"--authorizer kafka.security.authorizer.AclAuthorizer {ZOOKEEPER} --list", None),
    ("kafka-leader-election", f"{B} --election-type preferred --topic h --partition 0 --admin.config prod.properties",
     None),
    (RESET, "--bootstrap-servers $B --application-id x --force", None),
    (RESET, "--bootstrap-servers $B --application-id x --input-topics h --config-file prod.properties", None),
    (RESET, "--bootstrap-servers $B", None),
    (RESET, "--bootstrap-servers $B --application-id x --foo", None),
    (MEASURE, f"{OLD} --topic w1 --messages 1 --timeout 1000", None),
    (MEASURE, f"{OLD} --topic w1 --messages 1 --timeout 1000 --threads 2", None),
    (MEASURE, f"{B} --topic w1 --messages 1 --timeout 1000 --num-fetch-threads 2 --hide-header", None),
    (MEASURE, f"{OLD} --topic w1", None),
    (MEASURE, f"{OLD} --messages 1", None),
    (MEASURE, f"{OLD} --topic w1 --foo", None),
    ("kafka-verifiable-producer", f"{OLD} --topic w1 --max-messages 2", None),
    ("kafka-verifiable-consumer", f"{OLD} --topic w1 --group-id g --max-messages 2", None),
]

FILES = {
    "cons.properties": "group.id=fromfile\nauto.offset.reset=earliest\n",
    "prod.properties": "acks=1\nclient.id=abc\n",
}

EVENTS = "events as Kafka 4.3 has them"
NO_ZOOKEEPER = "there is no ZooKeeper to talk to; the option is refused as by Kafka 4"
DIFFERENCES = {
    "kafka-configs --zookeeper 127.0.0.1:1 --describe --entity-type brokers --entity-name 1": NO_ZOOKEEPER,
    f"kafka-acls --authorizer kafka.security.authorizer.AclAuthorizer {ZOOKEEPER} --list": NO_ZOOKEEPER,
    f"kafka-verifiable-producer {OLD} --topic w1 --max-messages 2": EVENTS,
    f"kafka-verifiable-consumer {OLD} --topic w1 --group-id g --max-messages 2": EVENTS,
}


def answer(done, broker):
    return perf_cases.without_summary(tool_cases.answer(done, broker))

"""The command lines of Apache's tools that are most common in documentation, compose files and scripts, as they are typed
there, in the form of tool_cases; the names of releases before 4.0 are in old_cases."""

import re

from rig import cluster_cases, perf_cases, tool_cases

CLASSES = {**tool_cases.CLASSES, **cluster_cases.CLASSES, **perf_cases.CLASSES}

SETTINGS = tool_cases.SETTINGS
AT = "--bootstrap-server $B"
PRODUCE = "kafka-console-producer"
CONSUME = "kafka-console-consumer"
GROUPS = "kafka-consumer-groups"
RESET = f"{AT} --group g1 --topic t --reset-offsets"

CASES = [
    ("kafka-topics", f"{AT} --list", None),
    ("kafka-topics", "--create --topic quickstart-events --bootstrap-server $B", None),
    ("kafka-topics", f"{AT} --create --if-not-exists --topic t --replication-factor 1 --partitions 1", None),
    ("kafka-topics", f"{AT} --create --if-not-exists --topic t --replication-factor 1 --partitions 1", None),
    ("kafka-topics", "--create --topic t --bootstrap-server $B --partitions 3 --replication-factor 3 --config "
                     "min.insync.replicas=2 --config retention.ms=60000", None),
    ("kafka-topics", "--create --topic three --bootstrap-server $B --partitions 3 --replication-factor 3 --config "
                     "retention.ms=60000", None),
    ("kafka-topics", f"{AT} --create --topic compacted --config cleanup.policy=compact", None),
    ("kafka-topics", "--create --topic user-profiles --bootstrap-server $B --partitions 3 --replication-factor 1 "
                     "--config cleanup.policy=compact", None),
    ("kafka-topics", "--describe --topic t --bootstrap-server $B", None),
    ("kafka-topics", f"{AT} --describe --under-replicated-partitions", None),
    ("kafka-topics", f"{AT} --describe --unavailable-partitions", None),
    ("kafka-topics", f"{AT} --alter --topic compacted --partitions 6", None),
    ("kafka-topics", f"{AT} --delete --topic compacted", None),
    ("kafka-topics", f"{AT} --delete --topic compacted", None),
    ("kafka-topics", f"{AT} --delete --topic compacted --if-exists", None),
    ("kafka-topics", "--list --bootstrap-server=$B", None),
    ("kafka-topics", f"{AT} --command-config client.properties --list", None),
    ("kafka-topics", "--create --zookeeper zookeeper:2181 --replication-factor 1 --partitions 1 --topic t", None),
    (PRODUCE, f"{AT} --topic t", "hello\n"),
    (PRODUCE, f"{AT} --topic t --property parse.key=true --property key.separator=:", "k:v\n"),
    (PRODUCE, f"{AT} --topic t --property parse.key=true --property key.separator=,", "k,v\n"),
    (PRODUCE, f"--topic t {AT} --producer.config client.properties", "configured\n"),
    (PRODUCE, f"{AT} --topic t --producer-property acks=all", "all\n"),
    (PRODUCE, f"{AT} --topic t --property parse.headers=true --property null.marker=NULL", "a:1,b:NULL\tNULL\n"),
    (CONSUME, f"--topic t --from-beginning {AT} --timeout-ms 3000", None),
    (CONSUME, f"{AT} --topic t --from-beginning --max-messages 1 --timeout-ms 10000", None),
    (CONSUME, f"{AT} --topic t --from-beginning --property print.key=true --property key.separator=: --property "
              "print.timestamp=true --property print.partition=true --property print.offset=true --property "
              "print.headers=true --max-messages 6", None),
    (CONSUME, f"{AT} --topic t --group g1 --from-beginning --max-messages 3", None),
    (CONSUME, f"{AT} --topic t --partition 0 --offset 42 --max-messages 10 --timeout-ms 3000", None),
    (CONSUME, f"{AT} --topic t --partition 0 --offset 2 --max-messages 2", None),
    (CONSUME, f"{AT} --topic t --from-beginning --formatter org.apache.kafka.tools.consumer.DefaultMessageFormatter "
              "--property print.key=true --property key.deserializer="
              "org.apache.kafka.common.serialization.StringDeserializer --property value.deserializer="
              "org.apache.kafka.common.serialization.LongDeserializer --max-messages 1", None),
    (CONSUME, f"{AT} --topic t --consumer.config client.properties --isolation-level read_committed "
              "--from-beginning --max-messages 1", None),
    (CONSUME, f"{AT} --include t|quick.* --from-beginning --max-messages 1", None),
    (GROUPS, f"{AT} --list", None),
    (GROUPS, f"{AT} --describe --group g1", None),
    (GROUPS, f"{AT} --describe --all-groups", None),
    (GROUPS, f"{AT} --describe --group g1 --state", None),
    (GROUPS, f"{AT} --describe --group g1 --members --verbose", None),
    (GROUPS, f"{RESET} --to-earliest --execute", None),
    (GROUPS, f"{RESET} --to-latest --execute", None),
    (GROUPS, f"{RESET} --shift-by -2 --execute", None),
    (GROUPS, f"{RESET} --to-offset 100 --execute", None),
    (GROUPS, f"{RESET} --to-datetime 2026-01-01T00:00:00.000 --execute", None),
    (GROUPS, f"{RESET} --by-duration PT1H --execute", None),
    (GROUPS, f"{AT} --group g1 --all-topics --reset-offsets --to-earliest --dry-run", None),
    (GROUPS, f"{RESET} --to-current --dry-run --export", None),
    (GROUPS, f"{AT} --delete --group g1", None),
    ("kafka-get-offsets", f"{AT} --topic t --time -1", None),
    ("kafka-get-offsets", f"{AT} --topic t --time -2", None),
    ("kafka-get-offsets", f"{AT} -topic t", None),
    ("kafka-get-offsets", f"{AT} --topic t --time latest", None),
    ("kafka-configs", f"{AT} --entity-type topics --entity-name t --alter --add-config retention.ms=1000", None),
    ("kafka-configs", f"{AT} --entity-type topics --entity-name t --describe", None),
    ("kafka-configs", f"{AT} --entity-type topics --entity-name t --describe --all", None),
    ("kafka-configs", f"{AT} --entity-type topics --entity-name t --alter --delete-config retention.ms", None),
    ("kafka-configs", f"{AT} --topic t --describe", None),
    ("kafka-configs", f"{AT} --entity-type brokers --entity-name 1 --describe", None),
    ("kafka-configs", f"{AT} --entity-type brokers --entity-default --describe", None),
    ("kafka-configs", f"{AT} --alter --add-config SCRAM-SHA-512=[password=secret] --entity-type users --entity-name "
                      "alice", None),
    ("kafka-configs", f"{AT} --alter --add-config producer_byte_rate=1024,consumer_byte_rate=2048 --entity-type users "
                      "--entity-name alice", None),
    ("kafka-configs", f"{AT} --describe --entity-type users --entity-name alice", None),
    ("kafka-acls", f"{AT} --command-config client.properties --add --allow-principal User:alice --operation Read "
                   "--operation Describe --topic t --group *", None),
    ("kafka-acls", f"{AT} --add --allow-principal User:alice --producer --topic t", None),
    ("kafka-acls", f"{AT} --add --allow-principal User:bob --consumer --topic t --group g", None),
    ("kafka-acls", f"{AT} --list", None),
    ("kafka-acls", f"{AT} --remove --allow-principal User:alice --producer --topic t --force", None),
    ("kafka-producer-perf-test", "--topic t --num-records 1000 --record-size 1024 --throughput -1 --producer-props "
                                 "bootstrap.servers=$B acks=1 linger.ms=10 batch.size=65536", None),
    ("kafka-consumer-perf-test", f"{AT} --topic t --messages 1000", None),
    ("kafka-broker-api-versions", AT, None),
    ("kafka-cluster", f"cluster-id {AT}", None),
    ("kafka-delete-records", f"{AT} --offset-json-file del.json", None),
    ("kafka-log-dirs", f"--describe {AT} --topic-list t", None),
    ("kafka-metadata-quorum", f"{AT} describe --status", None),
    ("kafka-leader-election", f"{AT} --election-type preferred --all-topic-partitions", None),
    ("kafka-storage", "random-uuid", None),
]

FILES = {"client.properties": "client.id=mine\n",
         "del.json": '{"partitions":[{"topic":"t","partition":0,"offset":3}],"version":1}'}

DIFFERENCES = {f"{GROUPS} {AT} --list": tool_cases.DIFFERENCES[f"{GROUPS} {AT} --list"]}

# What Kafka 4.2 and later say of options that they will not have for ever goes to standard output, and is not printed.
DEPRECATED = re.compile(r"^(?:Warning:|Option) --\S+ (?:is|has been) deprecated.*\n", re.M)


def answer(done, broker):
    done.stdout = DEPRECATED.sub("", done.stdout)
    told = cluster_cases.answer(done, broker)
    return perf_cases.without_summary(told)

"""Command lines of Apache Kafka's tools, in an order in which they make sense on one broker that begins empty, and what
is masked before two answers are compared."""

import re

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

B = "--bootstrap-server $B"

# Of the broker: with an authorizer there are ACLs to change.
SETTINGS = ("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS")

# (tool, arguments, standard input). $B is the broker; files of FILES are in the directory.
CASES = [
    # kafka-topics
    ("kafka-topics", "", None),
    ("kafka-topics", "--version", None),
    ("kafka-topics", f"{B} --foo", None),
    ("kafka-topics", f"{B} -foo", None),
    ("kafka-topics", f"{B} --list --top t", None),
    ("kafka-topics", f"{B} --list --topic", None),
    ("kafka-topics", f"{B} --list --topic x --topic y", None),
    ("kafka-topics", f"{B} --create", None),
    ("kafka-topics", "--list", None),
    ("kafka-topics", f"{B} --create --list --topic x", None),
    ("kafka-topics", f"{B} --create --topic x --zookeeper z:2181", None),
    ("kafka-topics", f"{B} --alter --topic x --config a=b", None),
    ("kafka-topics", f"{B} --alter --topic x", None),
    ("kafka-topics", f"{B} --list --partitions 3", None),
    ("kafka-topics", f"{B} --list --if-exists", None),
    ("kafka-topics", f"{B} --describe --under-replicated-partitions --topics-with-overrides", None),
    ("kafka-topics", f"{B} --create --topic x --partitions 0", None),
    ("kafka-topics", f"{B} --create --topic x --partitions x", None),
    ("kafka-topics", f"{B} --create --topic x --replication-factor 0", None),
    ("kafka-topics", f"{B} --create --topic x --replication-factor 3", None),
    ("kafka-topics", f"{B} --create --topic x --config foo=1", None),
    ("kafka-topics", f"{B} --create --topic x --config foo", None),
    ("kafka-topics", f"{B} --create --topic x --config retention.ms=abc", None),
    ("kafka-topics", f"{B} --create --topic a$b", None),
    ("kafka-topics", f"{B} --create --topic quickstart-events", None),
    ("kafka-topics", f"{B} --create --if-not-exists --topic t --replication-factor 1 --partitions 1", None),
    ("kafka-topics", f"{B} --create --if-not-exists --topic t --replication-factor 1 --partitions 1", None),
    ("kafka-topics", f"{B} --create --topic t", None),
    ("kafka-topics", f"{B} --create --topic with.dot_and --partitions 2 --config min.insync.replicas=1 "
                     "--config retention.ms=60000", None),
    ("kafka-topics", f"{B} --create --topic c --config cleanup.policy=compact --config segment.bytes=1048576", None),
    ("kafka-topics", f"{B} --list", None),
    ("kafka-topics", f"{B} --list --exclude-internal", None),
    ("kafka-topics", f"{B} --list --topic q.*,t", None),
    ("kafka-topics", f"{B} --list --topic [", None),
    ("kafka-topics", "--list --bootstrap-server=$B --exclude-internal", None),
    ("kafka-topics", "-bootstrap-server $B -list -topic t", None),
    ("kafka-topics", f"{B} --describe --topic t", None),
    ("kafka-topics", f"{B} --describe --topic with.dot_and", None),
    ("kafka-topics", f"{B} --describe --exclude-internal", None),
    ("kafka-topics", f"{B} --describe --topics-with-overrides --exclude-internal", None),
    ("kafka-topics", f"{B} --describe --topic nope", None),
    ("kafka-topics", f"{B} --describe --topic nope --if-exists", None),
    ("kafka-topics", f"{B} --describe --topic-id AAAAAAAAAAAAAAAAAAAAQQ", None),
    ("kafka-topics", f"{B} --describe --under-replicated-partitions", None),
    ("kafka-topics", f"{B} --describe --unavailable-partitions", None),
    ("kafka-topics", f"{B} --describe --under-min-isr-partitions", None),
    ("kafka-topics", f"{B} --describe --at-min-isr-partitions --topic t", None),
    ("kafka-topics", f"{B} --alter --topic t --partitions 6", None),
    ("kafka-topics", f"{B} --alter --topic t --partitions 6", None),
    ("kafka-topics", f"{B} --alter --topic t --partitions 2", None),
    ("kafka-topics", f"{B} --alter --topic nope --partitions 2", None),
    ("kafka-topics", f"{B} --alter --topic nope --partitions 2 --if-exists", None),
    ("kafka-topics", f"{B} --create --topic gone", None),
    ("kafka-topics", f"{B} --delete --topic gone", None),
    ("kafka-topics", f"{B} --delete --topic gone", None),
    ("kafka-topics", f"{B} --delete --topic gone --if-exists", None),
    ("kafka-topics", f"{B} --list --command-config missing.properties", None),
    ("kafka-topics", "--bootstrap-server localhost --list", None),
    ("kafka-topics", "--bootstrap-server 127.0.0.1:1 --list --command-config quick.properties", None),
    ("kafka-topics", f"{B} --create --topic h", None),
    ("kafka-topics", f"{B} --create --topic r --replica-assignment 1,1,1", None),
    ("kafka-topics", f"{B} --describe --topic r", None),
    ("kafka-topics", f"{B} --create --topic r2 --replica-assignment 1:2,2:1", None),
    ("kafka-topics", f"{B} --create --topic r2 --replica-assignment 1:1", None),
    ("kafka-topics", f"{B} --create --topic r2 --replica-assignment 1,1:2", None),
    ("kafka-topics", f"{B} --create --topic r2 --replica-assignment x", None),
    ("kafka-topics", f"{B} --create --topic r2 --replica-assignment 9", None),
    ("kafka-topics", f"{B} --create --topic r2 --replica-assignment 1 --partitions 1", None),
    ("kafka-topics", f"{B} --alter --topic r --partitions 4 --replica-assignment 1,1,1,1", None),
    ("kafka-topics", f"{B} --alter --topic r --partitions 5 --replica-assignment 1,1,1,1,2", None),
    ("kafka-topics", f"{B} --alter --topic r --partitions 6 --replica-assignment 1,1,1,1,1", None),
    ("kafka-topics", f"{B} --list --topic ^(?!__).*", None),
    ("kafka-topics", f"{B} --list --topic (?!q)[a-z]+,quick.*", None),
    ("kafka-topics", f"{B} --list --command-config wrong.properties", None),
    ("kafka-topics", f"{B} --list --topic t --command-config unknown.properties", None),
    # kafka-console-producer
    ("kafka-console-producer", f"{B}", None),
    ("kafka-console-producer", "--topic t", None),
    ("kafka-console-producer", f"{B} --foo", None),
    ("kafka-console-producer", "--bootstrap-server localhost --topic t", ""),
    ("kafka-console-producer", f"{B} --topic t --property a=b --reader-property c=d", ""),
    ("kafka-console-producer", f"{B} --topic h --sync", "hello\n"),
    ("kafka-console-producer", f"{B} --topic quickstart-events --sync", "one\n\ntwo\r\nlast"),
    ("kafka-console-producer", f"{B} --topic h --reader-property parse.key=true --reader-property key.separator=: "
                               "--sync", "k1:v1\nk2:v:2\n"),
    ("kafka-console-producer", f"{B} --topic h --reader-property parse.key=true --sync", "no separator\n"),
    ("kafka-console-producer", f"{B} --topic h --reader-property parse.key=true --reader-property ignore.error=true "
                               "--sync", "no separator\n"),
    ("kafka-console-producer", f"{B} --topic h --reader-property parse.headers=true --reader-property parse.key=true "
                               "--reader-property null.marker=NULL --sync",
     "h1:v1,h2:NULL\tk\tv\nNULL\tNULL\tx\nh:1\tk\tNULL\n"),
    ("kafka-console-producer", f"{B} --topic h --reader-property parse.headers=true --sync", "plain\n"),
    ("kafka-console-producer", f"{B} --topic h --reader-property parse.headers=true --sync", "h\tv\n"),
    ("kafka-console-producer", f"{B} --topic h --reader-property null.marker=, --reader-property "
                               "headers.separator=, --reader-property parse.headers=true", ""),
    ("kafka-console-producer", "--bootstrap-server 127.0.0.1:1 --topic t --max-block-ms 1500", "a\n"),
    ("kafka-console-producer", "--bootstrap-server 127.0.0.1:1 --topic t --max-block-ms 1500 --sync", "a\n"),
    ("kafka-console-producer", f"{B} --topic t --batch-size x", ""),
    ("kafka-console-producer", f"{B} --topic t --command-property acks=5", ""),
    ("kafka-console-producer", f"{B} --topic t --timeout -1", ""),
    ("kafka-console-producer", f"{B} --topic a$b --sync", "x\n"),
    ("kafka-console-producer", f"{B} --topic t --command-config wrong.properties", ""),
    # kafka-console-consumer
    ("kafka-console-consumer", f"{B}", None),
    ("kafka-console-consumer", f"{B} --foo", None),
    ("kafka-console-consumer", "--topic t", None),
    ("kafka-console-consumer", f"{B} --topic t --include x", None),
    ("kafka-console-consumer", f"{B} --include x --partition 0", None),
    ("kafka-console-consumer", f"{B} --topic t --offset 3", None),
    ("kafka-console-consumer", f"{B} --topic t --partition 0 --offset -3", None),
    ("kafka-console-consumer", f"{B} --topic t --partition 0 --offset x", None),
    ("kafka-console-consumer", f"{B} --topic t --partition 0 --offset 0 --from-beginning", None),
    ("kafka-console-consumer", f"{B} --topic t --partition 0 --group g", None),
    ("kafka-console-consumer", f"{B} --topic t --from-beginning --command-property auto.offset.reset=latest", None),
    ("kafka-console-consumer", f"{B} --topic t --group a --command-property group.id=b", None),
    ("kafka-console-consumer", f"{B} --topic t --formatter no.such.Formatter", None),
    ("kafka-console-consumer", f"{B} --topic quickstart-events --from-beginning --max-messages 4 --timeout-ms 8000", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --from-beginning --max-messages 7 --timeout-ms 8000 "
                               "--formatter-property print.key=true --formatter-property key.separator=| "
                               "--formatter-property print.partition=true --formatter-property print.offset=true "
                               "--formatter-property print.headers=true --formatter-property print.timestamp=true",
     None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 4 --max-messages 1 --timeout-ms 8000 --formatter-property "
                               "print.value=false --formatter-property print.offset=true --formatter-property "
                               "print.epoch=true --formatter-property print.delivery=true", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 0 --max-messages 1 --timeout-ms 8000 --value-deserializer "
                               "org.apache.kafka.common.serialization.LongDeserializer", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 0 --max-messages 1 --timeout-ms 8000 --key-deserializer "
                               "org.apache.kafka.common.serialization.StringDeserializer --formatter-property "
                               "print.key=true --formatter-property null.literal=N", None),
    ("kafka-console-consumer", f"{B} --topic t --partition 0 --offset 5 --timeout-ms 2000", None),
    ("kafka-console-consumer", f"{B} --topic quickstart-events --group g1 --from-beginning --max-messages 2 --timeout-ms 8000", None),
    ("kafka-console-consumer", f"{B} --topic quickstart-events --group g1 --from-beginning --max-messages 2 --timeout-ms 8000", None),
    ("kafka-console-consumer", f"{B} --topic t --max-messages 0", None),
    ("kafka-console-consumer", f"{B} --include [ --timeout-ms 3000", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 0 --max-messages 2 --timeout-ms 8000 "
                               "--formatter org.apache.kafka.tools.consumer.NoOpMessageFormatter", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 0 --max-messages 2 --timeout-ms 8000 "
                               "--formatter org.apache.kafka.tools.consumer.LoggingMessageFormatter", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 0 --max-messages 2 --timeout-ms 8000 "
                               "--formatter-property print.value=false", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 1 --max-messages 1 --timeout-ms 8000 "
                               "--formatter-property print.key=true --formatter-property value.deserializer="
                               "org.apache.kafka.common.serialization.LongDeserializer", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 1 --max-messages 1 --timeout-ms 8000 "
                               "--formatter-property value.deserializer=no.such.Deserializer", None),
    ("kafka-console-consumer", f"{B} --topic t --partition 0 --command-property auto.offset.reset=foo", None),
    ("kafka-console-consumer", f"{B} --topic t --command-property max.poll.records=0", None),
    ("kafka-console-consumer", f"{B} --topic t --command-config wrong.properties", None),
    # kafka-consumer-groups
    ("kafka-consumer-groups", f"{B}", None),
    ("kafka-consumer-groups", "--list", None),
    ("kafka-consumer-groups", f"{B} --foo", None),
    ("kafka-consumer-groups", f"{B} --describe", None),
    ("kafka-consumer-groups", f"{B} --describe --group g1 --all-groups", None),
    ("kafka-consumer-groups", f"{B} --describe --group g1 --members --state", None),
    ("kafka-consumer-groups", f"{B} --delete", None),
    ("kafka-consumer-groups", f"{B} --delete --group g1 --topic t", None),
    ("kafka-consumer-groups", f"{B} --delete-offsets --group g1", None),
    ("kafka-consumer-groups", f"{B} --reset-offsets --group g1 --to-earliest", None),
    ("kafka-consumer-groups", f"{B} --reset-offsets --group g1 --topic t", None),
    ("kafka-consumer-groups", f"{B} --reset-offsets --group g1 --topic t --to-earliest --to-latest", None),
    ("kafka-consumer-groups", f"{B} --reset-offsets --group g1 --topic t --to-earliest --dry-run --execute", None),
    ("kafka-consumer-groups", f"{B} --reset-offsets --topic t --to-earliest", None),
    ("kafka-consumer-groups", f"{B} --list", None),
    ("kafka-consumer-groups", f"{B} --list --state", None),
    ("kafka-consumer-groups", f"{B} --list --state --type", None),
    ("kafka-consumer-groups", f"{B} --list --state Stable", None),
    ("kafka-consumer-groups", f"{B} --describe --group g1", None),
    ("kafka-consumer-groups", f"{B} --describe --group g1 --verbose", None),
    ("kafka-consumer-groups", f"{B} --describe --group g1 --members", None),
    ("kafka-consumer-groups", f"{B} --describe --group g1 --members --verbose", None),
    ("kafka-consumer-groups", f"{B} --describe --group g1 --state", None),
    ("kafka-consumer-groups", f"{B} --describe --group g1 --state --verbose", None),
    ("kafka-consumer-groups", f"{B} --describe --all-groups", None),
    ("kafka-consumer-groups", f"{B} --describe --group nope", None),
    ("kafka-consumer-groups", f"{B} --describe --group nope --members", None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic quickstart-events --reset-offsets --to-earliest", None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic quickstart-events --reset-offsets --to-earliest --execute",
     None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic quickstart-events --reset-offsets --shift-by 2 --execute",
     None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic quickstart-events --reset-offsets --shift-by -10 --dry-run",
     None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic quickstart-events --reset-offsets --to-offset 100 --dry-run",
     None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic t --reset-offsets --shift-by 1 --dry-run", None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic t:0,1 --reset-offsets --to-latest --execute --export", None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic t:9 --reset-offsets --to-latest --execute", None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic nope --reset-offsets --to-latest --dry-run", None),
    ("kafka-consumer-groups", f"{B} --group g1 --all-topics --reset-offsets --to-current --dry-run --export", None),
    ("kafka-consumer-groups", f"{B} --group g1 --reset-offsets --from-file offsets.csv --dry-run", None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic quickstart-events --reset-offsets --to-datetime "
                              "2020-01-01T00:00:00.000 --dry-run", None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic quickstart-events --reset-offsets --by-duration PT1H "
                              "--dry-run", None),
    ("kafka-consumer-groups", f"{B} --group g1 --topic quickstart-events --reset-offsets --to-datetime nonsense "
                              "--dry-run", None),
    ("kafka-consumer-groups", f"{B} --group fresh --topic t:0 --reset-offsets --to-earliest --execute", None),
    ("kafka-consumer-groups", f"{B} --delete-offsets --group g1 --topic t:0", None),
    ("kafka-consumer-groups", f"{B} --delete-offsets --group g1 --topic nope", None),
    ("kafka-consumer-groups", f"{B} --delete --group fresh --group nope", None),
    ("kafka-consumer-groups", f"{B} --delete --group g1", None),
    ("kafka-consumer-groups", "--validate-regex t.*", None),
    ("kafka-consumer-groups", "--validate-regex t[", None),
    ("kafka-consumer-groups", f"{B} --list --command-config wrong.properties", None),
    ("kafka-consumer-groups", "--bootstrap-server 127.0.0.1:1 --list --timeout 1500", None),
    ("kafka-consumer-groups", f"{B} --list --timeout x", None),
    # kafka-get-offsets
    ("kafka-get-offsets", "--topic t", None),
    ("kafka-get-offsets", f"{B} --foo", None),
    ("kafka-get-offsets", f"{B} --topic t", None),
    ("kafka-get-offsets", f"{B} --topic t --time -2 --partitions 0,1", None),
    ("kafka-get-offsets", f"{B} --topic quickstart-events --time latest", None),
    ("kafka-get-offsets", f"{B} --topic quickstart-events --time 0", None),
    ("kafka-get-offsets", f"{B} --topic quickstart-events --time -4", None),
    ("kafka-get-offsets", f"{B} --topic quickstart-events --time -5", None),
    ("kafka-get-offsets", f"{B} --topic quickstart-events --time -6", None),
    ("kafka-get-offsets", f"{B} --topic quickstart-events --time earliest-local", None),
    ("kafka-get-offsets", f"{B} --topic quickstart-events --time latest-tiered", None),
    ("kafka-get-offsets", f"{B} --topic quickstart-events --time earliest-pending-upload", None),
    ("kafka-get-offsets", f"{B} --topic t --command-config wrong.properties", None),
    ("kafka-get-offsets", f"{B} --topic quickstart-events --time 9999999999999", None),
    ("kafka-get-offsets", f"{B} --topic-partitions t:0-3,c", None),
    ("kafka-get-offsets", f"{B} --topic-partitions :0 --exclude-internal-topics", None),
    ("kafka-get-offsets", f"{B} --topic-partitions t --topic t", None),
    ("kafka-get-offsets", f"{B} --topic nope", None),
    ("kafka-get-offsets", f"{B} --topic t --time soon", None),
    ("kafka-get-offsets", f"{B} --topic t --partitions a", None),
    ("kafka-get-offsets", f"{B} --topic-partitions t:x", None),
    ("kafka-get-offsets", "--bootstrap-server localhost --topic t", None),
    # kafka-configs
    ("kafka-configs", f"{B}", None),
    ("kafka-configs", f"{B} --foo", None),
    ("kafka-configs", f"{B} --describe", None),
    ("kafka-configs", "--describe --entity-type topics", None),
    ("kafka-configs", f"{B} --alter --entity-type topics --entity-name t", None),
    ("kafka-configs", f"{B} --alter --entity-type topics --add-config a=b", None),
    ("kafka-configs", f"{B} --alter --entity-type bogus --entity-name t --add-config a=b", None),
    ("kafka-configs", f"{B} --alter --entity-type topics --entity-name t --add-config retention.ms=1000", None),
    ("kafka-configs", f"{B} --alter --topic t --add-config cleanup.policy=[compact,delete],retention.ms=2000", None),
    ("kafka-configs", f"{B} --alter --topic t --add-config foo=1", None),
    ("kafka-configs", f"{B} --alter --topic t --add-config foo", None),
    ("kafka-configs", f"{B} --alter --topic t --entity-name t --add-config foo=1", None),
    ("kafka-configs", f"{B} --entity-type topics --entity-name t --describe", None),
    ("kafka-configs", f"{B} --topic c --describe", None),
    ("kafka-configs", f"{B} --topic c --describe --all", None),
    ("kafka-configs", f"{B} --topic nope --describe", None),
    ("kafka-configs", f"{B} --topic nope --describe --all", None),
    ("kafka-configs", f"{B} --topic nope --alter --add-config retention.ms=1", None),
    ("kafka-configs", f"{B} --alter --entity-type topics --entity-name t --delete-config retention.ms", None),
    ("kafka-configs", f"{B} --alter --entity-type topics --entity-name t --delete-config retention.ms", None),
    ("kafka-configs", f"{B} --entity-type brokers --entity-name 1 --describe", None),
    ("kafka-configs", f"{B} --entity-type brokers --entity-default --describe", None),
    ("kafka-configs", f"{B} --broker x --describe", None),
    ("kafka-configs", f"{B} --alter --add-config SCRAM-SHA-512=[password=secret] --entity-type users "
                      "--entity-name alice", None),
    ("kafka-configs", f"{B} --alter --delete-config SCRAM-SHA-512 --user alice", None),
    ("kafka-configs", f"{B} --entity-type clients --describe", None),
    ("kafka-configs", f"{B} --entity-type ips --describe", None),
    ("kafka-configs", f"{B} --entity-type users --describe", None),
    ("kafka-configs", f"{B} --alter --add-config producer_byte_rate=1024,consumer_byte_rate=2048 --entity-type "
                      "users --entity-name alice", None),
    ("kafka-configs", f"{B} --describe --user alice", None),
    ("kafka-configs", f"{B} --describe --entity-type users --entity-name alice", None),
    ("kafka-configs", f"{B} --alter --add-config request_percentage=200 --entity-type users --entity-name alice "
                      "--entity-type clients --entity-name app", None),
    ("kafka-configs", f"{B} --describe --entity-type users --entity-type clients", None),
    ("kafka-configs", f"{B} --describe --entity-type users --entity-name alice --entity-type clients", None),
    ("kafka-configs", f"{B} --describe --entity-type users --entity-name alice --entity-type clients "
                      "--entity-default", None),
    ("kafka-configs", f"{B} --alter --add-config producer_byte_rate=10000000 --client-defaults", None),
    ("kafka-configs", f"{B} --describe --client-defaults", None),
    ("kafka-configs", f"{B} --alter --add-config producer_byte_rate=5,controller_mutation_rate=0.5 --client "
                      "app", None),
    ("kafka-configs", f"{B} --describe --entity-type clients", None),
    ("kafka-configs", f"{B} --describe --entity-type clients --entity-default", None),
    ("kafka-configs", f"{B} --alter --add-config connection_creation_rate=10 --ip 127.0.0.1", None),
    ("kafka-configs", f"{B} --alter --add-config connection_creation_rate=20 --ip-defaults", None),
    ("kafka-configs", f"{B} --describe --entity-type ips", None),
    ("kafka-configs", f"{B} --describe --ip 127.0.0.1", None),
    ("kafka-configs", f"{B} --alter --delete-config connection_creation_rate --ip 127.0.0.1", None),
    ("kafka-configs", f"{B} --alter --delete-config connection_creation_rate --ip-defaults", None),
    ("kafka-configs", f"{B} --alter --add-config producer_byte_rate=1 --ip 127.0.0.1", None),
    ("kafka-configs", f"{B} --alter --add-config connection_creation_rate=1 --ip no.such.host.invalid", None),
    ("kafka-configs", f"{B} --alter --add-config foo=1 --user alice", None),
    ("kafka-configs", f"{B} --alter --delete-config foo --user alice", None),
    ("kafka-configs", f"{B} --alter --add-config foo=1,bar=2 --client x", None),
    ("kafka-configs", f"{B} --alter --delete-config foo,bar --client x", None),
    ("kafka-configs", f"{B} --alter --add-config SCRAM-SHA-256=[password=x] --client x", None),
    ("kafka-configs", f"{B} --alter --add-config producer_byte_rate=x --user alice", None),
    ("kafka-configs", f"{B} --alter --add-config producer_byte_rate=-1 --user alice", None),
    ("kafka-configs", f"{B} --alter --delete-config producer_byte_rate --user nobody", None),
    ("kafka-configs", f"{B} --alter --delete-config producer_byte_rate,consumer_byte_rate --user alice", None),
    ("kafka-configs", f"{B} --alter --add-config SCRAM-SHA-256=[iterations=8192,password=secret] --entity-type "
                      "users --entity-name bob", None),
    ("kafka-configs", f"{B} --describe --entity-type users --entity-name bob", None),
    ("kafka-configs", f"{B} --describe --entity-type users", None),
    ("kafka-configs", f"{B} --alter --add-config SCRAM-SHA-256=[iterations=10,password=s] --user bob", None),
    ("kafka-configs", f"{B} --alter --add-config SCRAM-SHA-256=[foo=1] --user bob", None),
    ("kafka-configs", f"{B} --alter --add-config SCRAM-SHA-256=[iterations=99999,password=s] --user bob", None),
    ("kafka-configs", f"{B} --alter --add-config SCRAM-SHA-256=[password=s] --user-defaults", None),
    ("kafka-configs", f"{B} --alter --add-config SCRAM-SHA-256=[password=s],producer_byte_rate=1 --user bob", None),
    ("kafka-configs", f"{B} --alter --delete-config SCRAM-SHA-256 --user nobody", None),
    ("kafka-configs", f"{B} --alter --delete-config SCRAM-SHA-256 --user bob", None),
    ("kafka-configs", f"{B} --entity-type broker-loggers --describe", None),
    ("kafka-configs", f"{B} --broker-logger 9 --describe", None),
    ("kafka-configs", f"{B} --broker-logger 1 --describe", None),
    ("kafka-configs", f"{B} --broker-logger 1 --alter --add-config no.such=INFO", None),
    ("kafka-configs", f"{B} --entity-type topics --entity-default --describe", None),
    ("kafka-configs", f"{B} --entity-type topics --entity-name a$b --describe", None),
    ("kafka-configs", f"{B} --group nope --describe", None),
    ("kafka-configs", f"{B} --group g1 --describe", None),
    ("kafka-configs", f"{B} --client-metrics cm --describe", None),
    ("kafka-configs", f"{B} --client-metrics cm --describe --all", None),
    ("kafka-configs", f"{B} --client-metrics cm --alter --add-config interval.ms=1000", None),
    ("kafka-configs", f"{B} --entity-type client-metrics --describe", None),
    ("kafka-configs", f"{B} --describe --topic t --add-config a=b", None),
    ("kafka-configs", f"{B} --alter --topic t --add-config a@b=c", None),
    ("kafka-configs", f"{B} --alter --topic t --add-config retention.ms=1 --add-config-file quick.properties", None),
    ("kafka-configs", f"{B} --alter --entity-type users --entity-name alice --entity-type clients --add-config "
                      "producer_byte_rate=1", None),
    ("kafka-configs", f"{B} --entity-type users --entity-type users --describe", None),
    ("kafka-configs", f"{B} --entity-type users --entity-type topics --describe", None),
    ("kafka-configs", f"{B} --alter --entity-type users --add-config producer_byte_rate=1", None),
    ("kafka-configs", f"{B} --describe --entity-type users --entity-name a --entity-name b", None),
    ("kafka-configs", f"{B} --bootstrap-controller 127.0.0.1:1 --describe --topic t", None),
    ("kafka-configs", f"{B} --entity-type topics --describe", None),
    ("kafka-configs", f"{B} --describe --entity-type brokers", None),
    ("kafka-configs", f"{B} --describe --topic t --command-config wrong.properties", None),
    ("kafka-configs", f"{B} --alter --add-config a=1, --topic t", None),
    ("kafka-configs", f"{B} --alter --topic t --add-config a=b=c", None),
    # kafka-delete-records
    ("kafka-delete-records", "--offset-json-file del.json", None),
    ("kafka-delete-records", f"{B}", None),
    ("kafka-delete-records", f"{B} --offset-json-file missing.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file bad.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file nopartitions.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file twice.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file del.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file del.json --command-config wrong.properties", None),
    # kafka-groups
    ("kafka-groups", f"{B}", None),
    ("kafka-groups", "--list", None),
    ("kafka-groups", f"{B} --list", None),
    ("kafka-groups", f"{B} --list --consumer", None),
    ("kafka-groups", f"{B} --list --group-type classic --protocol consumer", None),
    ("kafka-groups", f"{B} --list --group-type bogus", None),
    ("kafka-groups", f"{B} --list --consumer --share", None),
    ("kafka-groups", f"{B} --list --command-config wrong.properties", None),
    # kafka-log-dirs
    ("kafka-log-dirs", f"{B}", None),
    ("kafka-log-dirs", "--describe", None),
    ("kafka-log-dirs", f"{B} --describe --topic-list quickstart-events", None),
    ("kafka-log-dirs", f"{B} --describe --broker-list 9", None),
    ("kafka-log-dirs", f"{B} --describe --command-config wrong.properties", None),
    # brokers that are not there
    ("kafka-configs", "--bootstrap-server 127.0.0.1:1 --describe --topic t --command-config quick.properties", None),
    ("kafka-configs", "--bootstrap-server 127.0.0.1:1 --describe --entity-type users --command-config "
                      "quick.properties", None),
    ("kafka-configs", "--bootstrap-server 127.0.0.1:1 --alter --topic t --add-config retention.ms=1 "
                      "--command-config quick.properties", None),
    ("kafka-consumer-groups", "--bootstrap-server 127.0.0.1:1 --describe --group g1 --timeout 1500", None),
    ("kafka-consumer-groups", "--bootstrap-server 127.0.0.1:1 --describe --all-groups --timeout 1500", None),
    ("kafka-consumer-groups", "--bootstrap-server 127.0.0.1:1 --delete --group g1 --timeout 1500", None),
    ("kafka-consumer-groups", "--bootstrap-server 127.0.0.1:1 --reset-offsets --group g1 --topic t --to-earliest "
                              "--dry-run --timeout 1500", None),
    ("kafka-get-offsets", "--bootstrap-server 127.0.0.1:1 --topic t --command-config quick.properties", None),
    ("kafka-groups", "--bootstrap-server 127.0.0.1:1 --list --command-config quick.properties", None),
    ("kafka-log-dirs", "--bootstrap-server 127.0.0.1:1 --describe --command-config quick.properties", None),
    ("kafka-delete-records", "--bootstrap-server 127.0.0.1:1 --offset-json-file del.json --command-config "
                             "quick.properties", None),
    ("kafka-topics", "--bootstrap-server 127.0.0.1:1 --describe --command-config quick.properties", None),
    ("kafka-topics", "--bootstrap-server 127.0.0.1:1 --create --topic x --command-config quick.properties", None),
    ("kafka-topics", "--bootstrap-server no.such.host.invalid:9092 --list", None),
    ("kafka-configs", "--bootstrap-server localhost --describe --topic t", None),
    ("kafka-consumer-groups", "--bootstrap-server localhost --list", None),
    ("kafka-consumer-groups", "--bootstrap-server no.such.host.invalid:9092 --list", None),
    ("kafka-groups", "--bootstrap-server localhost --list", None),
    ("kafka-log-dirs", "--bootstrap-server localhost --describe", None),
    ("kafka-delete-records", "--bootstrap-server localhost --offset-json-file del.json", None),
    ("kafka-console-consumer", "--bootstrap-server localhost --topic t", None),
    ("kafka-console-consumer", "--bootstrap-server no.such.host.invalid:9092 --topic t", None),
    ("kafka-console-producer", "--bootstrap-server no.such.host.invalid:9092 --topic t", "x\n"),
    # what leaves groups behind
    ("kafka-console-consumer", f"{B} --include quick.*ents --from-beginning --max-messages 2 --timeout-ms 15000", None),
    ("kafka-console-consumer", f"{B} --include ^(?!__|h).* --from-beginning --max-messages 2 --timeout-ms 15000", None),
    ("kafka-console-consumer", f"{B} --include no-such-.* --timeout-ms 3000", None),
    ("kafka-consumer-groups", f"{B} --group fmt1 --topic t:0 --reset-offsets --to-earliest --execute", None),
    ("kafka-console-consumer", f"{B} --topic __consumer_offsets --partition 26 --from-beginning --max-messages 1 "
                               "--timeout-ms 8000 --formatter "
                               "org.apache.kafka.tools.consumer.OffsetsMessageFormatter", None),
    ("kafka-console-consumer", f"{B} --topic __consumer_offsets --partition 26 --from-beginning --max-messages 1 "
                               "--timeout-ms 8000 --formatter "
                               "org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter", None),
    # kafka-acls
    ("kafka-acls", "", None),
    ("kafka-acls", "--help", None),
    ("kafka-acls", f"{B}", None),
    ("kafka-acls", f"{B} --foo", None),
    ("kafka-acls", f"{B} --topic", None),
    ("kafka-acls", "--list", None),
    ("kafka-acls", f"{B} --bootstrap-controller $B --list", None),
    ("kafka-acls", f"{B} --list --add", None),
    ("kafka-acls", f"{B} --list --producer", None),
    ("kafka-acls", f"{B} --list --deny-principal User:a", None),
    ("kafka-acls", f"{B} --add --producer --operation Read --topic t", None),
    ("kafka-acls", f"{B} --add --consumer --deny-host 10.0.0.1 --topic t", None),
    ("kafka-acls", f"{B} --add --principal User:a --topic t", None),
    ("kafka-acls", f"{B} --add --producer --allow-principal User:a", None),
    ("kafka-acls", f"{B} --add --idempotent --allow-principal User:a", None),
    ("kafka-acls", f"{B} --add --consumer --topic t --allow-principal User:a", None),
    ("kafka-acls", f"{B} --add --consumer --topic t --group g --cluster --allow-principal User:a", None),
    ("kafka-acls", f"{B} --add --allow-principal User:a", None),
    ("kafka-acls", f"{B} --add --topic t", None),
    ("kafka-acls", f"{B} --add --topic t --allow-principal alice", None),
    ("kafka-acls", f"{B} --add --topic t --allow-principal User:a --operation Fly", None),
    ("kafka-acls", f"{B} --add --topic t --allow-principal User:a --operation DESCRIBE_CONFIGS", None),
    ("kafka-acls", f"{B} --add --group g --allow-principal User:a --operation Write", None),
    ("kafka-acls", f"{B} --add --cluster --allow-principal User:a --operation Read", None),
    ("kafka-acls", f"{B} --add --topic t --allow-principal User:a --resource-pattern-type match", None),
    ("kafka-acls", f"{B} --add --topic t --allow-principal User:a --resource-pattern-type regex", None),
    ("kafka-acls", f"{B} --add --cluster --allow-principal User:a --resource-pattern-type prefixed", None),
    ("kafka-acls", f"{B} --list", None),
    ("kafka-acls", f"{B} --add --topic t --allow-principal User:a --operation Read", None),
    ("kafka-acls", f"{B} --add --topic t --allow-principal User:a --operation Read --operation describeconfigs", None),
    ("kafka-acls", f"{B} --add --topic t --allow-principal User:a --operation Read", None),
    ("kafka-acls", f"{B} --add --topic t --deny-principal User:* --deny-host 10.0.0.1 --deny-host 10.0.0.2", None),
    ("kafka-acls", f"{B} --add --topic or --group bill --resource-pattern-type PREFIXED --allow-principal User:b "
                   "--allow-host 10.0.0.3 --consumer --producer", None),
    ("kafka-acls", f"{B} --add --producer --idempotent --topic p --transactional-id x --allow-principal User:c", None),
    ("kafka-acls", f"{B} --add --user-principal User:d --operation CreateTokens --allow-principal User:c", None),
    ("kafka-acls", f"{B} --add --delegation-token tok --operation Describe --allow-principal User:c", None),
    ("kafka-acls", f"{B} --add --topic= --allow-principal User:a", None),
    ("kafka-acls", f"{B} --list", None),
    ("kafka-acls", f"{B} --list --topic t", None),
    ("kafka-acls", f"{B} --list --topic nope", None),
    ("kafka-acls", f"{B} --list --topic orders --resource-pattern-type match", None),
    ("kafka-acls", f"{B} --list --topic or --resource-pattern-type any --group bill", None),
    ("kafka-acls", f"{B} --list --principal User:a", None),
    ("kafka-acls", f"{B} --list --principal User:nobody --topic t", None),
    ("kafka-acls", f"{B} --list --principal alice", None),
    ("kafka-acls", f"{B} --list --cluster", None),
    ("kafka-acls", f"{B} --list --cluster --command-config", None),
    ("kafka-acls", f"{B} --list --command-config missing.properties", None),
    ("kafka-acls", "--bootstrap-server localhost --list", None),
    ("kafka-acls", "--bootstrap-server 127.0.0.1:1 --list --command-config quick.properties", None),
    ("kafka-acls", f"{B} --remove", None),
    ("kafka-acls", f"{B} --remove --topic t", "y\n"),
    ("kafka-acls", f"{B} --remove --topic t --allow-principal User:a --operation Read", "y\n"),
    ("kafka-acls", f"{B} --remove --topic t --allow-principal User:a --operation Read --force", None),
    ("kafka-acls", f"{B} --remove --topic t --allow-principal User:a --operation Create --force", None),
    ("kafka-acls", f"{B} --remove --topic orders --resource-pattern-type match --force", None),
    ("kafka-acls", f"{B} --list", None),
    ("kafka-acls", f"{B} --remove --topic t --cluster --force", None),
    ("kafka-acls", f"{B} --remove --producer --topic p --transactional-id x --allow-principal User:c --force", None),
    ("kafka-acls", f"{B} --list", None),
]

FILES = {
    "quick.properties": "default.api.timeout.ms=1500\nrequest.timeout.ms=500\n",
    "wrong.properties": "request.timeout.ms=abc\n",
    "unknown.properties": "no.such.setting=1\nrequest.timeout.ms=5000\n",
    "offsets.csv": "quickstart-events,0,2\n",
    "del.json": '{"partitions":[{"topic":"quickstart-events","partition":0,"offset":2},'
                '{"topic":"t","partition":0,"offset":99}],"version":1}',
    "bad.json": "{",
    "nopartitions.json": "{}",
    "twice.json": '{"partitions":[{"topic":"t","partition":0,"offset":0},{"topic":"t","partition":0,"offset":0}]}',
}

NO_CONFIG_LIST = "Apache's tool asks with ListConfigResources, which kreel's broker lacks; kreel's tool asks otherwise"

# Answers that are not Kafka's, and why.
DIFFERENCES = {
    "kafka-consumer-groups --bootstrap-server $B --list": "groups come by name, not in the order of Java's maps",
    "kafka-consumer-groups --bootstrap-server $B --list --state": "groups come by name",
    "kafka-consumer-groups --bootstrap-server $B --list --state --type": "groups come by name",
    "kafka-consumer-groups --bootstrap-server $B --describe --group g1 --verbose":
        "kreel's console consumer commits without the leader epoch",
    "kafka-configs --bootstrap-server $B --describe --entity-type ips":
        "what has the same place in Java's map comes as the broker sent it, and from kreel by name",
    "kafka-configs --bootstrap-server $B --group nope --describe": NO_CONFIG_LIST,
    "kafka-configs --bootstrap-server $B --group g1 --describe": NO_CONFIG_LIST,
    "kafka-configs --bootstrap-server $B --client-metrics cm --describe": NO_CONFIG_LIST,
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

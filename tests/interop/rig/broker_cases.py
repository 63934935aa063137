"""Command lines of kafka-delete-records, kafka-groups and kafka-log-dirs, of tools without a broker, and of what leaves
groups behind: a part of tool_cases."""

B = "--bootstrap-server $B"

CASES = [
    # kafka-delete-records
    ("kafka-delete-records", "--offset-json-file del.json", None),
    ("kafka-delete-records", f"{B}", None),
    ("kafka-delete-records", f"{B} --offset-json-file missing.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file bad.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file nopartitions.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file twice.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file del.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file del.json --command-config wrong.properties", None),
    ("kafka-delete-records", f"{B} --offset-json-file list.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file object.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file topicless.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file text.json", None),
    ("kafka-delete-records", f"{B} --offset-json-file version.json", None),
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
    ("kafka-log-dirs", f"{B} --describe --broker-list 9,1,8,9", None),
    ("kafka-log-dirs", f"{B} --describe --topic-list quickstart-events --broker-list 1,1", None),
    ("kafka-log-dirs", f"{B} --describe --command-config wrong.properties", None),
    # a directory in place of a file
    ("kafka-groups", f"{B} --list --command-config .", None),
    ("kafka-groups", f"{B} --list --command-config missing.properties", None),
    ("kafka-log-dirs", f"{B} --describe --command-config .", None),
    ("kafka-get-offsets", f"{B} --topic t --command-config .", None),
    ("kafka-consumer-groups", f"{B} --list --command-config .", None),
    ("kafka-acls", f"{B} --list --command-config .", None),
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
    # what leaves groups where nobody looks any more
    ("kafka-console-consumer", f"{B} --topic t --command-property interceptor.classes= --timeout-ms 1500", None),
    ("kafka-console-consumer", f"{B} --topic quickstart-events --from-beginning --max-messages 1 --command-property "
                               "partition.assignment.strategy=org.apache.kafka.clients.consumer.RoundRobinAssignor",
     None),
    ("kafka-console-consumer", f"{B} --topic quickstart-events --group aged --command-property "
                               "auto.offset.reset=by_duration:PT1H --max-messages 1 --timeout-ms 8000", None),
    ("kafka-console-consumer", f"{B} --topic quickstart-events --group aged --command-property "
                               "auto.offset.reset=by_duration:PT1H --max-messages 1 --timeout-ms 8000", None),
    ("kafka-console-consumer", f"{B} --topic quickstart-events --command-property "
                               "auto.offset.reset=by_duration:PT0S --timeout-ms 3000", None),
    ("kafka-console-consumer", f"{B} --include quick.*ents --command-property auto.offset.reset=by_duration:P1D "
                               "--max-messages 2 --timeout-ms 8000", None),
]

"""Command lines of the console producer and consumer, a part of tool_cases."""

B = "--bootstrap-server $B"

CASES = [
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
    ("kafka-console-producer", f"{B} --topic h2 --command-property partitioner.class=no.such", "x\n"),
    ("kafka-console-producer", f"{B} --topic h2 --sync --command-property "
                               "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner",
     "1\n2\n3\n4\n"),
    ("kafka-get-offsets", f"{B} --topic h2", None),
    # One line for each partition: where a single one goes is random, and kafka-get-offsets is asked for it later.
    ("kafka-console-producer", f"{B} --topic h2 --sync --command-property max.request.size=100 --command-property "
                               "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner",
     "123456789012345\n123456789012345\n"),
    ("kafka-console-producer", f"{B} --topic h2 --command-property max.request.size=100", "1234567890123456\n"),
    ("kafka-console-producer", f"{B} --topic h2 --sync --reader-property parse.key=true --reader-property "
                               "parse.headers=true --command-property max.request.size=100", "a:b,c:\tkey\tvalue\n"),
    ("kafka-console-producer", f"{B} --topic h2 --sync --max-memory-bytes 90", "toolarge\n"),
    ("kafka-console-producer", f"{B} --topic h2 --command-config .", "x\n"),
    ("kafka-console-producer", f"{B} --topic h2 --reader-config .", "x\n"),
    ("kafka-console-producer", f"{B} --topic h2 --reader-config missing.properties", "x\n"),
    ("kafka-console-producer", f"{B} {B} --topic h2", "x\n"),
    ("kafka-console-producer", f"{B} --topic h2 --timeout 1 --timeout 2", "x\n"),
    ("kafka-console-producer", f"{B} --topic h2 --command-property interceptor.classes=no.such", "x\n"),
    ("kafka-console-producer", f"{B} --topic h2 --command-property metric.reporters=no.such", "x\n"),
    ("kafka-console-producer", f"{B} --topic h2 --command-property enable.idempotence=true "
                               "--request-required-acks 1", "x\n"),
    ("kafka-console-producer", f"{B} --topic h2 --command-property enable.idempotence=true "
                               "--message-send-max-retries 0", "x\n"),
    ("kafka-console-producer", f"{B} --topic h2 --command-property max.in.flight.requests.per.connection=6", "x\n"),
    # Apache's tool begins no transactions.
    ("kafka-console-producer", f"{B} --topic h --command-property transactional.id=x --command-property "
                               "delivery.timeout.ms=3000", "x\n"),
    ("kafka-console-producer", f"{B} --topic h --command-property transactional.id=x", ""),
    ("kafka-console-producer", f"{B} --topic h --command-property transactional.id=", "x\n"),
    ("kafka-console-producer", f"{B} --topic h --command-property transactional.id=x --request-required-acks 1",
     "x\n"),
    ("kafka-console-producer", "--bootstrap-server 127.0.0.1:1 --topic h --max-block-ms 1500 --command-property "
                               "transactional.id=x", "x\n"),
    ("kafka-console-producer", f"{B} --topic h --command-property transaction.timeout.ms=1", ""),
    # kafka-console-consumer
    ("kafka-console-consumer", f"{B}", None),
    ("kafka-console-consumer", f"{B} --topic t --topic t", None),
    ("kafka-console-consumer", f"{B} --topic t --formatter x --formatter y", None),
    ("kafka-console-consumer", f"{B} --topic t --command-config .", None),
    ("kafka-console-consumer", f"{B} --topic t --formatter-config .", None),
    ("kafka-console-consumer", "--bootstrap-server :1 --topic t --timeout-ms 1500", None),
    ("kafka-console-consumer", f"{B} --topic t --command-property interceptor.classes=no.such", None),
    ("kafka-console-consumer", f"{B} --topic t --command-property metric.reporters=no.such", None),
    ("kafka-console-consumer", f"{B} --topic t --command-property partition.assignment.strategy=range", None),
    ("kafka-console-consumer", f"{B} --topic quickstart-events --partition 0 --offset 999 --command-property "
                               "auto.offset.reset=by_duration:P1D --max-messages 1", None),
    ("kafka-console-consumer", f"{B} --topic quickstart-events --partition 0 --offset 1 --command-property "
                               "auto.offset.reset=by_duration:PT0S --max-messages 2", None),
    ("kafka-console-consumer", f"{B} --topic t --command-property auto.offset.reset=by_duration:-PT1H", None),
    ("kafka-console-consumer", f"{B} --topic t --command-property auto.offset.reset=by_duration:1h", None),
    ("kafka-console-consumer", f"{B} --topic t --command-property auto.offset.reset=by_duration", None),
    ("kafka-console-consumer", f"{B} --topic t --from-beginning --command-property "
                               "auto.offset.reset=by_duration:PT1H", None),
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
    ("kafka-console-consumer", f"{B} --topic t --command-config missing.properties", None),
    ("kafka-console-consumer", f"{B} --topic t --formatter-config missing.properties", None),
    ("kafka-console-consumer", f"{B} --topic t --partition x", None),
    ("kafka-console-consumer", f"{B} --topic t --timeout-ms x", None),
    ("kafka-console-consumer", f"{B} --topic t --max-messages x", None),
    ("kafka-console-consumer", f"{B} --topic t --property a=b --formatter-property c=d", None),
    ("kafka-console-consumer", f"{B} --topic t --consumer-property a=b --command-property c=d", None),
    ("kafka-console-consumer", f"{B} --topic t --consumer.config x --command-config y", None),
    ("kafka-console-consumer", f"{B} --topic t --command-config group.properties --group other", None),
    ("kafka-console-consumer", f"{B} --topic t --command-config group.properties --partition 0", None),
    ("kafka-console-consumer", f"{B} --topic t --group=", None),
    ("kafka-console-consumer", f"{B} --include= --timeout-ms 2000", None),
    ("kafka-console-consumer", f"{B} --topic t --partition 9 --from-beginning --timeout-ms 1500", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 9999 --max-messages 1 --timeout-ms 8000 "
                               "--command-property auto.offset.reset=earliest", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --offset 9999 --timeout-ms 2000", None),
    ("kafka-console-consumer", f"{B} --topic h --command-property auto.offset.reset=none --timeout-ms 8000", None),
    ("kafka-console-consumer", f"{B} --topic h --partition 0 --from-beginning --max-messages 1 --timeout-ms 8000 "
                               "--command-property fetch.max.bytes=100", None),
    ("kafka-console-consumer", "--bootstrap-server 127.0.0.1:1 --topic t --partition 0 --from-beginning "
                               "--timeout-ms 1500", None),
    ("kafka-console-consumer", f"{B} --topic c --group nothing --from-beginning --timeout-ms 5000", None),
]

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/** Transactions: what is committed is read, what is not is not, and offsets go with the records. */
final class TransactionScenarios {
    static void register(Rig rig) {
        rig.add("transactions-commit-and-abort", TransactionScenarios::commitAndAbort);
        rig.add("transactions-many-in-a-row", TransactionScenarios::manyInARow);
        rig.add("transactions-open-ones-hold-readers-back", TransactionScenarios::openOne);
        rig.add("transactions-the-older-producer-is-fenced", TransactionScenarios::fenced);
        rig.add("transactions-consume-transform-produce", TransactionScenarios::consumeTransformProduce);
        rig.add("transactions-a-slow-one-is-aborted", TransactionScenarios::timedOut);
    }

    private static KafkaProducer<byte[], byte[]> producer(Rig rig, String id, Map<String, String> more) {
        Map<String, String> config = new java.util.HashMap<>(Map.of("transactional.id", id));
        config.putAll(more);
        KafkaProducer<byte[], byte[]> producer = rig.producer(config);
        producer.initTransactions();
        return producer;
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String topic, int partition, String value) {
        producer.send(new ProducerRecord<>(topic, partition, null, Rig.bytes(value)));
    }

    /** The values that a reader gets until nothing comes for a while. */
    private static List<String> values(Rig rig, String topic, int partition, String isolation) {
        List<String> values = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = rig.consumer(null, Map.of("isolation.level", isolation))) {
            TopicPartition at = new TopicPartition(topic, partition);
            consumer.assign(List.of(at));
            consumer.seekToBeginning(List.of(at));
            long end = consumer.endOffsets(List.of(at)).get(at);
            long deadline = System.currentTimeMillis() + Rig.WAIT_MS;
            while (consumer.position(at) < end && System.currentTimeMillis() < deadline) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    values.add(new String(record.value()));
                }
            }
            Rig.equal(end, consumer.position(at), "position of a reader (" + isolation + ")");
        }
        return values;
    }

    private static void commitAndAbort(Rig rig) throws Exception {
        String topic = rig.topic("txn", 2);
        try (KafkaProducer<byte[], byte[]> producer = producer(rig, Rig.fresh("id"), Map.of())) {
            for (String word : List.of("kept", "dropped", "kept too")) {
                producer.beginTransaction();
                send(producer, topic, 0, word);
                send(producer, topic, 1, word);
                if (word.startsWith("kept")) {
                    producer.commitTransaction();
                } else {
                    producer.flush();
                    producer.abortTransaction();
                }
            }
        }
        for (int partition = 0; partition < 2; partition++) {
            Rig.equal(List.of("kept", "kept too"), values(rig, topic, partition, "read_committed"), "committed");
            Rig.equal(List.of("kept", "dropped", "kept too"), values(rig, topic, partition, "read_uncommitted"), "all");
        }
    }

    private static void manyInARow(Rig rig) throws Exception {
        String topic = rig.topic("row", 1);
        List<String> expected = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(rig, Rig.fresh("id"), Map.of("linger.ms", "0"))) {
            for (int i = 0; i < 100; i++) {
                producer.beginTransaction();
                send(producer, topic, 0, "v" + i);
                if (i % 5 == 4) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                    expected.add("v" + i);
                }
            }
        }
        Rig.equal(expected, values(rig, topic, 0, "read_committed"), "committed");
    }

    private static void openOne(Rig rig) throws Exception {
        String topic = rig.topic("open", 1);
        try (KafkaProducer<byte[], byte[]> producer = producer(rig, Rig.fresh("id"), Map.of())) {
            producer.beginTransaction();
            send(producer, topic, 0, "waits");
            producer.flush();
            rig.fill(topic, 0, 1, 1_700_000_000_000L);
            Rig.equal(List.of(), values(rig, topic, 0, "read_committed"), "below the last stable offset");
            Rig.equal(List.of("waits", "value-0"), values(rig, topic, 0, "read_uncommitted"), "all");
            producer.commitTransaction();
        }
        Rig.equal(List.of("waits", "value-0"), values(rig, topic, 0, "read_committed"), "afterwards");
    }

    private static void fenced(Rig rig) throws Exception {
        String topic = rig.topic("fenced", 1);
        String id = Rig.fresh("id");
        try (KafkaProducer<byte[], byte[]> older = producer(rig, id, Map.of())) {
            older.beginTransaction();
            send(older, topic, 0, "of the older one");
            older.flush();
            try (KafkaProducer<byte[], byte[]> newer = producer(rig, id, Map.of())) {
                newer.beginTransaction();
                send(newer, topic, 0, "of the newer one");
                newer.commitTransaction();
            }
            try {
                older.commitTransaction();
                throw new AssertionError("the older producer has committed");
            } catch (ProducerFencedException | InvalidProducerEpochException expected) {
                // as it should be
            }
        }
        Rig.equal(List.of("of the newer one"), values(rig, topic, 0, "read_committed"), "committed");
    }

    private static void consumeTransformProduce(Rig rig) throws Exception {
        String in = rig.topic("in", 1);
        String out = rig.topic("out", 1);
        String group = Rig.fresh("group");
        rig.fill(in, 0, 60, 1_700_000_000_000L);
        TopicPartition source = new TopicPartition(in, 0);
        try (KafkaProducer<byte[], byte[]> producer = producer(rig, Rig.fresh("id"), Map.of());
             KafkaConsumer<byte[], byte[]> consumer =
                 rig.consumer(group, Map.of("isolation.level", "read_committed", "max.poll.records", "7"))) {
            consumer.subscribe(List.of(in));
            int rounds = 0;
            long next = 0;
            long deadline = System.currentTimeMillis() + Rig.WAIT_MS;
            while (next < 60 && System.currentTimeMillis() < deadline) {
                List<ConsumerRecord<byte[], byte[]>> batch = new ArrayList<>();
                consumer.poll(Duration.ofMillis(200)).forEach(batch::add);
                if (batch.isEmpty()) {
                    continue;
                }
                producer.beginTransaction();
                for (ConsumerRecord<byte[], byte[]> record : batch) {
                    producer.send(new ProducerRecord<>(out, 0, record.key(), record.value()));
                }
                long after = batch.get(batch.size() - 1).offset() + 1;
                producer.sendOffsetsToTransaction(Map.of(source, new OffsetAndMetadata(after)), consumer.groupMetadata());
                if (++rounds % 3 == 0) {
                    producer.abortTransaction();
                    consumer.seek(source, next);
                } else {
                    producer.commitTransaction();
                    next = after;
                }
            }
        }
        List<String> values = values(rig, out, 0, "read_committed");
        Rig.equal(60, values.size(), "values written");
        for (int i = 0; i < 60; i++) {
            Rig.equal("value-" + i, values.get(i), "value in order");
        }
        long committed = Rig.get(rig.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
            .get(source).offset();
        Rig.equal(60L, committed, "offset of the group");
    }

    private static void timedOut(Rig rig) throws Exception {
        String topic = rig.topic("slow", 1);
        try (KafkaProducer<byte[], byte[]> producer =
                 producer(rig, Rig.fresh("id"), Map.of("transaction.timeout.ms", "1000"))) {
            producer.beginTransaction();
            send(producer, topic, 0, "too slow");
            producer.flush();
            rig.fill(topic, 0, 1, 1_700_000_000_000L);
            Rig.eventually(() -> values(rig, topic, 0, "read_committed").equals(List.of("value-0")),
                "a transaction over its timeout is aborted");
        }
    }
}

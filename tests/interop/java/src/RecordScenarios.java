import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;

/** Produce and read back: the bytes that come are the bytes that went. */
final class RecordScenarios {
    static void register(Rig rig) {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            rig.add("records-" + codec, r -> roundTrip(r, codec));
        }
        rig.add("records-acks", RecordScenarios::acks);
        rig.add("records-in-the-middle-of-a-batch", RecordScenarios::middle);
        rig.add("records-large", RecordScenarios::large);
        rig.add("records-many-partitions", RecordScenarios::manyPartitions);
    }

    private static List<ProducerRecord<byte[], byte[]>> make(String topic, int count) {
        List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
        Random random = new Random(7);
        for (int i = 0; i < count; i++) {
            byte[] value = new byte[random.nextInt(400)];
            random.nextBytes(value);
            byte[] key = i % 3 == 0 ? null : i % 3 == 1 ? new byte[0] : Rig.bytes("key-" + i);
            ProducerRecord<byte[], byte[]> record =
                new ProducerRecord<>(topic, 0, 1_700_000_000_000L + i, key, i % 5 == 0 ? null : value);
            if (i % 2 == 0) {
                record.headers().add("h", Rig.bytes("one")).add("h", Rig.bytes("two")).add("empty", new byte[0])
                    .add("null", null);
            }
            records.add(record);
        }
        return records;
    }

    private static void roundTrip(Rig rig, String codec) throws Exception {
        String topic = rig.topic("records-" + codec, 1);
        List<ProducerRecord<byte[], byte[]>> sent = make(topic, 500);
        try (KafkaProducer<byte[], byte[]> producer = rig.producer(Map.of("compression.type", codec))) {
            List<Future<RecordMetadata>> acknowledged = new ArrayList<>();
            sent.forEach(record -> acknowledged.add(producer.send(record)));
            for (int i = 0; i < acknowledged.size(); i++) {
                Rig.equal((long) i, Rig.get(acknowledged.get(i)).offset(), "acknowledged offset");
            }
        }
        List<ConsumerRecord<byte[], byte[]>> got = rig.read(new TopicPartition(topic, 0), 0, sent.size());
        for (int i = 0; i < sent.size(); i++) {
            same(sent.get(i), got.get(i), i);
        }
    }

    private static void same(ProducerRecord<byte[], byte[]> sent, ConsumerRecord<byte[], byte[]> got, int offset) {
        Rig.equal((long) offset, got.offset(), "offset");
        Rig.equal(sent.timestamp(), got.timestamp(), "timestamp of " + offset);
        Rig.check(Arrays.equals(sent.key(), got.key()), "key of " + offset);
        Rig.check(Arrays.equals(sent.value(), got.value()), "value of " + offset);
        Header[] before = sent.headers().toArray();
        Header[] after = got.headers().toArray();
        Rig.equal(before.length, after.length, "header count of " + offset);
        for (int i = 0; i < before.length; i++) {
            Rig.equal(before[i].key(), after[i].key(), "header name");
            Rig.check(Arrays.equals(before[i].value(), after[i].value()), "header value of " + offset);
        }
    }

    private static void acks(Rig rig) throws Exception {
        String topic = rig.topic("acks", 1);
        int total = 0;
        for (String acks : List.of("0", "1", "all")) {
            Map<String, String> overrides = Map.of("acks", acks, "enable.idempotence", "false");
            try (KafkaProducer<byte[], byte[]> producer = rig.producer(overrides)) {
                for (int i = 0; i < 50; i++) {
                    producer.send(new ProducerRecord<>(topic, 0, null, Rig.bytes(acks + "-" + i)));
                }
                producer.flush();
            }
            total += 50;
            rig.read(new TopicPartition(topic, 0), 0, total);
        }
    }

    private static void middle(Rig rig) throws Exception {
        String topic = rig.topic("middle", 1);
        try (KafkaProducer<byte[], byte[]> producer =
                 rig.producer(Map.of("linger.ms", "500", "compression.type", "lz4"))) {
            for (int i = 0; i < 100; i++) {
                producer.send(new ProducerRecord<>(topic, 0, null, Rig.bytes("value-" + i)));
            }
            producer.flush();
        }
        for (long from : new long[] {1, 50, 99}) {
            List<ConsumerRecord<byte[], byte[]>> got =
                rig.read(new TopicPartition(topic, 0), from, (int) (100 - from));
            Rig.equal(from, got.get(0).offset(), "first offset");
            Rig.equal("value-" + from, new String(got.get(0).value()), "first value");
        }
    }

    private static void large(Rig rig) throws Exception {
        String topic = rig.topic("large", 1);
        byte[] value = new byte[900_000];
        new Random(1).nextBytes(value);
        Map<String, String> overrides = Map.of("max.request.size", "4000000", "buffer.memory", "16000000");
        try (KafkaProducer<byte[], byte[]> producer = rig.producer(overrides)) {
            Rig.get(producer.send(new ProducerRecord<>(topic, 0, null, value)));
            Rig.fails(RecordTooLargeException.class,
                () -> Rig.get(producer.send(new ProducerRecord<>(topic, 0, null, new byte[2_000_000]))), "2 MB");
        }
        byte[] got = rig.read(new TopicPartition(topic, 0), 0, 1).get(0).value();
        Rig.check(Arrays.equals(value, got), "the large value");
    }

    private static void manyPartitions(Rig rig) throws Exception {
        String topic = rig.topic("spread", 20);
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = rig.producer(Map.of())) {
            for (int i = 0; i < 2000; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, i % 20, null, Rig.bytes("value-" + i))));
            }
            for (Future<RecordMetadata> future : sent) {
                Rig.get(future);
            }
        }
        for (int partition = 0; partition < 20; partition += 7) {
            List<ConsumerRecord<byte[], byte[]>> got = rig.read(new TopicPartition(topic, partition), 0, 100);
            for (int i = 0; i < 100; i++) {
                Rig.equal("value-" + (i * 20 + partition), new String(got.get(i).value()), "order in a partition");
            }
        }
    }
}

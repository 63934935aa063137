import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * java FillCompacted BOOTSTRAP KEYS ROUNDS: writes KEYS keys ROUNDS times over, key-0 ending as a tombstone, to a
 * compacted topic, and in a transaction per round, every third of which aborts, to a compacted and to a plain one.
 * Waits until compaction has been over both. Prints `KIND TOPIC` per topic.
 */
public final class FillCompacted {
    private static final Map<String, String> COMPACTED =
        Map.of("cleanup.policy", "compact", "segment.bytes", "1048576", "min.cleanable.dirty.ratio", "0.01");

    public static void main(String[] arguments) throws Exception {
        Rig rig = new Rig(arguments[0]);
        int keys = Integer.parseInt(arguments[1]);
        int rounds = Integer.parseInt(arguments[2]);
        String compacted = rig.topic("compacted", 1, COMPACTED);
        String both = rig.topic("compacted-transactions", 1, COMPACTED);
        String plain = rig.topic("transactions", 1, Map.of("segment.bytes", "1048576"));
        try (KafkaProducer<byte[], byte[]> producer = rig.producer(Map.of("compression.type", "lz4"))) {
            for (int round = 0; round < rounds; round++) {
                send(producer, compacted, keys, round, rounds);
            }
        }
        for (String topic : List.of(both, plain)) {
            try (KafkaProducer<byte[], byte[]> producer = rig.producer(Map.of("transactional.id", "fill-" + topic))) {
                producer.initTransactions();
                for (int round = 0; round < rounds; round++) {
                    producer.beginTransaction();
                    send(producer, topic, keys, round, rounds);
                    if (round % 3 == 1) {
                        producer.abortTransaction();
                    } else {
                        producer.commitTransaction();
                    }
                }
            }
        }
        awaitCompaction(rig, compacted, keys * rounds / 2);
        awaitCompaction(rig, both, keys * rounds / 2);
        System.out.println("compacted " + compacted);
        System.out.println("both " + both);
        System.out.println("plain " + plain);
        rig.admin.close();
    }

    private static void send(KafkaProducer<byte[], byte[]> producer, String topic, int keys, int round, int rounds)
        throws Exception {
        List<Future<?>> sent = new ArrayList<>();
        for (int key = 0; key < keys; key++) {
            byte[] value = key == 0 && round == rounds - 1 ? null : Rig.bytes(value(round, key));
            sent.add(producer.send(new ProducerRecord<>(topic, 0, Rig.bytes("key-" + key), value)));
        }
        for (Future<?> future : sent) {
            Rig.get(future);
        }
    }

    /** Long, and different in all its parts, so that lz4 leaves it long. */
    private static String value(int round, int key) {
        StringBuilder text = new StringBuilder("round-" + round + "-");
        long state = 31L * round + key + 1;
        while (text.length() < 1500) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            text.append(Long.toString(state >>> 8, 36));
        }
        return text.toString();
    }

    /** Until the first record that is left is of the second half: no key's older values are before it. */
    private static void awaitCompaction(Rig rig, String topic, long half) throws Exception {
        TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = rig.consumer(null, Map.of())) {
            consumer.assign(List.of(partition));
            Rig.eventually(() -> {
                consumer.seekToBeginning(List.of(partition));
                // A poll may end without records behind a batch that compaction has left empty.
                for (int polls = 0; polls < 10; polls++) {
                    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
                        return record.offset() > half;
                    }
                }
                return false;
            }, topic + " is compacted");
        }
    }
}

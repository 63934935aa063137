import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * java Fill BOOTSTRAP GROUP COUNT: per codec one topic of small segments with COUNT records, and one commit per topic.
 * Prints `CODEC TOPIC` per topic.
 */
public final class Fill {
    public static void main(String[] arguments) throws Exception {
        Rig rig = new Rig(arguments[0]);
        int count = Integer.parseInt(arguments[2]);
        try (KafkaConsumer<byte[], byte[]> committer = rig.consumer(arguments[1], Map.of())) {
            for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
                String topic = rig.topic("dump-" + codec, 1, Map.of("segment.bytes", "1048576"));
                fill(rig, topic, codec, count);
                TopicPartition partition = new TopicPartition(topic, 0);
                committer.assign(List.of(partition));
                committer.commitSync(Map.of(partition, new OffsetAndMetadata(count, codec)));
                System.out.println(codec + " " + topic);
            }
        }
        rig.admin.close();
    }

    private static void fill(Rig rig, String topic, String codec, int count) throws Exception {
        Random random = new Random(11);
        Map<String, String> overrides = Map.of("compression.type", codec, "batch.size", "32768");
        try (KafkaProducer<byte[], byte[]> producer = rig.producer(overrides)) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                byte[] noise = new byte[1200];
                random.nextBytes(noise);
                for (int at = 0; at < noise.length; at++) {
                    noise[at] = (byte) ('!' + (noise[at] & 63));
                }
                ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(
                    topic, 0, 1_700_000_000_000L + i, Rig.bytes("key-" + i), noise);
                record.headers().add("index", Rig.bytes(Integer.toString(i)));
                sent.add(producer.send(record));
            }
            for (Future<?> future : sent) {
                Rig.get(future);
            }
        }
    }
}

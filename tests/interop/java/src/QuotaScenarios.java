import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.quota.ClientQuotaAlteration;
import org.apache.kafka.common.quota.ClientQuotaEntity;
import org.apache.kafka.common.quota.ClientQuotaFilter;
import org.apache.kafka.common.quota.ClientQuotaFilterComponent;

/** Quotas through the admin client, and a producer and a consumer that have one. */
final class QuotaScenarios {
    static void register(Rig rig) {
        rig.add("quotas-alter-describe", QuotaScenarios::alterDescribe);
        rig.add("quotas-throttled-producer", QuotaScenarios::throttledProducer);
    }

    private static void alter(Rig rig, ClientQuotaEntity entity, String key, Double value) throws Exception {
        Rig.get(rig.admin.alterClientQuotas(List.of(
            new ClientQuotaAlteration(entity, List.of(new ClientQuotaAlteration.Op(key, value))))).all());
    }

    private static Map<ClientQuotaEntity, Map<String, Double>> of(Rig rig, String user) throws Exception {
        return Rig.get(rig.admin.describeClientQuotas(ClientQuotaFilter.contains(
            List.of(ClientQuotaFilterComponent.ofEntity(ClientQuotaEntity.USER, user)))).entities());
    }

    private static void alterDescribe(Rig rig) throws Exception {
        String user = Rig.fresh("user");
        ClientQuotaEntity entity = new ClientQuotaEntity(
            Map.of(ClientQuotaEntity.USER, user, ClientQuotaEntity.CLIENT_ID, "c"));
        alter(rig, entity, "consumer_byte_rate", 1e6);
        alter(rig, entity, "request_percentage", 12.5);
        // Apache Kafka's brokers hear of it a little later.
        Rig.eventually(() -> {
            try {
                return of(rig, user).equals(
                    Map.of(entity, Map.of("consumer_byte_rate", 1e6, "request_percentage", 12.5)));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }, "described");
        Rig.fails(InvalidRequestException.class, () -> {
            alter(rig, entity, "producer_byte_rate", -1.0);
            return null;
        }, "a quota below 0");
        Rig.fails(InvalidRequestException.class, () -> {
            alter(rig, entity, "connection_creation_rate", 1.0);
            return null;
        }, "a user's rate of connections");
        alter(rig, entity, "consumer_byte_rate", null);
        alter(rig, entity, "request_percentage", null);
        Rig.eventually(() -> {
            try {
                return of(rig, user).isEmpty();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }, "gone");
    }

    private static void throttledProducer(Rig rig) throws Exception {
        String topic = rig.topic("throttled", 1);
        String client = Rig.fresh("slow");
        ClientQuotaEntity entity = new ClientQuotaEntity(Map.of(ClientQuotaEntity.CLIENT_ID, client));
        alter(rig, entity, "producer_byte_rate", 100_000.0);
        byte[] value = new byte[20_000];
        int count = 60;
        // 1.2 MB, of which ten seconds' worth is let through at once.
        try (KafkaProducer<byte[], byte[]> producer =
                 rig.producer(Map.of("client.id", client, "batch.size", "50000", "compression.type", "none"))) {
            List<Future<RecordMetadata>> acknowledged = new ArrayList<>();
            for (int i = 0; i < count; i++) acknowledged.add(producer.send(new ProducerRecord<>(topic, 0, null, value)));
            for (Future<RecordMetadata> one : acknowledged) Rig.get(one);
            double longest = producer.metrics().entrySet().stream()
                .filter(metric -> metric.getKey().name().equals("produce-throttle-time-max"))
                .mapToDouble(metric -> (Double) metric.getValue().metricValue()).max().orElse(0);
            Rig.check(longest > 0, "the producer was told to wait");
        } finally {
            alter(rig, entity, "producer_byte_rate", null);
        }
        Rig.equal(count, rig.read(new TopicPartition(topic, 0), 0, count).size(), "records");
    }
}

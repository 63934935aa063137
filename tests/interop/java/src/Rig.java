import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Named scenarios against one broker, and what they share. */
final class Rig {
    interface Scenario {
        void run(Rig rig) throws Exception;
    }

    static final long WAIT_MS = 60_000;

    final String bootstrap;
    final Admin admin;
    private final Map<String, Scenario> scenarios = new LinkedHashMap<>();

    Rig(String bootstrap) {
        this.bootstrap = bootstrap;
        Properties config = new Properties();
        connect(config);
        config.put("request.timeout.ms", "15000");
        config.put("default.api.timeout.ms", "20000");
        this.admin = Admin.create(config);
    }

    private void connect(Properties config) {
        config.put("bootstrap.servers", bootstrap);
        String authority = System.getenv("INTEROP_CA");
        if (authority == null) {
            return;
        }
        config.put("security.protocol", "SASL_SSL");
        config.put("ssl.truststore.type", "PEM");
        config.put("ssl.truststore.location", authority);
        config.put("sasl.mechanism", "SCRAM-SHA-512");
        config.put("sasl.jaas.config", "org.apache.kafka.common.security.scram.ScramLoginModule required username=\""
                + System.getenv("INTEROP_USER") + "\" password=\"" + System.getenv("INTEROP_PASSWORD") + "\";");
    }

    void add(String name, Scenario scenario) {
        scenarios.put(name, scenario);
    }

    /** Runs every scenario whose name contains `filter`; returns how many failed. */
    int runAll(String filter) {
        int failed = 0;
        for (Map.Entry<String, Scenario> entry : scenarios.entrySet()) {
            if (!entry.getKey().contains(filter)) {
                continue;
            }
            long start = System.nanoTime();
            try {
                entry.getValue().run(this);
                System.out.println("ok " + entry.getKey());
            } catch (Throwable error) {
                failed++;
                System.out.println("not ok " + entry.getKey() + ": " + oneLine(error));
                error.printStackTrace();
            }
            System.err.printf("# %s %d ms%n", entry.getKey(), (System.nanoTime() - start) / 1_000_000);
        }
        admin.close(Duration.ofSeconds(5));
        return failed;
    }

    private static String oneLine(Throwable error) {
        return String.valueOf(error).replaceAll("\\s+", " ");
    }

    static String fresh(String prefix) {
        return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void check(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    static void equal(Object expected, Object actual, String what) {
        check(expected.equals(actual), what + ": expected " + expected + ", got " + actual);
    }

    static void eventually(BooleanSupplier condition, String what) throws InterruptedException {
        long deadline = System.currentTimeMillis() + WAIT_MS;
        while (!condition.getAsBoolean()) {
            check(System.currentTimeMillis() < deadline, "not within " + WAIT_MS + " ms: " + what);
            Thread.sleep(20);
        }
    }

    static <T> T get(Future<T> future) throws Exception {
        return future.get(WAIT_MS, TimeUnit.MILLISECONDS);
    }

    /** The call must fail with exactly this exception, bare or as the cause. */
    static void fails(Class<? extends Throwable> expected, Callable<?> call, String what) throws Exception {
        try {
            call.call();
        } catch (Exception error) {
            Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
            check(expected.isInstance(cause), what + ": expected " + expected.getSimpleName() + ", got " + cause);
            return;
        }
        throw new AssertionError(what + ": expected " + expected.getSimpleName() + ", got success");
    }

    String topic(String prefix, int partitions, Map<String, String> configs) throws Exception {
        String name = fresh(prefix);
        get(admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs))).all());
        eventually(() -> partitionCount(name) == partitions, name + " in metadata");
        return name;
    }

    String topic(String prefix, int partitions) throws Exception {
        return topic(prefix, partitions, Map.of());
    }

    private int partitionCount(String name) {
        try {
            return describe(name).partitions().size();
        } catch (Exception absent) {
            return -1;
        }
    }

    /** describeTopics through whichever accessor this client version has. */
    @SuppressWarnings("unchecked")
    TopicDescription describe(String name) throws Exception {
        Object result = admin.describeTopics(List.of(name));
        Object future;
        try {
            future = result.getClass().getMethod("allTopicNames").invoke(result);
        } catch (NoSuchMethodException before31) {
            future = result.getClass().getMethod("all").invoke(result);
        }
        return get((Future<Map<String, TopicDescription>>) future).get(name);
    }

    KafkaProducer<byte[], byte[]> producer(Map<String, String> overrides) {
        Properties config = new Properties();
        connect(config);
        config.put("acks", "all");
        config.put("enable.idempotence", "true");
        config.put("linger.ms", "20");
        config.put("delivery.timeout.ms", "20000");
        config.put("request.timeout.ms", "10000");
        config.putAll(overrides);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    KafkaConsumer<byte[], byte[]> consumer(String group, Map<String, String> overrides) {
        Properties config = new Properties();
        connect(config);
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        config.put("session.timeout.ms", "10000");
        config.put("heartbeat.interval.ms", "200");
        config.put("default.api.timeout.ms", "20000");
        if (group != null) {
            config.put("group.id", group);
            config.put("group.protocol", "classic");
        }
        config.putAll(overrides);
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** Sends `count` records "key-i" -> "value-i" to one partition, timestamps base, base+10, … */
    void fill(String topic, int partition, int count, long base) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
            List<Future<?>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(new ProducerRecord<>(
                    topic, partition, base + 10L * i, bytes("key-" + i), bytes("value-" + i))));
            }
            for (Future<?> future : sent) {
                get(future);
            }
        }
    }

    List<ConsumerRecord<byte[], byte[]>> read(TopicPartition partition, long from, int count) {
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(null, Map.of())) {
            consumer.assign(List.of(partition));
            consumer.seek(partition, from);
            long deadline = System.currentTimeMillis() + WAIT_MS;
            while (records.size() < count && System.currentTimeMillis() < deadline) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
        }
        equal(count, records.size(), "records read from " + partition + "@" + from);
        return records;
    }
}

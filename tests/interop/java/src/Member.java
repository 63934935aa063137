import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/** A group member polling on its own thread; close() leaves the group as the consumer's own close does. */
final class Member implements AutoCloseable, Runnable, ConsumerRebalanceListener {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Thread thread;
    private final Set<TopicPartition> assigned = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;
    final AtomicInteger assignments = new AtomicInteger();
    final AtomicInteger revocations = new AtomicInteger();
    final Set<String> values = ConcurrentHashMap.newKeySet();
    final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();

    Member(Rig rig, String group, String topic, Map<String, String> overrides) {
        consumer = rig.consumer(group, overrides);
        consumer.subscribe(List.of(topic), this);
        thread = new Thread(this, "member-of-" + group);
        thread.start();
    }

    Set<TopicPartition> assigned() {
        if (!errors.isEmpty() && !stopping) {
            throw new AssertionError("member failed", errors.peek());
        }
        return Set.copyOf(assigned);
    }

    @Override
    public void run() {
        try {
            while (!stopping) {
                boolean some = false;
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
                    values.add(new String(record.value()));
                    some = true;
                }
                if (some) {
                    consumer.commitAsync();
                }
            }
        } catch (WakeupException woken) {
            if (!stopping) {
                errors.add(woken);
            }
        } catch (Throwable error) {
            errors.add(error);
        } finally {
            consumer.close(Duration.ofSeconds(5));
        }
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        assigned.addAll(partitions);
        assignments.incrementAndGet();
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        assigned.removeAll(partitions);
        revocations.incrementAndGet();
    }

    @Override
    public void close() throws InterruptedException {
        stopping = true;
        consumer.wakeup();
        thread.join(Rig.WAIT_MS);
        Rig.check(!thread.isAlive(), "member thread ends");
    }
}

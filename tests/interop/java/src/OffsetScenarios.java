import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/** ListOffsets, committed offsets, and groups seen through the admin client. */
final class OffsetScenarios {
    static void register(Rig rig) {
        rig.add("list-offsets", OffsetScenarios::listOffsets);
        rig.add("offsets-for-times", OffsetScenarios::offsetsForTimes);
        rig.add("commit-and-fetch", OffsetScenarios::commitAndFetch);
        rig.add("admin-group-offsets", OffsetScenarios::adminGroupOffsets);
        rig.add("admin-active-group-is-protected", OffsetScenarios::activeGroup);
    }

    static ListOffsetsResult.ListOffsetsResultInfo offset(Rig rig, TopicPartition partition, OffsetSpec spec)
            throws Exception {
        return Rig.get(rig.admin.listOffsets(Map.of(partition, spec)).partitionResult(partition));
    }

    private static void listOffsets(Rig rig) throws Exception {
        TopicPartition partition = new TopicPartition(rig.topic("offsets", 1), 0);
        Rig.equal(0L, offset(rig, partition, OffsetSpec.earliest()).offset(), "earliest, empty");
        Rig.equal(0L, offset(rig, partition, OffsetSpec.latest()).offset(), "latest, empty");
        Rig.equal(-1L, offset(rig, partition, OffsetSpec.forTimestamp(5)).offset(), "by time, empty");
        long base = 1_700_000_000_000L;
        rig.fill(partition.topic(), 0, 20, base);
        Rig.equal(0L, offset(rig, partition, OffsetSpec.earliest()).offset(), "earliest");
        Rig.equal(20L, offset(rig, partition, OffsetSpec.latest()).offset(), "latest");
        Rig.equal(0L, offset(rig, partition, OffsetSpec.forTimestamp(base - 1)).offset(), "before the first");
        ListOffsetsResult.ListOffsetsResultInfo between = offset(rig, partition, OffsetSpec.forTimestamp(base + 41));
        Rig.equal(5L, between.offset(), "first record at or after the time");
        Rig.equal(base + 50, between.timestamp(), "its timestamp");
        Rig.equal(-1L, offset(rig, partition, OffsetSpec.forTimestamp(base + 191)).offset(), "after the last");
    }

    private static void offsetsForTimes(Rig rig) throws Exception {
        TopicPartition partition = new TopicPartition(rig.topic("times", 1), 0);
        rig.fill(partition.topic(), 0, 20, 1_700_000_000_000L);
        try (KafkaConsumer<byte[], byte[]> consumer = rig.consumer(null, Map.of())) {
            Rig.equal(7L, consumer.offsetsForTimes(Map.of(partition, 1_700_000_000_070L)).get(partition).offset(),
                "offsetsForTimes");
            Rig.check(consumer.offsetsForTimes(Map.of(partition, 1_800_000_000_000L)).get(partition) == null,
                "a time after the last record has no offset");
            Rig.equal(0L, consumer.beginningOffsets(List.of(partition)).get(partition), "beginning");
            Rig.equal(20L, consumer.endOffsets(List.of(partition)).get(partition), "end");
        }
    }

    private static void commitAndFetch(Rig rig) throws Exception {
        TopicPartition partition = new TopicPartition(rig.topic("commit", 2), 1);
        TopicPartition other = new TopicPartition(partition.topic(), 0);
        rig.fill(partition.topic(), 1, 10, System.currentTimeMillis());
        String group = Rig.fresh("commit");
        try (KafkaConsumer<byte[], byte[]> consumer = rig.consumer(group, Map.of())) {
            consumer.assign(List.of(partition));
            Rig.check(consumer.committed(Set.of(partition)).get(partition) == null, "nothing committed yet");
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(4, "four, please")));
        }
        try (KafkaConsumer<byte[], byte[]> consumer = rig.consumer(group, Map.of())) {
            consumer.assign(List.of(partition, other));
            Map<TopicPartition, OffsetAndMetadata> committed = consumer.committed(Set.of(partition, other));
            Rig.equal(4L, committed.get(partition).offset(), "committed offset");
            Rig.equal("four, please", committed.get(partition).metadata(), "committed metadata");
            Rig.check(committed.get(other) == null, "the other partition has none");
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofSeconds(10));
            Rig.equal(4L, records.records(partition).get(0).offset(), "reading goes on at the commit");
        }
    }

    private static void adminGroupOffsets(Rig rig) throws Exception {
        TopicPartition partition = new TopicPartition(rig.topic("groups", 1), 0);
        rig.fill(partition.topic(), 0, 10, System.currentTimeMillis());
        String group = Rig.fresh("admin");
        Rig.get(rig.admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(3, "by hand")))
            .all());
        Map<TopicPartition, OffsetAndMetadata> offsets =
            Rig.get(rig.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        Rig.equal(Map.of(partition, new OffsetAndMetadata(3, "by hand")).keySet(), offsets.keySet(), "partitions");
        Rig.equal(3L, offsets.get(partition).offset(), "altered offset");

        Rig.check(listed(rig).contains(group), "listed");
        ConsumerGroupDescription described = describe(rig, group);
        Rig.equal("Empty", described.state().toString(), "state");
        Rig.equal(0, described.members().size(), "members");

        Rig.get(rig.admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all());
        Rig.check(Rig.get(rig.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata()).isEmpty(),
            "no offsets left");

        Rig.get(rig.admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1))).all());
        Rig.get(rig.admin.deleteConsumerGroups(List.of(group)).all());
        Rig.check(!listed(rig).contains(group), "no longer listed");
        Rig.fails(GroupIdNotFoundException.class,
            () -> Rig.get(rig.admin.deleteConsumerGroups(List.of(group)).all()), "delete twice");
    }

    static Set<String> listed(Rig rig) throws Exception {
        Collection<ConsumerGroupListing> groups = Rig.get(rig.admin.listConsumerGroups().all());
        return groups.stream().map(ConsumerGroupListing::groupId).collect(Collectors.toSet());
    }

    static ConsumerGroupDescription describe(Rig rig, String group) throws Exception {
        return Rig.get(rig.admin.describeConsumerGroups(List.of(group)).describedGroups().get(group));
    }

    private static void activeGroup(Rig rig) throws Exception {
        TopicPartition partition = new TopicPartition(rig.topic("active", 1), 0);
        rig.fill(partition.topic(), 0, 5, System.currentTimeMillis());
        String group = Rig.fresh("active");
        try (Member member = new Member(rig, group, partition.topic(), Map.of("client.id", "held"))) {
            Rig.eventually(() -> member.assigned().size() == 1, "one partition assigned");
            ConsumerGroupDescription described = describe(rig, group);
            Rig.equal("Stable", described.state().toString(), "state");
            Rig.equal("range", described.partitionAssignor(), "assignor");
            Rig.equal("held", described.members().iterator().next().clientId(), "client id");
            Rig.equal(Set.of(partition), described.members().iterator().next().assignment().topicPartitions(),
                "assignment seen by the admin client");
            Rig.fails(GroupNotEmptyException.class,
                () -> Rig.get(rig.admin.deleteConsumerGroups(List.of(group)).all()), "delete an active group");
            Rig.fails(UnknownMemberIdException.class, () -> Rig.get(rig.admin.alterConsumerGroupOffsets(
                group, Map.of(partition, new OffsetAndMetadata(0))).all()), "alter an active group");
            Rig.fails(GroupSubscribedToTopicException.class, () -> Rig.get(rig.admin.deleteConsumerGroupOffsets(
                group, Set.of(partition)).all()), "delete offsets of a subscribed topic");
        }
    }
}

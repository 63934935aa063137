import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicIdException;

/** What only newer clients ask for: topic ids, DescribeTopicPartitions, max timestamp, batched group calls. */
public final class ModernScenarios {
    public static void register(Rig rig) {
        rig.add("modern-topic-ids", ModernScenarios::topicIds);
        rig.add("modern-describe-topic-partitions", ModernScenarios::describeInPages);
        rig.add("modern-created-topic-details", ModernScenarios::createdDetails);
        rig.add("modern-max-timestamp", ModernScenarios::maxTimestamp);
        rig.add("modern-group-offsets-batched", ModernScenarios::batchedOffsets);
        rig.add("modern-list-groups-by-state", ModernScenarios::listGroups);
        rig.add("modern-describe-features", ModernScenarios::features);
    }

    private static void topicIds(Rig rig) throws Exception {
        String name = rig.topic("ids", 2);
        Uuid id = rig.describe(name).topicId();
        Rig.check(!id.equals(Uuid.ZERO_UUID), "a real topic id");
        TopicDescription byId = Rig.get(
            rig.admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds()).get(id);
        Rig.equal(name, byId.name(), "name by id");
        Rig.equal(2, byId.partitions().size(), "partitions by id");
        Rig.get(rig.admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all());
        Rig.eventually(() -> {
            try {
                return !Rig.get(rig.admin.listTopics().names()).contains(name);
            } catch (Exception error) {
                throw new AssertionError(error);
            }
        }, "deleted by id");
        Rig.fails(UnknownTopicIdException.class, () -> Rig.get(
            rig.admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds()), "describe a gone id");
        rig.admin.createTopics(List.of(new NewTopic(name, 1, (short) 1))).all().get();
        Rig.check(!rig.describe(name).topicId().equals(id), "the name made anew has a new id");
    }

    private static void describeInPages(Rig rig) throws Exception {
        String first = rig.topic("pages", 7);
        String second = rig.topic("pages", 3);
        Map<String, TopicDescription> got = Rig.get(rig.admin.describeTopics(
            List.of(first, second), new DescribeTopicsOptions().partitionSizeLimitPerResponse(2)).allTopicNames());
        Rig.equal(7, got.get(first).partitions().size(), "partitions of the first");
        Rig.equal(3, got.get(second).partitions().size(), "partitions of the second");
        for (int i = 0; i < 7; i++) {
            Rig.equal(i, got.get(first).partitions().get(i).partition(), "pages are in order");
        }
    }

    private static void createdDetails(Rig rig) throws Exception {
        String name = Rig.fresh("details");
        var result = rig.admin.createTopics(
            List.of(new NewTopic(name, 3, (short) 1).configs(Map.of("retention.ms", "99"))));
        Rig.equal(3, Rig.get(result.numPartitions(name)), "partitions in the answer");
        Rig.equal(1, Rig.get(result.replicationFactor(name)), "replication factor in the answer");
        Rig.equal("99", Rig.get(result.config(name)).get("retention.ms").value(), "config in the answer");
        Rig.equal(rig.describe(name).topicId(), Rig.get(result.topicId(name)), "id in the answer");
        String defaults = Rig.fresh("defaults");
        var plain = rig.admin.createTopics(List.of(
            new NewTopic(defaults, java.util.Optional.empty(), java.util.Optional.empty())));
        Rig.equal(1, Rig.get(plain.numPartitions(defaults)), "num.partitions");
    }

    private static void maxTimestamp(Rig rig) throws Exception {
        TopicPartition partition = new TopicPartition(rig.topic("max", 1), 0);
        Rig.equal(-1L, OffsetScenarios.offset(rig, partition, OffsetSpec.maxTimestamp()).offset(), "empty");
        long base = 1_700_000_000_000L;
        rig.fill(partition.topic(), 0, 10, base);
        rig.fill(partition.topic(), 0, 10, base - 1000);
        var found = OffsetScenarios.offset(rig, partition, OffsetSpec.maxTimestamp());
        Rig.equal(9L, found.offset(), "offset of the newest timestamp");
        Rig.equal(base + 90, found.timestamp(), "the newest timestamp");
        Rig.equal(0, found.leaderEpoch().orElse(-1), "leader epoch");
    }

    private static void batchedOffsets(Rig rig) throws Exception {
        TopicPartition partition = new TopicPartition(rig.topic("batched", 2), 1);
        String first = Rig.fresh("batched");
        String second = Rig.fresh("batched");
        Rig.get(rig.admin.alterConsumerGroupOffsets(first, Map.of(partition, new OffsetAndMetadata(1))).all());
        Rig.get(rig.admin.alterConsumerGroupOffsets(second, Map.of(partition, new OffsetAndMetadata(2))).all());
        var offsets = rig.admin.listConsumerGroupOffsets(Map.of(
            first, new ListConsumerGroupOffsetsSpec(),
            second, new ListConsumerGroupOffsetsSpec().topicPartitions(List.of(partition))));
        Rig.equal(1L, Rig.get(offsets.partitionsToOffsetAndMetadata(first)).get(partition).offset(), "first");
        Rig.equal(2L, Rig.get(offsets.partitionsToOffsetAndMetadata(second)).get(partition).offset(), "second");
    }

    private static void listGroups(Rig rig) throws Exception {
        TopicPartition partition = new TopicPartition(rig.topic("states", 1), 0);
        String empty = Rig.fresh("empty");
        String stable = Rig.fresh("stable");
        Rig.get(rig.admin.alterConsumerGroupOffsets(empty, Map.of(partition, new OffsetAndMetadata(0))).all());
        try (Member member = new Member(rig, stable, partition.topic(), Map.of())) {
            Rig.eventually(() -> member.assigned().size() == 1, "stable");
            Set<GroupState> states = Set.of(GroupState.STABLE);
            List<String> groups = Rig.get(
                rig.admin.listGroups(new ListGroupsOptions().inGroupStates(states)).all()).stream()
                .map(GroupListing::groupId).toList();
            Rig.check(groups.contains(stable), "the stable group is listed");
            Rig.check(!groups.contains(empty), "the empty group is filtered out");
        }
    }

    private static void features(Rig rig) throws Exception {
        Rig.check(Rig.get(rig.admin.describeFeatures().featureMetadata()) != null, "features are parsed");
    }
}

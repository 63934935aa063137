import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Topics, configs, partitions, record deletion, cluster and log directories through the admin client. */
final class AdminScenarios {
    static void register(Rig rig) {
        rig.add("admin-create-describe", AdminScenarios::createDescribe);
        rig.add("admin-create-refusals", AdminScenarios::createRefusals);
        rig.add("admin-topic-configs", AdminScenarios::topicConfigs);
        rig.add("admin-broker-configs", AdminScenarios::brokerConfigs);
        rig.add("admin-add-partitions", AdminScenarios::addPartitions);
        rig.add("admin-delete-records", AdminScenarios::deleteRecords);
        rig.add("admin-delete-topics", AdminScenarios::deleteTopics);
        rig.add("admin-describe-cluster", AdminScenarios::describeCluster);
        rig.add("admin-log-dirs", AdminScenarios::logDirs);
    }

    private static void createDescribe(Rig rig) throws Exception {
        String name = rig.topic("create", 3);
        TopicDescription topic = rig.describe(name);
        Rig.equal(name, topic.name(), "name");
        Rig.check(!topic.isInternal(), "not internal");
        for (int i = 0; i < 3; i++) {
            Rig.equal(i, topic.partitions().get(i).partition(), "partition index");
            Rig.check(topic.partitions().get(i).leader() != null, "has a leader");
            Rig.equal(1, topic.partitions().get(i).replicas().size(), "replicas");
            Rig.equal(topic.partitions().get(i).replicas(), topic.partitions().get(i).isr(), "isr");
        }
        Rig.check(Rig.get(rig.admin.listTopics().names()).contains(name), "listed");
        Rig.fails(UnknownTopicOrPartitionException.class, () -> rig.describe(Rig.fresh("absent")), "describe absent");
    }

    private static void createRefusals(Rig rig) throws Exception {
        String name = rig.topic("refused", 1);
        Rig.fails(TopicExistsException.class, () -> create(rig, new NewTopic(name, 1, (short) 1), false), "exists");
        Rig.fails(InvalidTopicException.class, () -> create(rig, new NewTopic("a b", 1, (short) 1), false), "name");
        Rig.fails(InvalidPartitionsException.class,
            () -> create(rig, new NewTopic(Rig.fresh("none"), 0, (short) 1), false), "0 partitions");
        Rig.fails(InvalidReplicationFactorException.class,
            () -> create(rig, new NewTopic(Rig.fresh("rf"), 1, (short) 3), false), "three replicas");
        Rig.fails(InvalidConfigurationException.class,
            () -> create(rig, new NewTopic(Rig.fresh("cfg"), 1, (short) 1)
                .configs(Map.of("retention.ms", "soon")), false), "bad config");
        String dotted = "dot.ted" + Rig.fresh("");
        create(rig, new NewTopic(dotted, 1, (short) 1), false);
        Rig.fails(InvalidTopicException.class,
            () -> create(rig, new NewTopic(dotted.replace('.', '_'), 1, (short) 1), false), "collision of . and _");
        String planned = Rig.fresh("planned");
        create(rig, new NewTopic(planned, 2, (short) 1), true);
        Rig.check(!Rig.get(rig.admin.listTopics().names()).contains(planned), "validateOnly made the topic");
    }

    private static Object create(Rig rig, NewTopic topic, boolean validateOnly) throws Exception {
        return Rig.get(rig.admin.createTopics(
            List.of(topic), new CreateTopicsOptions().validateOnly(validateOnly)).all());
    }

    private static ConfigEntry entry(Rig rig, ConfigResource resource, String key) throws Exception {
        Map<ConfigResource, Config> all = Rig.get(rig.admin.describeConfigs(List.of(resource)).all());
        ConfigEntry entry = all.get(resource).get(key);
        Rig.check(entry != null, key + " is described");
        return entry;
    }

    private static Object alter(Rig rig, ConfigResource resource, String key, String value, AlterConfigOp.OpType type)
            throws Exception {
        Collection<AlterConfigOp> operations = List.of(new AlterConfigOp(new ConfigEntry(key, value), type));
        return Rig.get(rig.admin.incrementalAlterConfigs(Map.of(resource, operations)).all());
    }

    private static void topicConfigs(Rig rig) throws Exception {
        String name = rig.topic("configs", 1, Map.of("retention.ms", "1234567"));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        ConfigEntry made = entry(rig, resource, "retention.ms");
        Rig.equal("1234567", made.value(), "retention.ms as created");
        Rig.equal(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, made.source(), "its source");
        Rig.equal("delete", entry(rig, resource, "cleanup.policy").value(), "cleanup.policy");
        Rig.check(entry(rig, resource, "cleanup.policy").isDefault(), "cleanup.policy is a default");

        alter(rig, resource, "max.message.bytes", "4321", AlterConfigOp.OpType.SET);
        Rig.eventually(() -> is(rig, resource, "max.message.bytes", "4321"), "set");
        Rig.equal("1234567", entry(rig, resource, "retention.ms").value(), "the other config stays");
        alter(rig, resource, "retention.ms", "", AlterConfigOp.OpType.DELETE);
        Rig.eventually(() -> is(rig, resource, "retention.ms", "604800000"), "deleted config is the default again");
        alter(rig, resource, "cleanup.policy", "compact", AlterConfigOp.OpType.APPEND);
        Rig.eventually(() -> is(rig, resource, "cleanup.policy", "delete,compact"), "append to a list");
        Rig.fails(InvalidConfigurationException.class,
            () -> alter(rig, resource, "retention.ms", "-5", AlterConfigOp.OpType.SET), "out of range");
        Rig.fails(InvalidConfigurationException.class,
            () -> alter(rig, resource, "no.such.config", "1", AlterConfigOp.OpType.SET), "unknown config");
        ConfigResource absent = new ConfigResource(ConfigResource.Type.TOPIC, Rig.fresh("absent"));
        Rig.fails(UnknownTopicOrPartitionException.class, () -> entry(rig, absent, "retention.ms"), "absent topic");
    }

    private static boolean is(Rig rig, ConfigResource resource, String key, String value) {
        try {
            return entry(rig, resource, key).value().equals(value);
        } catch (Exception error) {
            throw new AssertionError(error);
        }
    }

    private static void brokerConfigs(Rig rig) throws Exception {
        String id = Rig.get(rig.admin.describeCluster().nodes()).iterator().next().idString();
        ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, id);
        Rig.equal(id, entry(rig, resource, "node.id").value(), "node.id");
        ConfigEntry segment = entry(rig, resource, "log.segment.bytes");
        Rig.equal("1073741824", segment.value(), "log.segment.bytes");
        Rig.equal(ConfigEntry.ConfigSource.DEFAULT_CONFIG, segment.source(), "its source");
    }

    private static void addPartitions(Rig rig) throws Exception {
        String name = rig.topic("grow", 2);
        Rig.get(rig.admin.createPartitions(Map.of(name, NewPartitions.increaseTo(5))).all());
        Rig.eventually(() -> {
            try {
                return rig.describe(name).partitions().size() == 5;
            } catch (Exception error) {
                throw new AssertionError(error);
            }
        }, "five partitions");
        rig.fill(name, 4, 3, System.currentTimeMillis());
        rig.read(new TopicPartition(name, 4), 0, 3);
        Rig.fails(InvalidPartitionsException.class, () -> Rig.get(
            rig.admin.createPartitions(Map.of(name, NewPartitions.increaseTo(1))).all()), "shrink");
        Rig.fails(UnknownTopicOrPartitionException.class, () -> Rig.get(rig.admin.createPartitions(
            Map.of(Rig.fresh("absent"), NewPartitions.increaseTo(2))).all()), "absent topic");
    }

    private static void deleteRecords(Rig rig) throws Exception {
        String name = rig.topic("trim", 1);
        TopicPartition partition = new TopicPartition(name, 0);
        rig.fill(name, 0, 10, System.currentTimeMillis());
        long low = Rig.get(rig.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4)))
            .lowWatermarks().get(partition)).lowWatermark();
        Rig.equal(4L, low, "low watermark");
        Rig.equal(4L, rig.read(partition, 4, 6).get(0).offset(), "first record left");
        Rig.fails(OffsetOutOfRangeException.class, () -> Rig.get(rig.admin.deleteRecords(
            Map.of(partition, RecordsToDelete.beforeOffset(11))).all()), "past the end");
        long all = Rig.get(rig.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1)))
            .lowWatermarks().get(partition)).lowWatermark();
        Rig.equal(10L, all, "-1 deletes up to the high watermark");
    }

    private static void deleteTopics(Rig rig) throws Exception {
        String name = rig.topic("gone", 2);
        Rig.get(rig.admin.deleteTopics(List.of(name)).all());
        Rig.eventually(() -> {
            try {
                return !Rig.get(rig.admin.listTopics().names()).contains(name);
            } catch (Exception error) {
                throw new AssertionError(error);
            }
        }, "no longer listed");
        Rig.fails(UnknownTopicOrPartitionException.class,
            () -> Rig.get(rig.admin.deleteTopics(List.of(name)).all()), "delete twice");
        create(rig, new NewTopic(name, 1, (short) 1), false);
        rig.fill(name, 0, 1, System.currentTimeMillis());
        Rig.equal(0L, rig.read(new TopicPartition(name, 0), 0, 1).get(0).offset(), "a topic made anew starts at 0");
    }

    private static void describeCluster(Rig rig) throws Exception {
        DescribeClusterResult cluster = rig.admin.describeCluster();
        Rig.equal(1, Rig.get(cluster.nodes()).size(), "brokers");
        Rig.equal(rig.bootstrap, Rig.get(cluster.nodes()).iterator().next().host() + ":"
            + Rig.get(cluster.nodes()).iterator().next().port(), "advertised address");
        Rig.check(Rig.get(cluster.controller()) != null, "controller");
        Rig.check(!Rig.get(cluster.clusterId()).isEmpty(), "cluster id");
    }

    private static void logDirs(Rig rig) throws Exception {
        String name = rig.topic("dirs", 1);
        rig.fill(name, 0, 100, System.currentTimeMillis());
        int id = Rig.get(rig.admin.describeCluster().nodes()).iterator().next().id();
        long size = Rig.get(rig.admin.describeLogDirs(Set.of(id)).allDescriptions()).get(id).values().stream()
            .filter(directory -> directory.replicaInfos().containsKey(new TopicPartition(name, 0)))
            .mapToLong(directory -> directory.replicaInfos().get(new TopicPartition(name, 0)).size())
            .sum();
        Rig.check(size > 100, "log size " + size);
    }
}

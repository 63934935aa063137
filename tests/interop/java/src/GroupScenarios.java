import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;

/** The classic group protocol: members come and go, static members come back. */
final class GroupScenarios {
    static void register(Rig rig) {
        for (Class<?> assignor : List.of(
            RangeAssignor.class, RoundRobinAssignor.class, StickyAssignor.class, CooperativeStickyAssignor.class)) {
            rig.add("group-" + assignor.getSimpleName(), r -> joinAndLeave(r, assignor.getName()));
        }
        rig.add("group-cooperative-keeps-partitions", GroupScenarios::cooperativeKeeps);
        rig.add("group-static-member-returns", GroupScenarios::staticReturn);
        rig.add("group-static-member-fenced", GroupScenarios::staticFenced);
        rig.add("group-member-removed-by-admin", GroupScenarios::removedByAdmin);
        rig.add("group-member-silent-is-expelled", GroupScenarios::silent);
        rig.add("group-fifteen-members-ten-partitions", GroupScenarios::fifteen);
    }

    /** Every partition belongs to exactly one member. */
    static boolean covers(List<Member> members, int partitions) {
        int total = 0;
        Set<TopicPartition> union = new HashSet<>();
        for (Member member : members) {
            total += member.assigned().size();
            union.addAll(member.assigned());
        }
        return total == partitions && union.size() == partitions;
    }

    private static void joinAndLeave(Rig rig, String assignor) throws Exception {
        String topic = rig.topic("assign", 6);
        String group = Rig.fresh("assign");
        Map<String, String> overrides = Map.of("partition.assignment.strategy", assignor);
        try (Member first = new Member(rig, group, topic, overrides)) {
            Rig.eventually(() -> first.assigned().size() == 6, "the only member has all");
            try (Member second = new Member(rig, group, topic, overrides)) {
                Rig.eventually(() -> first.assigned().size() == 3 && second.assigned().size() == 3
                    && covers(List.of(first, second), 6), "two members share");
                for (int partition = 0; partition < 6; partition++) {
                    rig.fill(topic, partition, 5, System.currentTimeMillis());
                }
                TopicPartition last = new TopicPartition(topic, 5);
                Rig.eventually(() -> !first.values.isEmpty() && !second.values.isEmpty(), "both read " + last);
            }
            Rig.eventually(() -> first.assigned().size() == 6, "the one left has all again");
        }
        Rig.eventually(() -> {
            try {
                return OffsetScenarios.describe(rig, group).state().toString().equals("Empty");
            } catch (Exception error) {
                throw new AssertionError(error);
            }
        }, "the group is empty");
    }

    private static void cooperativeKeeps(Rig rig) throws Exception {
        String topic = rig.topic("keep", 4);
        String group = Rig.fresh("keep");
        Map<String, String> overrides =
            Map.of("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
        try (Member first = new Member(rig, group, topic, overrides)) {
            Rig.eventually(() -> first.assigned().size() == 4, "all four");
            Set<TopicPartition> before = first.assigned();
            try (Member second = new Member(rig, group, topic, overrides)) {
                Rig.eventually(() -> first.assigned().size() == 2 && second.assigned().size() == 2, "two each");
                Rig.check(before.containsAll(first.assigned()), "what stays was there before");
                Rig.equal(1, first.revocations.get(), "one incremental revocation");
            }
        }
    }

    private static void staticReturn(Rig rig) throws Exception {
        String topic = rig.topic("static", 4);
        String group = Rig.fresh("static");
        try (Member stays = new Member(rig, group, topic, Map.of("group.instance.id", "stays"))) {
            Set<TopicPartition> mine;
            Member away = new Member(rig, group, topic, Map.of("group.instance.id", "away"));
            Rig.eventually(() -> covers(List.of(stays, away), 4) && away.assigned().size() == 2, "two each");
            mine = away.assigned();
            int rebalances = stays.assignments.get();
            away.close();
            Thread.sleep(1000);
            ConsumerGroupDescription gone = OffsetScenarios.describe(rig, group);
            Rig.equal(2, gone.members().size(), "a static member that closed is still a member");
            Rig.equal(Set.of("stays", "away"), Set.of(gone.members().stream()
                .map(member -> member.groupInstanceId().orElse("")).toArray()), "instance ids");
            try (Member back = new Member(rig, group, topic, Map.of("group.instance.id", "away"))) {
                Rig.eventually(() -> back.assigned().equals(mine), "the same partitions again");
                Thread.sleep(1000);
                Rig.equal(rebalances, stays.assignments.get(), "rebalances seen by the other member");
                Rig.equal("Stable", OffsetScenarios.describe(rig, group).state().toString(), "state");
            }
        }
    }

    private static void staticFenced(Rig rig) throws Exception {
        String topic = rig.topic("fence", 1);
        String group = Rig.fresh("fence");
        Member first = new Member(rig, group, topic, Map.of("group.instance.id", "twin"));
        Rig.eventually(() -> first.assigned().size() == 1, "first has it");
        try (Member second = new Member(rig, group, topic, Map.of("group.instance.id", "twin"))) {
            Rig.eventually(() -> second.assigned().size() == 1, "second has it");
            Rig.eventually(() -> first.errors.peek() instanceof FencedInstanceIdException, "the first is fenced");
        }
        first.close();
    }

    private static void removedByAdmin(Rig rig) throws Exception {
        String topic = rig.topic("remove", 2);
        String group = Rig.fresh("remove");
        try (Member stays = new Member(rig, group, topic, Map.of("group.instance.id", "one"))) {
            Member away = new Member(rig, group, topic, Map.of("group.instance.id", "two"));
            Rig.eventually(() -> covers(List.of(stays, away), 2) && away.assigned().size() == 1, "one each");
            away.close();
            Rig.get(rig.admin.removeMembersFromConsumerGroup(
                group, new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("two")))).all());
            Rig.eventually(() -> stays.assigned().size() == 2, "the one left has both");
        }
    }

    /** A member that stops polling leaves by itself after max.poll.interval.ms; the broker gives its share away. */
    private static void silent(Rig rig) throws Exception {
        String topic = rig.topic("silent", 2);
        String group = Rig.fresh("silent");
        Map<String, String> impatient = Map.of("max.poll.interval.ms", "1500");
        try (Member first = new Member(rig, group, topic, Map.of());
             org.apache.kafka.clients.consumer.KafkaConsumer<byte[], byte[]> second =
                 rig.consumer(group, impatient)) {
            second.subscribe(List.of(topic));
            long deadline = System.currentTimeMillis() + Rig.WAIT_MS;
            while (second.assignment().size() != 1 && System.currentTimeMillis() < deadline) {
                second.poll(java.time.Duration.ofMillis(100));
            }
            Rig.equal(1, second.assignment().size(), "partitions of the second member");
            Rig.eventually(() -> first.assigned().size() == 2, "the first has both again");
        }
    }

    private static void fifteen(Rig rig) throws Exception {
        String topic = rig.topic("fifteen", 10);
        String group = Rig.fresh("fifteen");
        List<Member> members = new ArrayList<>();
        try {
            for (int i = 0; i < 15; i++) {
                members.add(new Member(rig, group, topic, Map.of()));
            }
            Rig.eventually(() -> covers(members, 10)
                && members.stream().filter(member -> member.assigned().isEmpty()).count() == 5
                && members.stream().allMatch(member -> member.assigned().size() <= 1), "ten busy, five idle");
            for (int partition = 0; partition < 10; partition++) {
                rig.fill(topic, partition, 1, System.currentTimeMillis());
            }
            Rig.eventually(() -> members.stream().mapToInt(member -> member.values.size()).sum() == 10, "all read");
            Rig.equal(15, OffsetScenarios.describe(rig, group).members().size(), "members");
            Rig.check(members.stream().allMatch(member -> member.errors.isEmpty()), "no member failed");
        } finally {
            for (Member member : members) {
                member.close();
            }
        }
    }
}

"""kreel's commands against three Apache Kafka nodes, of which the leader is killed with SIGKILL, again and again."""

import contextlib

from rig.feeder import Feeder, number
from rig.kafka_cluster import KafkaCluster
from rig.kreel_command import Kreel, fresh
from rig.program import LONG, Program, eventually
from rig.report import Report, equal

PARTITIONS = 3
KILLS = 6 if LONG else 2  # of a leader, for each command
RATE = 100  # lines per second


def run(options, _broker_for):
    report = Report(options.only)
    with KafkaCluster() as cluster:
        kreel = Kreel(options.kreel, cluster.bootstrap, cluster.scratch)
        eventually(lambda: len(serving(kreel)) == len(cluster.nodes), "all nodes serve")
        for name, scenario in SCENARIOS.items():
            report.run(name, scenario, kreel, cluster)
            cluster.revive()
        if report.failed:
            print(cluster.log_tail())
    return report.counts()


def serving(kreel):
    return {item["broker_id"] for item in kreel.items("cluster") if item["state"] == "up"}


def partitions(kreel, topic):
    return kreel.items("topics", "describe", topic, "--by-partition")


def whole(kreel, topic):
    return not any(at["under_replicated"] for at in partitions(kreel, topic))


def spread(kreel, cluster):
    topic = kreel.topic("spread", PARTITIONS, "-r", 3)
    eventually(lambda: whole(kreel, topic), "all replicas are in sync")
    described = partitions(kreel, topic)
    equal(set(cluster.nodes), {at["leader"] for at in described}, "leaders")
    for at in described:
        equal(set(cluster.nodes), set(at["replicas"]), "replicas of a partition")
        equal(set(cluster.nodes), set(at["isr"]), "replicas in sync")
    item = kreel.items("topics", "describe", topic)[0]
    equal((PARTITIONS, 3, 0), (item["partition_count"], item["replicas"], item["under_replicated"]), "the topic")


def lose_leader(kreel, cluster, topic):
    """Kills the node that leads partition 0; returns it when others lead and the cluster tells so."""
    lost = partitions(kreel, topic)[0]["leader"]
    cluster.nodes[lost].kill()

    def others_lead():
        return all(at["leader"] not in (None, lost) and lost not in at["isr"] and lost in at["offline_replicas"]
                   for at in partitions(kreel, topic))

    eventually(others_lead, f"leaders instead of node {lost}")
    equal(PARTITIONS, kreel.items("topics", "describe", topic)[0]["under_replicated"],
          "partitions with a replica missing")
    eventually(lambda: lost not in serving(kreel), f"node {lost} is fenced")
    item = next(item for item in kreel.items("cluster") if item["broker_id"] == lost)
    equal(0, item["leaders"], "partitions that the dead node leads")
    assert item["replicas"] == item["out_of_sync"] >= PARTITIONS, f"the dead node's replicas: {item}"
    return lost


def bring_back(kreel, cluster, topic, lost):
    cluster.nodes[lost].start()
    eventually(lambda: whole(kreel, topic), f"the replicas of node {lost} are in sync")
    equal(set(cluster.nodes), serving(kreel), "nodes of the cluster")


@contextlib.contextmanager
def produced(kreel, topic):
    """Lines on their way to the topic, a steady rate of them; behind the block all of them are acknowledged."""
    process = kreel.spawn_fed("produce", topic, "--timeout", "60s")
    feeder = Feeder(process.stdin, RATE)
    feeder.start()
    try:
        yield feeder
    finally:
        feeder.stop()
        _, errors = process.communicate(timeout=120)
    equal(0, process.returncode, f"exit of produce ({errors.decode()[-400:]})")


def lose_leaders(kreel, cluster, topic, alive=()):
    for _ in range(KILLS):
        lost = lose_leader(kreel, cluster, topic)
        known = len(kreel.records(topic))
        eventually(lambda: len(kreel.records(topic)) > known, "records go to the new leaders", alive=alive)
        bring_back(kreel, cluster, topic, lost)


def produce(kreel, cluster):
    """What is acknowledged is there once and in order, whichever leader is killed."""
    topic = kreel.topic("produced", PARTITIONS, "-r", 3)
    with produced(kreel, topic) as feeder:
        lose_leaders(kreel, cluster, topic)
    seen = [[] for _ in range(PARTITIONS)]
    for record in kreel.records(topic):
        seen[record["partition"]].append(number(record["value"]))
    for partition, numbers in enumerate(seen):
        assert numbers == sorted(numbers), f"partition {partition} is not in order"
    each_once(sum(seen, []), feeder.count)


def each_once(numbers, count):
    assert sorted(numbers) == list(range(count)), (
        f"{count} acknowledged, {len(numbers)} there, {len(set(numbers))} different ones")


def pipe(kreel, cluster):
    """Leaders of the topic that it writes die, and coordinators of its group and of its transactions with them."""
    source, target = (kreel.topic(name, PARTITIONS, "-r", 3) for name in ("source", "piped"))
    command = [kreel.binary, "pipe", source, target, "--batch", 50, "--timeout", "60s",
               "-X", "session.timeout.ms=6000", "--persistent", "--", "while read -r l; do echo \"$l\"; done"]
    with Program("pipe", command, cluster.scratch, kreel.environment) as piping:
        with produced(kreel, source) as feeder:
            eventually(lambda: kreel.records(target), "the pipe has begun", alive=[piping])
            lose_leaders(kreel, cluster, target, alive=[piping])
        eventually(lambda: len(kreel.records(target)) >= feeder.count, "all is piped", alive=[piping])
        equal(143, piping.stop(), f"exit of pipe ({piping.ending()})")
    each_once([number(record["value"]) for record in kreel.records(target)], feeder.count)


def commands(kreel, cluster):
    """With one node of three dead, the first of the bootstrap list, every command does its work."""
    topic, other = (kreel.topic(name, PARTITIONS, "-r", 3) for name in ("first", "second"))
    groups = [fresh("readers") for _ in range(6)]
    kreel.produce(topic, range(300))
    for group in groups:
        kreel("consume", topic, "-g", group, "--commit", "--until", "end")
    first = next(iter(cluster.nodes))
    cluster.nodes[first].kill()
    eventually(lambda: first not in serving(kreel), "the dead node is fenced")
    eventually(lambda: first not in {at["leader"] for at in partitions(kreel, topic)},
               "other leaders")
    kreel.produce(topic, range(300, 400))
    equal(400, len(kreel.records(topic)), "records")
    listed = {item["group"] for item in kreel.items("groups", "list")}
    assert set(groups) <= listed, f"{set(groups) - listed} are not listed"
    for group in groups:
        equal(100, sum(item["lag"] for item in kreel.items("groups", "lag", group)), f"lag of {group}")
    equal("Empty", kreel.items("groups", "describe", groups[0])[0]["state"], "state")
    kreel("offsets", "rewind", groups[0], "--by", 5, "--yes")
    kreel("offsets", "undo", "--yes")
    kreel("offsets", "reset", groups[1], "--to", "end", "--yes")
    equal(0, sum(item["lag"] for item in kreel.items("groups", "lag", groups[1])), "lag after the reset")
    kreel("offsets", "delete", groups[2], "-t", topic, "--yes")
    kreel("groups", "delete", groups[3], "--yes")
    equal(100, len(kreel("consume", topic, "-g", groups[4], "--commit", "--until", "end").splitlines()),
          "records that a group had left")
    kreel("cp", topic, other)
    equal(400, len(kreel.records(other)), "records of the copy")
    kreel("topics", "alter", other, "-p", PARTITIONS + 2)
    kreel("topics", "alter", other, "--set", "retention.ms=100000")
    kreel("topics", "trim", topic, "--to", "end", "--yes")
    equal([], kreel.records(topic), "records after the trim")
    kreel("topics", "create", fresh("third"), "-p", 2, "-r", 2)
    kreel("topics", "delete", other, "--yes")
    kreel("wait", "topic", topic)
    kreel("doctor", code=3)
    cluster.nodes[first].start()
    eventually(lambda: whole(kreel, topic), "all replicas are in sync again")


SCENARIOS = {
    "replicas-are-spread": spread,
    "produce-over-killed-leaders": produce,
    "pipe-over-killed-leaders": pipe,
    "commands-with-a-node-down": commands,
}

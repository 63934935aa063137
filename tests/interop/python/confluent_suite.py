"""confluent_suite.py BOOTSTRAP [FILTER]: confluent-kafka (a current librdkafka) against a broker."""

from confluent_kafka import (Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer,
                             TopicPartition)
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions,
                                   NewTopic, OffsetSpec)
from scenarios import add, bootstrap, equal, eventually, fresh, login, main, records, scenario

TIMEOUT_S = 15
_admin = []


def broker():
    authority, user, password = login()
    secure = {"security.protocol": "SASL_SSL", "ssl.ca.location": authority, "sasl.mechanism": "SCRAM-SHA-512",
              "sasl.username": user, "sasl.password": password}
    return {"bootstrap.servers": bootstrap(), **(secure if authority else {})}


def admin():
    if not _admin:
        _admin.append(AdminClient(broker()))
    return _admin[0]


def done(futures):
    """The results of a dict of futures; the first failure is raised."""
    return {key: future.result(TIMEOUT_S) for key, future in futures.items()}


def fails(code, call):
    try:
        call()
    except KafkaException as error:
        equal(code, error.args[0].code(), "error code")
        return
    raise AssertionError(f"expected error {code}, got success")


def topic(prefix, partitions=1, **config):
    name = fresh(prefix)
    done(admin().create_topics([NewTopic(name, partitions, 1, config=config)]))
    eventually(lambda: len(admin().list_topics(name, TIMEOUT_S).topics[name].partitions) == partitions, "metadata")
    return name


def produce(name, what, partition=0, **config):
    errors, offsets = [], []

    def delivered(error, message):
        if error:
            errors.append(error)
        else:
            offsets.append(message.offset())

    producer = Producer({**broker(), "linger.ms": 20, **config})
    for key, value, headers, timestamp in what:
        producer.produce(name, value, key, partition, headers=headers, timestamp=timestamp, on_delivery=delivered)
    equal(0, producer.flush(TIMEOUT_S), "messages left")
    equal([], errors, "delivery errors")
    return offsets


def consumer(group, **config):
    return Consumer({**broker(), "group.id": group, "auto.offset.reset": "earliest",
                     "enable.auto.commit": False, "session.timeout.ms": 10000, "heartbeat.interval.ms": 200,
                     "fetch.wait.max.ms": 100, **config})


def poll(reader, into):
    message = reader.poll(0.1)
    if message is not None:
        assert message.error() is None, message.error()
        into.append(message)


def round_trip(codec, **config):
    name = topic(f"records-{codec}")
    sent = records(300)
    offsets = produce(name, sent, **{"compression.type": codec, "enable.idempotence": True, **config})
    equal(list(range(300)), offsets, "acknowledged offsets")
    reader, got = consumer(fresh("read")), []
    reader.assign([TopicPartition(name, 0, 0)])
    eventually(lambda: len(got) >= 300, "300 messages", lambda: poll(reader, got))
    reader.close()
    equal(sent, [(m.key(), m.value(), m.headers() or [], m.timestamp()[1]) for m in got], "messages")


for each in ("none", "gzip", "snappy", "lz4", "zstd"):
    add(f"records-{each}", round_trip, each)


@scenario
def records_acks():
    name = topic("acks")
    for acks in (0, 1, "all"):
        produce(name, records(10), acks=acks)
    reader = consumer(fresh("read"))
    eventually(lambda: reader.get_watermark_offsets(TopicPartition(name, 0), TIMEOUT_S) == (0, 30), "30 messages")
    reader.close()


@scenario
def offsets_for_times_and_watermarks():
    name = topic("times")
    produce(name, records(20))
    reader = consumer(fresh("read"))
    equal((0, 20), reader.get_watermark_offsets(TopicPartition(name, 0), TIMEOUT_S), "watermarks")
    equal(7, reader.offsets_for_times([TopicPartition(name, 0, 1700000000007)], TIMEOUT_S)[0].offset, "by time")
    reader.close()
    for spec, expected in ((OffsetSpec.earliest(), 0), (OffsetSpec.latest(), 20), (OffsetSpec.max_timestamp(), 19),
                           (OffsetSpec.for_timestamp(1700000000005), 5)):
        found = done(admin().list_offsets({TopicPartition(name, 0): spec}))
        equal([expected], [result.offset for result in found.values()], "admin list_offsets")


def member_scenario(strategy):
    name, group = topic("share", 6), fresh("share")
    got = []
    first = consumer(group, **{"partition.assignment.strategy": strategy})
    second = consumer(group, **{"partition.assignment.strategy": strategy})
    first.subscribe([name])
    eventually(lambda: len(first.assignment()) == 6, "the only member has all", lambda: poll(first, got))
    second.subscribe([name])

    def both():
        poll(first, got)
        poll(second, got)

    eventually(lambda: len(first.assignment()) == 3 and len(second.assignment()) == 3, "three each", both)
    for partition in range(6):
        produce(name, records(5), partition)
    eventually(lambda: len(got) >= 30, "all read", both)
    second.close()
    eventually(lambda: len(first.assignment()) == 6, "the one left has all again", lambda: poll(first, got))
    first.close()


for each in ("range", "roundrobin", "cooperative-sticky"):
    add(f"group-{each}", member_scenario, each)


@scenario
def group_commit_and_resume():
    name, group, got = topic("resume"), fresh("resume"), []
    produce(name, records(10))
    reader = consumer(group)
    reader.subscribe([name])
    eventually(lambda: len(got) == 10, "ten messages", lambda: poll(reader, got))
    reader.commit(offsets=[TopicPartition(name, 0, 6, metadata="six")], asynchronous=False)
    reader.close()
    again, reader = [], consumer(group)
    equal((6, "six"), [(p.offset, p.metadata) for p in reader.committed([TopicPartition(name, 0)], TIMEOUT_S)][0],
          "committed")
    reader.subscribe([name])
    eventually(lambda: len(again) == 4, "four messages again", lambda: poll(reader, again))
    equal(6, again[0].offset(), "first offset")
    reader.close()


@scenario
def group_static_member_returns():
    name, group, got = topic("static", 2), fresh("static"), []
    stays = consumer(group, **{"group.instance.id": "stays"})
    away = consumer(group, **{"group.instance.id": "away"})
    assigned = []
    stays.subscribe([name], on_assign=lambda _, partitions: assigned.append(partitions))
    away.subscribe([name])

    def both():
        poll(stays, got)
        poll(away, got)

    eventually(lambda: len(stays.assignment()) == 1 and len(away.assignment()) == 1, "one each", both)
    before = len(assigned)
    away.close()
    away = consumer(group, **{"group.instance.id": "away"})
    away.subscribe([name])
    eventually(lambda: len(away.assignment()) == 1, "its partition again", both)
    equal(before, len(assigned), "assignments seen by the other member")
    away.close()
    stays.close()


@scenario
def admin_topics():
    name = topic("admin", 2, **{"retention.ms": "4242"})
    fails(KafkaError.TOPIC_ALREADY_EXISTS, lambda: done(admin().create_topics([NewTopic(name, 1, 1)])))
    fails(KafkaError.TOPIC_EXCEPTION, lambda: done(admin().create_topics([NewTopic("a b", 1, 1)])))
    done(admin().create_partitions([NewPartitions(name, 4)]))
    eventually(lambda: len(admin().list_topics(name, TIMEOUT_S).topics[name].partitions) == 4, "four partitions")
    resource = ConfigResource(ConfigResource.Type.TOPIC, name, incremental_configs=[
        ConfigEntry("max.message.bytes", "777", incremental_operation=AlterConfigOpType.SET)])
    done(admin().incremental_alter_configs([resource]))

    def config():
        return list(done(admin().describe_configs([ConfigResource(ConfigResource.Type.TOPIC, name)])).values())[0]

    eventually(lambda: config()["max.message.bytes"].value == "777", "altered")
    equal("4242", config()["retention.ms"].value, "as created")
    done(admin().delete_topics([name]))
    eventually(lambda: name not in admin().list_topics(timeout=TIMEOUT_S).topics, "deleted")


@scenario
def admin_delete_records():
    name = topic("trim")
    produce(name, records(10))
    result = done(admin().delete_records([TopicPartition(name, 0, 4)]))
    equal([4], [deleted.low_watermark for deleted in result.values()], "low watermark")


@scenario
def admin_cluster():
    cluster = admin().describe_cluster().result(TIMEOUT_S)
    equal([bootstrap()], [f"{node.host}:{node.port}" for node in cluster.nodes], "brokers")
    assert cluster.cluster_id, "cluster id"


@scenario
def admin_groups():
    name, group = topic("groups"), fresh("groups")
    produce(name, records(10))
    wanted = ConsumerGroupTopicPartitions(group, [TopicPartition(name, 0, 3)])
    done(admin().alter_consumer_group_offsets([wanted]))
    listed = done(admin().list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]))[group]
    equal([(name, 0, 3)], [(p.topic, p.partition, p.offset) for p in listed.topic_partitions], "offsets")
    described = done(admin().describe_consumer_groups([group]))[group]
    equal(("EMPTY", 0), (described.state.name, len(described.members)), "described")
    groups = admin().list_consumer_groups().result(TIMEOUT_S)
    assert group in [each.group_id for each in groups.valid], "listed"
    done(admin().delete_consumer_groups([group]))
    fails(KafkaError.GROUP_ID_NOT_FOUND, lambda: done(admin().delete_consumer_groups([group])))


main()

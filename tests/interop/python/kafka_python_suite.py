"""kafka_python_suite.py BOOTSTRAP [FILTER]: kafka-python, a client of its own without librdkafka, against a broker."""

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.structs import OffsetAndMetadata
import scenarios
from scenarios import add, bootstrap, equal, eventually, fresh, login, main, scenario

TIMEOUT_S = 15
_admin = []


def records(count):
    """The shared records, but for those that this client refuses: without key and value."""
    return [(key, b"" if key is None and value is None else value, headers, timestamp)
            for key, value, headers, timestamp in scenarios.records(count)]


def broker():
    authority, user, password = login()
    secure = {"security_protocol": "SASL_SSL", "ssl_cafile": authority, "sasl_mechanism": "SCRAM-SHA-512",
              "sasl_plain_username": user, "sasl_plain_password": password}
    return {"bootstrap_servers": bootstrap(), **(secure if authority else {})}


def admin():
    if not _admin:
        _admin.append(KafkaAdminClient(**broker()))
    return _admin[0]


def topic(prefix, partitions=1):
    name = fresh(prefix)
    admin().create_topics([NewTopic(name, partitions, 1)])
    return name


def produce(name, what, partition=0, **config):
    producer = KafkaProducer(**broker(), linger_ms=20, **config)
    sent = [producer.send(name, value, key, headers, partition, timestamp)
            for key, value, headers, timestamp in what]
    producer.flush(TIMEOUT_S)
    offsets = [future.get(TIMEOUT_S).offset for future in sent]
    producer.close()
    return offsets


def consumer(group, **config):
    return KafkaConsumer(**broker(), group_id=group, auto_offset_reset="earliest",
                         enable_auto_commit=False, session_timeout_ms=10000, heartbeat_interval_ms=200,
                         fetch_max_wait_ms=100, **config)


def subscribe(reader, name):
    """Lets the reader join when it knows the topic's partitions. When a leader learns of them later, it starts a rebalance
    of its own, and when poll() ends between SyncGroup and its reply then, the client drops the assignment for good."""
    reader.subscribe([name])
    eventually(lambda: reader.partitions_for_topic(name), "the topic's partitions")


def poll(reader, into):
    for batch in reader.poll(100).values():
        into.extend(batch)


def round_trip(codec):
    name, sent, got = topic(f"records-{codec or 'none'}"), records(200), []
    equal(list(range(200)), produce(name, sent, compression_type=codec), "acknowledged offsets")
    reader = consumer(None)
    reader.assign([TopicPartition(name, 0)])
    eventually(lambda: len(got) >= 200, "200 messages", lambda: poll(reader, got))
    reader.close()
    equal(sent, [(m.key, m.value, list(m.headers), m.timestamp) for m in got], "messages")


for each in (None, "gzip", "snappy", "lz4", "zstd"):
    add(f"records-{each or 'none'}", round_trip, each)


@scenario
def records_offsets_for_times():
    name = topic("times")
    produce(name, records(20))
    partition = TopicPartition(name, 0)
    reader = consumer(None)
    equal(7, reader.offsets_for_times({partition: 1700000000007})[partition].offset, "by time")
    equal((0, 20), (reader.beginning_offsets([partition])[partition], reader.end_offsets([partition])[partition]),
          "beginning and end")
    reader.close()


@scenario
def group_members_come_and_go():
    name, group, got = topic("share", 4), fresh("share"), []
    first, second = consumer(group), consumer(group)
    subscribe(first, name)
    eventually(lambda: len(first.assignment()) == 4, "the only member has all", lambda: poll(first, got))
    subscribe(second, name)

    def both():
        poll(first, got)
        poll(second, got)

    eventually(lambda: len(first.assignment()) == 2 and len(second.assignment()) == 2, "two each", both)
    for partition in range(4):
        produce(name, records(5), partition)
    eventually(lambda: len(got) >= 20, "all read", both)
    second.close()
    eventually(lambda: len(first.assignment()) == 4, "the one left has all again", lambda: poll(first, got))
    first.close()


@scenario
def group_commit_and_resume():
    name, group, got = topic("resume"), fresh("resume"), []
    produce(name, records(10))
    partition = TopicPartition(name, 0)
    reader = consumer(group)
    subscribe(reader, name)
    eventually(lambda: len(got) == 10, "ten messages", lambda: poll(reader, got))
    reader.commit({partition: OffsetAndMetadata(6, "six", -1)})
    reader.close()
    again, reader = [], consumer(group)
    equal(6, reader.committed(partition), "committed")
    subscribe(reader, name)
    eventually(lambda: len(again) == 4, "four messages again", lambda: poll(reader, again))
    reader.close()


@scenario
def admin_topics():
    name = topic("admin", 2)
    assert name in admin().list_topics(), "listed"
    admin().delete_topics([name])
    eventually(lambda: name not in admin().list_topics(), "deleted")


main()

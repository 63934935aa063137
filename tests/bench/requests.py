"""The requests besides Produce that clients send most, as (key, version, body) for brokers.Client."""

import struct

from brokers import BenchError, metadata, string

GROUP = "bench"


def fetch(topic, offset):
    """Version 4, a partition's first record, without waiting."""
    partition = struct.pack(">iqi", 0, offset, 1 << 20)
    return 1, 4, struct.pack(">iiiibi", -1, 0, 1, 1 << 20, 0, 1) + string(topic) + struct.pack(">i", 1) + partition


def join_group():
    """Version 2."""
    protocol = string("range") + struct.pack(">i", 0)
    return (11, 2, string(GROUP) + struct.pack(">ii", 60_000, 60_000) + string("") + string("consumer") +
            struct.pack(">i", 1) + protocol)


def sync_group(generation, member):
    """Version 0, of the leader and only member."""
    assignment = string(member) + struct.pack(">i", 0)
    return 14, 0, string(GROUP) + struct.pack(">i", generation) + string(member) + struct.pack(">i", 1) + assignment


def heartbeat(generation, member):
    """Version 0."""
    return 12, 0, string(GROUP) + struct.pack(">i", generation) + string(member)


def offset_commit(topic, generation, member):
    """Version 2, one partition."""
    partition = struct.pack(">iq", 0, 1) + string("")
    return (8, 2, string(GROUP) + struct.pack(">i", generation) + string(member) + struct.pack(">qi", -1, 1) +
            string(topic) + struct.pack(">i", 1) + partition)


def join(client):
    reply = client.ask(join_group())
    _, error, generation = reply.get("ihi")
    if error:
        raise BenchError(f"JoinGroup: error {error}")
    reply.string(), reply.string()
    member = reply.string()
    error = client.ask(sync_group(generation, member)).get("h")
    if error:
        raise BenchError(f"SyncGroup: error {error}")
    return generation, member


def prepare(client, topic):
    """Joins a group; `topic` has a record at offset 0."""
    generation, member = join(client)
    return [("metadata_one_topic", metadata([topic])), ("fetch_one_record", fetch(topic, 0)),
            ("heartbeat", heartbeat(generation, member)),
            ("offset_commit_one_partition", offset_commit(topic, generation, member))]

"""As much of the Kafka protocol as a test needs to produce: ApiVersions-free, one request at a
time, one batch of one record. Facts: kafka.apache.org/protocol, record batch format version 2."""

import socket
import struct

PRODUCE, CREATE_TOPICS, INIT_PRODUCER_ID = 0, 19, 22

_CRC_TABLE = []
for _byte in range(256):
    for _ in range(8):
        _byte = (_byte >> 1) ^ (0x82F63B78 if _byte & 1 else 0)
    _CRC_TABLE.append(_byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def string(text):
    raw = text.encode()
    return struct.pack(">h", len(raw)) + raw


def record_batch(value, timestamp_ms, producer=None):
    """`producer`: (id, epoch, sequence) makes it a batch of a transaction."""
    attributes, (producer_id, epoch, sequence) = (0x10, producer) if producer else (0, (-1, -1, -1))
    record = b"\0" + varint(0) + varint(0) + varint(-1) + varint(len(value)) + value + varint(0)
    records = varint(len(record)) + record
    body = struct.pack(">hiqqqhii", attributes, 0, timestamp_ms, timestamp_ms, producer_id, epoch,
                       sequence, 1) + records
    tail = struct.pack(">ibI", -1, 2, crc32c(body)) + body
    return struct.pack(">qi", 0, len(tail)) + tail


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.correlation = 0

    def local_port(self):
        return self.socket.getsockname()[1]

    def call(self, key, version, body):
        self.send(key, version, body)
        return self.receive()

    def send(self, key, version, body):
        self.correlation += 1
        frame = struct.pack(">hhi", key, version, self.correlation) + string("trace") + body
        self.socket.sendall(struct.pack(">i", len(frame)) + frame)

    def receive(self):
        """The reply of the last request, without its header."""
        reply = self.read(struct.unpack(">i", self.read(4))[0])
        correlation, = struct.unpack(">i", reply[:4])
        if correlation != self.correlation:
            raise RuntimeError(f"reply {correlation} to request {self.correlation}")
        return reply[4:]

    def read(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise RuntimeError("the broker closed the connection")
            data += part
        return data

    def create_topic(self, topic, partitions):
        """CreateTopics version 2: name, partitions, replication factor, no assignment, configs."""
        body = struct.pack(">i", 1) + string(topic) + struct.pack(">ihiiib", partitions, 1, 0, 0,
                                                                  15_000, 0)
        reply = self.call(CREATE_TOPICS, 2, body)
        at = 4 + 4 + 2 + len(topic.encode())
        error, = struct.unpack_from(">h", reply, at)
        if error != 0:
            raise RuntimeError(f"creating {topic}: error {error}")

    def produce(self, topic, partition, value, timestamp_ms):
        """Produce version 3, acks=all; returns the base offset."""
        batch = record_batch(value, timestamp_ms)
        body = struct.pack(">hhii", -1, -1, 15_000, 1) + string(topic) + \
            struct.pack(">iii", 1, partition, len(batch)) + batch
        reply = self.call(PRODUCE, 3, body)
        at = 4 + 2 + len(topic.encode()) + 4
        index, error, offset = struct.unpack_from(">ihq", reply, at)
        if error != 0 or index != partition:
            raise RuntimeError(f"producing to {topic}-{partition}: error {error}")
        return offset

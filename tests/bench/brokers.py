"""Starts floor and kreel for a measurement, and speaks just enough of Kafka's protocol to know when they serve."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import time

# The broker on the first CPU that may be used and the load on the last: unpinned latencies mean nothing.
CPUS = sorted(os.sched_getaffinity(0))
BROKER_CPU, LOAD_CPU = CPUS[0], CPUS[-1]


class BenchError(Exception):
    """A program failed, so there is nothing to report."""


def string(text):
    return struct.pack(">h", len(text)) + text.encode()


def api_versions():
    return 18, 0, b""


def metadata(topics):
    """Version 1; None asks for every topic."""
    if topics is None:
        return 3, 1, struct.pack(">i", -1)
    return 3, 1, struct.pack(">i", len(topics)) + b"".join(map(string, topics))


def create_topics(names, partitions):
    """Version 2, one replica each."""
    one = struct.pack(">ihii", partitions, 1, 0, 0)
    body = b"".join(string(name) + one for name in names)
    return 19, 2, struct.pack(">i", len(names)) + body + struct.pack(">ib", 60_000, 0)


def end_offset(topic, partition):
    """ListOffsets version 1 for the end of one partition."""
    asked = struct.pack(">iiq", 1, partition, -1)
    return 2, 1, struct.pack(">ii", -1, 1) + string(topic) + asked


class Reply:
    def __init__(self, data):
        self.data, self.at = data, 0

    def get(self, layout):
        values = struct.unpack_from(">" + layout, self.data, self.at)
        self.at += struct.calcsize(">" + layout)
        return values if len(values) > 1 else values[0]

    def string(self):
        length = max(0, self.get("h"))
        self.at += length
        return self.data[self.at - length:self.at].decode()


class Client:
    def __init__(self, port, timeout_s=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self):
        self.socket.close()

    def ask(self, request):
        key, version, body = request
        message = struct.pack(">hhi", key, version, 7) + string("bench") + body
        self.socket.sendall(struct.pack(">i", len(message)) + message)
        size = struct.unpack(">i", self._receive(4))[0]
        return Reply(self._receive(size)[4:])

    def _receive(self, count):
        parts = bytearray()
        while len(parts) < count:
            part = self.socket.recv(count - len(parts))
            if not part:
                raise ConnectionError("closed by the broker")
            parts += part
        return bytes(parts)

    def create(self, names, partitions):
        reply = self.ask(create_topics(names, partitions))
        reply.get("i")
        for _ in range(reply.get("i")):
            name, error, text = reply.string(), reply.get("h"), reply.string()
            if error:
                raise BenchError(f"cannot create {name}: {error} {text}")

    def topics_with_leader(self):
        """The names of the topics that all of whose partitions can be used."""
        reply, names = self.ask(metadata(None)), []
        for _ in range(reply.get("i")):
            reply.get("i"), reply.string(), reply.get("i"), reply.string()
        reply.get("i")
        for _ in range(reply.get("i")):
            error, name, _ = reply.get("h"), reply.string(), reply.get("b")
            for _ in range(reply.get("i")):
                error = reply.get("hii")[0] or error
                for _ in range(2):
                    reply.get("i" * reply.get("i") or "0s")
            if not error:
                names.append(name)
        return names

    def end_offset(self, topic, partition):
        """None while the broker cannot tell."""
        reply = self.ask(end_offset(topic, partition))
        reply.get("i"), reply.string()
        _, _, error, _, offset = reply.get("iihqq")
        return None if error else offset


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def pinned(cpu):
    """A process that is started inside stays on this CPU; this one does not."""
    os.sched_setaffinity(0, {cpu})
    try:
        yield
    finally:
        os.sched_setaffinity(0, {LOAD_CPU})


class Broker:
    """A broker on BROKER_CPU; `command` is called with port and data directory. `with` starts it and
    leaves nothing behind."""

    def __init__(self, command, folder):
        self.command, self.folder = command, pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None
        self.ready_s = None

    def start(self, ready=lambda client: client.ask(api_versions())):
        """Starts the process; ready_s becomes the time until `ready(client)` is true or a reply."""
        log = open(self.folder / "stderr.txt", "ab")
        arguments = self.command(self.port, self.folder / "data")
        began = time.perf_counter()
        with pinned(BROKER_CPU):
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        client = None
        while True:
            try:
                client = client or Client(self.port)
                if ready(client):
                    break
            except OSError:
                client = None
            if self.process.poll() is not None or time.perf_counter() - began > 120:
                text = (self.folder / "stderr.txt").read_text(errors="replace")[-2000:]
                self.kill()
                raise BenchError(f"{arguments[0]} does not serve: {text}")
            time.sleep(0.0001)
        self.ready_s = time.perf_counter() - began
        client.close()
        return self

    def client(self):
        return Client(self.port)

    def cpu_ns(self):
        """Run time of every thread so far."""
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks)

    def rss_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.kill()

    def kill(self):
        """kill -9, as a crash would."""
        if self.process:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def run_load(program, *arguments):
    """Runs blast, drain or rdkafka_load on LOAD_CPU; returns its JSON object."""
    words = [str(program), *map(str, arguments)]
    with pinned(LOAD_CPU):
        done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise BenchError(f"{pathlib.Path(program).name}: {done.stderr.strip()}")
    return json.loads(done.stdout)

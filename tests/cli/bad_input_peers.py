"""What a client may find at the other end when it is not a broker that works."""

import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

from ktest import Broker


def listening(backlog=16):
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(backlog)
    return server


def address_of(server):
    return f"127.0.0.1:{server.getsockname()[1]}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_frame(connection):
    """A request or a reply with its size; None at the end."""
    data = b""
    while len(data) < 4 or len(data) < 4 + struct.unpack(">i", data[:4])[0]:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    return data


class Serving:
    """A thread per connection, each in `answer(connection)`."""

    def __init__(self, answer):
        self.answer = answer
        self.server = listening()
        self.address = address_of(self.server)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection = self.server.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        with connection:
            try:
                self.answer(connection)
            except (OSError, struct.error):
                pass

    def close(self):
        self.server.close()


def http_at_once(connection):
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def http_after_a_line(connection):
    """As most servers: nothing before the request line is complete."""
    data = b""
    while b"\n" not in data:
        more = connection.recv(4096)
        if not more:
            return
        data += more
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")


def ssh(connection):
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    connection.recv(4096)


def silence(connection):
    while connection.recv(4096):
        pass


def hang_up(connection):
    connection.recv(4096)


def noise(connection):
    connection.recv(4096)
    connection.sendall(b"\xff\xfe\xfd\xfc this is no protocol at all")


def old_broker(connection):
    """Knows ApiVersions 0 alone: every other API is missing."""
    while (request := read_frame(connection)) is not None:
        _, version, correlation_id = struct.unpack(">hhi", request[4:12])
        body = struct.pack(">ih", correlation_id, 35 if version > 0 else 0)
        body += struct.pack(">ihhh", 1, 18, 0, 0)
        connection.sendall(struct.pack(">i", len(body)) + body)


class FullBacklog:
    """Filtered, as far as a client sees: its SYN is never answered."""

    def __init__(self):
        self.server = listening(0)
        self.address = address_of(self.server)
        self.waiting = []
        while True:
            probe = socket.socket()
            probe.settimeout(0.5)
            self.waiting.append(probe)
            try:
                probe.connect(self.server.getsockname())
            except TimeoutError:
                return
            if len(self.waiting) > 64:
                raise RuntimeError("this kernel takes any number of connections")

    def close(self):
        for connection in self.waiting:
            connection.close()
        self.server.close()


class Tls:
    """A TLS server with a certificate of its own."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="bad-input-tls-")
        key, certificate = (os.path.join(self.directory, name) for name in ("key", "cert"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost", "-days", "2",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        def answer(connection):
            with context.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.recv(65536)

        self.serving = Serving(answer)
        self.address = self.serving.address

    def close(self):
        self.serving.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Proxy:
    """Between a client and a broker that advertises it; `change` sees what the broker sends."""

    def __init__(self, change):
        self.change = change
        self.broker_address = None  # told once the broker runs
        self.serving = Serving(self.answer)
        self.address = self.serving.address

    def answer(self, client):
        host, port = self.broker_address.split(":")
        with socket.create_connection((host, int(port))) as broker:
            def forward():
                try:
                    while data := client.recv(65536):
                        broker.sendall(data)
                    broker.shutdown(socket.SHUT_WR)
                except OSError:
                    pass

            threading.Thread(target=forward, daemon=True).start()
            while (reply := read_frame(broker)) is not None:
                client.sendall(self.change(reply))

    def close(self):
        self.serving.close()


class Peers:
    """All of them, started once: a dict of addresses for the rows, and what has to be stopped."""

    def __init__(self, kreel):
        self.kreel = kreel
        self.address, self.stops, self.brokers = {}, [], {}
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        for name, answer in (("http", http_at_once), ("silent_http", http_after_a_line),
                             ("ssh", ssh), ("silent", silence), ("hang_up", hang_up),
                             ("noise", noise), ("old_broker", old_broker)):
            self.add(name, Serving(answer))
        self.add("filtered", FullBacklog())
        self.add("tls", Tls())
        self.address["closed"] = f"127.0.0.1:{free_port()}"
        self.add_broker("broker", "--topics orders:6,old:1,quiet:1")
        locked = tempfile.mkdtemp(prefix="bad-input-locked-")
        self.stops.append(lambda: shutil.rmtree(locked, ignore_errors=True))
        self.address["locked"] = os.path.join(locked, "data")
        self.add_broker("locking", f"--data-dir {locked}/data", kind="")
        self.add_broker("slow", "--topics orders:1 --latency produce=30s")
        self.address["gone"] = f"localhost:{free_port()}"
        self.add_broker("misadvertised", "--topics orders:6 --config advertised.listeners="
                        f"PLAINTEXT://{self.address['gone']}")
        proxy = Proxy(lambda reply: reply.replace(b"good-record", b"evil-record"))
        self.add("damaging", proxy)
        port = proxy.address.split(":")[1]
        proxy.broker_address = self.add_broker(
            "damaged_behind", "--topics orders:1 --config advertised.listeners="
            f"PLAINTEXT://127.0.0.1:{port}")
        self.run(f"printf 'first\\nsecond\\n' | kreel produce orders -q -b {proxy.address}")
        self.run(f"echo good-record | kreel produce orders -q -b {proxy.address}")
        self.fill(self.address["broker"])

    def fill(self, broker):
        """Topic old: offsets 100..250. Group behind: committed; group busy: has a member."""
        self.run(f"seq 250 | kreel produce old -q -b {broker}")
        self.run(f"kreel topics trim old --to 100 --yes -b {broker}")
        self.run(f"kreel consume old -g behind -n 1 -q -b {broker}")
        member = subprocess.Popen([self.kreel, "consume", "old", "-g", "busy", "-b", broker],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.stops.append(lambda: (member.terminate(), member.wait()))
        end = time.monotonic() + 20
        while not re.search("stable", self.run(f"kreel groups list -b {broker} -o csv"), re.I):
            if time.monotonic() > end or member.poll() is not None:
                raise RuntimeError("the member of group busy did not join")
            time.sleep(0.05)

    def run(self, command):
        env = dict(os.environ, PATH=os.path.dirname(self.kreel) + ":/usr/bin:/bin")
        return subprocess.run(["/bin/bash", "-c", "set -o pipefail; " + command], env=env, text=True,
                              check=True, stdout=subprocess.PIPE, timeout=30).stdout

    def add(self, name, peer):
        self.address[name] = peer.address
        self.stops.append(peer.close)

    def add_broker(self, name, flags, kind="--ephemeral"):
        broker = Broker(self.kreel, flags, kind)
        self.stops.append(broker.stop)
        self.brokers[name] = broker
        self.address[name] = broker.address
        return broker.address

    def stop(self):
        for stop in reversed(self.stops):
            stop()
        self.stops = []

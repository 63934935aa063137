"""A broker under attack, and a client beside it that has to be served all the time."""

import os
import pathlib
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "integration"))

from broker import Broker  # noqa: E402, F401
from wire import Connection, record_batch  # noqa: E402, F401

SLOW_S = 120
LOGIN = ('org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b" '
         'user_app="pencil";')


class Attacked:
    """One listener for the canary, and one for strangers, who have to log in by PLAIN."""

    def __init__(self, kreel, directory, *options, protocol="SASL_PLAINTEXT"):
        # What ASan keeps of freed memory is not what the broker takes.
        os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=16:" + os.environ.get("ASAN_OPTIONS", "")
        self.kreel = kreel
        self.broker = Broker(kreel, directory, flush="os", options=[
            "--listen", f"{protocol}://127.0.0.1:0", "-c", "sasl.enabled.mechanisms=PLAIN",
            "-c", f"listener.name.{protocol.lower()}.plain.sasl.jaas.config={LOGIN}",
            "-c", "connection.failed.authentication.delay.ms=0", "--topics", "canary:1", *options])
        self.broker.start()
        self.broker.wait_ready(SLOW_S)
        with open(self.broker.ready_path, encoding="utf-8") as ready:
            known, strangers = ready.read().split()
        self.known, self.strangers = (("127.0.0.1", int(each.split(":")[1])) for each in (known, strangers))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.broker.kill()

    def memory_bytes(self, name):
        with open(f"/proc/{self.broker.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith(name + ":"))

    def begin_peak(self):
        with open(f"/proc/{self.broker.process.pid}/clear_refs", "w", encoding="utf-8") as file:
            file.write("5")

    def check_end(self):
        """It lives, stops cleanly (so without a leak), and no sanitizer has said a word."""
        assert self.broker.process.poll() is None, f"the broker has died:\n{self.broker.log_tail()}"
        code = self.broker.stop(SLOW_S)
        with open(self.broker.log_path, encoding="utf-8", errors="replace") as log:
            reports = [line for line in log if "Sanitizer" in line or "runtime error" in line]
        assert code == 0 and not reports, f"exit code {code}\n{''.join(reports)}{self.broker.log_tail()}"


class Canary:
    """Writes one record after the other, over one connection, and measures how long each takes."""

    def __init__(self, attacked, pause_s=0.0):
        self.attacked, self.pause_s = attacked, pause_s
        self.connection = Connection(attacked.known[1])
        self.took_s, self.problem, self.ends = [], None, False
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        self.thread.join()

    def run(self):
        try:
            while not self.ends:
                begun = time.monotonic()
                self.connection.produce("canary", 0, b"alive", 1_700_000_000_000 + len(self.took_s))
                self.took_s.append(time.monotonic() - begun)
                time.sleep(self.pause_s)
        except (OSError, RuntimeError) as problem:
            self.problem = problem

    def check(self):
        """All that was acknowledged can be read."""
        assert self.problem is None, f"the canary was not served: {self.problem}\n{self.attacked.broker.log_tail()}"
        assert self.took_s, "the canary was not served at all"
        host, port = self.attacked.known
        read = subprocess.run([self.attacked.kreel, "consume", "canary", "--until", "end", "-b", f"{host}:{port}"],
                              capture_output=True, check=True, timeout=SLOW_S).stdout.splitlines()
        assert read.count(b"alive") >= len(self.took_s), f"{len(read)} records of {len(self.took_s)}"


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def framed_replies(connection):
    """Each with its size."""
    data = b""
    while True:
        while len(data) < 4 or len(data) < (size := 4 + int.from_bytes(data[:4], "big")):
            part = connection.recv(65536)
            if not part:
                return
            data += part
        yield data[:size]
        data = data[size:]

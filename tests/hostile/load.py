#!/usr/bin/env python3
"""Clients that cost a broker more than they should, beside one that works: thousands of idle connections, senders of a
byte now and then, fetchers that never read, and new connections without end. The one that works is served all the time,
and how long its slowest requests take is told as a ratio to a quiet broker (at most 2 on a machine with nothing else to
do). A short form without KREEL_LONG=1, which has the counts of the table.

  load.py --kreel PATH"""

import argparse
import multiprocessing
import os
import resource
import socket
import struct
import subprocess
import tempfile
import threading
import time

from frames import framed
from served import SLOW_S, Attacked, Canary, quantile

LONG = os.environ.get("KREEL_LONG") == "1"
IDLE, SLOW, FETCHERS, PER_SECOND = (5_000, 500, 200, 1_000) if LONG else (300, 40, 20, 200)
MEASURED_S = 20 if LONG else 0.5
BYTE_EVERY_S = 5
VERSIONS = framed(struct.pack(">hhih", 18, 0, 1, -1))


def fetch_request():
    """Fetch 4 of 50 MiB at most from the start of topic full."""
    body = struct.pack(">iiiib", -1, 0, 1, 50 << 20, 0) + struct.pack(">i", 1) + b"\0\4full" + \
        struct.pack(">iiqi", 1, 0, 0, 50 << 20)
    return framed(struct.pack(">hhih", 1, 4, 1, -1) + body)


class Connections:
    """A kind of clients; all are there when it is entered, and go when it is left."""

    def __init__(self, attacked):
        self.attacked, self.sockets, self.ends = attacked, [], threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.connect()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()
        for each in self.sockets:
            each.close()

    def open(self, address):
        made = socket.create_connection(address, timeout=SLOW_S)
        self.sockets.append(made)
        return made

    def connect(self):
        """Those that are there from the start."""

    def run(self):
        """What they do."""

    def still_open(self):
        return sum(not has_ended(each) for each in self.sockets)


def has_ended(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class Idle(Connections):
    """Who is known and silent."""

    def connect(self):
        for _ in range(IDLE):
            self.open(self.attacked.known).sendall(VERSIONS)
        for each in self.sockets:
            assert each.recv(65536), "an idle client was not answered"


class Slow(Connections):
    """A byte of a request every five seconds: half of them known, the others never get to log in."""

    def connect(self):
        for number in range(SLOW):
            self.open(self.attacked.known if number % 2 else self.attacked.strangers)

    def run(self):
        at = 0
        while True:
            for each in self.sockets:
                try:
                    each.sendall(VERSIONS[at % len(VERSIONS):][:1])
                except OSError:
                    pass  # a stranger has ten seconds
            at += 1
            if self.ends.wait(BYTE_EVERY_S if LONG else 0.1):
                return


class Fetchers(Connections):
    """They ask for 50 MiB again and again, and read nothing."""

    def connect(self):
        for _ in range(FETCHERS):
            made = self.open(self.attacked.known)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            made.sendall(fetch_request() * 3)


class Storm(Connections):
    """New connections, a second's worth of them each second. From a process of their own: a thread would keep the canary
    waiting for Python instead of for the broker."""

    def connect(self):
        self.made = multiprocessing.Value("q", 0)
        self.process = multiprocessing.Process(target=self.make, daemon=True)
        self.process.start()

    def __exit__(self, *unused):
        self.process.terminate()
        self.process.join()
        super().__exit__(*unused)

    def make(self):
        begun = time.monotonic()
        while True:
            if self.made.value > (time.monotonic() - begun) * PER_SECOND:
                time.sleep(0.001)
                continue
            with socket.socket() as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.connect(self.attacked.strangers if self.made.value % 2 else self.attacked.known)
            self.made.value += 1


def measure(attacked):
    """The canary's 99th percentile in ms."""
    with Canary(attacked, 0.002) as canary:
        time.sleep(MEASURED_S)
        # On a loaded machine, too, until it was served.
        end = time.monotonic() + SLOW_S
        while len(canary.took_s) < 20 and canary.problem is None and time.monotonic() < end:
            time.sleep(0.01)
    canary.check()
    return quantile(canary.took_s, 0.99) * 1e3


def fill(attacked):
    host, port = attacked.known
    lines = b"x" * 1000 + b"\n"
    subprocess.run([attacked.kreel, "produce", "full", "-q", "-b", f"{host}:{port}"],
                   input=lines * (60_000 if LONG else 5_000), check=True, timeout=SLOW_S)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kreel", required=True)
    kreel = os.path.abspath(parser.parse_args().kreel)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="kreel-load-") as directory, \
            Attacked(kreel, directory, "--topics", "full:1") as attacked:
        fill(attacked)
        quiet = measure(attacked)
        print(f"quiet: p99 {quiet:.2f} ms")
        for kind in (Idle, Slow, Fetchers, Storm):
            before = attacked.memory_bytes("VmRSS")
            with kind(attacked) as clients:
                loaded = measure(attacked)
                rise = attacked.memory_bytes("VmRSS") - before
                open_now = clients.still_open()
                if kind is Idle:
                    assert open_now == IDLE, f"{open_now} of {IDLE} idle clients are there"
            count = clients.made.value if kind is Storm else f"{open_now} of {len(clients.sockets)} still open"
            print(f"{kind.__name__.lower()}: p99 {loaded:.2f} ms, {loaded / quiet:.2f} x, memory + {rise >> 10} KiB, "
                  f"{count}", flush=True)
        attacked.check_end()


main()

#!/usr/bin/env python3
"""What `kreel serve` tells systemd (sd_notify): READY=1 when it serves and never else, STOPPING=1 on SIGTERM.

  notify.py --kreel PATH"""

import argparse
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import uuid

from records import Kreel

WAIT_S = 60
RECORDS = 200


class Manager:
    """The end that systemd has."""

    def __init__(self, address):
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address.replace("@", "\0", 1) if address.startswith("@") else address)

    def next(self):
        assert select.select([self.socket], [], [], WAIT_S)[0], "nothing was told"
        return self.socket.recv(4096)

    def rest(self):
        """What has been told besides; complete once the broker is gone."""
        told = []
        while select.select([self.socket], [], [], 0)[0]:
            told.append(self.socket.recv(4096))
        return told


def check(name, actual, expected):
    assert actual == expected, f"{name}: {actual!r}, expected {expected!r}"
    print(f"{name}: {actual!r}")


class Serve:
    def __init__(self, kreel, directory, notify, *words):
        self.ready = os.path.join(directory, f"ready-{uuid.uuid4().hex}")
        self.process = subprocess.Popen(
            [kreel, "serve", "-q", "--listen", "127.0.0.1:0", "--ready-file", self.ready, *words],
            env=dict(os.environ, NOTIFY_SOCKET=notify, TMPDIR=directory), stdin=subprocess.DEVNULL)

    def address(self):
        with open(self.ready, encoding="utf-8") as file:
            return file.read().strip()

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(WAIT_S)


def serves(binary, directory, manager):
    """READY=1 comes once, with all that --seed loads there; then nothing until the end."""
    seed = os.path.join(directory, "seed.jsonl")
    with open(seed, "w", encoding="utf-8") as file:
        file.writelines(json.dumps({"topic": "seeded", "partition": 0, "value": str(i)}) + "\n" for i in range(RECORDS))
    kreel = Kreel(binary, directory)
    served = Serve(binary, directory, manager.address, "--ephemeral", "--seed", seed)
    try:
        check("once it serves", manager.next(), b"READY=1")
        records = kreel("consume", "seeded", "--until", "end", "-b", served.address())
        check("records that were there then", records.count(b"\n"), RECORDS)
        check("nothing more while it serves", manager.rest(), [])
        check("exit after SIGTERM", served.end(), 0)
        check("when it stops", manager.rest(), [b"STOPPING=1"])
    finally:
        served.process.kill()


def does_not_serve(binary, directory, manager):
    data = os.path.join(directory, "data")
    first = Serve(binary, directory, manager.address, "--data-dir", data)
    try:
        check("the first on its directory", manager.next(), b"READY=1")
        for name, words, code in (("a directory that is in use", ("--data-dir", data), 7),
                                  ("a port that is in use", ("--ephemeral", "--listen", first.address()), 3),
                                  ("a setting that is none", ("--ephemeral", "--config", "num.partitons=1"), 2),
                                  ("a seed that cannot be read", ("--ephemeral", "--seed", directory + "/none"), 9)):
            check(name, Serve(binary, directory, manager.address, *words).process.wait(WAIT_S), code)
            check("tells nothing", manager.rest(), [])
        check("exit after SIGKILL", first.end(signal.SIGKILL), -signal.SIGKILL)
        check("which tells nothing", manager.rest(), [])
    finally:
        first.process.kill()


def nobody_listens(binary, directory):
    for address in ("", directory + "/nobody", "@nobody-" + uuid.uuid4().hex, directory + "/" + "x" * 200):
        served = Serve(binary, directory, address, "--ephemeral", "--", "true")
        check(f"served with NOTIFY_SOCKET of {len(address)} bytes", served.process.wait(WAIT_S), 0)


def run(binary):
    with tempfile.TemporaryDirectory(prefix="kreel-notify-") as directory:
        for address in (os.path.join(directory, "notify"), "@kreel-notify-" + uuid.uuid4().hex):
            manager = Manager(address)
            serves(binary, directory, manager)
        does_not_serve(binary, directory, manager)
        nobody_listens(binary, directory)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kreel", required=True)
    run(os.path.abspath(parser.parse_args().kreel))

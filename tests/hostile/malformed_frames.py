#!/usr/bin/env python3
"""Frames that are wrong in one place each, before and after a login, over loopback: the broker lives, a client beside
them is served all the time, and memory rises by less than 64 MiB. With KREEL_LONG=1 all of them, more than 45,000.

  malformed_frames.py --kreel PATH"""

import argparse
import concurrent.futures
import errno
import os
import socket
import struct
import tempfile

from frames import framed, malformed
from schema import Writer, requests
from served import SLOW_S, Attacked, Canary, record_batch

AT_ONCE = 4
RISE_BYTES = 64 << 20
# A prime, so that each kind of mistake is among those that are taken.
STRIDE = 1 if os.environ.get("KREEL_LONG") == "1" else 41
HANDSHAKE = framed(struct.pack(">hhih", 17, 1, 1, -1) + b"\0\5PLAIN")
AUTHENTICATE = framed(struct.pack(">hhih", 36, 0, 2, -1) + struct.pack(">i", 11) + b"\0app\0pencil")


LOGIN_REPLY = (framed(struct.pack(">ihi", 1, 0, 1) + b"\0\5PLAIN") +
               framed(struct.pack(">ihhi", 2, 0, -1, 0)))


def log_in(connection):
    connection.sendall(HANDSHAKE + AUTHENTICATE)
    answer = b""
    while len(answer) < len(LOGIN_REPLY) and (part := connection.recv(len(LOGIN_REPLY) - len(answer))):
        answer += part
    assert answer == LOGIN_REPLY, f"the login does not work: {answer}"


def throw(address, frame, logs_in):
    """Returns when the broker has closed the connection, as it has to when it has all that there is."""
    with socket.create_connection(address, timeout=SLOW_S) as connection:
        if logs_in:
            log_in(connection)
        try:
            connection.sendall(frame)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except OSError as problem:
            if problem.errno not in (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN):
                raise


def whole_ones_are_answered(address, records):
    """So what is wrong with the others is what was made wrong."""
    for message in requests():
        for version in message.versions:
            with socket.create_connection(address, timeout=SLOW_S) as connection:
                log_in(connection)
                connection.sendall(framed(bytes(Writer(message, version, records).out)))
                assert connection.recv(4), f"{message.name} {version} is not answered"


def attack(address, frames, logs_in):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(lambda frame: throw(address, frame, logs_in), frames):
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kreel", required=True)
    kreel = os.path.abspath(parser.parse_args().kreel)
    records = record_batch(b"value", 1_700_000_000_000)
    frames = list(malformed(records))[::STRIDE]
    with tempfile.TemporaryDirectory(prefix="kreel-frames-") as directory, Attacked(kreel, directory) as attacked:
        whole_ones_are_answered(attacked.strangers, records)
        with Canary(attacked, 0.001) as canary:
            attack(attacked.strangers, frames[::50], True)
            before = attacked.memory_bytes("VmRSS")
            attacked.begin_peak()
            for logs_in in (False, True):
                attack(attacked.strangers, frames, logs_in)
            rise = attacked.memory_bytes("VmHWM") - before
        canary.check()
        attacked.check_end()
    print(f"{2 * len(frames)} malformed frames, memory + {rise / (1 << 20):.1f} MiB; the canary was served "
          f"{len(canary.took_s)} times, at worst in {max(canary.took_s) * 1e3:.0f} ms")
    assert rise < RISE_BYTES, f"memory rose by {rise} bytes"


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Requests that are well formed and mean nothing: every field has any value, the least and the largest, none and null,
names that exist and names that cannot. The broker lives, and a client beside them is served all the time. With
KREEL_LONG=1 thirty times as many.

  strange_requests.py --kreel PATH [--seed N]"""

import argparse
import concurrent.futures
import contextlib
import os
import random
import struct
import tempfile

from frames import framed
from malformed_frames import throw
from schema import FIXED, Writer, requests
from served import Attacked, Canary, record_batch

AT_ONCE = 4
COUNT = 450_000 if os.environ.get("KREEL_LONG") == "1" else 15_000
TOPIC = "strange"
TEXTS = (b"", TOPIC.encode(), b"1", b"group", b"consumer", b"retention.ms", b"__consumer_offsets", b"a.b", b"x" * 300,
         "\u00e9".encode())
NUMBERS = (-1, 0, 1, 2, 3, 4, 8, 32, -2, -3, 100, 6000)
RECORDS = record_batch(b"value", 1_700_000_000_000)
BYTES = (b"", b"\0", b"\0\1\0\0\0\1\0\1a\0\0\0\0", b"\xff" * 20)


class Stranger(Writer):
    """A few values, again and again in one request, so that they meet."""

    def __init__(self, message, version, chance):
        self.chance = chance
        self.few_texts = chance.sample(TEXTS, 2)
        self.few_numbers = chance.sample(NUMBERS, 3)
        super().__init__(message, version, b"")

    def value(self, kind, plain_length=False):
        compact = self.flexible and not plain_length
        if kind == "string":
            self.sized("varint" if compact else "int16", self.chance.choice(self.few_texts))
        elif kind in ("bytes", "records"):
            values = BYTES if kind == "bytes" else (RECORDS, RECORDS, RECORDS[:-1], b"")
            self.sized("varint" if compact else "int32", self.chance.choice(values))
        elif kind in ("bool", "uuid", "float64"):
            self.out += self.chance.choice((b"\0", b"\1")) * FIXED[kind]
        else:
            least = -1 << (8 * FIXED[kind] - 1)
            number = self.chance.choice((*self.few_numbers, least, ~least)[:self.chance.choice((3, 3, 3, 5))])
            self.out += max(least, min(number, ~least)).to_bytes(FIXED[kind], "big", signed=True)

    def field(self, one):
        count = 1
        if one.is_array:
            count = self.chance.choice((0, 1, 1, 2, 3))
            self.mark("varint" if self.flexible else "int32", count + self.flexible)
        for _ in range(count):
            if one.type == "struct":
                self.struct(one.fields)
            else:
                self.value(one.type, one.plain_length)

    def nullable(self, one):
        if one.nullable > self.version or self.chance.random() < 0.7:
            return super().nullable(one)
        if one.type == "struct" and not one.is_array:
            self.out += b"\xff"
        elif self.flexible and not one.plain_length:
            self.out += b"\0"
        else:
            self.out += struct.pack(">h" if one.type == "string" and not one.is_array else ">i", -1)


def strange(seed, count=COUNT):
    chance = random.Random(seed)
    known = requests()
    for _ in range(count):
        message = chance.choice(known)
        yield framed(bytes(Stranger(message, chance.choice(message.versions), chance).out))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    options = ("--topics", f"{TOPIC}:2", "-c", "group.min.session.timeout.ms=1")
    with tempfile.TemporaryDirectory(prefix="kreel-strange-") as directory, \
            Attacked(os.path.abspath(arguments.kreel), directory, *options) as attacked:
        with Canary(attacked, 0.01) as canary, concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            # Why nobody is let in any more is told by the canary.
            with contextlib.suppress(ConnectionRefusedError):
                for _ in pool.map(lambda frame: throw(attacked.known, frame, False), strange(arguments.seed)):
                    pass
        canary.check()
        attacked.check_end()
    print(f"{COUNT} strange requests; the canary was served {len(canary.took_s)} times")


if __name__ == "__main__":
    main()

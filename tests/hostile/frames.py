"""Requests that are wrong in one place each."""

import struct

from schema import Writer, requests, varint

INT32_MAX = (1 << 31) - 1
OVERLONG = b"\xff" * 10
BAD_UTF8 = b"\xff\xfe\xc0\x80\xed\xa0\x80"


def framed(frame, size=None):
    return struct.pack(">i", len(frame) if size is None else size) + frame


def lies(mark, frame):
    """What a size or a count may say in place of the truth, as bytes, and how long the truth is."""
    rest = len(frame) - mark.end if mark.end < len(frame) else len(frame) - mark.at
    values = (-2, -1, 0, 1, rest, rest + 1, INT32_MAX)
    if mark.kind == "varint":
        width = 1
        while frame[mark.at + width - 1] & 0x80:
            width += 1
        told = [varint(max(0, value) + more) for value in values for more in (0, 1)]
        return {*told, OVERLONG, b"\x80" * 4 + b"\0"}, width
    code, width, most = (">h", 2, (1 << 15) - 1) if mark.kind == "int16" else (">i", 4, INT32_MAX)
    return {struct.pack(code, min(value, most)) for value in values}, width


def wrong_in_one_place(writer):
    frame = bytes(writer.out)
    for length in range(len(frame)):
        yield framed(frame[:length])
    for mark in writer.marks:
        told, width = lies(mark, frame)
        for lie in sorted(told - {frame[mark.at:mark.at + width]}):
            yield framed(frame[:mark.at] + lie + frame[mark.at + width:])
    for at in writer.texts:
        yield framed(frame[:at] + BAD_UTF8 + frame[at + len(BAD_UTF8):])
    # Bytes behind the end, and a frame that says another size than it has.
    yield framed(frame + b"\0")
    yield framed(frame + b"\xff" * 64)
    for size in (-1, 0, len(frame) - 1, len(frame) + 1, 1 << 20, 100 << 20, INT32_MAX, -INT32_MAX - 1):
        yield framed(frame, size)
    # A header that is another one's.
    for key, version in ((frame[:2], 99), (frame[:2], -1), (b"\x7f\xff", 0), (b"\xff\xff", 0), (b"\0\4", 0)):
        yield framed(key + struct.pack(">h", version) + frame[4:])
    yield framed(frame[:8] + struct.pack(">h", -1) + frame[10 + len(b"client"):])


def strangers():
    """Who speaks something else."""
    yield b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64
    yield b"SSH-2.0-OpenSSH_9.2\r\n"
    yield b"\0"
    yield b"\0\0\0"


def malformed(records):
    """All of them, always in the same order."""
    yield from strangers()
    for message in requests():
        for version in message.versions:
            yield from wrong_in_one_place(Writer(message, version, records))

"""Kafka's messages from tests/golden/protocol_schema.txt: instances of them as bytes, with the places of everything that
a receiver has to distrust."""

import pathlib
import re
import struct
from dataclasses import dataclass, field

TABLE = pathlib.Path(__file__).parent.parent / "golden" / "protocol_schema.txt"
NEVER = 1 << 15
FIXED = {"bool": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "float64": 8, "uuid": 16}
TEXT = b"strange"


@dataclass
class Field:
    name: str
    type: str
    is_array: bool
    versions: tuple
    nullable: int = NEVER
    tag: int = -1
    plain_length: bool = False
    fields: list = field(default_factory=list)

    def is_in(self, version):
        return self.versions[0] <= version <= self.versions[1]


@dataclass
class Message:
    name: str
    key: int
    versions: range
    flexible: int
    fields: list = field(default_factory=list)


@dataclass
class Mark:
    """A size or a count in front of `behind` bytes of the message; `kind` is how it is written."""
    at: int
    kind: str
    end: int = 0


def version_range(text):
    first, _, last = text.rstrip("+").partition("-")
    return int(first), NEVER if text.endswith("+") else int(last or first)


def read_field(words):
    made = Field(words[0], words[1].removeprefix("[]"), words[1].startswith("[]"), version_range(words[2]))
    for word in words[3:]:
        name, _, value = word.partition("=")
        if name == "nullable":
            made.nullable = int(value.rstrip("+"))
        elif name == "tag":
            made.tag = int(value)
        elif name == "plain_length":
            made.plain_length = True
    return made


def requests():
    """Every request that is in the table."""
    found, key, nests = [], 0, []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if api := re.match(r"# \w+ (\d+)$", line):
            key = int(api[1])
        elif head := re.match(r"(\w+) (\d+)(?:-(\d+))?(?: flexible=(\d+)\+)?", line):
            last = int(head[3] or head[2])
            message = Message(head[1], key, range(int(head[2]), last + 1), int(head[4] or NEVER))
            nests = [message]
            if message.name.endswith("Request"):
                found.append(message)
        elif line.startswith("  "):
            depth = (len(line) - len(line.lstrip())) // 2
            made = read_field(line.split())
            del nests[depth:]
            nests[-1].fields.append(made)
            nests.append(made)
    return found


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


class Writer:
    """One request with its header; one element in each array, nothing null."""

    def __init__(self, message, version, records):
        self.out, self.marks, self.texts = bytearray(), [], []
        self.version, self.records = version, records
        self.flexible = version >= message.flexible
        # ApiVersions alone says in a form that everybody reads which version it has.
        self.out += struct.pack(">hhi", message.key, version, 1)
        self.sized("int16", b"client", is_text=True)
        if self.flexible:
            self.no_tags()
        self.struct(message.fields)

    def mark(self, kind, value):
        self.marks.append(Mark(len(self.out), kind))
        self.out += varint(value) if kind == "varint" else struct.pack({"int16": ">h", "int32": ">i"}[kind], value)
        return self.marks[-1]

    def sized(self, kind, content, is_text=False):
        mark = self.mark(kind, len(content) + (kind == "varint"))
        if is_text:
            self.texts.append(len(self.out))
        self.out += content
        mark.end = len(self.out)

    def no_tags(self):
        self.mark("varint", 0).end = len(self.out)

    def value(self, kind, plain_length=False):
        compact = self.flexible and not plain_length
        if kind == "string":
            self.sized("varint" if compact else "int16", TEXT, is_text=True)
        elif kind in ("bytes", "records"):
            self.sized("varint" if compact else "int32", self.records if kind == "records" else b"\0\1\0\1")
        else:
            self.out += (1).to_bytes(FIXED[kind], "big")

    def field(self, one):
        if one.is_array:
            mark = self.mark("varint" if self.flexible else "int32", 2 if self.flexible else 1)
        if one.type == "struct":
            self.struct(one.fields)
        else:
            self.value(one.type, one.plain_length)
            if one.name == "replica_id":
                self.out[-FIXED[one.type]:] = b"\xff" * FIXED[one.type]  # a consumer
        if one.is_array:
            mark.end = len(self.out)

    def struct(self, fields):
        here = [one for one in fields if one.is_in(self.version)]
        for one in here:
            if one.tag < 0:
                self.nullable(one)
        if not self.flexible:
            return
        tagged = sorted((one for one in here if one.tag >= 0), key=lambda one: one.tag)
        count = self.mark("varint", len(tagged))
        for one in tagged:
            self.out += varint(one.tag)
            inner = len(self.out)
            marks, texts = len(self.marks), len(self.texts)
            self.field(one)
            content = bytes(self.out[inner:])
            # The size stands in front, so what was written moves.
            del self.out[inner:]
            shift = len(varint(len(content)))
            self.mark("varint", len(content)).end = len(self.out) + len(content)
            self.marks.insert(marks, self.marks.pop())
            for mark in self.marks[marks + 1:]:
                mark.at, mark.end = mark.at + shift, mark.end + shift
            self.texts[texts:] = [text + shift for text in self.texts[texts:]]
            self.out += content
        count.end = len(self.out)

    def nullable(self, one):
        if one.type == "struct" and not one.is_array and one.nullable <= self.version:
            self.out += b"\1"
        self.field(one)

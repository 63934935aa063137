#!/usr/bin/env python3
"""Every command that connects, against brokers that lie: replies that are cut off, that count what is not there, null
where nothing may be, swapped, or noise. A command ends with a code of its own and a message, never by a signal, and
never without end (librdkafka#5577). With KREEL_LONG=1 each command meets each lie at several places, more than 1,000 runs.

  lying_broker.py --kreel PATH"""

import argparse
import concurrent.futures
import itertools
import os
import pathlib
import queue
import random
import re
import shlex
import socket
import struct
import subprocess
import tempfile
import threading

from served import SLOW_S, Broker, framed_replies

SOURCE = pathlib.Path(__file__).parent.parent.parent
LONG = os.environ.get("KREEL_LONG") == "1"
AT_ONCE = 3
PATIENT_S = 30
# How many replies are left as they are before the first lie: later ones are about topics and groups.
PLACES = range(8) if LONG else (0, 2, 1, 3)
UNTOUCHED = {"serve", "demo", "errors", "version", "segments dump", "segments verify", "segments repair", "certs gen",
             "certs show", "config show", "config profiles", "fault add", "fault list", "fault clear", "install-links", "completion",
             "man"}
PATIENCE = "--timeout 1s"
# As typed, without -b. Those by librdkafka parse what it parses.
COMMANDS = {
    "topics create": f"new -p 2 {PATIENCE}", "topics list": PATIENCE, "topics describe": f"orders {PATIENCE}",
    "topics alter": f"orders --set retention.ms=3600000 {PATIENCE}", "topics delete": f"gone --yes {PATIENCE}",
    "topics trim": f"orders --to start --yes {PATIENCE}",
    "groups list": PATIENCE, "groups describe": f"g {PATIENCE}", "groups lag": f"g {PATIENCE}",
    "groups members": f"g {PATIENCE}", "groups delete": f"nobody --yes {PATIENCE}",
    "offsets show": f"orders {PATIENCE}", "offsets reset": f"g --to start --yes {PATIENCE}",
    "offsets rewind": f"g --by 1 --yes {PATIENCE}", "offsets undo": f"--dry-run {PATIENCE}",
    "offsets export": f"g {PATIENCE}", "offsets delete": f"g -t orders --yes {PATIENCE}",
    "txns list": PATIENCE, "txns describe": f"t {PATIENCE}", "txns abort": f"t --yes {PATIENCE}",
    "txns find-hanging": PATIENCE, "cluster": PATIENCE,
    "wait broker": PATIENCE, "wait topic": f"later {PATIENCE}", "wait group-empty": f"g {PATIENCE}",
    "wait lag": f"g --below 1 {PATIENCE}",
    "users add": f"u --password env:HOME {PATIENCE}", "users list": PATIENCE, "users delete": f"u --yes {PATIENCE}",
    "quotas set": f"--user u producer_byte_rate=1MB {PATIENCE}", "quotas list": PATIENCE,
    "quotas delete": f"--user u --yes {PATIENCE}",
    "acls add": f"--allow u --op read --topic orders {PATIENCE}", "acls list": PATIENCE,
    "acls delete": f"--principal u --yes {PATIENCE}", "acls check": f"u read topic:orders {PATIENCE}",
    "certs check": f"AT {PATIENCE}", "top": f"--samples 1 -o json {PATIENCE}", "doctor": PATIENCE,
}
BY_LIBRDKAFKA = {
    "produce": f"orders {PATIENCE}", "consume": f"orders --until end {PATIENCE}", "cp": f"orders copy {PATIENCE}",
    "pipe": f"orders piped --until end {PATIENCE} -- cat", "wait record": f"orders --value never {PATIENCE}",
    "bench produce": f"-n 10 {PATIENCE}", "bench consume": f"-t orders -n 3 {PATIENCE}",
    "bench latency": f"-n 3 {PATIENCE}",
}


def cut_off(reply, chance):
    return struct.pack(">i", max(4, at := chance.randrange(4, len(reply) + 1) - 4)) + reply[4:4 + max(4, at)]


def overwritten(*values):
    """One of these in place of four bytes somewhere behind the correlation id."""
    def change(reply, chance):
        at = chance.randrange(8, max(9, len(reply) - 3))
        return reply[:at] + chance.choice(values) + reply[at + 4:]
    return change


def flipped(reply, chance):
    out = bytearray(reply)
    for _ in range(1 + len(out) // 40):
        at = chance.randrange(8, len(out))
        out[at] ^= 1 << chance.randrange(8)
    return bytes(out)


def noise(reply, chance):
    return reply[:8] + chance.randbytes(len(reply) - 8)


LIES = {
    "cut off": cut_off,
    "longer than it is": lambda reply, chance: struct.pack(">i", chance.choice((-1, 0, 1 << 20, (1 << 31) - 1))) + reply[4:],
    "null": overwritten(b"\xff\xff\xff\xff", b"\0\0\0\0"),
    "many": overwritten(b"\x7f\xff\xff\xff", b"\0\1\0\0", b"\xff\xff\xff\x7f"),
    "flipped": flipped,
    "noise": noise,
    "of another request": lambda reply, chance: reply[:4] + struct.pack(">i", chance.choice((-1, 0, 7, 1 << 30))) + reply[8:],
    "empty": lambda reply, chance: struct.pack(">i", 4) + reply[4:8],
}


class LyingBroker:
    """A broker that works, and between it and its clients somebody who changes what it says."""

    def __init__(self, kreel, directory):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.server.getsockname()[1]}"
        self.lock, self.left, self.lie, self.chance = threading.Lock(), 0, None, random.Random(0)
        os.makedirs(directory)
        self.broker = Broker(kreel, directory, flush="os", options=[
            "--topics", "orders:2,copy:2,piped:2", "-c", f"advertised.listeners=PLAINTEXT://{self.address}",
            "--acl", "--super-user", "ANONYMOUS"])
        self.broker.start()
        self.broker.wait_ready(SLOW_S)
        threading.Thread(target=self.accept, daemon=True).start()

    def lie_by(self, lie, after, seed):
        with self.lock:
            self.left, self.lie, self.chance = after, lie, random.Random(seed)

    def change(self, reply):
        with self.lock:
            self.left -= 1
            return self.lie(reply, self.chance) if self.lie and self.left < 0 and len(reply) > 8 else reply

    def accept(self):
        while True:
            client = self.server.accept()[0]
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            with client, socket.create_connection(("127.0.0.1", self.broker.port)) as broker:
                threading.Thread(target=self.forward, args=(client, broker), daemon=True).start()
                for reply in framed_replies(broker):
                    client.sendall(self.change(reply))
        except OSError:
            pass

    @staticmethod
    def forward(client, broker):
        try:
            while data := client.recv(65536):
                broker.sendall(data)
            broker.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def check_table():
    """Each command is in one of the tables."""
    names = re.findall(r"^KREEL_COMMAND(?:_ALONE)?\((\w+)(?:, (\w+))?\)$",
                       (SOURCE / "apps/commands/commands.def").read_text(encoding="utf-8"), re.M)
    commands = {f"{group} {name}".strip().replace("_", "-") for group, name in names}
    tables = [UNTOUCHED, set(COMMANDS), set(BY_LIBRDKAFKA)]
    known = set().union(*tables)
    assert commands == known, f"in no table: {commands - known}; in one for nothing: {known - commands}"
    assert sum(map(len, tables)) == len(known), "in two tables"


def environment(directory):
    return dict(os.environ, XDG_STATE_HOME=os.path.join(directory, "state"))


def prepare(kreel, broker, directory):
    """A group with commits, and an undo file."""
    def run(words, lines=b""):
        subprocess.run([kreel, *words, "-b", broker.address], input=lines, check=True, cwd=directory, timeout=SLOW_S,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(directory))

    run(["produce", "orders"], b"1\n2\n3\n")
    run(["consume", "orders", "-g", "g", "--until", "end"])
    run(["offsets", "reset", "g", "--to", "start", "--yes"])


def meet(kreel, broker, case, directory):
    """What is wrong with the end of one command; None for nothing."""
    name, words, lie, after = case
    broker.lie_by(LIES[lie], after, f"{name} {lie} {after}")
    command = [kreel, *name.split(), *shlex.split(words.replace("AT", broker.address))]
    place = command.index("--") if "--" in command else len(command)
    command[place:place] = ["-b", broker.address] if "AT" not in words else []
    what = f"{shlex.join(command[1:])} after {after} replies, then {lie}"
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=directory, env=environment(directory)) as process:
        try:
            out, said = process.communicate(b"x\n", timeout=PATIENT_S)
        except subprocess.TimeoutExpired:
            # Who waits for records goes on while he is answered, and ends when he is told to.
            process.terminate()
            try:
                process.communicate(timeout=SLOW_S)
            except subprocess.TimeoutExpired:
                process.kill()
                return f"{what}: no end after SIGTERM"
            return None if name in BY_LIBRDKAFKA and process.returncode == 143 else f"{what}: no end by itself"
        finally:
            broker.lie_by(None, 0, 0)
    said = said.decode(errors="replace")
    if "Sanitizer" in said or "runtime error" in said or not 0 <= process.returncode < 15:
        return f"{what}: {process.returncode}\n{said[-3000:]}"
    if process.returncode != 0 and not re.search(r'^kreel: |"errors":', said, re.M) and not out:
        return f"{what}: {process.returncode}, and not a word"
    return None


def cases(commands):
    """All of them, or for each command another lie at another place."""
    if LONG:
        return [(name, words, lie, after) for (name, words), lie, after in
                itertools.product(commands.items(), LIES, PLACES)]
    lies, places = itertools.cycle(LIES), itertools.cycle(PLACES)
    return [(name, words, next(lies), next(places)) for name, words in commands.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kreel", required=True)
    kreel = os.path.abspath(parser.parse_args().kreel)
    check_table()
    wanted = cases(COMMANDS | BY_LIBRDKAFKA)
    brokers = queue.Queue()
    with tempfile.TemporaryDirectory(prefix="kreel-lying-") as directory:
        os.environ.update(HOME=directory, ASAN_OPTIONS="exitcode=99:detect_leaks=0:" + os.environ.get("ASAN_OPTIONS", ""))
        os.environ.pop("KREEL_BROKERS", None)
        all_brokers = [LyingBroker(kreel, os.path.join(directory, str(number))) for number in range(AT_ONCE)]
        try:
            for number, broker in enumerate(all_brokers):
                prepare(kreel, broker, os.path.join(directory, str(number)))
                brokers.put((broker, os.path.join(directory, str(number))))

            def run(case):
                broker, home = brokers.get()
                try:
                    return meet(kreel, broker, case, home)
                finally:
                    brokers.put((broker, home))

            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                problems = [problem for problem in pool.map(run, wanted) if problem]
        finally:
            for broker in all_brokers:
                broker.broker.kill()
    print(f"{len(wanted)} runs against lying brokers, {len(problems)} problems")
    assert not problems, "\n\n".join(problems[:10])


main()

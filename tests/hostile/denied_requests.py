#!/usr/bin/env python3
"""Well-formed requests with arbitrary fields by somebody who has logged in and has no right: through TLS and SASL, at a
broker with ACLs. Afterwards all is as it was before, and no reply named what the sender did not name himself. With
KREEL_LONG=1 thirty times as many.

  denied_requests.py --kreel PATH [--seed N]"""

import argparse
import concurrent.futures
import os
import socket
import ssl
import struct
import subprocess
import tempfile

from malformed_frames import AUTHENTICATE, HANDSHAKE, LOGIN_REPLY
from served import SLOW_S, Attacked, framed_replies
from strange_requests import TOPIC, strange

AT_ONCE = 4
COUNT = 120_000 if os.environ.get("KREEL_LONG") == "1" else 4_000
# Long enough for an answer; what waits longer waits on purpose.
PATIENCE_S = 0.3
SECRET = b"hidden"
LAST = 0x7FABCDEF
# ApiVersions of version 0: what comes before its answer is the answer to the request in question.
FULL_STOP = struct.pack(">ihhih", 10, 18, 0, LAST, -1)


class Powerless:
    """Logs in again whenever the broker has had enough."""

    def __init__(self, address, authority):
        self.address = address
        self.context = ssl.create_default_context(cafile=authority)
        self.connection = None
        self.logins = 0

    def connect(self):
        self.connection = self.context.wrap_socket(socket.create_connection(self.address, timeout=SLOW_S),
                                                   server_hostname="localhost")
        self.connection.sendall(HANDSHAKE + AUTHENTICATE)
        answer = b""
        while len(answer) < len(LOGIN_REPLY) and (part := self.connection.recv(len(LOGIN_REPLY) - len(answer))):
            answer += part
        assert answer == LOGIN_REPLY, f"the login does not work: {answer}"
        self.logins += 1
        self.connection.settimeout(PATIENCE_S)

    def disconnect(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def ask(self, frame):
        """What came back, until the broker closes or says nothing more."""
        if self.connection is None:
            self.connect()
        said = b""
        try:
            self.connection.sendall(frame + FULL_STOP)
            for reply in framed_replies(self.connection):
                said += reply
                if reply[4:8] == struct.pack(">i", LAST):
                    return said
        except (TimeoutError, ConnectionError, ssl.SSLError):
            pass
        self.disconnect()
        return said


class Everything:
    """All that somebody with every right can see."""

    def __init__(self, kreel, address):
        self.kreel, self.address = kreel, f"{address[0]}:{address[1]}"

    def run(self, *words, stdin=b""):
        done = subprocess.run([self.kreel, *words], input=stdin, capture_output=True, check=False, timeout=SLOW_S)
        assert done.returncode == 0, f"{words}: {done.stdout + done.stderr}"
        return done.stdout

    def at(self, *words, stdin=b""):
        return self.run(*words, "-q", "-b", self.address, stdin=stdin)

    def plant(self):
        for name in (TOPIC, "hidden-topic"):
            if name != TOPIC:
                self.at("topics", "create", name)
            self.at("produce", name, stdin=b"hidden-record\n" * 3)
            self.at("produce", name, "--txn", name, stdin=b"hidden-record\n")
            self.at("users", "add", name, "--password", "cmd:echo hidden")
            self.at("quotas", "set", "--user", name, "producer_byte_rate=12345")
            self.at("acls", "add", "--allow", f"hidden-{name}", "--op", "read", "--topic", "hidden-topic")
        for group in ("group", "hidden-group"):
            self.at("consume", TOPIC, "-g", group, "-n", "2", "--commit")

    def seen(self):
        views = [self.at(*words.split(), "-o", "json") for words in (
            "topics list", f"topics describe {TOPIC} hidden-topic", "groups list", "offsets show", "users list",
            "acls list", "quotas list", "txns list")]
        views += [self.at("consume", topic, "--until", "end", "-o", "jsonl") for topic in (TOPIC, "hidden-topic")]
        views += [self.run("kafka-configs", "--bootstrap-server", self.address, "--describe", "--entity-type", kind)
                  for kind in ("brokers", "topics", "users", "clients", "ips", "groups")]
        return views


def attack(stranger, frames):
    leaks = []
    for frame in frames:
        said = stranger.ask(frame)
        if SECRET in said:
            leaks.append((frame, said))
    stranger.disconnect()
    return leaks


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    kreel = os.path.abspath(arguments.kreel)
    with tempfile.TemporaryDirectory(prefix="kreel-denied-") as directory:
        certificates = os.path.join(directory, "certs")
        subprocess.run([kreel, "certs", "gen", "--out", certificates, "--host", "localhost", "-q"], check=True,
                       stdout=subprocess.DEVNULL, timeout=SLOW_S)
        with open(os.path.join(certificates, "server.properties"), encoding="utf-8") as lines:
            keystore = [word for line in lines if line.startswith("ssl.key") for word in ("-c", line.strip())]
        options = (*keystore, "--acl", "--super-user", "ANONYMOUS", "--topics", f"{TOPIC}:2",
                   "-c", "group.min.session.timeout.ms=1")
        with Attacked(kreel, directory, *options, protocol="SASL_SSL") as attacked:
            everything = Everything(kreel, attacked.known)
            everything.plant()
            before = everything.seen()
            frames = list(strange(arguments.seed, COUNT))
            strangers = [Powerless(attacked.strangers, os.path.join(certificates, "ca.crt")) for _ in range(AT_ONCE)]
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                leaks = [leak for found in pool.map(attack, strangers, (frames[i::AT_ONCE] for i in range(AT_ONCE)))
                         for leak in found]
            assert not leaks, f"{len(leaks)} replies name what nobody asked for: {leaks[0]}"
            for was, now in zip(before, everything.seen(), strict=True):
                assert was == now, f"something has changed, from {was.decode()} to {now.decode()}"
            attacked.check_end()
    print(f"{COUNT} requests that nobody may send, with {sum(each.logins for each in strangers)} logins: no effect, no leak")


if __name__ == "__main__":
    main()

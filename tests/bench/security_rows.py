"""Rows about what protection costs: TLS against OpenSSL alone, ACLs against none, and a client beside those that only
take."""

import contextlib
import os
import pathlib
import re
import resource
import socket
import ssl
import struct
import subprocess
import sys
import time

from brokers import BenchError, Broker, run_load, string
from rows import limit_row, paired, prepare, ratio_row

HOSTILE_LOAD = pathlib.Path(__file__).resolve().parents[1] / "hostile" / "load.py"
ACLS = 10_000


class TlsBroker(Broker):
    """Ready when it takes connections: what follows is not plain text."""

    def __enter__(self):
        return self.start(lambda client: True)


def make_certificates(bench):
    folder = bench.folder / "certs"
    if not folder.exists():
        subprocess.run([bench.kreel, "certs", "gen", "--host", "127.0.0.1", "--out", folder, "-q"],
                       check=True, capture_output=True)
    return folder


def tls_reference(bench, *options):
    certs = make_certificates(bench)
    return TlsBroker(lambda port, _: [bench.programs / "tls", "serve", f"127.0.0.1:{port}", "--certs", certs,
                                      *map(str, options)], bench.folder / f"broker-{time.monotonic_ns()}")


def tls_floor(bench):
    """OpenSSL alone, and floor's work behind it."""
    certs = make_certificates(bench)
    return TlsBroker(lambda port, data: [bench.programs / "tls", "serve", f"127.0.0.1:{port}", "--certs", certs,
                                         "--dir", data], bench.folder / f"broker-{time.monotonic_ns()}")


def tls_subject(bench, *options):
    certs = make_certificates(bench)
    return TlsBroker(lambda port, data: [*bench.subject("os")(port, data), "--tls", certs, "--topics", "bench:1",
                                         *options], bench.folder / f"broker-{time.monotonic_ns()}")


def tls_load(bench, broker, mode, *options):
    return run_load(bench.programs / "tls", mode, f"127.0.0.1:{broker.port}", *options)


def per_cpu_s(bench, broker, amount, mode, requests):
    """What the broker gets done in a second of its CPU: `amount` of the load's report."""
    tls_load(bench, broker, mode, "--requests", max(1, requests // 10))
    before = broker.cpu_ns()
    report = tls_load(bench, broker, mode, "--requests", requests)
    return report[amount] / (broker.cpu_ns() - before) * 1e9


def tls_produce(bench):
    requests = (256 << 20 if bench.quick else 1 << 30) // 65536

    def rate(broker):
        with broker:
            return per_cpu_s(bench, broker, "bytes", "produce", requests) / 1e6

    for row_id, reference, what in (("TLS P", tls_reference, "OpenSSL alone"),
                                    ("TLS P floor", tls_floor, "OpenSSL, one CRC and one write")):
        values = paired(bench, lambda reference=reference: rate(reference(bench)), lambda: rate(tls_subject(bench)))
        yield ratio_row(row_id, f"produce by TLS per CPU time, 64 KiB batches (beside {what})", "MB/s", values, 0.85,
                        at_most=False)


def tls_fetch(bench):
    requests = 256 if bench.quick else 1024
    with tls_subject(bench) as subject, tls_reference(bench) as reference:
        tls_load(bench, subject, "produce", "--requests", 32)

        def rate(broker):
            return per_cpu_s(bench, broker, "bytes", "fetch", requests) / 1e6

        values = paired(bench, lambda: rate(reference), lambda: rate(subject))
    yield ratio_row("TLS C", "warm fetch by TLS per CPU time, 1 MiB a reply", "MB/s", values, 0.85, at_most=False)


def tls_handshakes(bench):
    count = 500 if bench.quick else 3000
    with tls_subject(bench) as subject, tls_reference(bench) as reference:

        def rate(broker):
            return per_cpu_s(bench, broker, "requests", "handshakes", count)

        values = paired(bench, lambda: rate(reference), lambda: rate(subject))
    yield ratio_row("TLS shakes", "full P-256 handshakes per CPU time", "1/s", values, 0.8, at_most=False)


def tls_idle(bench):
    """Each connection has asked one thing, and is silent from then on."""
    count = 1000
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    context = ssl.create_default_context(cafile=make_certificates(bench) / "ca.crt")
    question = struct.pack(">ihhih", 10, 18, 0, 1, -1)
    with tls_subject(bench) as broker, contextlib.ExitStack() as connections:

        def connect():
            plain = socket.create_connection(("127.0.0.1", broker.port))
            one = connections.enter_context(context.wrap_socket(plain, server_hostname="127.0.0.1"))
            one.sendall(question)
            if not one.recv(65536):
                raise BenchError("an idle client was not answered")

        connect()
        time.sleep(1)
        before = broker.rss_mib()
        for _ in range(count):
            connect()
        time.sleep(2)
        each = (broker.rss_mib() - before) * 1024 / count
    yield limit_row("TLS idle", f"resident per idle TLS connection, {count:,} of them", "KiB", [each], 48)


def create_acls(rules):
    """CreateAcls version 1: `principal` may write to the topics of this name, or prefix."""
    literal, prefixed, topic, write, allow = 3, 4, 2, 4, 3
    body = b"".join(struct.pack(">b", topic) + string(name) + struct.pack(">b", prefixed if is_prefix else literal) +
                    string(principal) + string("*") + struct.pack(">bb", write, allow)
                    for name, is_prefix, principal in rules)
    return 30, 1, struct.pack(">i", len(rules)) + body


def make_acls(broker):
    """Half of them are of who writes; one in four is for a prefix, and the last one lets him."""
    anonymous = "User:ANONYMOUS"
    rules = [(f"topic-{i}", i % 4 == 0, anonymous if i % 2 else f"User:user-{i}") for i in range(ACLS - 1)]
    rules.append(("bench", False, anonymous))
    client = broker.client()
    for at in range(0, ACLS, 1000):
        reply = client.ask(create_acls(rules[at:at + 1000]))
        reply.get("i")
        for _ in range(reply.get("i")):
            error, text = reply.get("h"), reply.string()
            if error:
                raise BenchError(f"cannot make an ACL: {error} {text}")
    client.close()


def acl_checks(bench):
    requests = 60_000 if bench.quick else 300_000
    # The first start is for who makes the ACLs; who is no super user is asked for his.
    super_user = ("--super-user", "ANONYMOUS")

    def guarded(port, data):
        return [*bench.subject("os")(port, data), "--topics", "bench:1", "--acl", *super_user]

    def cpu_us(broker):
        options = ("--depth", 64)
        bench.load("blast", broker, "--requests", requests // 10, *options)
        before = broker.cpu_ns()
        report = bench.load("blast", broker, "--requests", requests, *options)
        return (broker.cpu_ns() - before) / report["requests"] / 1e3

    with bench.broker(guarded) as subject, bench.broker(bench.subject("os")) as reference:
        prepare(reference)
        make_acls(subject)
        subject.stop()
        super_user = ()
        subject.start()
        values = paired(bench, lambda: cpu_us(reference), lambda: cpu_us(subject))
    yield ratio_row("ACL", f"produce CPU a request, {ACLS:,} ACLs, beside no authorizer", "us", values, 1.03)


def hostile(bench):
    """tests/hostile/load.py as it is: long with --full, for whose counts the table speaks."""
    done = subprocess.run([sys.executable, HOSTILE_LOAD, "--kreel", bench.kreel], capture_output=True, text=True,
                          timeout=900, check=False,
                          env={**os.environ, "KREEL_LONG": "" if bench.quick else "1"})
    if done.returncode != 0:
        raise BenchError(f"load.py: {done.stderr[-2000:]}")
    quiet = float(re.search(r"^quiet: p99 ([\d.]+) ms", done.stdout, re.MULTILINE).group(1))
    for kind, loaded in re.findall(r"^(\w+): p99 ([\d.]+) ms, ", done.stdout, re.MULTILINE):
        yield ratio_row(f"H {kind}", f"canary's p99 beside {WHAT_TAKES[kind]}, and alone", "ms",
                        ([quiet], [float(loaded)]), 2)


WHAT_TAKES = {"idle": "idle connections", "slow": "senders of a byte now and then",
              "fetchers": "fetchers that do not read", "storm": "new connections"}

# As rows.ROWS.
ROWS = {
    "TLS": ((tls_produce, tls_fetch, tls_handshakes, tls_idle), False),
    "ACL": ((acl_checks,), False),
    "H": ((hostile,), False),
}

#!/usr/bin/env python3
"""`kreel serve --metrics`: what it serves is Prometheus' text format, has every family, and moves with the work.

  metrics.py --kreel PATH"""

import argparse
import contextlib
import json
import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.request

from broker import Broker, free_port
from exposition import parse
from records import Kreel
from wire import Connection

BY_API = {"kreel_requests_total", "kreel_request_errors_total", "kreel_request_bytes_total",
          "kreel_response_bytes_total", "kreel_request_seconds"}
BY_PARTITION = {"kreel_log_start_offset", "kreel_log_end_offset", "kreel_log_size_bytes"}
BY_GROUP = {"kreel_group_committed_offset", "kreel_group_lag"}
OF_ALL = {"kreel_connections_total", "kreel_connections_open", "kreel_malformed_requests_total",
          "kreel_unsupported_requests_total", "kreel_records_produced_total",
          "kreel_record_bytes_produced_total", "kreel_record_bytes_fetched_total", "kreel_fetch_sessions",
          "kreel_compaction_passes_total", "kreel_compaction_read_bytes_total",
          "kreel_compaction_written_bytes_total", "kreel_compaction_removed_records_total",
          "kreel_compaction_failures_total", "kreel_disk_available_bytes", "kreel_request_memory_bytes", "process_resident_memory_bytes"}
TOPIC = "orders"
GROUP = 'a "quoted\\ group}\nof two lines'
WAIT_S = 60


class Scrape:
    def __init__(self, address):
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=WAIT_S) as reply:
            kind = reply.headers["Content-Type"]
            assert kind.startswith("text/plain"), kind
            self.families = parse(reply.read().decode("utf-8"))

    def one(self, name, **labels):
        """The sum of a family's samples with these labels; 0 when there are none."""
        family = self.families.get(name.removesuffix("_count"))
        if family is None:
            return 0
        return sum(value for (sample, row), value in family.series.items()
                   if sample == name and labels.items() <= dict(row).items())

    def rows(self, name, *labels):
        return {tuple(dict(row)[label] for label in labels): value
                for (_, row), value in self.families[name].series.items()}


def equal(expected, actual, what):
    assert expected == actual, f"{what}: {actual!r}, expected {expected!r}"


def scrape_until(address, condition, what):
    """A request counts a moment after its reply is on its way."""
    end = time.monotonic() + WAIT_S
    while True:
        scrape = Scrape(address)
        if condition(scrape):
            return scrape
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.02)


def families_are_there(address):
    """As soon as it serves, and before any topic or group."""
    families = Scrape(address).families
    equal(set(), OF_ALL - families.keys(), "families that are missing")
    for name, family in families.items():
        if name.startswith("kreel_"):
            equal("counter" if name.endswith("_total") else "histogram" if name.endswith("_seconds") else "gauge",
                  family.type, f"type of {name}")
    assert Scrape(address).one("process_resident_memory_bytes") > 1 << 20


def records_move_them(kreel, broker, address):
    kreel("topics", "create", TOPIC, "-p", "2", "-b", broker.address)
    lines = b"".join(b"value-%d\n" % i for i in range(30))
    for partition, text in ((0, lines), (1, lines[:len("value-0\n") * 5])):
        kreel("produce", TOPIC, "-p", str(partition), "-b", broker.address, stdin=text)
    scrape = scrape_until(address, lambda s: s.one("kreel_request_seconds_count", api="Produce") >= 2, "Produce")
    equal(35, scrape.one("kreel_records_produced_total"), "records")
    equal(set(), BY_API - scrape.families.keys(), "families that are missing")
    for name in BY_API - {"kreel_request_seconds", "kreel_request_errors_total"}:
        assert scrape.one(name, api="Produce") > 0, name
    equal(0, scrape.one("kreel_request_errors_total", api="Produce"), "errors")
    ends = scrape.rows("kreel_log_end_offset", "topic", "partition")
    equal((30, 5), (ends[TOPIC, "0"], ends[TOPIC, "1"]), "ends")
    sizes = scrape.rows("kreel_log_size_bytes", "topic", "partition")
    assert sizes[TOPIC, "0"] > sizes[TOPIC, "1"] > 5 * len("value-0"), sizes
    equal(sizes[TOPIC, "0"] + sizes[TOPIC, "1"], scrape.one("kreel_record_bytes_produced_total"), "bytes")


def errors_count(broker, address):
    connection = Connection(broker.port)
    scrape_until(address, lambda s: s.one("kreel_connections_open") == 1, "one connection is open")
    try:
        connection.produce("no-such-topic", 0, b"x", 1)
        raise AssertionError("a record went into a topic that there is not")
    except RuntimeError as error:
        assert "error 3" in str(error), error
    scrape_until(address, lambda s: s.one("kreel_request_errors_total", api="Produce") == 1, "an error is counted")
    connection.socket.sendall(b"\x7f\xff\xff\xff")
    scrape = scrape_until(address, lambda s: s.one("kreel_connections_open") == 0, "nonsense closes its connection")
    equal(1, scrape.one("kreel_malformed_requests_total"), "malformed requests")


def lag_follows_the_group(kreel, broker, address):
    def lag_by_command():
        rows = json.loads(kreel("groups", "lag", GROUP, "-o", "json", "-b", broker.address))["items"]
        # A partition that nobody has committed has no series.
        return {(row["group"], row["topic"], str(row["partition"])): (row["committed"], row["lag"])
                for row in rows if row["committed"] is not None}

    def by_metrics(scrape):
        if not BY_GROUP <= scrape.families.keys():
            return {}
        labels = "group", "topic", "partition"
        lag, committed = (scrape.rows(name, *labels) for name in ("kreel_group_lag", "kreel_group_committed_offset"))
        return {key: (committed[key], value) for key, value in lag.items()}

    def check():
        expected = lag_by_command()
        assert expected, "nothing is committed"
        scrape_until(address, lambda s: by_metrics(s) == expected, f"committed and lag {expected}")
        return sum(lag for _, lag in expected.values())

    consume = ("consume", TOPIC, "-g", GROUP, "--commit", "-q", "-b", broker.address)
    kreel(*consume, "-n", "12")
    assert check() > 0, "no lag after 12 of 35"
    kreel("produce", TOPIC, "-p", "1", "-b", broker.address, stdin=b"one more\n")
    check()
    kreel(*consume, "--until", "end")
    equal(0, check(), "lag at the end")
    fetched = Scrape(address).one("kreel_record_bytes_fetched_total")
    assert fetched >= Scrape(address).one("kreel_record_bytes_produced_total"), fetched
    kreel("topics", "trim", TOPIC + ":0", "--to", "20", "--yes", "-b", broker.address)
    starts = Scrape(address).rows("kreel_log_start_offset", "topic", "partition")
    equal((20, 0), (starts[TOPIC, "0"], starts[TOPIC, "1"]), "starts")
    kreel("groups", "delete", GROUP, "--yes", "-b", broker.address)
    equal(set(), BY_GROUP & Scrape(address).families.keys(), "families of a group that is gone")


def the_port_is_told(binary, directory):
    broker = Broker(binary, directory, flush="os", options=("--metrics", "127.0.0.1:0"))
    broker.start()
    try:
        broker.wait_ready()
        deadline = time.monotonic() + WAIT_S
        while not (told := re.search("metrics on http://(.*)/metrics\n", broker.log_tail())):
            assert time.monotonic() < deadline, broker.log_tail()
            time.sleep(0.05)
        assert "kreel_connections_open" in Scrape(told[1]).families, told[1]
        equal(0, broker.stop(), "exit after SIGTERM")
    finally:
        broker.kill()


def the_idle_hold_up_nobody(address):
    host, port = address.split(":")
    with contextlib.ExitStack() as idle:
        for start in (b"", b"", b"GET /metrics HTTP/1.1\r\n"):
            idle.enter_context(socket.create_connection((host, int(port)))).sendall(start)
        begun = time.monotonic()
        Scrape(address)
        took_s = time.monotonic() - begun
    assert took_s < 4, f"{took_s:.1f} s beside three who say nothing"


def addresses_that_cannot_be(binary, taken, home):
    for address, code, why in ((taken, 3, f"cannot listen on {taken}: the port is in use\n"), ("nonsense", 2, "has no port")):
        command = [binary, "serve", "--listen", "127.0.0.1:0", "--metrics", address, "--data-dir", home + "/none"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
        equal(code, done.returncode, f"exit with --metrics {address}")
        assert why in done.stderr and done.stderr.count("\n") <= 2, done.stderr
        assert not os.path.exists(home + "/none"), "a directory was made"


def run(binary):
    with tempfile.TemporaryDirectory(prefix="kreel-metrics-") as home:
        address = f"127.0.0.1:{free_port()}"
        kreel, broker = Kreel(binary, home), Broker(binary, home, flush="os", options=("--metrics", address))
        broker.start()
        try:
            broker.wait_ready()
            scrape_until(address, lambda s: "kreel_connections_open" in s.families, "the broker's families")
            families_are_there(address)
            records_move_them(kreel, broker, address)
            errors_count(broker, address)
            lag_follows_the_group(kreel, broker, address)
            addresses_that_cannot_be(binary, address, home)
            the_idle_hold_up_nobody(address)
            equal(0, broker.stop(), "exit after SIGTERM")
        finally:
            broker.kill()
    with tempfile.TemporaryDirectory(prefix="kreel-metrics-") as directory:
        the_port_is_told(binary, directory)
    print("every family is there, and moves")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kreel", required=True)
    run(os.path.abspath(parser.parse_args().kreel))

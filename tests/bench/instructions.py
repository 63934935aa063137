#!/usr/bin/env python3
"""Counts the user-space instructions of one request, with callgrind.

Produce of one record: two runs of different length are subtracted, so start and stop do not count; for floor as well,
and for kreel with 10,000 ACLs, and with 64 requests under way.
Other requests, of kreel alone: callgrind's counters are cleared before a series of them and written out after it.
Instructions do not depend on how busy the machine is: that makes them the gate. Exits 1 when a broker is over its
budget in budgets.json.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import requests
from brokers import BenchError, Broker, run_load
from security_rows import make_acls

PIPELINED = 64  # requests under way at once
HERE = pathlib.Path(__file__).resolve().parent


def collected(command, blast, requests, folder, prepare, depth):
    """All instructions of a broker that served this many requests, on what `prepare` has put into its folder."""
    prepare(folder)
    out = folder / "callgrind.out"

    def under_callgrind(port, data):
        return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command(port, data)]

    with Broker(under_callgrind, folder) as broker:
        client = broker.client()
        if "bench" not in client.topics_with_leader():
            client.create(["bench"], 1)
        client.close()
        run_load(blast, f"127.0.0.1:{broker.port}", "--requests", requests, "--depth", depth, "--check", 1)
        broker.stop()
        log = (folder / "stderr.txt").read_text(errors="replace")
    found = re.findall(r"Collected : (\d+)", log)
    if not found:
        raise BenchError(f"callgrind says nothing: {log[-500:]}")
    return int(found[-1])


def per_request(command, blast, few, many, prepare=lambda folder: None, depth=1):
    counts = []
    for requests in (few, many):
        with tempfile.TemporaryDirectory(prefix="kreel-bench-") as folder:
            counts.append(collected(command, blast, requests, pathlib.Path(folder) / "broker", prepare,
                                    depth))
    return (counts[1] - counts[0]) / (many - few)


def fill_with_acls(command, folder):
    """A super user makes them, who is none afterwards."""
    broker = Broker(lambda port, data: [*command(port, data), "--super-user", "ANONYMOUS", "--topics", "bench:1"], folder)
    broker.start()
    make_acls(broker)
    broker.stop()


def control(broker, order):
    done = subprocess.run(["callgrind_control", order, str(broker.process.pid)],
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0 or "OK." not in done.stdout:
        raise BenchError(f"callgrind_control {order}: {done.stdout}{done.stderr}")


def per_api(command, blast, count):
    """(name, instructions per request) of each kind of request, all on one connection to one broker."""
    with tempfile.TemporaryDirectory(prefix="kreel-bench-") as name:
        folder = pathlib.Path(name)

        def under_callgrind(port, data):
            return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", *command(port, data)]

        with Broker(under_callgrind, folder / "broker") as broker:
            client = broker.client()
            client.create(["bench"], 1)
            run_load(blast, f"127.0.0.1:{broker.port}", "--requests", 1, "--check", 1)
            for name, request in requests.prepare(client, "bench"):
                for _ in range(20):
                    client.ask(request)
                control(broker, "--zero")
                for _ in range(count):
                    client.ask(request)
                control(broker, "--dump=" + name)
                newest = max(folder.glob("out.*"), key=lambda path: path.stat().st_mtime_ns)
                totals = re.findall(r"^totals: (\d+)", newest.read_text(), re.MULTILINE)
                yield name, sum(map(int, totals)) / count
            client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="folder of floor and blast")
    parser.add_argument("--kreel", type=pathlib.Path, help="the kreel binary; without it only floor")
    parser.add_argument("--requests", type=int, default=3000, help="length of the longer run")
    options = parser.parse_args()
    brokers = {"floor": lambda port, data: [
        options.programs / "floor", f"127.0.0.1:{port}", "--dir", data]}
    if options.kreel:
        brokers["kreel"] = lambda port, data: [
            options.kreel, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", data, "--flush", "os"]

    budgets = json.loads((HERE / "budgets.json").read_text())
    blast = options.programs / "blast"
    counts = {name: [("produce_one_record", per_request(command, blast, options.requests // 6, options.requests))]
              for name, command in brokers.items()}
    if options.kreel:
        guarded = lambda port, data: [*brokers["kreel"](port, data), "--acl"]  # noqa: E731
        counts["kreel"].append(("produce_one_record_acls", per_request(
            guarded, blast, options.requests // 6, options.requests, lambda folder: fill_with_acls(guarded, folder))))
        counts["kreel"].append(("produce_pipelined", per_request(
            brokers["kreel"], blast, options.requests // 2, options.requests * 4, depth=PIPELINED)))
        counts["kreel"] += per_api(brokers["kreel"], blast, options.requests // 6)
    over = False
    for broker, of_broker in counts.items():
        for request, count in of_broker:
            budget = budgets[broker][request]
            over = over or count > budget
            verdict = "OVER BUDGET" if count > budget else "within budget"
            print(f"{broker}: {request}: {count:.0f} instructions, budget {budget}: {verdict}")
    return 1 if over else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BenchError, OSError, subprocess.SubprocessError) as error:
        sys.exit(f"instructions.py: {error}")

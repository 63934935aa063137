#!/usr/bin/env python3
"""Counts the user-space instructions of one one-record Produce request, with callgrind.

Two runs of different length are subtracted, so start and stop do not count. Instructions do not depend on how
busy the machine is: that makes them the gate. Exits 1 when a broker is over its budget in budgets.json.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from brokers import BenchError, Broker, run_load

HERE = pathlib.Path(__file__).resolve().parent


def collected(command, blast, requests, folder):
    """All instructions of a broker that served this many requests."""
    out = folder / "callgrind.out"

    def under_callgrind(port, data):
        return ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *command(port, data)]

    with Broker(under_callgrind, folder) as broker:
        client = broker.client()
        if "bench" not in client.topics_with_leader():
            client.create(["bench"], 1)
        client.close()
        run_load(blast, f"127.0.0.1:{broker.port}", "--requests", requests, "--check", 1)
        broker.stop()
        log = (folder / "stderr.txt").read_text(errors="replace")
    found = re.findall(r"Collected : (\d+)", log)
    if not found:
        raise BenchError(f"callgrind says nothing: {log[-500:]}")
    return int(found[-1])


def per_request(command, blast, few, many):
    counts = []
    for requests in (few, many):
        with tempfile.TemporaryDirectory(prefix="kreel-bench-") as folder:
            counts.append(collected(command, blast, requests, pathlib.Path(folder) / "broker"))
    return (counts[1] - counts[0]) / (many - few)


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
    over = False
    for name, command in brokers.items():
        count = per_request(command, options.programs / "blast", options.requests // 6, options.requests)
        budget = budgets[name]["produce_one_record"]
        verdict = "no budget" if budget is None else "within budget" if count <= budget else "OVER BUDGET"
        over = over or verdict == "OVER BUDGET"
        print(f"{name}: {count:.0f} instructions per one-record Produce, budget {budget}: {verdict}")
    return 1 if over else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BenchError, OSError, subprocess.SubprocessError) as error:
        sys.exit(f"instructions.py: {error}")

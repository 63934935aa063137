#!/usr/bin/env python3
"""A file much larger than memory goes in and out again: the memory of client and broker stays what it is.

  big_file.py --kreel PATH [--mib N]       KREEL_LONG=1 in the environment: 4 GiB"""

import argparse
import os
import subprocess
import tempfile
import time

from broker import Broker

# Far less than the file.
CLIENT_MIB = 128  # a queue of 64, and what is on its way into it and out of it
BROKER_MIB = 100
WAIT_S = 550
BLOCK_LINES = 1024


def write_lines(path, mib):
    """Lines of 1 KiB, each with its number; one partition gives them back in order."""
    with open(path, "wb") as file:
        for block in range(mib):
            file.write(b"".join(b"%0*d\n" % (1023, block * BLOCK_LINES + i) for i in range(BLOCK_LINES)))


def peak_mib(process):
    """Waits for a process that succeeds; its largest resident size."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{process.args}: exit {process.returncode}"
    return usage.ru_maxrss / 1024


def peak_of_running(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(status.read().split("VmHWM:")[1].split()[0]) / 1024


def check(what, peak, limit):
    print(f"{what}: {peak:.0f} MiB at most, limit {limit} MiB", flush=True)
    assert peak <= limit, f"{what} grew to {peak:.0f} MiB"


def run(kreel, mib):
    with tempfile.TemporaryDirectory(prefix="kreel-big-") as directory:
        path = os.path.join(directory, "lines")
        write_lines(path, mib)
        broker = Broker(kreel, directory, flush="os", options=("--topics", "big:1"))
        broker.start()
        try:
            broker.wait_ready()
            began = time.monotonic()
            with open(path, "rb") as lines:
                produce = subprocess.Popen([kreel, "produce", "big", "-q", "-b", broker.address], stdin=lines)
                check(f"produce of {mib} MiB", peak_mib(produce), CLIENT_MIB)
            consume = subprocess.Popen([kreel, "consume", "big", "--until", "end", "-q", "-b", broker.address],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            compare = subprocess.Popen(["cmp", "-", path], stdin=consume.stdout)
            consume.stdout.close()
            check("consume of them", peak_mib(consume), CLIENT_MIB)
            assert compare.wait(WAIT_S) == 0, "other lines came out"
            check("the broker", peak_of_running(broker.process.pid), BROKER_MIB)
            print(f"in and out in {time.monotonic() - began:.1f} s")
            assert broker.stop() == 0, broker.log_tail()
        finally:
            broker.kill()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kreel", required=True)
    parser.add_argument("--mib", type=int, default=4096 if os.environ.get("KREEL_LONG") == "1" else 256)
    arguments = parser.parse_args()
    run(os.path.abspath(arguments.kreel), arguments.mib)

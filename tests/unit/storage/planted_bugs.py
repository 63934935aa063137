#!/usr/bin/env python3
"""Shows that the crash tests find bugs: runs those that are linked with a storage that has the planted
bugs compiled in, once with none, which must pass, and once with each, which must fail.

None of them needs the trace of the broker's system calls: the crash tests find all. With --trace, or
KREEL_TRACE_PLANTED_BUGS=1 (test.sh --long), the whole broker is built a second time, and the trace
has to find the two that it can see. That the trace tells a reply before its sync at all is shown in
every run by trace_sync_test.py, with made-up traces.

  planted_bugs.py --crash-states PATH --source DIR --build DIR [--all] [--trace]"""

import argparse
import os
import re
import subprocess
import sys

BUGS = {
    "skip_sync": "data is not synced",
    "skip_directory_sync": "the directory is not synced after a segment was made",
    "reply_before_durable": "acknowledged before the sync",
    "high_watermark_ahead": "consumers see what is not durable",
    "truncate_in_the_middle": "damage is cut off like a torn tail",
    "keep_torn_tail": "the log goes on in front of what a crash left behind it",
    "skip_log_start_save": "files go before the log start is durable",
    "count_markers_at_once": "the last stable offset moves before the marker is durable",
    "keep_cut_aborts": "an abort whose marker was cut off stays in the index",
    "keep_clean_mark": "the mark of a clean stop stays while the broker runs",
    "skip_compaction_sync": "a compacted segment is not on disk before it counts",
    "skip_compaction_record": "segments are replaced one file after the other",
    "skip_compaction_mark": "an old mark points into a segment that is replaced",
    "compact_unsaved_producers": "batches go that a producer may send again",
    "compact_markers_by_key": "markers of transactions are compacted like records",
    "drop_tombstones_at_once": "a tombstone goes before anybody had time to read it",
}


# Those that a few states find; --all, or KREEL_LONG=1, runs all.
BY_DEFAULT = ("skip_sync", "skip_directory_sync", "reply_before_durable", "high_watermark_ahead",
              "truncate_in_the_middle", "keep_torn_tail", "skip_log_start_save", "count_markers_at_once",
              "keep_clean_mark", "skip_compaction_sync", "skip_compaction_record")
TRACED_BUGS = ("skip_sync", "reply_before_durable")


def trace(arguments, bug):
    script = os.path.join(arguments.source, "tests/integration/trace_sync.py")
    environment = dict(os.environ, KREEL_PLANTED_BUG=bug)
    kreel = os.path.join(arguments.build, "kreel")
    return subprocess.run([sys.executable, "-B", script, "--kreel", kreel, "--messages", "30"],
                          env=environment, capture_output=True, text=True, check=False,
                          timeout=300)


def check_traces(arguments):
    """Returns the number of bugs that the trace did not tell apart from a broker without."""
    failures = 0
    for bug in ("none", *TRACED_BUGS):
        result = trace(arguments, bug)
        as_expected = result.returncode == (0 if bug == "none" else 1)
        failures += 0 if as_expected else 1
        print(f"trace with {bug}: {'as expected' if as_expected else 'WRONG'}: "
              f"{result.stdout.splitlines()[-1] if result.stdout else result.stderr[-200:]}")
    return failures


def build_broker(arguments):
    subprocess.run(["cmake", "-S", arguments.source, "-B", arguments.build, "-G", "Ninja", "-C",
                    os.path.join(arguments.source, "packaging/cmake/dev.cmake"),
                    "-DKREEL_PLANTED_BUGS=ON", "-DCMAKE_UNITY_BUILD=ON"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", arguments.build, "-j2", "kreel"], check=True, stdout=subprocess.DEVNULL)


def run(binary, bug, states):
    environment = dict(os.environ, KREEL_PLANTED_BUG=bug, KREEL_CRASH_STATES=str(states))
    return subprocess.run([binary, "--abort-after=1"], env=environment, capture_output=True, text=True, check=False,
                          timeout=900)


def first_finding(output):
    found = re.search(r"MESSAGE: (.*)", output) or re.search(r"ERROR: (.*)", output)
    return found.group(1)[:150] if found else output[-150:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--crash-states", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--trace", action="store_true",
                        default=os.environ.get("KREEL_TRACE_PLANTED_BUGS") == "1")
    parser.add_argument("--states", type=int)
    parser.add_argument("--all", action="store_true", default=os.environ.get("KREEL_LONG") == "1")
    arguments = parser.parse_args()
    if arguments.states is None:
        arguments.states = 12000 if arguments.all else 3000
    if arguments.trace:
        build_broker(arguments)
    binary = arguments.crash_states
    failures = 0
    clean = run(binary, "none", arguments.states)
    if clean.returncode != 0:
        failures += 1
        print(f"no bug: fails all the same: {first_finding(clean.stdout)}")
    for bug in BUGS if arguments.all else BY_DEFAULT:
        meaning = BUGS[bug]
        result = run(binary, bug, arguments.states)
        if result.returncode == 0:
            failures += 1
            print(f"{bug} ({meaning}): NOT FOUND")
        else:
            print(f"{bug} ({meaning}): found: {first_finding(result.stdout)}", flush=True)
    if arguments.trace:
        failures += check_traces(arguments)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

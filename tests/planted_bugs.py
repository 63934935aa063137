#!/usr/bin/env python3
"""Shows that the tests find bugs: runs binaries that are linked with layers that have planted bugs
compiled in (base/planted_bug.hpp), each bug in the lane that has to find it, and says what it found.
KREEL_LONG=1 (test.sh --long), or --all, runs all, and each lane once with no bug, when it must pass;
else that is shown by the lanes' own tests, and those of the units are left out.

A lane runs as in CI: of the crash states the scenario that meets the bug, with its share of the
states; of the simulation as many seeds; of the unit tests all.

With --trace, or KREEL_TRACE_PLANTED_BUGS=1 (test.sh --long), the whole broker is built a second time,
and the trace of its system calls has to find the two bugs that it can see. That the trace tells a
reply before its sync at all is shown in every run by trace_sync_test.py, with made-up traces.

  planted_bugs.py --lane NAME=BINARY ... --source DIR --build DIR [--all] [--trace] [BUG ...]"""

import argparse
import os
import re
import subprocess
import sys

CRASH_STATES = 10_000
CRASH_STATES_LONG = 50_000
SIM_SEEDS = 400

# name: lane, the scenario of the crash states (or the test case beside them), what is wrong
BUGS = {
    "skip_sync": ("crash", "appends", "data is not synced"),
    "skip_directory_sync": ("crash", "rolls", "the directory is not synced after a segment was made"),
    "reply_before_durable": ("crash", "appends", "acknowledged before the sync"),
    "high_watermark_ahead": ("crash", "appends", "consumers see what is not durable"),
    "truncate_in_the_middle": ("crash", "damage:*", "damage is cut off like a torn tail"),
    "keep_torn_tail": ("crash", "equal batches", "the log goes on in front of what a crash left behind it"),
    "skip_log_start_save": ("crash", "delete records", "files go before the log start is durable"),
    "count_markers_at_once": ("crash", "transactions", "the last stable offset moves before the marker is durable"),
    "keep_cut_aborts": ("crash", "transactions beside snapshots, flush=os",
                        "an abort whose marker was cut off stays in the index"),
    "keep_clean_mark": ("crash", "clean stops", "the mark of a clean stop stays while the broker runs"),
    "skip_compaction_sync": ("crash", "compaction", "a compacted segment is not on disk before it counts"),
    "skip_compaction_record": ("crash", "compaction of several", "segments are replaced one file after the other"),
    "skip_compaction_mark": ("crash", "compaction of several", "an old mark points into a segment that is replaced"),
    "compact_markers_by_key": ("crash", "compacted transactions", "markers of transactions are compacted like records"),
    "drop_tombstones_at_once": ("crash", "compaction", "a tombstone goes before anybody had time to read it"),
    "forget_duplicates": ("crash", "appends", "a batch that is sent again is not known again"),
    "forget_producers": ("crash", "kills", "a start forgets what producers have sent"),
    "hide_aborted": ("crash", "transactions", "consumers are not told what was aborted"),
    "skip_guard": ("storage", None, "a transaction's first batch needs no word of its coordinator"),
    "compact_unsaved_producers": ("storage", None, "batches go that a producer may send again"),
    "fail_open": ("security", None, "where no ACL says anything, everybody may"),
    "skip_nonce_check": ("security", None, "a proof over another nonce than the server's is taken"),
    "skip_journal_sync": ("catalog", None, "a change of the catalog is confirmed before it is on disk"),
    "reuse_producer_ids": ("catalog", None, "producer ids are given out again after a restart"),
    "tell_undurable": ("coordinator", None, "an answer tells what is not on disk yet"),
    "commit_of_old_generation": ("coordinator", None, "a member of a past generation commits"),
    "count_pending_offsets": ("coordinator", None, "offsets of an open transaction count at once"),
    "prepare_before_data": ("coordinator", None, "a transaction is decided before its records are on disk"),
    "end_next_transaction": ("coordinator", None, "a late EndTxn ends the next transaction"),
    "never_time_out": ("coordinator", None, "a transaction that nobody ends stays open"),
    "keep_dead_members": ("coordinator", None, "a member that is gone keeps its partitions"),
    "forget_marker": ("sim", None, "one partition of a transaction gets no marker"),
    "leave_prepared": ("sim", None, "a restart does not go on with a transaction that was decided"),
    "share_epoch": ("sim", None, "a new producer gets the epoch of the one that it replaces"),
    "lose_pending_offsets": ("sim", None, "offsets of a committed transaction are dropped"),
    "keep_late_batches": ("sim", None, "a batch that was under way at its transaction's end is appended after it"),
    "forget_fencing": ("sim", None, "after a restart a producer that was fenced gets the place of the other one"),
    "forget_deleted_producers": ("sim", None, "a producer is forgotten with its records, and sends them again"),
    "shut_out_coordinator": ("sim", None, "an operator's marker shuts out those of the coordinator"),
    "overtake_waiting": ("sim", None, "a Produce overtakes one that waits for the coordinator"),
}

BY_DEFAULT = ("skip_sync", "skip_directory_sync", "reply_before_durable", "high_watermark_ahead",
              "truncate_in_the_middle", "keep_torn_tail", "keep_cut_aborts", "skip_compaction_record", "forget_duplicates", "forget_marker", "leave_prepared",
              "lose_pending_offsets")
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


def run(arguments, lane, bug, scenario=None):
    states = CRASH_STATES_LONG if arguments.all else CRASH_STATES
    environment = dict(os.environ, KREEL_PLANTED_BUG=bug, KREEL_CRASH_STATES=str(states))
    command = [arguments.lanes[lane]]
    if scenario == "damage:*":
        command.append("--test-case=damage:*")
    elif scenario:
        environment["KREEL_CRASH_SCENARIO"] = scenario
        command.append("--test-case=crash:*")
    if lane == "sim":
        environment["KREEL_SIM_SEEDS"] = str(SIM_SEEDS if bug != "none" else 60)
    else:
        command.append("--abort-after=1")
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=1800)


def first_finding(output):
    for pattern in (r"MESSAGE: (.*)", r"TEST CASE: *(.*)", r"(seed \d+ .*:\n.*)"):
        found = re.search(pattern, output)
        if found:
            return " ".join(found.group(1).split())[:150]
    return output[-150:]


def lanes_pass(arguments):
    """Returns the number of lanes that fail without a bug."""
    failures = 0
    for lane in arguments.lanes:
        clean = run(arguments, lane, "none")
        if clean.returncode != 0:
            failures += 1
            print(f"{lane} without a bug: FAILS: {first_finding(clean.stdout)}")
    return failures


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lane", action="append", required=True, metavar="NAME=BINARY")
    parser.add_argument("--source", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--trace", action="store_true",
                        default=os.environ.get("KREEL_TRACE_PLANTED_BUGS") == "1")
    parser.add_argument("--all", action="store_true", default=os.environ.get("KREEL_LONG") == "1")
    parser.add_argument("bugs", nargs="*", metavar="BUG")
    arguments = parser.parse_args()
    arguments.lanes = dict(lane.split("=", 1) for lane in arguments.lane)
    return arguments


def main():
    arguments = read_arguments()
    failures = 0
    if arguments.trace:
        build_broker(arguments)
    if arguments.all and not arguments.bugs:
        failures += lanes_pass(arguments)
    for bug in arguments.bugs or (BUGS if arguments.all else BY_DEFAULT):
        lane, scenario, meaning = BUGS[bug]
        if lane not in arguments.lanes:
            failures += 1
            print(f"{lane}: {bug} ({meaning}): THE LANE IS NOT BUILT")
            continue
        result = run(arguments, lane, bug, scenario)
        found = result.returncode != 0
        failures += 0 if found else 1
        print(f"{lane}: {bug} ({meaning}): {'found: ' + first_finding(result.stdout) if found else 'NOT FOUND'}",
              flush=True)
    if arguments.trace:
        failures += check_traces(arguments)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

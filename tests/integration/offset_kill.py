#!/usr/bin/env python3
"""Kills `kreel offsets` with SIGKILL at every system call that it makes from its first connection on,
one run per call, in the unmodified program. What is left is the old state; or there is an undo file
that restores exactly the old state: offsets, leader epochs, metadata, and nothing where nothing was.

  offset_kill.py --kreel PATH"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

from broker import Broker, free_port

TOPIC, PARTITIONS, RECORDS = "orders", 3, 20
# What can be seen from outside, and waiting for it. Between two of these nothing happens.
CALLS = ["connect", "sendto", "sendmsg", "write", "writev", "recvfrom", "recvmsg", "mkdir", "openat",
         "pwrite64", "fdatasync", "fsync", "unlink", "rename", "exit_group"]
CALL = re.compile(r"^\d+ +(\w+)\(")
# Undo brings its own files into the count of calls; each scenario starts with the same number.
CHANGES = {
    "reset": ["offsets", "reset", "{group}", "-t", TOPIC, "--to", "2", "--yes"],
    "many": ["offsets", "reset", "--groups", "{group}*", "-t", TOPIC, "--to", "2", "--yes"],
    "undo": ["offsets", "undo", "--yes"],
    "delete": ["offsets", "delete", "{group}", "-t", TOPIC, "--yes"],
}


class Failure(Exception):
    pass


class Kreel:
    def __init__(self, binary, address, directory):
        self.binary, self.directory = os.path.abspath(binary), directory
        self.environment = {"PATH": os.environ["PATH"], "KREEL_BROKERS": address,
                            "HOME": directory, "LC_ALL": "C.UTF-8"}

    def run(self, words, state, prefix=()):
        return subprocess.run([*prefix, self.binary, *words], capture_output=True, check=False,
                              timeout=60, stdin=subprocess.DEVNULL,
                              env={**self.environment, "XDG_STATE_HOME": state})

    def __call__(self, words, state="/nonexistent"):
        done = self.run(words, state)
        if done.returncode != 0:
            raise Failure(f"kreel {' '.join(words)}: exit {done.returncode}: {done.stderr.decode()}")
        return done.stdout


class Trial:
    """Two groups of their own, with commits in two of three partitions, and a state directory."""

    def __init__(self, kreel, name):
        self.kreel, self.name = kreel, name
        self.groups = [f"{name}a", f"{name}b"]
        self.state = os.path.join(kreel.directory, "state", name)
        self.undo = os.path.join(self.state, "kreel", "undo")

    def items(self):
        return [{"group": group, "topic": TOPIC, "partition": partition, "committed": 5 + partition,
                 "metadata": f"of {group}"} for group in self.groups for partition in range(2)]

    def prepare(self, change):
        if change == "undo":
            self.kreel(self.command("many"), self.state)
        self.before = self.offsets()

    def command(self, change):
        group = self.name if change == "many" else self.groups[0]
        return [word.format(group=group) for word in CHANGES[change]]

    def offsets(self):
        """Everything that is known of the commits, by group and partition."""
        rows = json.loads(self.kreel(["offsets", "export", f"{self.name}*"]))["items"]
        return {(row["group"], row["partition"]):
                (row["committed"], row["leader_epoch"], row["metadata"]) for row in rows}

    def undo_files(self):
        """The whole ones; a torn one is of a change that never began."""
        found = []
        for name in sorted(os.listdir(self.undo)) if os.path.isdir(self.undo) else []:
            path = os.path.join(self.undo, name)
            try:
                with open(path, encoding="utf-8") as file:
                    json.load(file)
                found.append(path)
            except ValueError:
                pass
        return found


def wait_until_idle(metrics_port):
    """Until the broker has seen the end of the killed program's connections, so that what that had
    sent is done or lost."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=10) as reply:
            text = reply.read().decode()
        if re.search(r"^kreel_connections_open(\{\})? 0(\.0)?$", text, re.MULTILINE):
            return
        time.sleep(0.01)
    raise Failure("connections stay open")


def steps_of(trace):
    """(call, how manieth of its name) from the first connection on."""
    counts, steps, connected = {}, [], False
    with open(trace, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            found = CALL.match(line)
            if not found:
                continue
            name = found.group(1)
            counts[name] = counts.get(name, 0) + 1
            connected = connected or name == "connect"
            if connected:
                steps.append((name, counts[name]))
    return steps


def check(trial, files_before):
    """What a kill may leave. Returns how far the change had come."""
    after = trial.offsets()
    new_files = [path for path in trial.undo_files() if path not in files_before
                 and not path.endswith(".used")]
    if len(new_files) > 1:
        raise Failure(f"{len(new_files)} undo files: {new_files}")
    if not new_files:
        if after != trial.before:
            raise Failure(f"changed to {after} without an undo file")
        return "old, no undo file"
    outcome = "old, undo file" if after == trial.before else "new, undo file"
    trial.kreel(["offsets", "undo", new_files[0], "--yes"], trial.state)
    restored = trial.offsets()
    if restored != trial.before:
        raise Failure(f"{outcome}: restored {restored} instead of {trial.before}")
    return outcome


def run_change(kreel, metrics_port, change, trials, outcomes):
    trace = os.path.join(kreel.directory, f"trace-{change}")
    watch = ["strace", "-f", "-o", trace, "-e", "trace=" + ",".join(CALLS), "-e", "signal=none"]
    trial = trials.pop()
    trial.prepare(change)
    done = kreel.run(trial.command(change), trial.state, watch)
    if done.returncode != 0:
        raise Failure(f"{change}: exit {done.returncode}: {done.stderr.decode()}")
    steps = steps_of(trace)
    if len(steps) < 20:
        raise Failure(f"{change}: only {len(steps)} steps")
    for name, number in steps:
        if not trials:
            raise Failure(f"{change}: more steps than groups were prepared for")
        trial = trials.pop()
        trial.prepare(change)
        files_before = trial.undo_files()
        kreel.run(trial.command(change), trial.state,
                  ["strace", "-f", "-o", "/dev/null", "-e", "trace=" + name,
                   "-e", f"inject={name}:signal=KILL:when={number}"])
        wait_until_idle(metrics_port)
        try:
            outcome = check(trial, files_before)
        except Failure as failure:
            raise Failure(f"{change}, killed at {name} {number}: {failure}") from failure
        outcomes[change, outcome] = outcomes.get((change, outcome), 0) + 1
    return len(steps)


def prepare_trials(kreel, count):
    """All groups by one command."""
    records = os.path.join(kreel.directory, "records")
    with open(records, "w", encoding="utf-8") as file:
        for partition in range(PARTITIONS):
            for i in range(RECORDS):
                file.write(json.dumps({"partition": partition, "value": str(i)}) + "\n")
    kreel(["produce", TOPIC, "--from", "jsonl", "--file", records, "-q"])
    trials = [Trial(kreel, f"g{i:03}") for i in range(count)]
    setup = os.path.join(kreel.directory, "setup.json")
    with open(setup, "w", encoding="utf-8") as file:
        json.dump({"kreel": 1, "kind": "offsets.export", "errors": [],
                   "items": [item for trial in trials for item in trial.items()]}, file)
    kreel(["offsets", "reset", "--from-file", setup, "--allow-new-topics", "--yes", "-q"],
          os.path.join(kreel.directory, "setup-state"))
    return trials


def run(kreel, metrics_port):
    trials = prepare_trials(kreel, 600)
    outcomes, steps = {}, 0
    for change in CHANGES:
        steps += run_change(kreel, metrics_port, change, trials, outcomes)
        for outcome in ("old, no undo file", "old, undo file", "new, undo file"):
            if (change, outcome) not in outcomes:
                raise Failure(f"{change}: no kill left \"{outcome}\": {outcomes}")
    return steps, outcomes


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--kreel", required=True)
    arguments = parser.parse_args()
    if shutil.which("strace") is None:
        print("strace is not installed: nothing was tested")
        return 77
    directory = tempfile.mkdtemp(prefix="kreel-offset-kill-")
    metrics_port = free_port()
    broker = Broker(arguments.kreel, directory, flush="os",
                    options=["--topics", f"{TOPIC}:{PARTITIONS}",
                             "--metrics", f"127.0.0.1:{metrics_port}"])
    broker.start()
    try:
        broker.wait_ready()
        steps, outcomes = run(Kreel(arguments.kreel, broker.address, directory), metrics_port)
    except Failure as failure:
        print(f"{failure}\nkept in {directory}")
        return 1
    finally:
        broker.kill()
    for (change, outcome), count in sorted(outcomes.items()):
        print(f"{change}: {outcome}: {count} kills")
    print(f"killed at each of {steps} system calls")
    shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Tab in bash (with and without the package bash-completion), zsh and fish, on a pseudo-terminal: commands, options,
values, files, profiles, and the topics and groups of a live broker. Names that no shell must run are text. A broker that
is gone, is silent, or lies keeps nobody waiting.

  completion.py --kreel PATH [--only brokers|bash|bash-completion|zsh|fish]      exit 77 without one of the shells"""

import argparse
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import shells

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))
from broker import Broker  # noqa: E402

# Group ids may be anything. Each begins with a letter of its own, which is typed.
ODD_GROUPS = {
    "c": "c$(touch PWNED)`touch PWNED`", "q": "q 'one' \"two\" & three; four | five", "e": "e!! !$ !-1",
    "g": "g*?[a]{b,c}~#", "k": "k:ol:on=x", "s": "s\\back\\\\slash", "u": "uéß日本", "d": "d$HOME ${PATH} %s",
}
# What a shell cannot show, or would read as an option.
HIDDEN_GROUPS = ["n\nline $(touch PWNED)", "n\x1b[2Jescape", "n\ttab", "--yes", "-y"]
# The program itself ends after a tenth of a second; on a machine that is busy one run of several is so fast.
DEADLINE_S, TRIES, NEVER_S = 0.1, 20, 5


class World:
    def __init__(self, kreel, directory):
        self.kreel, self.directory = kreel, str(directory)
        self.broker = Broker(kreel, self.directory, options=("--topics", "orders:1,order-items:1,payments:1"))
        programs = directory / "bin"
        programs.mkdir()
        for name in ("kreel", "kafka-topics", "kafka-consumer-groups.sh"):
            (programs / name).symlink_to(kreel)
        self.environment = {"KREEL_BROKERS": self.broker.address, "PATH": f"{programs}:{os.environ['PATH']}",
                            "XDG_CONFIG_HOME": str(directory / "config")}
        profiles = directory / "config" / "kreel"
        profiles.mkdir(parents=True)
        (profiles / "config").write_text(
            f"[profile prod]\nbootstrap.servers = {self.broker.address}\n[profile preview]\nclient.id = x\n"
            f"[profile asking]\nbootstrap.servers = {self.broker.address}\nsecurity.protocol = SASL_PLAINTEXT\n"
            "sasl.mechanism = PLAIN\nsasl.username = u\nsasl.password = cmd:touch ASKED\n")
        (directory / "records.jsonl").write_text("")
        (directory / "a folder").mkdir()

    def start(self):
        self.broker.start()
        self.broker.wait_ready()
        for group in ["billing", *ODD_GROUPS.values(), *HIDDEN_GROUPS]:
            subprocess.run([self.kreel, "offsets", "reset", "-t", "orders", "--to", "start", "--allow-new-topics",
                            "--yes", "-q", "-b", self.broker.address, "--", group],
                           env={**os.environ, "XDG_STATE_HOME": self.directory}, check=True, capture_output=True,
                           timeout=60)

    def touched(self):
        return [name for name in ("PWNED", "ASKED") if os.path.exists(os.path.join(self.directory, name))]


def completes(shell, line, *expected, tabs=1):
    """Tried again where the broker was too slow for the deadline."""
    for _ in range(10):
        got = shell.words(line, tabs)
        if got == list(expected):
            return
    raise AssertionError(f"{line!r} became {got!r}, not {list(expected)!r}")


def lists(shell, line, *expected, absent=()):
    for _ in range(10):
        shown = shell.listed(line)
        if all(name in shown for name in expected):
            for name in absent:
                assert name not in shown, f"{line!r} offers {name!r}: {shown!r}"
            return
    raise AssertionError(f"{line!r} does not offer {expected!r}: {shown!r}")


def commands_and_options(shell, _world):
    completes(shell, "kreel gr", "kreel", "groups")
    completes(shell, "kreel topics desc", "kreel", "topics", "describe")
    completes(shell, "kreel topic desc", "kreel", "topic", "describe")
    completes(shell, "kreel -q wait group-", "kreel", "-q", "wait", "group-empty")
    lists(shell, "kreel groups ", "lag", "list", "members", absent=["billing"])
    completes(shell, "kreel groups lag --fail", "kreel", "groups", "lag", "--fail-above")
    completes(shell, "kreel groups lag --watch --fail", "kreel", "groups", "lag", "--watch", "--fail")
    lists(shell, "kreel offsets rewind --", "--by", "--dry-run", "--brokers")
    completes(shell, "kreel help offs", "kreel", "help", "offsets")


def values(shell, _world):
    completes(shell, "kreel consume --isolation read_c", "kreel", "consume", "--isolation", "read_committed")
    completes(shell, "kreel consume --isolation=read_c", "kreel", "consume", "--isolation=read_committed")
    completes(shell, "kreel groups lag -o jsonl --columns group,top", "kreel", "groups", "lag", "-o", "jsonl",
              "--columns", "group,topic")
    completes(shell, "kreel consume --from com", "kreel", "consume", "--from", "committed")
    completes(shell, "kreel topics list -P pro", "kreel", "topics", "list", "-P", "prod")
    completes(shell, "kreel topics list -X client.id", "kreel", "topics", "list", "-X", "client.id=")


def apache_tools(shell, world):
    # A script that is found by its name is there after kreel's first Tab.
    completes(shell, "kreel kafka-broker-api-v", "kreel", "kafka-broker-api-versions")
    completes(shell, "kreel kafka-topics --under-r", "kreel", "kafka-topics", "--under-replicated-partitions")
    completes(shell, "kafka-topics --under-r", "kafka-topics", "--under-replicated-partitions")
    servers = ("--bootstrap-server", world.broker.address)
    completes(shell, f"kafka-topics {' '.join(servers)} --topic pay", "kafka-topics", *servers, "--topic", "payments")
    completes(shell, f"kafka-consumer-groups.sh {' '.join(servers)} --group=bil", "kafka-consumer-groups.sh", *servers,
              "--group=billing")
    completes(shell, "kafka-topics --topic pay", "kafka-topics", "--topic", "pay")
    completes(shell, "kafka-topics -- --under-r", "kafka-topics", "--", "--under-r")
    completes(shell, f"kafka-topics {' '.join(servers)} --topic orders,pay", "kafka-topics", *servers, "--topic",
              "orders,payments")
    for typed, group in (("q", "q"), ("'q", "q"), ('"e', "e"), ("k:ol", "k"), ("q\\ ", "q"), ("c", "c")):
        completes(shell, f"kafka-consumer-groups.sh {' '.join(servers)} --describe --group {typed}",
                  "kafka-consumer-groups.sh", *servers, "--describe", "--group", ODD_GROUPS[group])
    completes(shell, f"kafka-consumer-groups.sh {' '.join(servers)} --group=k:ol", "kafka-consumer-groups.sh", *servers,
              f"--group={ODD_GROUPS['k']}")


def files(shell, _world):
    completes(shell, "kreel produce orders --file rec", "kreel", "produce", "orders", "--file", "records.jsonl")
    completes(shell, "kreel produce orders --file=rec", "kreel", "produce", "orders", "--file=records.jsonl")
    shown = shell.words("kreel segments verify a")
    assert shown in (["kreel", "segments", "verify", "a folder"], ["kreel", "segments", "verify", "a folder/"]), shown


def live_names(shell, world):
    completes(shell, "kreel consume pay", "kreel", "consume", "payments")
    lists(shell, "kreel consume ord", "orders", "order-items")
    completes(shell, "kreel consume orders --dead-letter=pay", "kreel", "consume", "orders", "--dead-letter=payments")
    completes(shell, "kreel groups lag bil", "kreel", "groups", "lag", "billing")
    completes(shell, "kreel groups lag -P preview -b 127.0.0.1:1 bil", "kreel", "groups", "lag", "-P", "preview", "-b",
              "127.0.0.1:1", "bil")
    completes(shell, f"kreel groups lag -b {world.broker.address} bil", "kreel", "groups", "lag", "-b",
              world.broker.address, "billing")
    completes(shell, "kreel consume orders -g bil", "kreel", "consume", "orders", "-g", "billing")


def odd_names_are_text(shell, world):
    for letter, group in ODD_GROUPS.items():
        completes(shell, f"kreel groups lag {letter}", "kreel", "groups", "lag", group)
    # Behind an open quote, and with a part that is quoted already.
    for quote in "'\"":
        for letter in "cqes":
            completes(shell, f"kreel groups lag {quote}{letter}", "kreel", "groups", "lag", ODD_GROUPS[letter])
    completes(shell, "kreel groups lag q\\ ", "kreel", "groups", "lag", ODD_GROUPS["q"])
    completes(shell, "kreel groups lag k:ol", "kreel", "groups", "lag", ODD_GROUPS["k"])
    completes(shell, "kreel groups lag -- q", "kreel", "groups", "lag", "--", ODD_GROUPS["q"])
    completes(shell, "kreel groups lag -- --fail", "kreel", "groups", "lag", "--", "--fail")
    completes(shell, "kreel groups lag n", "kreel", "groups", "lag", "n")
    lists(shell, "kreel groups delete --", "--dry-run")
    assert not world.touched(), world.touched()


def no_program_is_run_for_a_password(shell, world):
    completes(shell, "kreel groups lag -P asking bil", "kreel", "groups", "lag", "-P", "asking", "bil")
    assert not world.touched(), world.touched()


@contextlib.contextmanager
def silent_listener():
    """Takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@contextlib.contextmanager
def babbling_listener():
    """Answers with what is no reply of Kafka, and goes on and on."""
    def babble(listener):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(1)
                    for _ in range(1_000):
                        connection.sendall(b"\x00\x00\xff\xff$(touch PWNED)\n" * 1_000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=babble, args=(listener,), daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def nobody_waits_for_a_broker(kreel, world):
    """Measured without a shell: how long the program takes, and that it says nothing."""
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    with silent_listener() as silent, babbling_listener() as babbling, full:
        address = full.getsockname()
        # The queue of this one is full: connecting itself has no answer.
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(address)
        for name, broker in (("dead", "127.0.0.1:1"), ("silent", silent), ("babbling", babbling),
                             ("full", f"127.0.0.1:{address[1]}"),
                             ("unknown", "no-such-host.invalid:9092")):
            times = []
            while len(times) < TRIES and (not times or min(times) > DEADLINE_S):
                started = time.monotonic()
                done = subprocess.run([kreel, "__complete", "zsh", "groups", "lag", "-b", broker, ""],
                                      env={"PATH": os.environ["PATH"], "HOME": world.directory},
                                      capture_output=True, timeout=NEVER_S, check=False)
                times.append(time.monotonic() - started)
                assert done.returncode == 0 and done.stdout == b"words 0\n" and not done.stderr, (name, done)
            print(f"     {name}: {min(times) * 1000:.0f} ms, at most {max(times) * 1000:.0f}")
            # A sanitizer makes the start alone slower than that.
            assert min(times) <= DEADLINE_S or slow_start(kreel), f"{name}: {min(times)} s"
        for filler in fillers:
            filler.close()


def slow_start(kreel):
    started = time.monotonic()
    subprocess.run([kreel, "--version"], check=True, capture_output=True, timeout=60)
    return time.monotonic() - started > 0.02


def a_shell_does_not_hang(shell, _world):
    with silent_listener() as silent:
        for broker in ("127.0.0.1:1", silent):
            started = time.monotonic()
            words = shell.words(f"kreel groups lag -b {broker} bil")
            assert words == ["kreel", "groups", "lag", "-b", broker, "bil"], words
            print(f"     {time.monotonic() - started:.1f} s with typing")


IN_A_SHELL = (commands_and_options, values, apache_tools, files, live_names, odd_names_are_text,
              no_program_is_run_for_a_password, a_shell_does_not_hang)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kreel", required=True, type=pathlib.Path)
    parser.add_argument("--only", choices=["brokers", *shells.SHELLS])
    arguments = parser.parse_args()
    kreel = arguments.kreel.resolve()
    missing = [name for name in ("bash", "zsh", "fish") if shutil.which(name) is None]
    if missing:
        print(f"skipped: no {', '.join(missing)}")
        return 77
    with tempfile.TemporaryDirectory(prefix="kreel-complete-") as name:
        world = World(kreel, pathlib.Path(name))
        world.start()
        try:
            if arguments.only in (None, "brokers"):
                print("nobody waits for a broker")
                nobody_waits_for_a_broker(kreel, world)
            for shell_name, start in shells.SHELLS.items():
                if arguments.only not in (None, shell_name):
                    continue
                shell = start(ROOT, world.environment, world.directory)
                for test in IN_A_SHELL:
                    print(f"{shell_name}: {test.__name__.replace('_', ' ')}", flush=True)
                    test(shell, world)
                shell.close()
        finally:
            world.broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The image without a container engine: its Dockerfile as a list, its entrypoint as a process."""

import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "packaging" / "image" / "Dockerfile"
ENTRYPOINT = ROOT / "packaging" / "image" / "entrypoint.sh"
SETTLE_S = 30


def instructions():
    """(INSTRUCTION, text) for each, lines that go on joined."""
    text = "".join(line for line in DOCKERFILE.read_text(encoding="utf-8").splitlines(True)
                   if not line.startswith("#"))
    return [tuple(line.split(None, 1)) for line in text.replace("\\\n", " ").splitlines() if line]


def health_check():
    text = next(text for name, text in instructions() if name == "HEALTHCHECK")
    return text.split("CMD", 1)[1].strip()


class Ports:
    """A free port for each port that an environment names, and localhost for each host."""

    def __init__(self):
        self.free = {}

    def port(self, port):
        if port not in self.free:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.free[port] = str(probe.getsockname()[1])
        return self.free[port]

    def address(self, host, port):
        here = host if host in ("", "0.0.0.0", "127.0.0.1") else "localhost"
        return f"{here}:{self.port(port)}"

    def environment(self, environment, directory):
        """The same, on this machine's addresses and below `directory`."""
        result = {}
        for name, value in environment.items():
            if name.endswith("LISTENERS"):
                value = re.sub(r"://([^:,/]*):(\d+)",
                               lambda at: "://" + self.address(at[1], at[2]), value)
            elif name in ("KAFKA_PORT", "KAFKA_ADVERTISED_PORT"):
                value = self.port(value)
            elif name == "KAFKA_ADVERTISED_HOST_NAME":
                value = "localhost"
            elif name.endswith(("LOG_DIRS", "LOG_DIR")):
                value = f"{directory}{value}"
            result[name] = value
        return result


class Container:
    """The entrypoint with a container's environment; what it writes below `directory`."""

    def __init__(self, kreel, directory, environment, *words):
        self.log = os.path.join(directory, "log")
        self.environment = {"PATH": f"{os.path.dirname(kreel)}:/usr/bin:/bin", "HOME": directory,
                            "TMPDIR": directory, "READY_FILE": os.path.join(directory, "ready"),
                            **environment}
        self.environment.setdefault("KAFKA_LOG_DIRS", os.path.join(directory, "data"))
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen([str(ENTRYPOINT), *words], env=self.environment,
                                            cwd=directory, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)

    def run_health_check(self):
        return subprocess.run(["/bin/sh", "-c", health_check()], env=self.environment, check=False,
                              capture_output=True, timeout=SETTLE_S).returncode

    def wait_healthy(self):
        end = time.monotonic() + SETTLE_S
        while self.run_health_check() != 0:
            assert self.process.poll() is None, f"it ended:\n{self.said()}"
            assert time.monotonic() < end, f"it is not healthy:\n{self.said()}"
            time.sleep(0.05)

    def said(self):
        return pathlib.Path(self.log).read_text(encoding="utf-8")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SETTLE_S)


def kcat(*words, stdin=""):
    done = subprocess.run(["kcat", *words], input=stdin, text=True, capture_output=True,
                          timeout=60, check=False)
    assert done.returncode == 0, f"kcat {shlex.join(words)}: {done.stderr}"
    return done.stdout


def check_listener(address, advertised, topic):
    """A client that starts at `address` is told `advertised`, and can write and read there."""
    told = re.search(r"broker \d+ at (\S+)", kcat("-L", "-b", address))
    assert told and told[1] == advertised, f"{address} tells {told and told[1]}, not {advertised}"
    kcat("-P", "-b", advertised, "-t", topic, stdin=f"by {advertised}\n")
    assert f"by {advertised}\n" in kcat("-C", "-b", advertised, "-t", topic, "-e", "-q")

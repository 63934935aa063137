"""Runs the kreel binary as a person would, and holds it to the exit codes of its contract."""

import json
import os
import subprocess
import uuid

TIMEOUT_S = 60


def fresh(prefix):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


class Kreel:
    """`kreel(...)` returns stdout as bytes; `items(...)` the items of `-o json`."""

    def __init__(self, binary, bootstrap, home):
        self.binary = os.path.abspath(binary)
        self.bootstrap = bootstrap
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": f"{home}/config",
            "XDG_STATE_HOME": f"{home}/state", "KREEL_BROKERS": bootstrap, "LC_ALL": "C.UTF-8",
        }

    def run(self, *arguments, stdin=b""):
        return subprocess.run([self.binary, *map(str, arguments)], input=stdin, capture_output=True,
                              env=self.environment, timeout=TIMEOUT_S, check=False)

    def __call__(self, *arguments, stdin=b"", code=0):
        done = self.run(*arguments, stdin=stdin)
        shown = " ".join(map(str, arguments))
        errors = done.stderr.decode(errors="replace")
        assert done.returncode == code, f"kreel {shown}: exit {done.returncode} instead of {code}: {errors[-600:]}"
        if code not in (0, 10):
            assert "kreel: " in errors, f"kreel {shown}: no error line on stderr: {errors!r}"
        return done.stdout

    def document(self, *arguments, code=0):
        answer = json.loads(self(*arguments, "-o", "json", code=code))
        assert answer["kreel"] == 1 and isinstance(answer["items"], list), f"not the JSON of the contract: {answer}"
        return answer

    def items(self, *arguments):
        answer = self.document(*arguments)
        assert not answer["errors"], f"errors in {answer}"
        return answer["items"]

    def records(self, topic, *arguments):
        """Every record of a topic from its start to its present end, as the jsonl objects of `consume`."""
        text = self("consume", topic, "--from", "start", "--until", "end", "-o", "jsonl", *arguments)
        return [json.loads(line) for line in text.decode().splitlines()]

    def spawn(self, *arguments, stdin=subprocess.DEVNULL):
        return subprocess.Popen([self.binary, *map(str, arguments)], stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)

    def spawn_fed(self, *arguments):
        """With a pipe on its stdin."""
        return subprocess.Popen([self.binary, *map(str, arguments)], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment)

    def topic(self, prefix, partitions=1, *arguments):
        name = fresh(prefix)
        self("topics", "create", name, "-p", partitions, *arguments)
        return name

    def produce(self, topic, lines, *arguments):
        self("produce", topic, *arguments, stdin="".join(f"{line}\n" for line in lines).encode())

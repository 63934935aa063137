#!/usr/bin/env python3
"""What commands print with -o json fits the schemas of `kreel help --schema`, every kind of them, and so do the lines of
-o jsonl. A kind without a schema, and a schema that nothing was printed for, are failures.

  schemas.py --kreel PATH      exit 77 without python3-jsonschema"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: no jsonschema")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "integration"))
from broker import Broker  # noqa: E402

# Names are b64 objects in JSON where they are not UTF-8.
SETUP = """
printf 'a:1\\nb:2\\n' | kreel produce orders -K : -H h=v
printf '\\377\\376' | kreel produce orders --from raw -k "$(printf '\\377')" || true
printf '1\\n2\\n' | kreel produce orders --txn load --txn-every 1
for number in $(seq 40); do printf "%0400d" $number | kreel produce orders --from raw -q; done
kreel consume orders -g billing -n 2 >read.txt
kreel offsets reset gone --to-group billing --allow-new-topics --yes -q >gone.txt
kreel users add app --password env:PASSWORD
kreel quotas set --user app producer_byte_rate=1MiB
kreel certs gen --out certs --client app
kreel fault list >faults.txt
"""
# Each in a shell of its own; the order is that of the table.
COMMANDS = """
kreel help --json
kreel errors
kreel errors --exit
kreel config show --origin
kreel config profiles
kreel doctor
kreel doctor -b 127.0.0.1:1
kreel cluster
kreel topics create one two -p 2
kreel topics create one
kreel topics list --internal
kreel topics describe --all-configs
kreel topics describe orders --by-partition
kreel topics trim orders --to start+1 --yes
kreel topics delete one --yes
kreel topics delete missing --yes
kreel consume orders --until end
kreel groups list
kreel groups describe
kreel groups members
kreel groups lag
kreel groups lag --by topic
kreel groups lag --by group
kreel offsets show
kreel offsets export billing
kreel offsets rewind billing --by 1 --dry-run
kreel offsets rewind billing --by 1 --yes
kreel offsets undo --yes
kreel offsets delete billing -t orders --dry-run
kreel groups delete gone --yes
kreel txns list
kreel txns describe
kreel txns find-hanging
kreel users list
kreel users add other --password env:PASSWORD
kreel users delete other --yes
kreel acls add --allow app --op read --topic orders
kreel acls list
kreel acls check app read topic:orders
kreel acls check app write topic:orders
kreel acls delete --all --yes
kreel quotas list
kreel quotas set --user app consumer_byte_rate=1MiB
kreel quotas delete --user app --yes
kreel certs gen --out other-certs
kreel certs show certs/broker.crt
kreel certs show certs/broker.key
kreel certs check certs/broker.crt --ca certs/ca.crt
kreel fault add --fault heartbeat:NOT_COORDINATOR:1 --latency heartbeat=1ms-2ms --drop 0.001%
kreel fault list
kreel fault clear
kreel top --samples 2 --interval 200ms
kreel bench produce -n 100
kreel bench consume -n 100
kreel bench latency -n 10
kreel install-links links
kreel txns abort nobody --yes
kreel txns abort -t orders:0 --producer-id $(kreel txns list open --no-headers --columns producer_id) --force --dry-run
kreel txns abort open --dry-run
kreel txns abort open --yes
""".strip().splitlines()
# When the broker has stopped, and written what it writes at the end.
STOPPED = """
kreel segments dump data/orders-0 --what batches
kreel segments dump data/orders-0 --what records
kreel segments dump data/orders-0 --what offsets
kreel segments dump data/orders-0 --what times
kreel segments dump "$(find data/orders-0 -name '*.kreel-producers' -size +0 | tail -n 1)"
kreel segments dump data/orders-0 --what aborted
kreel segments verify damaged
kreel segments repair damaged --dry-run
""".strip().splitlines()
# It would take a coordinator that has forgotten a transaction.
NEVER_PRINTED = {"txns.find-hanging"}
JSONL = ["kreel groups lag --watch=200ms --samples 2", "kreel groups lag --by group --watch=200ms --samples 1",
         "kreel groups lag --by topic --watch=200ms --samples 1", "kreel consume orders --until end"]


class Checker:
    def __init__(self, kreel, folder, environment):
        self.kreel, self.folder, self.environment = kreel, folder, environment
        self.schemas, self.items, self.printed = {}, {}, set()
        for kind in self.run("kreel help --schema").stdout.split():
            schema = json.loads(self.run(f"kreel help --schema {kind}").stdout)
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["$id"] == f"urn:kreel:1:{kind}", schema["$id"]
            self.schemas[kind] = jsonschema.Draft202012Validator(schema)
            self.items[kind] = jsonschema.Draft202012Validator({**schema["$defs"]["item"], "$defs": schema["$defs"]})

    def run(self, command):
        return subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, capture_output=True,
                              timeout=120, check=False, encoding="utf-8", stdin=subprocess.DEVNULL)

    def document(self, command):
        """What it prints is of its kind; how many items."""
        done = self.run(command if command.endswith("--json") else command + " -o json")
        text = done.stdout or next(line for line in done.stderr.splitlines() if line.startswith("{"))
        for number, document in enumerate(documents_in(text)):
            kind = document["kind"]
            assert kind in self.schemas, f"{command}: no schema of {kind}"
            self.complain(command, self.schemas[kind].iter_errors(document))
            if document["items"] or kind == "error":
                self.printed.add(kind)
            if number == 0:
                print(f"     {command}: {kind}, {len(document['items'])} items, exit {done.returncode}")

    def lines(self, command):
        by = re.search(r"--by (\w+)", command)
        kind = "records" if " consume " in command else f"groups.lag.{by[1]}" if by else "groups.lag"
        lines = self.run(command + " -o jsonl").stdout.splitlines()
        assert lines, command
        for line in lines:
            self.complain(command, self.items[kind].iter_errors(json.loads(line)))
        print(f"     {command}: {len(lines)} lines")

    @staticmethod
    def complain(command, errors):
        found = [f"{error.json_path}: {error.message}" for error in errors]
        assert not found, f"{command}:\n" + "\n".join(found)


def documents_in(text):
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        while at < len(text) and text[at].isspace():
            at += 1
        yield document


def damage(folder):
    """A copy of the data with one wrong bit in the middle of a log, so that there is something to tell."""
    subprocess.run(["cp", "-r", folder / "data", folder / "damaged"], check=True)
    log = max((folder / "damaged").glob("orders-*/*.log"), key=lambda path: path.stat().st_size)
    text = bytearray(log.read_bytes().rstrip(b"\0"))
    text[70] ^= 1
    log.write_bytes(text)


def kinds_in_the_source():
    """What commands begin, as far as it stands there as text."""
    for path in (ROOT / "apps").rglob("*.cpp"):
        yield from re.findall(r'\bbegin\(\s*"([a-z_.-]+)"', path.read_text(encoding="utf-8"))


@contextlib.contextmanager
def working(checker):
    """A member of a group, and a producer in a transaction."""
    started = [subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=checker.folder, env=checker.environment,
                                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for command in ("kreel consume orders -g live", "kreel produce orders --txn open")]
    try:
        started[1].stdin.write(b"one\n")
        started[1].stdin.flush()
        done = checker.run("for try in $(seq 300); do kreel groups members live --no-headers | grep -q orders && "
                           "kreel txns describe open --no-headers | grep -q orders && exit 0; sleep 0.1; done; exit 1")
        assert done.returncode == 0, done.stderr
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kreel", required=True, type=pathlib.Path)
    kreel = parser.parse_args().kreel.resolve()
    with tempfile.TemporaryDirectory(prefix="kreel-schemas-") as name:
        folder = pathlib.Path(name)
        for made in ("bin", "links", "config/kreel"):
            (folder / made).mkdir(parents=True)
        (folder / "bin" / "kreel").symlink_to(kreel)
        (folder / "config/kreel/config").write_text("[profile prod]\nbootstrap.servers = k1:9092\n")
        broker = Broker(kreel, name, options=("--topics", "orders:1", "--config", "log.segment.bytes=1048576", "--acl",
                                               "--super-user", "ANONYMOUS"))
        environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": name, "LC_ALL": "C.UTF-8",
                       "KREEL_BROKERS": broker.address, "PASSWORD": "secret", "XDG_CONFIG_HOME": f"{folder}/config",
                       "XDG_STATE_HOME": f"{folder}/state"}
        broker.start()
        broker.wait_ready()
        try:
            checker = Checker(kreel, folder, environment)
            unknown = set(kinds_in_the_source()) - set(checker.schemas)
            assert not unknown, f"no line in apps/cli/kinds.def for {', '.join(sorted(unknown))}"
            done = checker.run("set -e\n" + SETUP)
            assert done.returncode == 0, done.stderr
            with working(checker):
                for command in COMMANDS:
                    checker.document(command)
            for command in JSONL:
                checker.lines(command)
        finally:
            broker.stop()
        damage(folder)
        for command in STOPPED:
            checker.document(command)
        missing = set(checker.schemas) - checker.printed - NEVER_PRINTED
        assert not missing, f"nothing was printed of {', '.join(sorted(missing))}"
    return 0


if __name__ == "__main__":
    sys.exit(main())

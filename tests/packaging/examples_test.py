#!/usr/bin/python3
"""packaging/examples, as far as that goes without GitHub, GitLab and Docker: the files are read, and
the steps of their jobs are run with a `make` that stands for the user's tests.

  examples_test.py --kreel PATH     exit 77 without kcat"""

import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys

import yaml

import scenarios
from image import DOCKERFILE, ROOT, Container, Ports, check_listener

EXAMPLES = ROOT / "packaging" / "examples"
TIMEOUT_S = 120

# What the user's tests do here: look at the broker that they are told of, and write five orders.
MAKE = """#!/bin/sh
set -e
[ "$1" = test ]
kcat -L -b "$KAFKA_BOOTSTRAP_SERVERS" | grep -q '"orders" with 6 partitions'
printf 'a\\nb\\nc\\nd\\ne\\n' | kcat -P -b "$KAFKA_BOOTSTRAP_SERVERS" -t orders
echo tested >>"$TESTED"
"""


def read(name):
    return yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))


class Job:
    """One job's directory, environment and processes."""

    def __init__(self, kreel, directory, name, environment):
        self.home = pathlib.Path(directory, name)
        tools = self.home / "tools"
        tools.mkdir(parents=True)
        (tools / "make").write_text(MAKE, encoding="utf-8")
        (tools / "make").chmod(0o755)
        self.tested = self.home / "tested"
        self.environment = {"PATH": f"{tools}:{os.path.dirname(kreel)}:/usr/bin:/bin",
                            "HOME": str(self.home), "TMPDIR": str(self.home),
                            "TESTED": str(self.tested), "LC_ALL": "C.UTF-8", **environment}
        self.groups = []

    def run(self, script, environment=None):
        """As the runners do: bash -e; what it leaves in the background goes on until stop()."""
        log = self.home / "log"
        with open(log, "a", encoding="utf-8") as output:
            step = subprocess.Popen(["/bin/bash", "-e", "-o", "pipefail", "-c", script],
                                    cwd=self.home, env={**self.environment, **(environment or {})},
                                    stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                    start_new_session=True)
            self.groups.append(step.pid)
            code = step.wait(TIMEOUT_S)
        assert code == 0, f"exit {code} of: {script}\n{log.read_text(encoding='utf-8')}"

    def stop(self):
        for group in self.groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                pass


def here(value, ports):
    """A value on this machine: free ports, and localhost for the name of a service."""
    return re.sub(r"([\w.-]+):(\d{4,5})\b", lambda at: ports.address(at[1], at[2]), str(value))


def locally(environment, ports):
    return {name: here(value, ports) for name, value in (environment or {}).items()}


def service(kreel, directory, environment, ports):
    container = Container(kreel, directory, ports.environment(environment, directory))
    container.wait_healthy()
    return container


def compose_file(kreel, directory):
    compose = read("docker-compose.yml")
    services = compose["services"]
    kafka = services["kafka"]
    context = (EXAMPLES / kafka["build"]["context"]).resolve()
    assert context == ROOT and context / kafka["build"]["dockerfile"] == DOCKERFILE
    for volume in kafka["volumes"]:
        name, target = volume.split(":")
        assert name in compose["volumes"]
        assert f"VOLUME {target}" in DOCKERFILE.read_text(encoding="utf-8")
    published = [port.split(":")[0] for port in kafka["ports"]]
    outside = re.search(r"EXTERNAL://localhost:(\d+)",
                        kafka["environment"]["KAFKA_ADVERTISED_LISTENERS"])[1]
    assert published == [outside]
    orders = services["orders"]
    assert orders["image"] == kafka["image"]
    assert orders["depends_on"] == {"kafka": {"condition": "service_healthy"}}

    ports = Ports()
    container = service(kreel, directory, kafka["environment"], ports)
    job = Job(kreel, directory, "orders", locally(orders["environment"], ports))
    try:
        for port in ("19092", "9092"):
            address = ports.address("localhost", port)
            check_listener(address, address, "made-by-use")
        job.run(shlex.join(orders["command"]))
        job.run("kreel consume orders --until end -f '%k %s\\n' | sort >read")
        assert (job.home / "read").read_text(encoding="utf-8") == "alice 2 apples\nbob 1 pear\n"
        assert container.stop() == 0
    finally:
        job.stop()
        container.process.kill()


def lay_out_kreel(job, kreel):
    """The checkout of kreel with what the cache has brought."""
    tree = job.home / "kreel"
    (tree / "build").mkdir(parents=True)
    (tree / "build" / "release").symlink_to(os.path.dirname(kreel))
    for part in ("packaging", "CMakeLists.txt", "libcli", "apps"):
        (tree / part).symlink_to(ROOT / part)


def github_workflow(kreel, directory):
    workflow = read("github-actions.yml")
    assert workflow[True] == ["push", "pull_request"]  # YAML 1.1 reads "on" as true
    for name, job_of_file in workflow["jobs"].items():
        assert "runs-on" in job_of_file
        ports = Ports()
        job = Job(kreel, directory, name, locally(job_of_file.get("env"), ports))
        containers = []
        try:
            for described in job_of_file.get("services", {}).values():
                assert [port.split(":")[0] for port in map(str, described["ports"])] == ["9092"]
                containers.append(service(kreel, str(job.home), described["env"], ports))
            job.environment["GITHUB_PATH"] = str(job.home / "path")
            if "Install kreel" in str(job_of_file):
                lay_out_kreel(job, kreel)
            for step in job_of_file["steps"]:
                assert ("uses" in step) != ("run" in step), f"{name}: {step}"
                if "uses" in step:
                    assert re.fullmatch(r"actions/\w+@v\d+", step["uses"])
                else:
                    job.run(step["run"], locally(step.get("env"), ports))
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
        finally:
            job.stop()
            for container in containers:
                container.process.kill()
        if "make test" in str(job_of_file):
            assert job.tested.exists(), f"{name}: the tests have not run"


def gitlab_file(kreel, directory):
    for name, job_of_file in read("gitlab-ci.yml").items():
        assert job_of_file["image"]["entrypoint"] == [""]
        ports = Ports()
        job = Job(kreel, directory, name, locally(job_of_file.get("variables"), ports))
        containers = []
        try:
            for described in job_of_file.get("services", []):
                assert described["alias"] == "kafka"
                containers.append(service(kreel, str(job.home), described["variables"], ports))
            job.run("\n".join([*job_of_file.get("before_script", []), *job_of_file["script"]]))
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
        finally:
            job.stop()
            for container in containers:
                container.process.kill()
        assert job.tested.exists(), f"{name}: the tests have not run"


def each_example_is_checked(_kreel, _directory):
    assert {path.name for path in EXAMPLES.iterdir()} == {"docker-compose.yml", "github-actions.yml",
                                                          "gitlab-ci.yml"}


SCENARIOS = [each_example_is_checked, compose_file, github_workflow, gitlab_file]


if __name__ == "__main__":
    sys.exit(scenarios.run(SCENARIOS, __doc__, ("kcat",)))

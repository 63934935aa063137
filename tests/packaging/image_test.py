#!/usr/bin/env python3
"""The image, as far as that goes without a container engine: the steps of its Dockerfile, its
entrypoint, and compose files for images of Kafka with this one in their place.

  image_test.py --kreel PATH     exit 77 without kcat or shellcheck"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import scenarios
from compose_environments import COMPOSES
from image import ENTRYPOINT, ROOT, Container, Ports, check_listener, instructions

# Every image of Debian has these.
IN_EVERY_IMAGE = {"libc6", "libgcc-s1", "libstdc++6"}


def run_packages():
    script = (ROOT / "packaging" / "dependencies.sh").read_text(encoding="utf-8")
    return set(re.search(r"^run_packages=\(([^)]*)\)", script, re.MULTILINE)[1].split())


def the_first_stage_has_all_that_the_build_reads(_kreel, directory):
    """Its COPY and its cmake line, run as they stand: CMake names any file that is missing."""
    for name, text in instructions():
        if name == "FROM" and "AS build" not in text:
            break
        if name == "COPY":
            *sources, target = text.split()
            for source in sources:
                to = pathlib.Path(directory, target)
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, to)
                else:
                    to = to / pathlib.Path(source).name if target.endswith("/") else to
                    to.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / source, to)
        if name == "RUN" and "cmake -S" in text:
            configure = text.split("&&")[0]
            done = subprocess.run(configure, shell=True, cwd=directory, check=False,
                                  capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            return
    raise AssertionError("the first stage runs no cmake")


def the_second_stage_takes_what_the_build_makes(kreel, _directory):
    copied = next(text for name, text in instructions()
                  if name == "COPY" and text.startswith("--from=build"))
    for source in copied.split()[1:-1]:
        pattern = pathlib.Path(source).name
        made = {path.name for path in pathlib.Path(kreel).parent.glob(pattern)}
        assert made, f"the build makes no {pattern}"
    needed = subprocess.run(["objdump", "-p", kreel], capture_output=True, text=True, check=True)
    assert re.search(r"NEEDED +libkreel\.so\.0$", needed.stdout, re.MULTILINE)


def the_second_stage_installs_every_library(kreel, _directory):
    """Each shared object that the program or its library asks for is in a package of the list."""
    library = next(pathlib.Path(kreel).parent.glob("libkreel.so.*.*.*"))
    known = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    wanted = set()
    for binary in (kreel, library):
        dump = subprocess.run(["objdump", "-p", binary], capture_output=True, text=True, check=True)
        wanted.update(re.findall(r"NEEDED +(\S+)", dump.stdout))
    listed = run_packages() | IN_EVERY_IMAGE
    for name in sorted(wanted - {"libkreel.so.0"}):
        at = re.search(rf"^\s*{re.escape(name)} .*=> (\S+)$", known, re.MULTILINE)
        assert at, f"{name} is not known to ldconfig"
        # dpkg knows a library by the path that its package has, below /lib or /usr/lib.
        paths = {at[1], os.path.realpath(at[1]), os.path.realpath(at[1]).removeprefix("/usr")}
        owner = subprocess.run(["dpkg", "-S", *paths], capture_output=True, text=True, check=False)
        packages = set(re.findall(r"^([^:\s]+)", owner.stdout, re.MULTILINE))
        assert packages & listed, f"{name} is of {packages or 'no package'}, which is not installed"


def packages_exist(_kreel, _directory):
    for package in sorted(run_packages()):
        done = subprocess.run(["dpkg-query", "-W", package], capture_output=True, check=False)
        assert done.returncode == 0, f"{package} is not a package of this Debian"


def scripts_are_clean(_kreel, directory):
    subprocess.run(["shellcheck", str(ENTRYPOINT)], check=True)
    for number, text in enumerate(text for name, text in instructions() if name == "RUN"):
        script = pathlib.Path(directory, f"run-{number}.sh")
        script.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        subprocess.run(["shellcheck", str(script)], check=True)
    assert os.access(ENTRYPOINT, os.X_OK), "the entrypoint cannot be executed"


def the_broker_runs_as_a_user_with_directories_of_its_own(_kreel, _directory):
    of_name = {}
    for name, text in instructions():
        of_name.setdefault(name, []).append(text)
    user = of_name["USER"][-1]
    setup = next(text for text in of_name["RUN"] if "useradd" in text)
    assert f"useradd --uid 1000 --create-home --home-dir /var/lib/kreel {user}" in " ".join(
        setup.split())
    owned = re.search(rf"install -d -o {user} -g {user} (.*)$", setup)[1].split()
    script = ENTRYPOINT.read_text(encoding="utf-8")
    for place in (*of_name["VOLUME"], *re.search(r"for volume in (.*); do", script)[1].split(),
                  re.search(r"KAFKA_LOG_DIRS=(/\S+)", script)[1]):
        assert place in owned, f"{place} does not belong to {user}"
    assert of_name["ENTRYPOINT"] == ['["kreel-entrypoint"]']


def run_entrypoint(directory, mounted, *words, **environment):
    """What the entrypoint would start, by programs that only tell."""
    tools = pathlib.Path(directory, "tools")
    tools.mkdir(exist_ok=True)
    for name, script in (("kreel", 'echo "$KAFKA_LOG_DIRS|$*"'),
                         ("mountpoint", f'[ "$2" = "{mounted}" ]')):
        (tools / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (tools / name).chmod(0o755)
    return subprocess.run([str(ENTRYPOINT), *words], capture_output=True, text=True, check=True,
                          env={"PATH": f"{tools}:/usr/bin:/bin", "READY_FILE": "ready",
                               **environment}).stdout


def the_entrypoint_chooses_where_data_lies(_kreel, directory):
    serve = "serve --config-from-env --insecure --ready-file ready"
    assert run_entrypoint(directory, "") == f"/var/lib/kafka/data|{serve}\n"
    assert run_entrypoint(directory, "/bitnami/kafka") == f"/bitnami/kafka/data|{serve}\n"
    assert run_entrypoint(directory, "/kafka", KAFKA_LOG_DIRS="/d") == f"/d|{serve}\n"
    assert run_entrypoint(directory, "/kafka", "--strict") == f"/kafka/data|{serve} --strict\n"


def the_entrypoint_runs_other_commands(_kreel, directory):
    assert run_entrypoint(directory, "", "echo", "a  b") == "a  b\n"
    assert run_entrypoint(directory, "", "kreel", "topics", "list").endswith("|topics list\n")


def compose_files_of_other_images_work(kreel, directory):
    for number, compose in enumerate(COMPOSES):
        home = os.path.join(directory, f"compose-{number}")
        os.mkdir(home)
        ports = Ports()
        container = Container(kreel, home, ports.environment(compose.environment, home))
        try:
            container.wait_healthy()
            for advertised in compose.advertised:
                host, port = advertised.split(":")
                here = ports.address(host, port)
                topic = compose.topics[0] if compose.topics else "made-by-use"
                check_listener(f"127.0.0.1:{ports.port(port)}", here, topic)
            first = ports.address(*compose.advertised[0].split(":"))
            listed = subprocess.run([kreel, "topics", "list", "-b", first, "-o", "csv",
                                     "--no-headers", "--columns", "name"], check=True,
                                    capture_output=True, text=True).stdout.split()
            assert set(compose.topics) <= set(listed), f"topics: {listed}"
            warnings = re.findall("^kreel: warning: (?!topic ).*", container.said(), re.MULTILINE)
            assert len(warnings) == compose.without_meaning, f"warnings: {warnings}"
            assert container.stop() == 0, container.said()
            assert container.run_health_check() != 0, "healthy after its stop"
        except AssertionError as error:
            raise AssertionError(f"{compose.name}: {error}") from error
        finally:
            container.process.kill()


SCENARIOS = [the_first_stage_has_all_that_the_build_reads,
             the_second_stage_takes_what_the_build_makes, the_second_stage_installs_every_library,
             packages_exist, scripts_are_clean,
             the_broker_runs_as_a_user_with_directories_of_its_own,
             the_entrypoint_chooses_where_data_lies, the_entrypoint_runs_other_commands,
             compose_files_of_other_images_work]


if __name__ == "__main__":
    sys.exit(scenarios.run(SCENARIOS, __doc__, ("kcat", "shellcheck")))

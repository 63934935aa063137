"""The client suites: how each one's program is prepared, and the command that runs it."""

import os
import subprocess
import sys

from rig import brokers, fetch

HERE = fetch.HERE


def java():
    jars = brokers.kafka_jars()
    sources = [*(HERE / "java/src").glob("*.java"), *(HERE / "java/modern").glob("*.java")]
    classes = fetch.javac(sources, jars, "java")
    return [*brokers.java_command(jars=jars, extra_classpath=[classes]), "Suite"]


def java_old():
    jars = fetch.maven_jars(HERE / "java/old/pom.xml", "old-client")
    classes = fetch.javac([*(HERE / "java/src").glob("*.java")], jars, "java-old")
    return [*brokers.java_command(jars=jars, extra_classpath=[classes]), "Suite"]


def kafkajs():
    modules = fetch.npm_modules(HERE / "node", "node")
    return ["env", f"NODE_PATH={modules}", "KAFKAJS_NO_PARTITIONER_WARNING=1", fetch.need("node"),
            HERE / "node/suite.js"]


def go(command):
    return lambda: [fetch.go_program(HERE / "go", command, f"go-{command}")]


def python(script):
    return lambda: [fetch.python_venv(HERE / "python/requirements.txt", "python"), "-B", HERE / "python" / script]


# name: (prepare, seconds that the scenarios may take)
SUITES = {
    "java": (java, 180),
    "java-old": (java_old, 180),
    "kafkajs": (kafkajs, 120),
    "franz-go": (go("franz"), 120),
    "kafka-go": (go("kafkago"), 120),
    "sarama": (go("sarama"), 120),
    "confluent-python": (python("confluent_suite.py"), 120),
    "kafka-python": (python("kafka_python_suite.py"), 120),
}


def prepare(name):
    """Fetches and compiles what its program needs; the command."""
    return [*map(str, SUITES[name][0]())]


def run(name, broker, only="", **environment):
    """Runs one client suite; returns (scenarios that passed, scenarios that failed)."""
    timeout_s = SUITES[name][1]
    command = [*prepare(name), broker.bootstrap, *([only] if only else [])]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, errors="replace", env={**os.environ, **environment})
    try:
        output, errors = process.communicate(timeout=timeout_s)
        ending = f"exit {process.returncode}"
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
        ending = f"no end in {timeout_s} s"
    passed, failed = count(output)
    sys.stdout.write(output)
    if process.returncode != 0 or failed:
        if not failed:
            print(f"not ok {name}: {ending}")
            failed = 1
        print("\n".join(errors.splitlines()[-40:]))
        print(f"broker's last lines:\n{broker.log_tail()}")
    return passed, failed


def count(output):
    lines = output.splitlines()
    return (sum(line.startswith("ok ") for line in lines), sum(line.startswith("not ok ") for line in lines))

"""The client suites: how each one's program is prepared, and the command that runs it."""

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

"""Brokers under test: kreel, or a real Apache Kafka that shows that a suite itself is right."""

import functools
import hashlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from rig import fetch

READY_TIMEOUT_S = 180
STOP_TIMEOUT_S = 30
CLUSTER_ID = "a3JlZWwtaW50ZXJvcC0xMg"
SMALL_JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]

# Records of the scenarios are years old, and Kafka looks for what to delete after 30 seconds.
KRAFT_PROPERTIES = """\
process.roles=broker,controller
node.id={node}
{quorum}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={logs}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=4194304
log.retention.ms=-1
num.network.threads=2
num.io.threads=2
"""


def kafka_jars():
    return fetch.maven_jars(fetch.HERE / "kafka/pom.xml", "kafka")


def java_command(heap="-Xmx256m", jars=None, extra_classpath=()):
    kafka = kafka_jars()
    jars = jars or kafka
    # The archive fits class paths that begin as its own.
    classpath = ":".join([f"{jars}/*", *map(str, extra_classpath)])
    return [*java(heap), *([f"-XX:SharedArchiveFile={class_archive(kafka)}"] if jars == kafka else []), "-cp", classpath]


def java(heap):
    return [fetch.need("java"), heap, *SMALL_JVM, "-Xlog:disable", "-Xlog:all=error:stderr",
            f"-Dlog4j2.configurationFile={fetch.HERE / 'kafka/log4j2.properties'}"]


@functools.cache
def class_archive(jars):
    """Classes of Apache's tools as a JVM keeps them: it starts in half of the time. Without it, it starts all the same."""
    version = subprocess.run([fetch.need("java"), "-version"], capture_output=True, check=True).stderr
    with fetch.filled_once(f"classes-{jars.parent.name}-{hashlib.sha256(version).hexdigest()[:6]}") as (directory, fresh):
        archive = directory / "classes.jsa"
        if fresh:
            config = directory / "client.properties"
            config.write_text("request.timeout.ms=300\ndefault.api.timeout.ms=500\n", encoding="utf-8")
            # Nobody answers there; what is wanted are the classes.
            subprocess.run([*java("-Xmx256m"), f"-XX:ArchiveClassesAtExit={archive}", "-cp", f"{jars}/*",
                            "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", f"127.0.0.1:{free_port()}",
                            "--command-config", config, "--list"],
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=180, check=False)
    return archive


def run_tool(class_name, *arguments, stdin="", timeout=180):
    """Runs one of Apache Kafka's tool classes. Returns the CompletedProcess with text output."""
    return subprocess.run([*java_command(), class_name, *map(str, arguments)], input=stdin,
                          capture_output=True, text=True, timeout=timeout, check=False)


def end_on_signals():
    """SIGINT and SIGTERM unwind the stack, so that no broker outlives the runner."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: sys.exit(128 + received))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """A broker process with a scratch directory. `bootstrap` is HOST:PORT, `data` its log directory."""

    def __init__(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="kreel-interop-"))
        self.data = self.scratch / "data"
        self.bootstrap = None
        self.process = None
        self.log_path = self.scratch / "broker.log"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def spawn(self, command):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            cwd=self.scratch)

    def wait_until(self, ready):
        deadline = time.monotonic() + READY_TIMEOUT_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"broker ended with {self.process.returncode}:\n{self.log_tail()}")
            if ready():
                return
            time.sleep(0.05)
        raise RuntimeError(f"broker not ready in {READY_TIMEOUT_S} s:\n{self.log_tail()}")

    def log_tail(self, lines=15):
        text = self.log_path.read_text(encoding="utf-8", errors="replace") if self.log_path.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def kill(self):
        """SIGKILL. start() then brings it back at the same address, on what it has on disk."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Asks for a clean stop; returns the exit status (None where nothing ran)."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class KreelBroker(Broker):
    clean_statuses = (0,)

    def __init__(self, binary, ephemeral=True, settings=()):
        super().__init__()
        self.binary = os.path.abspath(binary)
        self.ephemeral = ephemeral
        self.settings = [word for setting in settings for word in ("--config", setting)]
        self.flags = []

    def start(self):
        ready_file = self.scratch / "ready"
        ready_file.unlink(missing_ok=True)
        place = ["--ephemeral"] if self.ephemeral else ["--data-dir", str(self.data)]
        listen = self.bootstrap or "127.0.0.1:0"
        self.spawn([self.binary, "serve", "--listen", listen, *place, "--ready-file", str(ready_file),
                    *self.settings, *self.flags])
        self.wait_until(lambda: ready_file.exists() and ready_file.read_text(encoding="utf-8").endswith("\n"))
        self.bootstrap = ready_file.read_text(encoding="utf-8").splitlines()[0]


class KafkaBroker(Broker):
    clean_statuses = (0, 128 + signal.SIGTERM)

    node = 1
    heap = "-Xmx512m"
    format_flags = ("--standalone",)

    def __init__(self, settings=()):
        super().__init__()
        self.settings = settings
        self.properties = self.scratch / "server.properties"
        self.port, self.controller = free_port(), free_port()
        self.quorum = f"controller.quorum.bootstrap.servers=127.0.0.1:{self.controller}"
        self.bootstrap = f"127.0.0.1:{self.port}"

    def start(self):
        self.launch()
        self.wait_until(lambda: self.accepts(self.bootstrap))

    def launch(self):
        if not self.properties.exists():
            self.format()
        self.spawn([*java_command(self.heap), f"-Dkafka.logs.dir={self.scratch}", "kafka.Kafka",
                    str(self.properties)])

    def format(self):
        text = self.server_properties()
        self.properties.write_text("\n".join([text, *self.settings, ""]), encoding="utf-8")
        formatted = run_tool("kafka.tools.StorageTool", "format", *self.format_flags, "-t", CLUSTER_ID,
                             "-c", self.properties)
        if formatted.returncode != 0:
            raise RuntimeError(f"StorageTool format: {formatted.stderr}")

    def server_properties(self):
        return KRAFT_PROPERTIES.format(node=self.node, quorum=self.quorum, port=self.port,
                                       controller=self.controller, logs=self.data)

    @staticmethod
    def accepts(address):
        host, port = address.split(":")
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((host, int(port))) == 0

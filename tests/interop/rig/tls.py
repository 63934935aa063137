"""Certificates of `kreel certs gen`: Java's clients against kreel by TLS, and kreel against an Apache Kafka that uses them."""

import pathlib
import tempfile

from rig import brokers, fetch
from rig.kreel_command import Kreel
from rig.report import Report, equal

VALUES = [f"value-{i}" for i in range(200)]


class TlsKafkaBroker(brokers.KafkaBroker):
    """Apache Kafka with the server.properties of a set, beside the listener that its readiness is seen by."""

    def __init__(self, certificates):
        super().__init__()
        self.certificates = certificates
        self.tls_port = brokers.free_port()

    def server_properties(self):
        text = super().server_properties()
        text = text.replace("listeners=PLAINTEXT", f"listeners=SSL://127.0.0.1:{self.tls_port},PLAINTEXT", 1)
        text = text.replace("advertised.listeners=PLAINTEXT",
                            f"advertised.listeners=SSL://127.0.0.1:{self.tls_port},PLAINTEXT")
        text = text.replace("protocol.map=", "protocol.map=SSL:SSL,")
        return text + (self.certificates / "server.properties").read_text(encoding="utf-8")


class TlsKreelBroker(brokers.KreelBroker):
    def __init__(self, binary, certificates):
        super().__init__(binary)
        self.flags = ["--tls", str(certificates), "--config", "ssl.client.auth=required"]


def run(options, _broker_for):
    if not options.kreel:
        raise RuntimeError("this check needs --kreel PATH")
    fetch.need("keytool")
    report = Report(options.only)
    with tempfile.TemporaryDirectory(prefix="kreel-tls-") as home:
        for kind, stores in (("ecdsa-p256", "modern"), ("rsa-2048", "legacy")):
            certificates = pathlib.Path(home) / kind
            kreel = Kreel(options.kreel, "", home)
            kreel("certs", "gen", "--out", certificates, "--host", "127.0.0.1", "--host", "localhost",
                  "--key", kind, "--stores", stores)
            with TlsKreelBroker(options.kreel, certificates) as broker:
                report.run(f"java-against-kreel-{kind}", java_against_kreel, broker.bootstrap, certificates)
                report.run(f"java-without-certificate-{kind}", java_without_certificate, broker.bootstrap, certificates)
        with TlsKafkaBroker(certificates) as broker:
            kreel = Kreel(options.kreel, f"127.0.0.1:{broker.tls_port}", home)
            report.run("kreel-against-kafka", kreel_against_kafka, kreel, certificates)
    return report.counts()


def tool(name, *arguments, **keywords):
    return brokers.run_tool(f"org.apache.kafka.tools.{name}", *arguments, **keywords)


def java_against_kreel(bootstrap, certificates):
    settings = certificates / "client.properties"
    done = tool("TopicCommand", "--bootstrap-server", bootstrap, "--command-config", settings, "--create",
                "--topic", "tls", "--partitions", "1")
    equal(0, done.returncode, f"exit of TopicCommand ({done.stderr[-500:]})")
    done = tool("ConsoleProducer", "--bootstrap-server", bootstrap, "--command-config", settings, "--topic", "tls",
                stdin="\n".join(VALUES) + "\n")
    equal(0, done.returncode, f"exit of ConsoleProducer ({done.stderr[-500:]})")
    done = tool("consumer.ConsoleConsumer", "--bootstrap-server", bootstrap, "--command-config", settings, "--topic",
                "tls", "--from-beginning", "--max-messages", len(VALUES), "--timeout-ms", 120000)
    equal(VALUES, done.stdout.splitlines(), f"what ConsoleConsumer reads ({done.stderr[-500:]})")


def java_without_certificate(bootstrap, certificates):
    settings = certificates / "nobody.properties"
    lines = (certificates / "client.properties").read_text(encoding="utf-8").splitlines()
    settings.write_text("\n".join(line for line in lines if "ssl.key" not in line) + "\n", encoding="utf-8")
    done = tool("TopicCommand", "--bootstrap-server", bootstrap, "--command-config", settings, "--list")
    assert done.returncode != 0, "a client without a certificate was let in"
    assert "SslAuthenticationException" in done.stdout + done.stderr, f"another error: {done.stderr[-500:]}"


def kreel_against_kafka(kreel, certificates):
    at = ("-b", kreel.bootstrap)  # a profile's own address counts more than KREEL_BROKERS
    settings = (*at, "-F", certificates / "kreel.profile")
    kreel("topics", "create", "tls", *settings, "--yes")
    kreel("produce", "tls", *settings, stdin=("\n".join(VALUES) + "\n").encode())
    for file in ("kreel.profile", "client.properties"):
        read = kreel("consume", "tls", "--until", "end", *at, "-F", certificates / file)
        equal(VALUES, read.decode().splitlines(), f"what consume reads with {file}")
    assert kreel.items("certs", "check", kreel.bootstrap, *settings), "certs check found nothing"
    kreel("topics", "list", *at, "--tls", "-X", f"ssl.ca.location={certificates}/ca.crt", code=4)

"""Passwords and tokens: Java's clients and tools against kreel by SASL_SSL, and kreel against an Apache Kafka with users."""

import pathlib
import tempfile

from rig import brokers, fetch
from rig.kreel_command import Kreel
from rig.program import eventually
from rig.report import Report, equal

VALUES = [f"value-{i}" for i in range(100)]
PASSWORD = "p=,\"'x"  # what each side has to escape
MODULES = {"PLAIN": "plain.PlainLoginModule", "SCRAM-SHA-256": "scram.ScramLoginModule",
           "SCRAM-SHA-512": "scram.ScramLoginModule"}
UNSIGNED = ('sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required '
            'unsecuredLoginStringClaim_sub="app";')


def login(mechanism, user, password):
    """Java's client settings."""
    quoted = password.replace("\\", "\\\\").replace('"', '\\"')
    line = (f'org.apache.kafka.common.security.{MODULES[mechanism]} required username="{user}" '
            f'password="{quoted}";').replace("\\", "\\\\")
    return f"sasl.mechanism={mechanism}\nsasl.jaas.config={line}\n"


class SaslKreelBroker(brokers.KreelBroker):
    def __init__(self, binary, certificates, password_file):
        super().__init__(binary)
        self.flags = ["--tls", str(certificates), "--unsecured-tokens", "--config", "connections.max.reauth.ms=3000"]
        for mechanism in MODULES:
            self.flags += ["--sasl", f"{mechanism}:app:file:{password_file}"]


class SaslKafkaBroker(brokers.KafkaBroker):
    """Apache Kafka with a SASL listener beside the one that its readiness is seen by."""

    def __init__(self):
        super().__init__()
        self.sasl_port = brokers.free_port()

    def server_properties(self):
        text = super().server_properties()
        sasl = f"SASL_PLAINTEXT://127.0.0.1:{self.sasl_port},PLAINTEXT"
        text = text.replace("listeners=PLAINTEXT", f"listeners={sasl}", 1)
        text = text.replace("advertised.listeners=PLAINTEXT", f"advertised.listeners={sasl}")
        text = text.replace("protocol.map=", "protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,")
        return text + "\n".join([
            "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain."
            'PlainLoginModule required user_app="pencil" user_bob="pencil";',
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS;User:app",
            "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram."
            "ScramLoginModule required;",
            "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram."
            "ScramLoginModule required;", ""])


def run(options, _broker_for):
    if not options.kreel:
        raise RuntimeError("this check needs --kreel PATH")
    fetch.need("keytool")
    report = Report(options.only)
    with tempfile.TemporaryDirectory(prefix="kreel-sasl-") as home:
        home = pathlib.Path(home)
        certificates, password_file = home / "certs", home / "password"
        password_file.write_text(PASSWORD + "\n", encoding="utf-8")
        kreel = Kreel(options.kreel, "", home)
        kreel("certs", "gen", "--out", certificates, "--host", "127.0.0.1", "--host", "localhost")
        with SaslKreelBroker(options.kreel, certificates, password_file) as broker:
            settings = Settings(home, certificates, broker.bootstrap)
            report.run("java-produce-consume", java_produce_consume, settings)
            for mechanism in ("PLAIN", "SCRAM-SHA-256"):
                report.run(f"java-{mechanism}", java_lists_topics, settings, login(mechanism, "app", PASSWORD))
            report.run("java-OAUTHBEARER", java_lists_topics, settings, f"sasl.mechanism=OAUTHBEARER\n{UNSIGNED}\n")
            report.run("java-wrong-password", java_wrong_password, settings)
            report.run("java-makes-users", java_makes_users, settings)
        with SaslKafkaBroker() as broker:
            report.run("kreel-against-kafka", kreel_against_kafka, options.kreel, broker, home)
            report.run("kreel-acls-against-kafka", kreel_acls_against_kafka, options.kreel, broker, home)
    return report.counts()


class Settings:
    """Files of client settings for one broker."""

    def __init__(self, home, certificates, bootstrap):
        self.home, self.certificates, self.bootstrap = home, certificates, bootstrap

    def file(self, text):
        base = [line for line in (self.certificates / "client.properties").read_text(encoding="utf-8").splitlines()
                if not line.startswith(("security.protocol", "ssl.key"))]
        path = self.home / "client.properties"
        path.write_text("\n".join(["security.protocol=SASL_SSL", *base, text]), encoding="utf-8")
        return path


def tool(name, settings, text, *arguments, option="--command-config", **keywords):
    return brokers.run_tool(name, "--bootstrap-server", settings.bootstrap, option, settings.file(text), *arguments,
                            **keywords)


def java_produce_consume(settings):
    text = login("SCRAM-SHA-512", "app", PASSWORD)
    done = tool("org.apache.kafka.tools.TopicCommand", settings, text, "--create", "--topic", "sasl")
    equal(0, done.returncode, f"exit of TopicCommand ({done.stderr[-500:]})")
    done = tool("org.apache.kafka.tools.ConsoleProducer", settings, text, "--topic", "sasl",
                stdin="\n".join(VALUES) + "\n")
    equal(0, done.returncode, f"exit of ConsoleProducer ({done.stderr[-500:]})")
    # The broker makes it show again who it is every three seconds: the wait at the end is longer than that.
    done = tool("org.apache.kafka.tools.consumer.ConsoleConsumer", settings, text, "--topic", "sasl",
                "--from-beginning", "--timeout-ms", 15000)
    equal(VALUES, done.stdout.splitlines(), f"what ConsoleConsumer reads ({done.stderr[-500:]})")
    assert "Authentication" not in done.stderr, f"an authentication failed: {done.stderr[-500:]}"


def java_lists_topics(settings, text):
    done = tool("org.apache.kafka.tools.TopicCommand", settings, text, "--list")
    equal(0, done.returncode, f"exit of TopicCommand ({done.stdout[-500:]} {done.stderr[-500:]})")


def java_wrong_password(settings):
    for mechanism in ("PLAIN", "SCRAM-SHA-512"):
        done = tool("org.apache.kafka.tools.TopicCommand", settings, login(mechanism, "app", "wrong"), "--list")
        assert done.returncode != 0, f"{mechanism}: a wrong password was let in"
        said = done.stdout + done.stderr
        assert "SaslAuthenticationException" in said, f"{mechanism}: another error: {said[-500:]}"


def java_makes_users(settings):
    text = login("SCRAM-SHA-512", "app", PASSWORD)
    user = ("--entity-type", "users", "--entity-name", "bob")
    done = tool("kafka.admin.ConfigCommand", settings, text, "--alter", *user, "--add-config",
                "SCRAM-SHA-256=[iterations=4096,password=b]")
    equal(0, done.returncode, f"exit of ConfigCommand ({done.stdout[-500:]} {done.stderr[-500:]})")
    java_lists_topics(settings, login("SCRAM-SHA-256", "bob", "b"))
    done = tool("kafka.admin.ConfigCommand", settings, text, "--alter", *user, "--delete-config", "SCRAM-SHA-256")
    equal(0, done.returncode, f"exit of ConfigCommand ({done.stdout[-500:]} {done.stderr[-500:]})")
    done = tool("org.apache.kafka.tools.TopicCommand", settings, login("SCRAM-SHA-256", "bob", "b"), "--list")
    assert done.returncode != 0, "a deleted user was let in"


def kreel_against_kafka(binary, broker, home):
    (home / "user").write_text("secret\n", encoding="utf-8")
    Kreel(binary, broker.bootstrap, home)("users", "add", "app", "--mechanism", "SCRAM-SHA-256", "--mechanism",
                                          "SCRAM-SHA-512", "--password", f"file:{home}/user")
    kreel = Kreel(binary, f"127.0.0.1:{broker.sasl_port}", home)
    listed = kreel.items("users", "list", "-b", broker.bootstrap)
    equal([("app", "SCRAM-SHA-256", 8192), ("app", "SCRAM-SHA-512", 8192)],
          [(item["user"], item["mechanism"], item["iterations"]) for item in listed], "the users of Kafka")
    for mechanism, password in (("PLAIN", "pencil"), ("SCRAM-SHA-256", "secret"), ("SCRAM-SHA-512", "secret")):
        login_as = ("-X", "security.protocol=SASL_PLAINTEXT", "-X", f"sasl.mechanism={mechanism}",
                    "-X", "sasl.username=app")
        right = (*login_as, "-X", f"sasl.password={password}")
        topic = f"by-{mechanism.lower()}"
        kreel("topics", "create", topic, *right, "--yes")
        assert topic in [item["name"] for item in kreel.items("topics", "list", *right)], f"{topic} is not listed"
        # Kafka refuses SCRAM of librdkafka before 2.6.1, which Debian 12 has: it doubles the nonce (CVE-2024-56128).
        if mechanism == "PLAIN":
            kreel("produce", topic, *right, stdin=("\n".join(VALUES) + "\n").encode())
            read = kreel("consume", topic, "--until", "end", *right)
            equal(VALUES, read.decode().splitlines(), f"what consume reads by {mechanism}")
        kreel("topics", "list", *login_as, "-X", "sasl.password=wrong", code=4)
    Kreel(binary, broker.bootstrap, home)("users", "delete", "app", "--yes")
    kreel("topics", "list", *right, code=4)


def kreel_acls_against_kafka(binary, broker, home):
    """What `acls check` says is what the broker does."""
    kreel = Kreel(binary, broker.bootstrap, home)
    bob = ("-b", f"127.0.0.1:{broker.sasl_port}", "-X", "security.protocol=SASL_PLAINTEXT", "-X", "sasl.mechanism=PLAIN",
           "-X", "sasl.username=bob", "-X", "sasl.password=pencil")
    may = ("acls", "check", "bob", "create", "topic:bobs-orders", "--host", "127.0.0.1", "-o", "json")

    def creates(topic, code):
        """A change of ACLs is with the controller at once, and with the broker a little later."""
        eventually(lambda: kreel.run("topics", "create", topic, "--if-not-exists", *bob).returncode == code,
                   f"topics create {topic} by bob ends with {code}", 30)

    creates("bobs-orders", 5)
    kreel(*may, code=10)
    added = kreel.items("acls", "add", "--allow", "bob", "--op", "create,describe", "--topic", "bobs-", "--prefixed")
    equal(["added", "added"], [item["result"] for item in added], "what acls add did")
    kreel(*may)
    creates("bobs-orders", 0)
    kreel("acls", "add", "--deny", "*", "--op", "create", "--topic", "bobs-secrets", "--host", "127.0.0.1")
    kreel("acls", "check", "bob", "create", "topic:bobs-secrets", "--host", "10.0.0.1")
    kreel("acls", "check", "bob", "create", "topic:bobs-secrets", "--host", "127.0.0.1", code=10)
    creates("bobs-secrets", 5)
    kreel("acls", "add", "--allow", "bob", "--producer", "--topic", "bobs-orders")
    kreel("acls", "add", "--allow", "bob", "--op", "read", "--group", "g", "--topic", "bobs-orders")
    shown = brokers.run_tool("org.apache.kafka.tools.AclCommand", "--bootstrap-server", broker.bootstrap, "--list",
                             "--group", "g")
    assert "(principal=User:bob, host=*, operation=READ, permissionType=ALLOW)" in shown.stdout, shown
    kreel("produce", "bobs-orders", *bob, stdin="\n".join(VALUES).encode() + b"\n")
    read = kreel("consume", "bobs-orders", "-g", "g", "--until", "end", *bob)
    equal(VALUES, read.decode().splitlines(), "what bob reads")
    kreel("acls", "delete", "--principal", "bob", "--yes")
    kreel("acls", "delete", "--all", "--yes")
    equal([], kreel.items("acls", "list"), "the rules that are left")
    kreel(*may, code=10)
    creates("bobs-more", 5)

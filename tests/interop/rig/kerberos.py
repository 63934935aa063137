"""kreel's commands against an Apache Kafka whose users log in by Kerberos, with a KDC of the check's own."""

import pathlib
import tempfile

from rig import brokers, fetch, kdc
from rig.kreel_command import Kreel
from rig.report import Report, equal

VALUES = [f"value-{i}" for i in range(100)]
MODULE = "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true"
NAMES = ("SASL_PLAINTEXT", "SASL_SSL")


class KerberosKafkaBroker(brokers.KafkaBroker):
    """Apache Kafka with GSSAPI, with TLS and without, beside the listener that its readiness is seen by."""

    def __init__(self, realm, keytab, certificates):
        super().__init__()
        self.realm, self.keytab, self.certificates = realm, keytab, certificates
        self.ports = {name: brokers.free_port() for name in NAMES}

    def address(self, protocol):
        """By the name that its principal has."""
        return f"localhost:{self.ports[protocol]}"

    def launch(self):
        if not self.properties.exists():
            self.format()
        self.spawn([*brokers.java_command(self.heap), f"-Dkafka.logs.dir={self.scratch}",
                    f"-Djava.security.krb5.conf={self.realm.config}", "kafka.Kafka", str(self.properties)])

    def server_properties(self):
        text = super().server_properties()
        added = ",".join(f"{name}://localhost:{self.ports[name]}" for name in NAMES)
        text = text.replace("listeners=PLAINTEXT", f"listeners={added},PLAINTEXT", 1)
        text = text.replace("advertised.listeners=PLAINTEXT", f"advertised.listeners={added},PLAINTEXT")
        text = text.replace("protocol.map=", "".join(["protocol.map=", *(f"{name}:{name}," for name in NAMES)]))
        login = f'{MODULE} keyTab="{self.keytab}" principal="kafka/localhost@{kdc.REALM}";'
        tls = (self.certificates / "server.properties").read_text(encoding="utf-8")
        return "\n".join([
            text, *(line for line in tls.splitlines() if not line.startswith("ssl.client.auth")),
            *(f"listener.name.{name.lower()}.gssapi.sasl.jaas.config={login}" for name in NAMES),
            "sasl.enabled.mechanisms=GSSAPI", "sasl.kerberos.service.name=kafka",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users=User:ANONYMOUS;User:alice", ""])


class Login:
    """One user of kreel's commands: a home without tickets, or with those of a cache."""

    def __init__(self, binary, broker, realm, home, cache=None):
        self.kreel = Kreel(binary, broker.address("SASL_PLAINTEXT"), home)
        self.kreel.environment |= {"KRB5_CONFIG": str(realm.config), "PATH": realm.environment["PATH"],
                                   "KRB5CCNAME": f"FILE:{cache or pathlib.Path(home) / 'no-ticket'}"}
        self.settings = []
        self.set("security.protocol=SASL_PLAINTEXT", "sasl.mechanism=GSSAPI")

    def set(self, *properties):
        self.settings += [word for one in properties for word in ("-X", one)]
        return self

    def __call__(self, *arguments, **keywords):
        # Before the `--` of a command that runs another one.
        at = arguments.index("--") if "--" in arguments else len(arguments)
        return self.kreel(*arguments[:at], *self.settings, *arguments[at:], **keywords)

    def items(self, *arguments):
        return self.kreel.items(*arguments, *self.settings)

    def error(self, *arguments, code):
        done = self.kreel.run(*arguments, *self.settings)
        equal(code, done.returncode, f"exit of {' '.join(map(str, arguments))} ({done.stderr[-500:]!r})")
        return done.stderr.decode(errors="replace")


def run(options, _broker_for):
    if not options.kreel:
        raise RuntimeError("this check needs --kreel PATH")
    kdc.need_packages()
    fetch.need("java")
    report = Report(options.only)
    with tempfile.TemporaryDirectory(prefix="kreel-krb-") as home, kdc.Kdc(home) as realm:
        home = pathlib.Path(home)
        certificates = home / "certs"
        Kreel(options.kreel, "", home)("certs", "gen", "--out", certificates, "--host", "localhost")
        keytabs = {name: realm.keytab(name) for name in ("kafka/localhost", "alice", "bob")}
        with KerberosKafkaBroker(realm, keytabs["kafka/localhost"], certificates) as broker:
            def login(user=None):
                cache = realm.ticket(user, keytabs[user]) if user else None
                return Login(options.kreel, broker, realm, tempfile.mkdtemp(dir=home), cache)

            report.run("by-ticket", every_command, login("alice"), "by-ticket", broker)
            report.run("by-keytab", every_command, by_keytab(login(), keytabs["alice"]), "by-keytab", broker)
            report.run("by-tls", by_tls, login("alice"), broker, certificates)
            report.run("by-java-settings", by_java_settings, login(), keytabs["alice"], home)
            report.run("another-user", another_user, login("bob"))
            report.run("no-ticket", no_ticket, login())
            report.run("wrong-service", wrong_service, login("alice"))
            report.run("failing-kinit", failing_kinit, login, keytabs)
            report.run("no-plugin", no_plugin, login("alice"))
            report.run("broker-without-kerberos", broker_without_kerberos, options.kreel, login("alice"), home)
    return report.counts()


def by_keytab(login, keytab):
    return login.set(f"sasl.kerberos.keytab={keytab}", "sasl.kerberos.principal=alice")


def every_command(login, topic, broker):
    group = f"{topic}-group"
    login("wait", "broker")
    login("topics", "create", topic, "-p", 2)
    login("produce", topic, stdin="".join(f"{value}\n" for value in VALUES).encode())
    read = login("consume", topic, "-g", group, "-X", "auto.offset.reset=earliest", "--until", "end")
    equal(sorted(VALUES), sorted(read.decode().splitlines()), "what consume reads")
    assert topic in [item["name"] for item in login.items("topics", "list")], "topics list"
    equal(2, len(login.items("topics", "describe", topic)[0]["partitions"]), "partitions")
    login("topics", "alter", topic, "--set", "retention.ms=3600000", "--yes")
    assert group in [item["group"] for item in login.items("groups", "list")], "groups list"
    equal("Empty", login.items("groups", "describe", group)[0]["state"], "state of the group")
    equal(0, sum(item["lag"] for item in login.items("groups", "lag", group)), "lag")
    login("offsets", "reset", group, "--to", "start", "--yes")
    equal(len(VALUES), sum(item["lag"] for item in login.items("groups", "lag", group)), "lag after the reset")
    login("offsets", "undo", "--yes")
    equal(0, sum(item["lag"] for item in login.items("groups", "lag", group)), "lag after the undo")
    copy = f"{topic}-copy"
    login("topics", "create", copy)
    login("pipe", topic, copy, "--until", "end", "--", "cat")
    equal(sorted(VALUES), sorted(login("consume", copy, "--until", "end").decode().splitlines()), "what pipe wrote")
    login("acls", "add", "--allow", "carol", "--op", "read", "--topic", topic)
    login("acls", "delete", "--principal", "carol", "--yes")
    login("users", "list")
    login("quotas", "list")
    login("txns", "list")
    equal(1, len(login.items("cluster")), "brokers of the cluster")
    login("doctor", "-b", broker.address("SASL_PLAINTEXT"))
    login("topics", "delete", copy, "--yes")


def by_tls(login, broker, certificates):
    login.kreel.environment["KREEL_BROKERS"] = broker.address("SASL_SSL")
    login.settings.clear()
    login.set("security.protocol=SASL_SSL", "sasl.mechanism=GSSAPI", f"ssl.ca.location={certificates / 'ca.crt'}")
    login("topics", "create", "by-tls")
    login("produce", "by-tls", stdin="".join(f"{value}\n" for value in VALUES).encode())
    equal(VALUES, login("consume", "by-tls", "--until", "end").decode().splitlines(), "what consume reads by TLS")
    equal([], [item for item in login.items("groups", "list") if item["group"] == "by-tls"], "groups of nobody")


def by_java_settings(login, keytab, home):
    """The file that Java's clients read, with a command and with one of Apache's tools."""
    file = home / "client.properties"
    file.write_text("\n".join(["security.protocol=SASL_PLAINTEXT", "sasl.kerberos.service.name=kafka",
                               "sasl.kerberos.kinit.cmd=/usr/bin/kinit", "sasl.kerberos.ticket.renew.jitter=0.05",
                               f'sasl.jaas.config={MODULE} keyTab="{keytab}" principal="alice@{kdc.REALM}";', ""]),
                    encoding="utf-8")
    login.settings = ["-F", file]
    login("topics", "create", "by-java-settings")
    listed = login.kreel("kafka-topics", "--bootstrap-server", login.kreel.bootstrap, "--command-config", file, "--list")
    assert "by-java-settings" in listed.decode().split(), listed


def another_user(login):
    """Who logs in is the ticket's principal."""
    said = login.error("topics", "create", "of-bob", code=5)
    assert "not authorized" in said.lower(), said
    login.error("acls", "list", code=5)


def no_ticket(login):
    for command in (("topics", "list"), ("groups", "list"), ("consume", "by-ticket", "--until", "end")):
        said = login.error(*command, code=4).splitlines()
        assert said[0].startswith("kreel: Kerberos: No Kerberos credentials available"), said
        assert said[1].startswith("hint: kinit gets a ticket"), said


def wrong_service(login):
    said = login.set("sasl.kerberos.service.name=kafak").error("topics", "list", code=4)
    assert "kafak/localhost" in said and "not found in Kerberos database" in said, said


def failing_kinit(login, keytabs):
    """The bob of alice's keytab, a command that is not there, and one that asks for what nobody set."""
    other = login().set(f"sasl.kerberos.keytab={keytabs['alice']}", "sasl.kerberos.principal=bob")
    said = other.error("topics", "list", code=4)
    assert said.startswith("kreel: no Kerberos ticket by kinit: kinit: "), said
    equal(2, len(said.splitlines()), f"lines of {said!r}")
    said = login().set("sasl.kerberos.kinit.cmd=no-such-kinit").error("topics", "list", code=4)
    assert "no-such-kinit" in said and "krb5-user" in said, said
    said = login().set("sasl.kerberos.kinit.cmd=kinit %{sasl.kerberos.keytab}").error("topics", "list", code=2)
    assert "%{sasl.kerberos.keytab} is not set" in said, said
    used = login().set(f"sasl.kerberos.kinit.cmd=kinit -k -t {keytabs['alice']} %{{sasl.kerberos.principal}}",
                       "sasl.kerberos.principal=alice")
    used("topics", "list")


def no_plugin(login):
    login.kreel.environment["SASL_PATH"] = "/nonexistent"
    said = login.error("topics", "list", code=4)
    assert "plugin for GSSAPI is missing" in said and "libsasl2-modules-gssapi-mit" in said, said


def broker_without_kerberos(binary, login, home):
    (home / "password").write_text("pencil\n", encoding="utf-8")
    broker = brokers.KreelBroker(binary)
    broker.flags = ["--sasl", f"PLAIN:app:file:{home / 'password'}"]
    with broker:
        said = login.error("topics", "list", "-b", broker.bootstrap, code=4)
        assert "broker offers PLAIN; not GSSAPI" in said, said
        refused = login.error("doctor", "-b", broker.bootstrap, code=4)
        assert "broker offers PLAIN; not GSSAPI" in refused, refused

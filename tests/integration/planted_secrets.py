#!/usr/bin/env python3
"""Passwords and keys are in no output: more than 20 of them are given to a broker and to commands in every way there is,
and then looked for in the most verbose logs, in what is printed, and in the data directory (CVE-2019-12399, CVE-2026-33558).

  planted_secrets.py --kreel PATH"""

import argparse
import base64
import os
import pathlib
import subprocess
import tempfile

from broker import Broker

TIMEOUT_S = 120
VERBOSE = ("-vv", "--debug", "all")


class Planted:
    """Secrets by what they are, in a form that no other text contains."""

    def __init__(self):
        self.values = {}

    def make(self, what):
        return self.add(what, f"planted{len(self.values):02}" + os.urandom(8).hex())

    def add(self, what, value):
        assert what not in self.values and len(value) >= 16, what
        self.values[what] = value
        return value

    def found_in(self, data):
        return [what for what, value in self.values.items() if any(form in data for form in forms(value.encode()))]


def forms(secret):
    """As it is, in hex, and in base64 wherever it begins there."""
    yield secret
    yield secret.hex().encode()
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret)
        # Its first and last characters depend on what stands around it.
        yield text[(before * 8 + 5) // 6:-4]


class Commands:
    def __init__(self, kreel, home):
        self.kreel, self.home = kreel, home
        self.output = {}

    def run(self, what, *arguments, exits=0, stdin="", **environment):
        done = subprocess.run(
            [self.kreel, *map(str, arguments)], input=stdin.encode(), capture_output=True, timeout=TIMEOUT_S, check=False,
            env={"PATH": os.environ["PATH"], "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home), **environment})
        self.output[what] = done.stdout + done.stderr
        assert done.returncode == exits, f"{what}: exit {done.returncode} instead of {exits}: {done.stderr.decode()[-800:]}"
        return done.stdout.decode()


def middle_line(pem):
    lines = pem.read_text(encoding="utf-8").splitlines()
    return lines[len(lines) // 2]


def property_of(file, name):
    return next(line.split("=", 1)[1] for line in file.read_text(encoding="utf-8").splitlines()
                if line.startswith(name + "="))


def broker_options(planted, home, certificates):
    files = home / "scram512"
    files.write_text(planted.make("--sasl, a file") + "\n", encoding="utf-8")
    os.environ["PLANTED_SCRAM"] = planted.make("--sasl, the environment")
    plain = (f'username="admin" password="{planted.make("the login of a broker")}" '
             f'user_app="{planted.make("a user of PLAIN")}";')
    settings = home / "server.properties"
    settings.write_text("\n".join([
        (certificates / "server.properties").read_text(encoding="utf-8"),
        "listeners=TLS://127.0.0.1:0,IN://127.0.0.1:0",
        "listener.security.protocol.map=TLS:SSL,IN:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256",
        f"listener.name.in.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {plain}",
        f"delegation.token.secret.key={planted.make('a setting without meaning')}",
        f"sasl.oauthbearer.client.credentials.client.secret={planted.make('another setting without meaning')}",
    ]), encoding="utf-8")
    return ["--config-file", str(settings), "--sasl", f"SCRAM-SHA-512:file:file:{files}",
            "--sasl", "SCRAM-SHA-256:env:env:PLANTED_SCRAM",
            "--sasl", f"PLAIN:argument:{planted.make('--sasl, an argument')}"]


def login(mechanism, user, password):
    return ("-X", "security.protocol=SASL_PLAINTEXT", "-X", f"sasl.mechanism={mechanism}", "-X", f"sasl.username={user}",
            "-X", f"sasl.password={password}")


def use_broker(commands, planted, inside, outside, certificates):
    app = login("PLAIN", "app", planted.values["a user of PLAIN"])
    scram = login("SCRAM-SHA-512", "file", f"file:{commands.home / 'scram512'}")
    commands.run("topics create", "topics", "create", "t", "-b", inside, *app, "-y", "-vv")
    commands.run("produce", "produce", "t", "-b", inside, *scram, *VERBOSE, stdin="x\n")
    said = commands.run("consume", "consume", "t", "--until", "end", "-b", inside, *app, *VERBOSE)
    assert said == "x\n", said
    commands.run("doctor", "doctor", inside, *scram)
    commands.run("config show", "config", "show", *app)
    commands.run("tls", "topics", "list", "-b", outside, "-F", certificates / "kreel.profile", "-vv")
    commands.run("tls produce", "produce", "t", "-b", outside, "-F", certificates / "kreel.profile", *VERBOSE, stdin="x\n")
    commands.run("java's file", "topics", "list", "-b", outside, "-F", certificates / "client.properties", "-vv")
    commands.run("users add", "users", "add", "bob", "--password", "env:BOB", "-b", inside, *app, "-vv",
                 BOB=planted.make("a new user's"))
    commands.run("users list", "users", "list", "-b", inside, *app)
    commands.run("users add, an argument", "users", "add", "eve", "--password", planted.make("users add, an argument"),
                 "-b", inside, *app, exits=2)


def fail_to_log_in(commands, planted, inside):
    def wrong(what):
        return planted.make(f"a wrong password, {what}")

    for mechanism in ("PLAIN", "SCRAM-SHA-512"):
        commands.run(f"wrong {mechanism}", "topics", "list", "-b", inside, "-vv",
                     *login(mechanism, "app", wrong(mechanism)), exits=4)
        commands.run(f"produce, wrong {mechanism}", "produce", "t", "-b", inside, *VERBOSE,
                     *login(mechanism, "app", wrong(f"produce by {mechanism}")), exits=4)
    properties = commands.home / "client.properties"
    properties.write_text("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.jaas.config=org.apache.kafka.common."
                          'security.plain.PlainLoginModule required username="app" '
                          f'password="{wrong("sasl.jaas.config")}";\n', encoding="utf-8")
    commands.run("wrong in a file", "topics", "list", "-b", inside, "-F", properties, "-vv", exits=4)
    (commands.home / "kreel").mkdir()
    (commands.home / "kreel/config").write_text(
        f"[profile p]\nbootstrap.servers = {inside}\nsecurity.protocol = SASL_PLAINTEXT\nsasl.mechanism = PLAIN\n"
        f"sasl.username = app\nsasl.password = {wrong('a profile')}\n", encoding="utf-8")
    (commands.home / "kreel/config").chmod(0o600)
    commands.run("wrong in a profile", "topics", "list", "-P", "p", "-vv", exits=4)
    commands.run("config show of a profile", "config", "show", "-P", "p", "--origin")
    commands.run("wrong in the environment", "topics", "list", "-P", "p", "-vv", exits=4,
                 KREEL_X_SASL_PASSWORD=wrong("the environment"))
    commands.run("wrong by a command", "topics", "list", "-P", "p", "-vv", "-X",
                 f"sasl.password=cmd:printf {wrong('a command')}", exits=4)


def give_nonsense(commands, planted, outside, certificates):
    """What cannot be read is not repeated."""
    serve = ("serve", "--ephemeral", "--listen", "IN=SASL_PLAINTEXT://127.0.0.1:0", "-c", "sasl.enabled.mechanisms=PLAIN")
    commands.run("--sasl nonsense", *serve, "--sasl", f"PLAIN:{planted.make('--sasl without a user')}", exits=2)
    commands.run("an open quote", *serve, "-c", "listener.name.in.plain.sasl.jaas.config=x.Y required "
                 f'user_app="{planted.make("an open quote")}', exits=2)
    tls = ("-X", "security.protocol=SSL")
    properties = commands.home / "nonsense.properties"
    properties.write_text("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
                          f"sasl.jaas.config={planted.make('sasl.jaas.config that is none')}\n", encoding="utf-8")
    commands.run("jaas nonsense", "topics", "list", "-b", outside, "-F", properties, exits=2)
    commands.run("a store", "topics", "list", "-b", outside, *tls, "-X",
                 f"ssl.keystore.location={certificates}/client.keystore.p12", "-X",
                 f"ssl.keystore.password={planted.make('the password of another store')}", exits=2)
    commands.run("a key", "topics", "list", "-b", outside, *tls, "-X", f"ssl.certificate.location={certificates}/client.crt",
                 "-X", f"ssl.key.pem={planted.make('a key that is none')}", "-X",
                 f"ssl.key.password={planted.make('a password of a key')}", exits=2)
    commands.run("a token", "topics", "list", "-b", outside, "-X", "security.protocol=SASL_SSL", "-X",
                 "sasl.mechanism=OAUTHBEARER", "-X", "enable.sasl.oauthbearer.unsecure.jwt=true",
                 "-X", f"sasl.oauthbearer.client.secret={planted.make('a client secret')}",
                 "-X", f"sasl.oauthbearer.config={planted.make('a token configuration')}", exits=2)


def check(planted, commands, broker, data):
    with open(broker.log_path, "rb") as log:
        told = log.read()
    # What is looked for would be found.
    assert planted.found_in(b"..." + next(iter(planted.values.values())).encode())
    assert b'"app"' in told, "the broker's log does not tell who failed to log in"
    places = {f"the output of {what}": text for what, text in commands.output.items()}
    places["the broker's log"] = told
    for path in data.rglob("*"):
        if path.is_file():
            places[f"data/{path.relative_to(data)}"] = path.read_bytes()
    leaks = [f"{place} has {what}" for place, text in places.items() for what in planted.found_in(text)]
    assert not leaks, "\n".join(leaks)
    assert len(planted.values) >= 20
    print(f"none of {len(planted.values)} secrets in {len(places)} outputs and files")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kreel", required=True)
    options = parser.parse_args()
    planted = Planted()
    with tempfile.TemporaryDirectory(prefix="kreel-secrets-") as name:
        home = pathlib.Path(name)
        commands = Commands(os.path.abspath(options.kreel), home)
        certificates = home / "certs"
        commands.run("certs gen", "certs", "gen", "--out", certificates, "--host", "127.0.0.1")
        planted.add("the authority's key", middle_line(certificates / "ca.key"))
        planted.add("the broker's key", middle_line(certificates / "broker.key"))
        planted.add("the client's key", middle_line(certificates / "client.key"))
        planted.add("the stores' password", property_of(certificates / "server.properties", "ssl.keystore.password"))
        broker = Broker(commands.kreel, name, options=broker_options(planted, home, certificates))
        at = broker.command.index("--listen")
        del broker.command[at:at + 2]
        broker.start()
        try:
            broker.wait_ready(TIMEOUT_S)
            with open(broker.ready_path, encoding="utf-8") as ready:
                outside, inside = ready.read().split()
            use_broker(commands, planted, inside, outside, certificates)
            fail_to_log_in(commands, planted, inside)
            give_nonsense(commands, planted, outside, certificates)
            assert broker.stop() == 0
        finally:
            broker.kill()
        check(planted, commands, broker, home / "data")


if __name__ == "__main__":
    main()

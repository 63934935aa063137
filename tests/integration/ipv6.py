#!/usr/bin/env python3
"""Addresses of IPv6 wherever kreel reads or prints one: in brackets.

  ipv6.py --kreel PATH"""

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

SKIPPED = 77


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            return True
    except OSError:
        return False


class Shell:
    """Commands of a script in a directory of their own, with what they printed."""

    def __init__(self, kreel, directory):
        self.directory = directory
        self.environment = dict(os.environ, HOME=directory, PATH=f"{os.path.dirname(kreel)}:/usr/bin:/bin")

    def run(self, command, code=0):
        done = subprocess.run(["/bin/bash", "-c", command], cwd=self.directory, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        assert done.returncode == code, f"{command}\n{done.returncode}, not {code}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def served(self, options, command, code=0):
        """What `command` and the broker print while the broker runs: its address is $KREEL_BROKERS."""
        return self.run(f"kreel serve --ephemeral {options} -- bash -c '{command}'", code)


def expect(pattern, text):
    assert re.search(pattern, text, re.M), f"no {pattern} in:\n{text}"


def plaintext(shell):
    text = shell.served("--listen [::1]:0 --topics t:1", "echo $KREEL_BROKERS; echo one | kreel produce t -q; "
                        "kreel consume t --until end; kreel consume t -g g -n 1 -q; "
                        "kreel groups describe g -o csv --columns coordinator; "
                        "kreel cluster -o csv --columns host; kreel doctor")
    expect(r"^\[::1\]:\d+$", text)
    expect(r"^one$", text)
    expect(r"^coordinator\n\[::1\]:\d+$", text)
    expect(r"^::1$", text)
    expect(r"^advertised +\[::1\]:\d+ +ok", text)
    expect(r"^healthy", text)
    if shutil.which("kcat"):
        text = shell.served("--listen [::1]:0 --topics t:1", "echo two | kcat -P -t t -b $KREEL_BROKERS; "
                            "kcat -C -e -q -t t -b $KREEL_BROKERS")
        expect("^two$", text)


def other_addresses(shell):
    text = shell.served("--listen A=PLAINTEXT://127.0.0.1:0 --listen B=PLAINTEXT://[::1]:0 "
                        "--config advertised.listeners=A://[::1]:9,B://localhost:9 --topics t:1",
                        "echo one | kreel produce t", 3)
    expect(r"broker 1 advertises \[::1\]:9, which cannot be reached from here", text)
    text = shell.run("kreel serve --ephemeral --listen [::]:0", 2)
    expect(r"\[::\]:0 can be reached by others, and nobody has to authenticate", text)
    text = shell.run("kreel serve --ephemeral --listen [2001:db8::1]:0 --insecure", 2)
    expect(r"cannot listen on \[2001:db8::1\]:0: ", text)
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = shell.run(f"kreel serve --ephemeral --listen [::1]:{port}", 3)
        expect(rf"cannot listen on \[::1\]:{port}: the port is in use", text)
        text = shell.run(f"kreel serve --ephemeral --listen [::1]:0 --metrics [::1]:{port}", 3)
        expect(rf"^kreel: --metrics: cannot listen on \[::1\]:{port}: the port is in use$", text)
    text = shell.run("kreel topics list -b [::1]:1", 3)
    expect(r"cannot connect to \[::1\]:1: connection refused", text)
    text = shell.run("kreel topics list -b [::1:9092", 2)
    expect(r'"\[::1:9092" is not a HOST:PORT', text)
    text = shell.run("kreel kafka-topics --bootstrap-server [::1]:1 --list & sleep 2; kill $!")
    expect(r"\(/\[0:0:0:0:0:0:0:1\]:1\) could not be established", text)


def metrics(shell):
    """Debian's civetweb is built without IPv6."""
    text = shell.run("kreel serve --ephemeral --listen [::1]:0 --metrics [::1]:0 -- true || test $? = 2")
    refusal = r"^kreel: --metrics: \[::1\]:0: the web server here \(civetweb\) has no IPv6$"
    expect(rf"^metrics on http://\[::1\]:\d+/metrics$|{refusal}", text)


def tls(shell):
    shell.run("kreel certs gen --host ::1 --client app --client other -q")
    expect(r"^bootstrap.servers=\[::1\]:9093$", shell.run("cat certs/app.properties certs/app.profile"))
    expect(r"IP:::1", shell.run("kreel certs show certs/broker.crt"))
    text = shell.served("--tls certs --listen [::1]:0 --topics t:1 --config ssl.client.auth=required",
                        "kreel topics list -F certs/app.profile -b $KREEL_BROKERS; "
                        "kreel topics list -F certs/app.properties -b $KREEL_BROKERS; "
                        "kreel certs check $KREEL_BROKERS --ca certs/ca.crt -o csv --columns step,state || true")
    assert len(re.findall(r"^t +1 +1$", text, re.M)) == 2, text
    expect(r"^names,ok$", text)
    expect(r"warning: closed \[::1\]:\d+: the TLS handshake failed", text)
    text = shell.served("--tls certs --listen [::1]:0 --topics t:1", "echo one | kreel produce t -q --timeout 2s "
                        "-F certs/app.profile -b $KREEL_BROKERS || true")
    expect(r"\[::1\]:\d+: its certificate was not verified: librdkafka knows no IPv6 addresses", text)
    shell.run("kreel certs gen --host 127.0.0.1 --out other -q")
    text = shell.served("--tls other --listen [::1]:0", "kreel topics list --tls -X ssl.ca.location=other/ca.crt", 4)
    expect(r"is for IP:127\.0\.0\.1, not for ::1$", text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kreel", required=True)
    kreel = os.path.abspath(parser.parse_args().kreel)
    if not has_ipv6():
        print("skipped: there is no ::1 here")
        sys.exit(SKIPPED)
    for part in (plaintext, other_addresses, metrics, tls):
        with tempfile.TemporaryDirectory(prefix="kreel-ipv6-") as directory:
            part(Shell(kreel, directory))
            print(f"{part.__name__}: as it should be")


if __name__ == "__main__":
    main()

"""Each client suite by SASL_SSL: a scenario of each, and all of them with KREEL_LONG=1. By SCRAM-SHA-512, or PLAIN where the
client has no SCRAM of its own."""

import os
import pathlib
import tempfile

from rig import brokers, suites
from rig.kreel_command import Kreel

SCENARIO = "" if os.environ.get("KREEL_LONG") == "1" else "records-none"
PASSWORD = "pencil-and-paper"


class SaslBroker(brokers.KreelBroker):
    def __init__(self, binary, certificates, password_file):
        super().__init__(binary)
        self.flags = ["--tls", str(certificates)]
        for mechanism in ("SCRAM-SHA-512", "PLAIN"):
            self.flags += ["--sasl", f"{mechanism}:app:file:{password_file}"]


def run(options, _broker_for):
    if not options.kreel:
        raise RuntimeError("this check needs --kreel PATH")
    names = [name for name in suites.SUITES if options.only in name]
    for name in names:
        suites.prepare(name)
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="kreel-sasl-clients-") as home:
        certificates, password_file = pathlib.Path(home, "certs"), pathlib.Path(home, "password")
        password_file.write_text(PASSWORD, encoding="utf-8")
        Kreel(options.kreel, "", home)("certs", "gen", "--out", certificates, "--host", "127.0.0.1")
        for name in names:
            print(f"# {name}", flush=True)
            with SaslBroker(options.kreel, certificates, password_file) as broker:
                good, bad = suites.run(name, broker, SCENARIO, INTEROP_CA=str(certificates / "ca.crt"),
                                       INTEROP_USER="app", INTEROP_PASSWORD=PASSWORD)
            if good + bad == 0:
                print(f"not ok {name}: no scenario ran")
                bad = 1
            passed, failed = passed + good, failed + bad
    return passed, failed

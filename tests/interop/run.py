#!/usr/bin/env python3
"""Runs interop suites: other people's clients against a broker, and kreel's commands against Apache Kafka.

  run.py --kreel PATH SUITE…            against kreel
  run.py --against-kafka SUITE…         against a real Apache Kafka: shows that the suites themselves are right
  run.py --bootstrap HOST:PORT SUITE…   against a broker that runs already

Checks that use kreel's commands and a broker take --kreel beside --against-kafka or --bootstrap.

Exit: 0 all passed, 1 a scenario failed, 2 wrong usage, 77 skipped (a registry or a tool is out of reach; with
KREEL_REQUIRE_INTEROP=1 that is a failure).
"""

import argparse
import contextlib
import os
import subprocess
import sys
import time
import types

sys.dont_write_bytecode = True

from rig import (  # noqa: E402
    brokers, cluster, connect, copier, dump_compacted, dump_log, fetch, kafka_tools, kerberos, kreel_vs_kafka, sasl,
    sasl_clients, streams, suites, tls)

CHECKS = {"dump-log": dump_log.run, "dump-compacted": dump_compacted.run, "kreel-vs-kafka": kreel_vs_kafka.run,
          "copier": copier.run, "streams": streams.run, "connect": connect.run, "cluster": cluster.run,
          "sasl": sasl.run, "sasl-clients": sasl_clients.run, "kerberos": kerberos.run, "tls": tls.run,
          "kafka-tools": kafka_tools.run}
WITH_KREEL = ("kreel-vs-kafka", "copier", "streams", "connect", "cluster", "sasl", "sasl-clients", "kerberos", "tls",
              "kafka-tools")


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kreel", metavar="PATH", help="the kreel binary")
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--against-kafka", action="store_true")
    target.add_argument("--bootstrap", metavar="HOST:PORT")
    parser.add_argument("--only", default="", metavar="TEXT", help="only scenarios whose name contains TEXT")
    parser.add_argument("suites", nargs="+", metavar="SUITE", choices=["all", *suites.SUITES, *CHECKS])
    options = parser.parse_args(arguments)
    if not (options.kreel or options.against_kafka or options.bootstrap):
        parser.error("a target is missing: --kreel, --against-kafka or --bootstrap")
    if options.suites == ["all"]:
        options.suites = [*suites.SUITES, *(name for name in CHECKS if options.kreel or name not in WITH_KREEL)]
    for name in options.suites:
        if name in WITH_KREEL and not options.kreel:
            parser.error(f"{name} uses kreel's commands: --kreel is missing")
    return options


def broker_for(options, ephemeral=True, settings=()):
    if options.bootstrap:
        return contextlib.nullcontext(types.SimpleNamespace(bootstrap=options.bootstrap, log_tail=lambda: ""))
    if options.against_kafka:
        return brokers.KafkaBroker(settings)
    return brokers.KreelBroker(options.kreel, ephemeral, settings)


def run_client(name, options):
    """Runs one client suite; returns (scenarios that passed, scenarios that failed)."""
    suites.prepare(name)
    with broker_for(options) as broker:
        return suites.run(name, broker, options.only)


def run_one(name, options):
    """Returns the exit status that this suite alone deserves."""
    start = time.monotonic()
    try:
        passed, failed = CHECKS[name](options, broker_for) if name in CHECKS else run_client(name, options)
    except fetch.Unreachable as error:
        print(f"skip {name}: {error}")
        return 1 if os.environ.get("KREEL_REQUIRE_INTEROP") == "1" else 77
    except fetch.BuildFailed as error:
        print(f"not ok {name}: does not build: {error}")
        return 1
    except (RuntimeError, OSError, subprocess.TimeoutExpired) as error:
        print(f"not ok {name}: {error}")
        return 1
    if passed + failed == 0:
        print(f"not ok {name}: no scenario ran")
        return 1
    print(f"{name}: {passed} of {passed + failed} scenarios passed in {time.monotonic() - start:.1f} s", flush=True)
    return 1 if failed else 0


def main(arguments):
    options = parse(arguments)
    brokers.end_on_signals()
    statuses = [run_one(name, options) for name in options.suites]
    if 1 in statuses:
        return 1
    return 77 if 77 in statuses else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

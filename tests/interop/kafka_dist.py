#!/usr/bin/env python3
"""Apache Kafka from Maven: `prepare` fetches it, `serve` runs one broker and `cluster` three nodes until a signal,
`run CLASS ARGS…` runs a tool, `record-tools KREEL` writes down what all of them answer. `cluster` takes orders on standard input: `kill N`, `start N`."""

import os
import signal
import sys

sys.dont_write_bytecode = True

from rig import brokers, fetch, kafka_cluster, kafka_tools  # noqa: E402


def serve():
    brokers.end_on_signals()
    with brokers.KafkaBroker() as broker:
        print(broker.bootstrap, flush=True)
        while True:
            signal.pause()


def cluster():
    brokers.end_on_signals()
    with kafka_cluster.KafkaCluster() as nodes:
        print(nodes.bootstrap, flush=True)
        for order in sys.stdin:
            verb, number = order.split()
            node = nodes.nodes[int(number)]
            {"kill": node.kill, "start": node.start}[verb]()
            print(order.strip(), flush=True)
    return 0


def main(arguments):
    try:
        if arguments == ["prepare"]:
            print(brokers.kafka_jars())
            return 0
        if arguments == ["serve"]:
            return serve()
        if arguments == ["cluster"]:
            return cluster()
        if len(arguments) == 2 and arguments[0] == "record-tools":
            kafka_tools.record(arguments[1])
            return 0
        if len(arguments) >= 2 and arguments[0] == "run":
            command = [*brokers.java_command(), *arguments[1:]]
            sys.stdout.flush()
            os.execv(command[0], command)
    except fetch.Unreachable as error:
        print(f"kafka_dist.py: {error}", file=sys.stderr)
        return 77
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

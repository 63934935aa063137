"""Three Apache Kafka nodes, each broker and controller, that are killed and come back one by one."""

import contextlib
import signal

from rig import brokers

NODES = (1, 2, 3)
# A dead broker is fenced soon, so that a run sees many changes of leaders.
SETTINGS = """\
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.num.partitions=5
transaction.state.log.min.isr=2
default.replication.factor=3
min.insync.replicas=2
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
replica.lag.time.max.ms=4000
controlled.shutdown.enable=true
""".splitlines()


class KafkaNode(brokers.KafkaBroker):
    heap = "-Xmx384m"
    format_flags = ()

    def __init__(self, node):
        super().__init__(SETTINGS)
        self.node = node


class KafkaCluster:
    """`bootstrap` names every node; `nodes` are the brokers by node id."""

    def __init__(self):
        self.nodes = {node: KafkaNode(node) for node in NODES}
        voters = ",".join(f"{node}@127.0.0.1:{broker.controller}" for node, broker in self.nodes.items())
        for broker in self.nodes.values():
            broker.quorum = f"controller.quorum.voters={voters}"
        self.bootstrap = ",".join(broker.bootstrap for broker in self.nodes.values())
        self.scratch = self.nodes[NODES[0]].scratch
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        with self.stack as starting:
            for broker in self.nodes.values():
                starting.push(broker.__exit__)
                broker.launch()
            for broker in self.nodes.values():
                broker.wait_until(lambda broker=broker: broker.accepts(broker.bootstrap))
            self.stack = starting.pop_all()
        return self

    def __exit__(self, *_):
        for broker in self.nodes.values():
            if broker.process.poll() is None:
                broker.process.send_signal(signal.SIGKILL)
        self.stack.close()

    def revive(self):
        """Starts the nodes that a scenario has left dead."""
        for broker in self.nodes.values():
            if broker.process.poll() is not None:
                broker.start()

    def log_tail(self):
        return "\n".join(f"node {node}:\n{broker.log_tail()}" for node, broker in self.nodes.items())

"""Command lines of Apache's tools that look at a cluster as such, in the form of tool_cases."""

import re

from rig import tool_cases

CLASSES = {
    "kafka-topics": "org.apache.kafka.tools.TopicCommand",
    "kafka-configs": "kafka.admin.ConfigCommand",
    "kafka-storage": "kafka.tools.StorageTool",
    "kafka-cluster": "org.apache.kafka.tools.ClusterTool",
    "kafka-broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "kafka-transactions": "org.apache.kafka.tools.TransactionsCommand",
    "kafka-features": "org.apache.kafka.tools.FeatureCommand",
    "kafka-metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand",
    "kafka-leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "kafka-reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
}

B = "--bootstrap-server $B"
ID = "AAAAAAAAAAAAAAAAAAAAQQ"

CASES = [
    ("kafka-topics", f"{B} --create --topic a --partitions 2", None),
    # kafka-storage
    ("kafka-storage", "random-uuid", None),
    ("kafka-storage", "random-uuid --foo", None),
    ("kafka-storage", "", None),
    # kafka-cluster; what its parser refuses ends the JVM of all
    ("kafka-cluster", f"cluster-id {B}", None),
    ("kafka-cluster", "cluster-id -b $B", None),
    ("kafka-cluster", f"cluster-id {B} --command-config x --config y", None),
    ("kafka-cluster", "cluster-id --bootstrap-server 127.0.0.1:1 -c quick.properties", None),
    ("kafka-cluster", f"list-endpoints {B}", None),
    ("kafka-cluster", f"list-endpoints {B} --include-fenced-brokers", None),
    ("kafka-cluster", f"unregister {B} --id 7", None),
    # kafka-broker-api-versions
    ("kafka-broker-api-versions", f"{B} --foo", None),
    ("kafka-broker-api-versions", "--command-config x", None),
    ("kafka-broker-api-versions", "--bootstrap-server localhost", None),
    ("kafka-broker-api-versions", f"{B}", None),
    ("kafka-broker-api-versions", "--bootstrap-server 127.0.0.1:1", None),
    # kafka-transactions
    ("kafka-transactions", "", None),
    ("kafka-transactions", "--version", None),
    ("kafka-transactions", f"{B}", None),
    ("kafka-transactions", f"{B} list", None),
    ("kafka-transactions", f"{B} list --duration-filter 1000", None),
    ("kafka-transactions", f"{B} list --duration-filter x", None),
    ("kafka-transactions", "list", None),
    ("kafka-transactions", f"{B} describe", None),
    ("kafka-transactions", f"{B} describe --transactional-id nope", None),
    ("kafka-transactions", f"{B} describe-producers --topic a --partition 0", None),
    ("kafka-transactions", f"{B} abort --topic a --partition 0", None),
    ("kafka-transactions", f"{B} abort --topic a --partition 0 --start-offset 3", None),
    ("kafka-transactions", f"{B} abort --topic a --partition 0 --producer-id 3", None),
    ("kafka-transactions", f"{B} abort --topic a --partition 0 --producer-id 3 --producer-epoch 0", None),
    ("kafka-transactions", f"{B} find-hanging", None),
    ("kafka-transactions", f"{B} find-hanging --broker-id 1 --partition 0", None),
    ("kafka-transactions", f"{B} find-hanging --broker-id 1", None),
    ("kafka-transactions", f"{B} find-hanging --topic a --partition 1", None),
    ("kafka-transactions", "--bootstrap-server 127.0.0.1:1 --command-config quick.properties list", None),
    ("kafka-transactions", "--bootstrap-server 127.0.0.1:1 --command-config quick.properties describe "
                           "--transactional-id x", None),
    ("kafka-transactions", "--bootstrap-server 127.0.0.1:1 --command-config quick.properties describe-producers "
                           "--topic a --partition 0", None),
    ("kafka-transactions", f"{B} --command-config missing.properties list", None),
    # kafka-features
    ("kafka-features", "", None),
    ("kafka-features", "describe", None),
    ("kafka-features", f"{B} --foo describe", None),
    ("kafka-features", f"{B} describe", None),
    ("kafka-features", f"{B} describe --node-id 1", None),
    ("kafka-features", f"{B} describe --node-id -1", None),
    ("kafka-features", f"{B} upgrade", None),
    ("kafka-features", f"{B} upgrade --feature transaction.version=2", None),
    ("kafka-features", f"{B} upgrade --feature transaction.version=2 --dry-run", None),
    ("kafka-features", f"{B} upgrade --feature transaction.version=3", None),
    ("kafka-features", f"{B} upgrade --feature transaction.version", None),
    ("kafka-features", f"{B} upgrade --feature transaction.version=x", None),
    ("kafka-features", f"{B} upgrade --feature foo=1 --feature foo=2", None),
    ("kafka-features", f"{B} upgrade --feature foo=1 --release-version 4.0", None),
    ("kafka-features", f"{B} upgrade --release-version 9.9", None),
    ("kafka-features", f"{B} downgrade --feature transaction.version=1 --dry-run", None),
    ("kafka-features", f"{B} downgrade --feature transaction.version=1 --unsafe", None),
    ("kafka-features", f"{B} disable --feature group.version", None),
    ("kafka-features", f"{B} disable --feature foo", None),
    ("kafka-features", f"{B} disable", None),
    ("kafka-features", "version-mapping", None),
    ("kafka-features", "version-mapping --release-version 3.9", None),
    ("kafka-features", "version-mapping --release-version 4.1-IV0", None),
    ("kafka-features", "version-mapping --release-version 2.0", None),
    ("kafka-features", "feature-dependencies", None),
    ("kafka-features", "feature-dependencies --feature metadata.version=25 --feature transaction.version=2", None),
    ("kafka-features", "feature-dependencies --feature eligible.leader.replicas.version=1", None),
    ("kafka-features", "feature-dependencies --feature group.version=9", None),
    ("kafka-features", "feature-dependencies --feature foo=1", None),
    # kafka-metadata-quorum
    ("kafka-metadata-quorum", "", None),
    ("kafka-metadata-quorum", "describe --status", None),
    ("kafka-metadata-quorum", f"{B} describe", None),
    ("kafka-metadata-quorum", f"{B} describe --status", None),
    ("kafka-metadata-quorum", f"{B} describe --status --human-readable", None),
    ("kafka-metadata-quorum", f"{B} describe --status --replication", None),
    ("kafka-metadata-quorum", f"{B} describe --replication", None),
    ("kafka-metadata-quorum", f"{B} add-controller", None),
    ("kafka-metadata-quorum", f"{B} --command-config missing.properties add-controller", None),
    ("kafka-metadata-quorum", f"{B} --command-config quick.properties add-controller", None),
    ("kafka-metadata-quorum", f"{B} remove-controller -i 3", None),
    ("kafka-metadata-quorum", f"{B} remove-controller -i 3 -d short", None),
    ("kafka-metadata-quorum", f"{B} remove-controller -i 3 -d {ID} --dry-run", None),
    ("kafka-metadata-quorum", f"{B} remove-controller -i 3 -d {ID}", None),
    # kafka-leader-election
    ("kafka-leader-election", f"{B}", None),
    ("kafka-leader-election", "", None),
    ("kafka-leader-election", f"{B} --election-type preferred", None),
    ("kafka-leader-election", f"{B} --election-type bogus --all-topic-partitions", None),
    ("kafka-leader-election", f"{B} --election-type preferred --topic a", None),
    ("kafka-leader-election", f"{B} --election-type preferred --all-topic-partitions --partition 0", None),
    ("kafka-leader-election", f"{B} --election-type preferred --all-topic-partitions", None),
    ("kafka-leader-election", f"{B} --election-type UNCLEAN --topic a --partition 1", None),
    ("kafka-leader-election", f"{B} --election-type preferred --topic nope --partition 0", None),
    ("kafka-leader-election", f"{B} --election-type preferred --topic a --partition 7", None),
    ("kafka-leader-election", f"{B} --election-type preferred --path-to-json-file election.json", None),
    ("kafka-leader-election", f"{B} --election-type preferred --path-to-json-file twice.json", None),
    ("kafka-leader-election", f"{B} --election-type preferred --path-to-json-file empty.json", None),
    ("kafka-leader-election", f"{B} --election-type preferred --path-to-json-file missing.json", None),
    # kafka-reassign-partitions
    ("kafka-reassign-partitions", f"{B}", None),
    ("kafka-reassign-partitions", f"{B} --list --verify", None),
    ("kafka-reassign-partitions", "--list", None),
    ("kafka-reassign-partitions", f"{B} --execute", None),
    ("kafka-reassign-partitions", f"{B} --list --throttle 5", None),
    ("kafka-reassign-partitions", f"{B} --list", None),
    ("kafka-reassign-partitions", f"{B} --generate --topics-to-move-json-file topics.json --broker-list 1", None),
    ("kafka-reassign-partitions", f"{B} --generate --topics-to-move-json-file topics.json --broker-list 9", None),
    ("kafka-reassign-partitions", f"{B} --generate --topics-to-move-json-file topics.json --broker-list 1,1", None),
    ("kafka-reassign-partitions", f"{B} --generate --topics-to-move-json-file nope.json --broker-list 1", None),
    ("kafka-reassign-partitions", f"{B} --execute --reassignment-json-file here.json", None),
    ("kafka-reassign-partitions", f"{B} --execute --reassignment-json-file there.json", None),
    ("kafka-reassign-partitions", f"{B} --execute --reassignment-json-file beyond.json", None),
    ("kafka-reassign-partitions", f"{B} --execute --reassignment-json-file empty.json", None),
    ("kafka-reassign-partitions", f"{B} --execute --reassignment-json-file doubled.json", None),
    ("kafka-reassign-partitions", f"{B} --execute --reassignment-json-file here.json --throttle 5000", None),
    ("kafka-configs", f"{B} --describe --broker 1", None),
    ("kafka-configs", f"{B} --alter --broker-defaults --add-config leader.replication.throttled.rate=7", None),
    ("kafka-configs", f"{B} --describe --broker-defaults", None),
    ("kafka-configs", f"{B} --describe --broker 1", None),
    ("kafka-configs", f"{B} --alter --broker 1 --add-config leader.replication.throttled.rate=-1", None),
    ("kafka-reassign-partitions", f"{B} --execute --reassignment-json-file here.json --throttle x", None),
    ("kafka-reassign-partitions", f"{B} --execute --reassignment-json-file missing.json", None),
    ("kafka-reassign-partitions", f"{B} --execute --reassignment-json-file version.json", None),
    ("kafka-reassign-partitions", f"{B} --generate --topics-to-move-json-file broken.json --broker-list 1", None),
    ("kafka-reassign-partitions", f"{B} --verify --reassignment-json-file here.json", None),
    ("kafka-reassign-partitions", f"{B} --verify --reassignment-json-file there.json --preserve-throttles", None),
    ("kafka-configs", f"{B} --describe --broker 1", None),
    ("kafka-reassign-partitions", f"{B} --cancel --reassignment-json-file here.json", None),
]

FILES = {
    "quick.properties": "default.api.timeout.ms=1500\nrequest.timeout.ms=500\n",
    "election.json": '{"partitions":[{"topic":"a","partition":0}]}',
    "twice.json": '{"partitions":[{"topic":"a","partition":0},{"topic":"a","partition":0}]}',
    "empty.json": "{}",
    "topics.json": '{"topics":[{"topic":"a"}],"version":1}',
    "nope.json": '{"topics":[{"topic":"nope"}],"version":1}',
    "here.json": '{"partitions":[{"topic":"a","partition":0,"replicas":[1]},'
                 '{"topic":"a","partition":1,"replicas":[1]}],"version":1}',
    "there.json": '{"partitions":[{"topic":"a","partition":0,"replicas":[7]}],"version":1}',
    "beyond.json": '{"partitions":[{"topic":"a","partition":9,"replicas":[1]}],"version":1}',
    "version.json": '{"partitions":[],"version":2}',
    "broken.json": "{",
    "doubled.json": '{"partitions":[{"topic":"a","partition":0,"replicas":[1,1]}],"version":1}',
}

# Answers that are not Kafka's, and why.
DIFFERENCES = {
    "kafka-storage": "of the tool's commands only those that are there are named",
    "kafka-transactions --version": "kreel is no commit of Kafka's",
}

MASKS = [
    (re.compile(r"^[A-Za-z0-9_-]{22}$", re.M), "ID"),
    (re.compile(r"(Cluster ID: |ClusterId: +|\"directoryId\": \")[A-Za-z0-9_-]{22}"), r"\1ID"),
    (re.compile(r"(?m)^1( *\t)[A-Za-z0-9_-]{22}( *\t\d+ *\t\d+ *\t)\d{13}( *\t)\d{13}"), r"1\1ID\2T\3T"),
    (re.compile(r'"log_dirs":\["/[^"]*"\]'), '"log_dirs":["DIR"]'),
]
# kafka-reassign-partitions prints traces on standard output.
TRACE = re.compile(r"(?m)^(\s+at |Caused by|\s+\.\.\. \d+ more).*\n")


def answer(done, broker):
    told = tool_cases.answer(done, broker)
    told["stdout"] = TRACE.sub("", told["stdout"])
    for pattern, replacement in MASKS:
        told["stdout"] = pattern.sub(replacement, told["stdout"])
    return told

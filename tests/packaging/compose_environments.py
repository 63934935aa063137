"""What compose files say to images of Kafka: the variables as the images' own pages show them.

`advertised` is what each listener has to tell its clients, `topics` what has to be there."""

import dataclasses


@dataclasses.dataclass
class Compose:
    name: str
    environment: dict
    advertised: list
    topics: list = dataclasses.field(default_factory=list)
    without_meaning: bool = True


KRAFT = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
}

COMPOSES = [
    Compose("apache/kafka, one address", {
        **KRAFT,
        "KAFKA_LISTENERS": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
        "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://localhost:9092",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_NUM_PARTITIONS": "3",
    }, ["localhost:9092"]),
    Compose("apache/kafka, one address inside and one outside", {
        **KRAFT,
        "KAFKA_LISTENERS": "PLAINTEXT://:19092,CONTROLLER://:29093,PLAINTEXT_HOST://:9092",
        "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT_HOST://localhost:9092,PLAINTEXT://broker:19092",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@broker:29093",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "KAFKA_LOG_DIRS": "/tmp/kraft-combined-logs",
        "CLUSTER_ID": "4L6g3nShT-eMCtK--X86sw",
    }, ["localhost:9092", "broker:19092"]),
    Compose("apache/kafka, the controller elsewhere", {
        **KRAFT,
        "KAFKA_NODE_ID": "4",
        "KAFKA_PROCESS_ROLES": "broker",
        "KAFKA_LISTENERS": "PLAINTEXT://:19092,PLAINTEXT_HOST://:9092",
        "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://broker-1:19092,PLAINTEXT_HOST://localhost:9092",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@c-1:9093,2@c-2:9093,3@c-3:9093",
    }, ["localhost:9092", "broker-1:19092"]),
    Compose("bitnami/kafka, KRaft", {
        "KAFKA_CFG_NODE_ID": "0",
        "KAFKA_CFG_PROCESS_ROLES": "controller,broker",
        "KAFKA_CFG_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093,EXTERNAL://:9094",
        "KAFKA_CFG_ADVERTISED_LISTENERS": "PLAINTEXT://kafka:9092,EXTERNAL://localhost:9094",
        "KAFKA_CFG_LISTENER_SECURITY_PROTOCOL_MAP":
            "CONTROLLER:PLAINTEXT,EXTERNAL:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_CFG_CONTROLLER_QUORUM_VOTERS": "0@kafka:9093",
        "KAFKA_CFG_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_KRAFT_CLUSTER_ID": "abcdefghijklmnopqrstuv",
        "ALLOW_PLAINTEXT_LISTENER": "yes",
        "BITNAMI_DEBUG": "true",
    }, ["kafka:9092", "localhost:9094"]),
    Compose("bitnami/kafka, ZooKeeper", {
        "KAFKA_CFG_ZOOKEEPER_CONNECT": "zookeeper:2181",
        "ALLOW_PLAINTEXT_LISTENER": "yes",
        "KAFKA_CFG_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENT:PLAINTEXT,EXTERNAL:PLAINTEXT",
        "KAFKA_CFG_LISTENERS": "CLIENT://:9092,EXTERNAL://:9093",
        "KAFKA_CFG_ADVERTISED_LISTENERS": "CLIENT://kafka:9092,EXTERNAL://localhost:9093",
        "KAFKA_CFG_INTER_BROKER_LISTENER_NAME": "CLIENT",
        "KAFKA_CFG_AUTO_CREATE_TOPICS_ENABLE": "true",
    }, ["kafka:9092", "localhost:9093"]),
    Compose("bitnami/kafka, nothing advertised", {
        "KAFKA_CFG_LISTENERS": "PLAINTEXT://:9092",
        "ALLOW_PLAINTEXT_LISTENER": "yes",
    }, ["127.0.0.1:9092"], without_meaning=False),
    Compose("confluentinc/cp-kafka, ZooKeeper", {
        "KAFKA_BROKER_ID": "1",
        "KAFKA_ZOOKEEPER_CONNECT": "zookeeper:2181",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT",
        "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_CONFLUENT_LICENSE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_JMX_PORT": "9101",
        "KAFKA_JMX_HOSTNAME": "localhost",
    }, ["broker:29092", "localhost:9092"]),
    Compose("confluentinc/cp-kafka, KRaft", {
        **KRAFT,
        "KAFKA_BROKER_ID": "1",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":
            "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT",
        "KAFKA_ADVERTISED_LISTENERS": "PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092",
        "KAFKA_LISTENERS":
            "PLAINTEXT://broker:29092,CONTROLLER://broker:29093,PLAINTEXT_HOST://0.0.0.0:9092",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@broker:29093",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "PLAINTEXT",
        "KAFKA_LOG_DIRS": "/tmp/kraft-combined-logs",
        "CLUSTER_ID": "MkU3OEVBNTcwNTJENDM2Qk",
    }, ["broker:29092", "localhost:9092"]),
    Compose("wurstmeister/kafka, topics to create", {
        "KAFKA_ADVERTISED_LISTENERS": "INSIDE://kafka:9093,OUTSIDE://localhost:9092",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT",
        "KAFKA_LISTENERS": "INSIDE://0.0.0.0:9093,OUTSIDE://0.0.0.0:9092",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_ZOOKEEPER_CONNECT": "zookeeper:2181",
        "KAFKA_CREATE_TOPICS": "Topic1:1:3,Topic2:1:1:compact",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_HEAP_OPTS": "-Xmx512M -Xms256M",
    }, ["kafka:9093", "localhost:9092"], ["Topic1", "Topic2"]),
    Compose("wurstmeister/kafka, a host and a port", {
        "KAFKA_ADVERTISED_HOST_NAME": "192.168.99.100",
        "KAFKA_ADVERTISED_PORT": "9092",
        "KAFKA_PORT": "9092",
        "KAFKA_BROKER_ID": "-1",
        "KAFKA_ZOOKEEPER_CONNECT": "zookeeper:2181",
    }, ["192.168.99.100:9092"]),
]

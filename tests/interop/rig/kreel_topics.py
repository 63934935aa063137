"""kreel topics, produce, consume, cluster and config against Apache Kafka."""

import json
import re

from rig import brokers
from rig.kreel_command import fresh
from rig.program import eventually
from rig.report import equal

TOOLS = "org.apache.kafka.tools."


def register():
    return [
        ("cluster", cluster), ("config-show", config_show), ("topics-create-list-describe", create_list_describe),
        ("topics-refusals", refusals), ("topics-alter", alter), ("topics-delete", delete), ("topics-trim", trim),
        ("produce-consume-lines", lines), ("produce-consume-jsonl", jsonl), ("produce-codecs", codecs),
        ("produce-keys-land-where-java-puts-them", java_placement), ("consume-positions", positions),
        ("produce-unknown-topic", unknown_topic), ("broker-unreachable", unreachable),
    ]


def tool(name, kreel, *arguments):
    done = brokers.run_tool(TOOLS + name, "--bootstrap-server", kreel.bootstrap, *arguments)
    equal(0, done.returncode, f"exit of {name} ({done.stderr[-400:]})")
    return done.stdout


def partition_count(item):
    partitions = item["partitions"]
    return partitions if isinstance(partitions, int) else len(partitions)


def describe(kreel, topic):
    items = kreel.items("topics", "describe", topic)
    equal([topic], [item["name"] for item in items], "described topics")
    return items[0]


def cluster(kreel):
    text = json.dumps(kreel.items("cluster"))
    assert brokers.CLUSTER_ID in text, f"the cluster id is not in {text}"
    host, port = kreel.bootstrap.split(":")
    assert host in text and port in text, f"the broker's address is not in {text}"


def config_show(kreel):
    text = kreel("config", "show", "--origin", "-X", "client.id=shown-here").decode()
    assert "shown-here" in text and kreel.bootstrap in text, text


def create_list_describe(kreel):
    topic = kreel.topic("create", 3, "-c", "retention.ms=1234567")
    assert topic in [item["name"] for item in kreel.items("topics", "list")], "listed"
    assert topic in kreel("topics", "list").decode(), "in the table"
    item = describe(kreel, topic)
    equal(3, partition_count(item), "partitions")
    assert "1234567" in json.dumps(item["configs"]), f"retention.ms is not in {item['configs']}"
    apache = tool("TopicCommand", kreel, "--describe", "--topic", topic)
    equal(re.search(r"TopicId: (\S+)", apache)[1], item["id"], "topic id")
    assert "PartitionCount: 3" in apache and "retention.ms=1234567" in apache, apache
    kreel("topics", "create", topic, "-p", 3, "--if-not-exists")


def refusals(kreel):
    topic = kreel.topic("refused", 2)
    kreel("topics", "create", topic, code=1)
    kreel("topics", "create", fresh("rf"), "-r", 3, code=1)
    kreel("topics", "describe", topic + "x", code=6)
    kreel("topics", "alter", topic, "-p", 1, "--yes", code=1)
    kreel("topics", "create", fresh("bad"), "-c", "retention.ms=soon", code=1)


def alter(kreel):
    topic = kreel.topic("alter", 2, "-c", "retention.ms=777")
    kreel("topics", "alter", topic, "-p", 5, "--yes")
    kreel("topics", "alter", topic, "--set", "max.message.bytes=4321", "--unset", "retention.ms", "--yes")
    apache = tool("TopicCommand", kreel, "--describe", "--topic", topic)
    assert "PartitionCount: 5" in apache and "max.message.bytes=4321" in apache, apache
    assert "retention.ms=777" not in apache, apache
    equal(5, partition_count(describe(kreel, topic)), "partitions")


def delete(kreel):
    first, second = kreel.topic("gone"), kreel.topic("gone")
    kreel("topics", "delete", first, second, "--yes")

    def gone():
        names = [item["name"] for item in kreel.items("topics", "list")]
        return first not in names and second not in names

    eventually(gone, "the deleted topics are not listed")  # Kafka's brokers learn it from the controller
    kreel("topics", "delete", first, "--yes", code=6)


def trim(kreel):
    topic = kreel.topic("trim")
    kreel.produce(topic, [f"value-{i}" for i in range(10)])
    kreel("topics", "trim", topic, "--to", 4, "--yes")
    equal(f"{topic}:0:4", tool("GetOffsetShell", kreel, "--topic", topic, "--time", "-2").strip(), "start offset")
    equal("value-4", kreel.records(topic)[0]["value"], "first value left")


def lines(kreel):
    topic = kreel.topic("lines")
    kreel.produce(topic, ["a:1", "b:2", "a:3"], "-K", ":")
    records = kreel.records(topic)
    equal([("a", "1"), ("b", "2"), ("a", "3")], [(item["key"], item["value"]) for item in records], "records")
    equal(b"1\n2\n3\n", kreel("consume", topic, "--from", "start", "--until", "end"), "value lines")
    apache = brokers.run_tool(TOOLS + "consumer.ConsoleConsumer", "--bootstrap-server", kreel.bootstrap, "--topic",
                              topic, "--from-beginning", "--max-messages", 3, "--timeout-ms", 15000)
    equal(["1", "2", "3"], apache.stdout.split(), "values that Apache's console consumer reads")


def jsonl(kreel):
    topic = kreel.topic("jsonl", 2)
    sent = [
        {"partition": 1, "ts": 1700000000000, "key": None, "value": "", "headers": [["h", "1"], ["h", "2"]]},
        {"partition": 1, "ts": 1700000000001, "key": "", "value": None, "headers": []},
        {"partition": 1, "ts": 1700000000002, "key": {"b64": "//79"}, "value": "é", "headers": [["n", None]]},
    ]
    kreel.produce(topic, [json.dumps(record) for record in sent], "--from", "jsonl")
    got = kreel.records(topic)
    equal(sent, [{name: record[name] for name in sent[0]} for record in got], "records")
    equal([0, 1, 2], [record["offset"] for record in got], "offsets")
    copy = kreel.topic("copy", 2)
    kreel.produce(copy, [json.dumps(record) for record in got], "--from", "jsonl")
    equal([{**record, "topic": copy} for record in got], kreel.records(copy), "a copy of the records")


def codecs(kreel):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        topic = kreel.topic(f"codec-{codec}")
        values = [f"value-{i}-" + "x" * 100 for i in range(200)]
        kreel.produce(topic, values, "--compression", codec)
        equal(values, [record["value"] for record in kreel.records(topic)], f"values through {codec}")


def java_placement(kreel):
    keys = [f"key-{i}" for i in range(60)]
    ours, theirs = kreel.topic("ours", 7), kreel.topic("theirs", 7)
    text = "".join(f"{key}:{key}\n" for key in keys)
    kreel("produce", ours, "-K", ":", stdin=text.encode())
    brokers.run_tool(TOOLS + "ConsoleProducer", "--bootstrap-server", kreel.bootstrap, "--topic", theirs,
                     "--reader-property", "parse.key=true", "--reader-property", "key.separator=:", stdin=text)
    placed = [{record["key"]: record["partition"] for record in kreel.records(topic)} for topic in (ours, theirs)]
    equal(len(keys), len(placed[1]), "keys that Apache's console producer wrote")
    equal(placed[1], placed[0], "partition of each key")


def positions(kreel):
    topic = kreel.topic("positions")
    kreel.produce(topic, [json.dumps({"ts": 1700000000000 + 1000 * i, "value": f"value-{i}"}) for i in range(20)],
                  "--from", "jsonl")

    def values(*arguments):
        return [line.rsplit("-", 1)[1] for line in kreel("consume", topic, *arguments).decode().split()]

    equal(["17", "18", "19"], values("--from", "end-3", "--until", "end"), "end-3")
    equal(["5", "6"], values("--from", "5", "--until", "7"), "5 to 7")
    equal(["2", "3", "4"], values("--from", "start+2", "-n", 3), "start+2, three")
    equal(["18", "19"], values("--from", "@1700000018", "--until", "end"), "by time")
    kreel("consume", topic, "--from", "start", "-n", 50, "--idle", "500ms", code=10)


def unknown_topic(kreel):
    topic = kreel.topic("orders")
    kreel("produce", topic[:-1], stdin=b"x\n", code=6)
    kreel("consume", topic[:-1], "--until", "end", code=6)
    assert topic[:-1] not in [item["name"] for item in kreel.items("topics", "list")], "made by accident"


def unreachable(kreel):
    kreel("topics", "list", "-b", f"127.0.0.1:{brokers.free_port()}", code=3)

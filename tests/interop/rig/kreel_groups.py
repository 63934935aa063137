"""kreel groups and offsets against Apache Kafka."""

import contextlib
import json
import pathlib
import signal
import tempfile
import time

from rig import brokers
from rig.kreel_command import fresh
from rig.report import equal

GROUP_TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"


def register():
    return [
        ("consume-with-a-group", consume_group), ("groups-list-describe-lag", list_describe_lag),
        ("groups-lag-sums-and-limits", lag_sums), ("doctor-and-top", doctor_and_top),
        ("groups-members", members), ("groups-delete", delete), ("offsets-show", show), ("offsets-reset", reset),
        ("offsets-reset-by-time", reset_by_time), ("offsets-rewind", rewind), ("offsets-refusals", refusals),
        ("offsets-reset-of-an-active-group", active), ("offsets-undo", undo), ("offsets-delete", delete_offsets),
        ("offsets-many-groups", many_groups), ("offsets-to-group", to_group),
        ("offsets-files-of-apaches-tool", apache_files), ("offsets-files-for-apaches-tool", files_for_apache),
    ]


def read_by_group(kreel, count=10, partitions=1):
    """A topic of `count` records, spread evenly, that a new group has read and committed."""
    topic, group = kreel.topic("grouped", partitions), fresh("group")
    records = [{"ts": 1700000000000 + 1000 * i, "value": f"value-{i}", "partition": i % partitions} for i in range(count)]
    kreel.produce(topic, map(json.dumps, records), "--from", "jsonl")
    kreel("consume", topic, "-g", group, "--commit", "--until", "end")
    return topic, group


def committed(kreel, group):
    return {(row["topic"], row["partition"]): row["committed"] for row in kreel.items("offsets", "show", group)}


def apache_committed(kreel, group, topic):
    done = brokers.run_tool(GROUP_TOOL, "--bootstrap-server", kreel.bootstrap, "--describe", "--group", group)
    rows = [line.split() for line in done.stdout.splitlines() if f" {topic} " in line]
    assert rows, f"no row of {topic}: {done.stdout} {done.stderr}"
    return {int(row[2]): int(row[3]) for row in rows}


@contextlib.contextmanager
def member(kreel, topic, group):
    """A `kreel consume -g` that runs, waited for until the group is stable."""
    process = kreel.spawn("consume", topic, "-g", group, "--commit")
    try:
        deadline = time.monotonic() + 20
        while not any(row.get("client_id") for row in current_members(kreel, group)):
            assert process.poll() is None, f"consume ended: {process.stderr.read()!r}"
            assert time.monotonic() < deadline, "no member after 20 s"
            time.sleep(0.2)
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
    equal(143, process.returncode, "exit of consume after SIGTERM")


def current_members(kreel, group):
    done = kreel.run("groups", "members", group, "-o", "json")
    return json.loads(done.stdout)["items"] if done.returncode == 0 else []


def consume_group(kreel):
    topic, group = read_by_group(kreel)
    equal({0: 10}, apache_committed(kreel, group, topic), "offsets that Apache's tool shows")
    kreel.produce(topic, ["one more"])
    equal(b"one more\n", kreel("consume", topic, "-g", group, "--commit", "--until", "end"), "only what is new")


def list_describe_lag(kreel):
    topic, group = read_by_group(kreel)
    kreel.produce(topic, ["x", "y", "z"])
    assert group in [row["group"] for row in kreel.items("groups", "list")], "listed"
    equal([group], [row["group"] for row in kreel.items("groups", "describe", group)], "described")
    equal(["empty"], [row["state"].lower() for row in kreel.items("groups", "describe", group)], "state")
    rows = kreel.items("groups", "lag", group)
    equal([(group, topic, 0, 10, 0, 13, 3)],
          [tuple(row[name] for name in ("group", "topic", "partition", "committed", "log_start", "log_end", "lag"))
           for row in rows], "lag")
    kreel("groups", "describe", group + "x", code=6)


def lag_sums(kreel):
    topic, group = read_by_group(kreel)
    kreel.produce(topic, ["x", "y", "z"])
    kreel("topics", "alter", topic, "-p", 2)
    kreel.produce(topic, ["never committed"], "-p", 1)
    rows = kreel.items("groups", "lag", group)
    equal([(0, 10, 3), (1, None, 1)], [(row["partition"], row["committed"], row["lag"]) for row in rows], "lag")
    assert all(0 <= row["time_lag_ms"] < 600_000 for row in rows), f"the records are new: {rows}"
    stable = kreel.items("groups", "lag", group, "--committed", "--by", "group")
    equal([(2, 4)], [(row["partitions"], row["lag"]) for row in stable], "to the last stable offset")
    kreel("groups", "lag", group, "--fail-above", 4, "--fail-above", "1h")
    kreel("groups", "lag", group, "--fail-above", 3, code=10)
    assert group in [row["group"] for row in kreel.items("groups", "lag", "--all", "--by", "topic")], "among all"


def doctor_and_top(kreel):
    states = [(row["step"], row["state"]) for row in kreel.items("doctor")]
    assert ("metadata", "ok") in states and {state for _, state in states} == {"ok"}, f"not healthy: {states}"
    topic, group = read_by_group(kreel)
    rows = {(row["what"], row["name"]): row for row in kreel.items("top", "--samples", 1, "--interval", "200ms")}
    assert rows[("topic", topic)]["size_bytes"] > 0, f"no size of {topic}"
    equal(0, rows[("group", group)]["lag"], "lag")


def members(kreel):
    topic, group = kreel.topic("members", 2), fresh("members")
    with member(kreel, topic, group):
        rows = current_members(kreel, group)
        equal(1, len({row["member_id"] for row in rows}), "members")
        assert topic in json.dumps(rows), f"the assignment is not in {rows}"
        kreel("groups", "delete", group, "--yes", code=7)


def delete(kreel):
    _, group = read_by_group(kreel)
    kreel("groups", "delete", group, "--yes")
    assert group not in [row["group"] for row in kreel.items("groups", "list")], "still listed"
    kreel("groups", "delete", group, "--yes", code=6)


def show(kreel):
    topic, group = read_by_group(kreel)
    rows = kreel.items("offsets", "show", group)
    equal([(topic, 0, 10, 0, 10)],
          [tuple(row[name] for name in ("topic", "partition", "committed", "log_start", "log_end")) for row in rows],
          "offsets")


def reset(kreel):
    topic, group = read_by_group(kreel, 10)
    kreel("offsets", "reset", group, "--to", "start", "--dry-run")
    equal({(topic, 0): 10}, committed(kreel, group), "a dry run changes nothing")
    for position, expected in (("start", 0), ("4", 4), ("end-3", 7), ("end", 10)):
        kreel("offsets", "reset", group, "--to", position, "--yes")
        equal({(topic, 0): expected}, committed(kreel, group), f"after --to {position}")
    equal({0: 10}, apache_committed(kreel, group, topic), "offsets that Apache's tool shows")


def reset_by_time(kreel):
    topic, group = read_by_group(kreel, 10)
    kreel("offsets", "reset", group, "--to", "@1700000006", "--yes")
    equal({(topic, 0): 6}, committed(kreel, group), "at or after the time")
    kreel("offsets", "reset", group, "--to", "@2020-01-01T00:00:00Z", "--yes")
    equal({(topic, 0): 0}, committed(kreel, group), "before the first record")


def rewind(kreel):
    topic, group = read_by_group(kreel, 10)
    kreel("offsets", "rewind", group, "--by", 3, "--yes")
    equal({(topic, 0): 7}, committed(kreel, group), "three back")
    equal([f"value-{i}" for i in (7, 8, 9)],
          kreel("consume", topic, "-g", group, "--commit", "--until", "end").decode().split(), "read again")
    kreel("offsets", "rewind", group, "--by", 1000, "--yes")
    equal({(topic, 0): 0}, committed(kreel, group), "stops at the log start")


def refusals(kreel):
    topic, group = read_by_group(kreel, 10)
    kreel("offsets", "reset", group, "--to", "start", code=7)
    kreel("offsets", "reset", group, "--to", "99", "--yes", code=6)
    kreel("offsets", "reset", group + "x", "--to", "start", "--yes", code=6)
    kreel("offsets", "reset", group, "--to", "@2999-01-01T00:00:00Z", "--yes", code=2)
    equal({(topic, 0): 10}, committed(kreel, group), "nothing changed")


def active(kreel):
    topic, group = read_by_group(kreel, 10)
    with member(kreel, topic, group):
        plan = kreel.items("offsets", "reset", group, "--to", "start", "--dry-run")
        equal([0], [row["target"] for row in plan], "a dry run shows the plan")
        assert "refused" in plan[0]["note"], plan
        kreel("offsets", "reset", group, "--to", "start", "--yes", code=7)
        kreel("offsets", "rewind", group, "--by", 2, "--yes", code=7)
        kreel("offsets", "delete", group, "-t", topic, "--yes", code=7)
    equal({(topic, 0): 10}, committed(kreel, group), "nothing changed")
    kreel("offsets", "reset", group, "--to", "start", "--yes")
    equal({(topic, 0): 0}, committed(kreel, group), "once the group is empty")


def exported(kreel, *groups):
    rows = kreel.items("offsets", "export", *groups)
    return {(row["group"], row["topic"], row["partition"]):
            (row["committed"], row["leader_epoch"], row["metadata"]) for row in rows}


def undo(kreel):
    """Leader epoch, metadata and "none" come back; Apache's tool shows the same offsets before and after."""
    topic, group = read_by_group(kreel, 10, 2)
    other = kreel.topic("later")
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "in.json")
        path.write_text(json.dumps({"kreel": 1, "kind": "offsets.export", "errors": [], "items": [
            {"group": group, "topic": topic, "partition": 0, "committed": 3, "metadata": "by hand"}]}), "utf-8")
        kreel("offsets", "reset", "--from-file", path, "--yes")
    before = exported(kreel, group)
    equal("by hand", before[group, topic, 0][2], "metadata")
    shown = apache_committed(kreel, group, topic)
    kreel("offsets", "reset", group, "-t", topic, "-t", other, "--to", "start", "--allow-new-topics", "--yes")
    equal({0: 0}, apache_committed(kreel, group, other), "committed for the first time")
    kreel("offsets", "undo", "--yes")
    equal(before, exported(kreel, group), "restored")
    equal(shown, apache_committed(kreel, group, topic), "offsets that Apache's tool shows")


def delete_offsets(kreel):
    topic, group = read_by_group(kreel, 10, 2)
    before = exported(kreel, group)
    kreel("offsets", "delete", group, "-t", f"{topic}:1", "--yes")
    equal({(topic, 0): before[group, topic, 0][0]}, committed(kreel, group), "one partition left")
    kreel("offsets", "delete", group, "-t", topic, "--yes")
    equal({}, committed(kreel, group) if still_there(kreel, group) else {}, "none left")
    kreel("offsets", "undo", "--yes")
    kreel("offsets", "undo", "--yes")
    equal(before, exported(kreel, group), "restored")


def still_there(kreel, group):
    return group in [row["group"] for row in kreel.items("groups", "list")]


def many_groups(kreel):
    topic, prefix = kreel.topic("many"), fresh("many")
    kreel.produce(topic, [f"value-{i}" for i in range(10)])
    groups = [f"{prefix}-{i}" for i in range(3)]
    for group in groups:
        kreel("consume", topic, "-g", group, "--commit", "--until", "end")
    rows = kreel.items("offsets", "rewind", "--groups", f"{prefix}-*", "--by", 4, "--yes")
    equal([(group, 6) for group in groups], [(row["group"], row["target"]) for row in rows], "rows")
    for group in groups:
        equal({0: 6}, apache_committed(kreel, group, topic), "offsets that Apache's tool shows")
    kreel("offsets", "undo", "--yes")
    equal({(topic, 0): 10}, committed(kreel, groups[2]), "restored")


def to_group(kreel):
    topic, group = read_by_group(kreel, 10)
    copy = fresh("copy")
    kreel("offsets", "reset", group, "--to", 7, "--yes")
    kreel("offsets", "reset", copy, "--to-group", group, "--yes", code=6)
    kreel("offsets", "reset", copy, "--to-group", group, "--allow-new-topics", "--yes")
    equal({0: 7}, apache_committed(kreel, copy, topic), "offsets that Apache's tool shows")


def apache_reset(kreel, groups, *arguments):
    named = [word for group in groups for word in ("--group", group)]
    done = brokers.run_tool(GROUP_TOOL, "--bootstrap-server", kreel.bootstrap, "--reset-offsets", *named, *arguments)
    equal(0, done.returncode, f"exit of Apache's tool ({done.stdout} {done.stderr[-400:]})")
    return done.stdout


def apache_files(kreel):
    """What kafka-consumer-groups --export prints, in both its forms, is a plan."""
    topic, group = read_by_group(kreel, 10)
    other = fresh("group")
    kreel("consume", topic, "-g", other, "--commit", "--until", "end")
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "plan.csv")
        path.write_text(apache_reset(kreel, [group], "--topic", topic, "--to-offset", 4, "--export", "--dry-run"), "utf-8")
        kreel("offsets", "reset", "--from-file", path, "--yes", code=2)
        kreel("offsets", "reset", group, "--from-file", path, "--yes")
        equal({(topic, 0): 4}, committed(kreel, group), "from topic,partition,offset")
        text = apache_reset(kreel, [group, other], "--topic", topic, "--to-offset", 6, "--export", "--dry-run")
        assert f"{other},{topic},0,6" in text, text
        path.write_text(text, "utf-8")
        kreel("offsets", "reset", "--from-file", path, "--yes")
    equal({(topic, 0): 6}, committed(kreel, group), "from group,topic,partition,offset")
    equal({(topic, 0): 6}, committed(kreel, other), "and the other group")


def files_for_apache(kreel):
    """What `offsets export` and --plan-out write as CSV, kafka-consumer-groups --from-file reads."""
    topic, group = read_by_group(kreel, 10)
    other = fresh("group")
    kreel("consume", topic, "-g", other, "--commit", "--until", "end")
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory, "plan.csv")
        kreel("offsets", "reset", group, "--to", 3, "--dry-run", "--plan-out", path)
        apache_reset(kreel, [group], "--from-file", path, "--execute")
        equal({(topic, 0): 3}, committed(kreel, group), "a plan of one group")
        path = pathlib.Path(directory, "both.csv")
        kreel("offsets", "export", group, other, "--out", path)
        kreel("offsets", "reset", group, "--to", "start", "--yes")
        kreel("offsets", "reset", other, "--to", "start", "--yes")
        apache_reset(kreel, [group, other], "--from-file", path, "--execute")
    equal([{(topic, 0): 3}, {(topic, 0): 10}], [committed(kreel, group), committed(kreel, other)],
          "an export of two groups")

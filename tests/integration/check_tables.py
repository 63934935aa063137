"""I12 and I13: a compacted topic, and the topics themselves."""

__all__ = ["check"]

COUNTS = {"create": 3, "grow": 5}
SETTINGS = {"create": ("1000000", "1048588"), "alter": ("2000000", "2000000")}


def check(history):
    return check_newest_values(history) + check_topics(history) + check_settings(history)


def check_newest_values(history):
    """I12: a key has its newest value, and a tombstone stays for delete.retention.ms, which is longer
    than any run. What was sent after it, and whose fate is unknown, may be there instead."""
    found = []
    for key, done in history.changes_done.items():
        newest = max(done)
        there = max(history.table[key], default=(-1, None))
        value = history.changes[key][newest]
        if there[0] < done[newest]:
            found.append(f"I12: key {key} was set to {value} at {done[newest]}; there is {there[1]} at "
                         f"{there[0]}")
            continue
        later = [v for seq, v in history.changes[key].items() if seq > newest]
        allowed = [value] if there[0] == done[newest] else later
        if there[1] not in allowed:
            found.append(f"I12: key {key} was set to {value} at {done[newest]}; there is {there[1]} at "
                         f"{there[0]}, which nobody has sent since")
    return found


class Topic:
    """What may be seen of a topic between two points in time, one change after the other."""

    def __init__(self, events):
        self.asked = {what: ns for ns, kind, what in events if kind == "asked"}
        self.done = {what: ns for ns, kind, what in events if kind == "done"}

    def may_have(self, what, answered):
        return what in self.asked and self.asked[what] < answered

    def must_have(self, what, asked):
        return what in self.done and self.done[what] < asked


def check_topics(history):
    """I13: a topic is there with all its partitions or not at all; what is done stays done."""
    found = []
    last_seen = {}
    topics = {name: Topic(events) for name, events in history.catalog.items()}
    for ns, asked, seen in history.listings:  # one after the other
        for name in seen.keys() - topics.keys():
            found.append(f"I13: {name} was never created")
        for name, topic in topics.items():
            count = seen.get(name)
            if count is None:
                if topic.must_have("create", asked) and not topic.may_have("delete", ns):
                    found.append(f"I13: {name} was created and is not there")
                elif last_seen.get(name, 0) > 0 and not topic.may_have("delete", ns):
                    found.append(f"I13: {name} was there and is gone, and nobody has deleted it")
                elif name in last_seen:
                    last_seen[name] = 0
                continue
            allowed = [COUNTS[what] for what in COUNTS if topic.may_have(what, ns)]
            if count not in allowed:
                found.append(f"I13: {name} has {count} partitions, not one of {allowed}")
            elif topic.must_have("grow", asked) and count != COUNTS["grow"]:
                found.append(f"I13: {name} was given {COUNTS['grow']} partitions and has {count}")
            elif count < last_seen.get(name, 0):
                found.append(f"I13: {name} had {last_seen[name]} partitions and has {count}")
            if topic.must_have("delete", asked):
                found.append(f"I13: {name} was deleted and is there")
            elif last_seen.get(name) == 0:
                found.append(f"I13: {name} was gone and is there again")
            last_seen[name] = count
    return found


def check_settings(history):
    """I13: a topic has all settings of a change or none."""
    found = []
    for ns, asked, name, *values in history.settings:
        topic = Topic(history.catalog[name])
        allowed = [SETTINGS[what] for what in SETTINGS if topic.may_have(what, ns)]
        if topic.must_have("alter", asked):
            allowed = [SETTINGS["alter"]]
        if tuple(values) not in allowed:
            found.append(f"I13: {name} has the settings {values}, not one of {allowed}")
    return found

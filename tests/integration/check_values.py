"""I1 to I5, I9 to I11: records, positions and groups."""

import collections

from history import Value

__all__ = ["check"]


def check(history):
    found = []
    for one in (check_no_acknowledged_loss, check_no_duplicates, check_offsets_keep_their_value,
                check_order, check_watermarks, check_last_stable, check_commits, check_delivery,
                check_bytes):
        found += one(history)
    return found


def check_no_acknowledged_loss(history):
    """I1: what was acknowledged is there at the end, at the offset that was promised."""
    found = []
    for _, producer, seq, partition, offset in history.acknowledged:
        record = history.final[partition].get(offset)
        if record is None:
            found.append(f"I1: {producer}/{seq} was acknowledged at {partition}@{offset} and is gone")
        elif (record.producer, record.seq) != (producer, seq):
            found.append(f"I1: {producer}/{seq} was acknowledged at {partition}@{offset}, "
                         f"where {record.producer}/{record.seq} is now")
    return found


def check_no_duplicates(history):
    """I2: each value was handed over once and no client writes it twice."""
    places = collections.defaultdict(list)
    for partition, records in history.final.items():
        for offset, record in records.items():
            places[(record.producer, record.seq)].append(f"{partition}@{offset}")
    return [f"I2: {value[0]}/{value[1]} is in the log {len(where)} times: {' '.join(where)}"
            for value, where in places.items() if len(where) > 1] + \
           [f"I2: {partition}@{offset} was read twice" for partition, offset in history.repeated]


def check_offsets_keep_their_value(history):
    """I3, I10: what was once read is there at the end, and the same."""
    found = []
    for _, partition, offset, record in history.consumed:
        last = history.final[partition].get(offset)
        if last is None:
            found.append(f"I10: {partition}@{offset} was read as {record.producer}/{record.seq} "
                         "and is gone")
        elif last != record:
            found.append(f"I3: {partition}@{offset} was read as {record.producer}/{record.seq} "
                         f"and is {last.producer}/{last.seq} now")
    return found


def check_order(history):
    """I4: within a partition an idempotent producer's values stand in the order in which it sent
    them. The reader sees them without a gap in what the log has."""
    found = []
    for partition, records in history.final.items():
        last = {}
        for offset in sorted(records):
            record = records[offset]
            if record.producer % 2 == 1:
                continue  # not idempotent: librdkafka may send one request again after the next
            if record.seq <= last.get(record.producer, record.seq - 1):
                found.append(f"I4: {partition}@{offset}: {record.producer}/{record.seq} comes after "
                             f"{record.producer}/{last[record.producer]}")
            last[record.producer] = record.seq
    position = {}
    seen = collections.defaultdict(set)
    for _, partition, offset, _ in history.consumed:
        if offset <= position.get(partition, -1):
            found.append(f"I4: the reader saw {partition}@{offset} after "
                         f"{partition}@{position[partition]}")
        position[partition] = offset
        seen[partition].add(offset)
    for partition, records in history.final.items():
        missed = sorted(set(records) - seen[partition])
        if missed:
            found.append(f"I4: the reader missed {partition}@{missed[0]} and {len(missed) - 1} more")
    return found


def covers(name, answers, events):
    """Each answer (ns, asked, value) is not below one that came before it was asked for, nor below an
    event (ns, value) before."""
    found = []
    known = sorted([(ns, value, "an answer before said") for ns, _, value in answers] +
                   [(ns, value, "was promised before") for ns, value in events])
    at, least, why = 0, -1, ""
    for _, asked, value in sorted(answers, key=lambda answer: answer[1]):
        while at < len(known) and known[at][0] < asked:
            if known[at][1] > least:
                least, why = known[at][1:]
            at += 1
        if value < least:
            found.append(f"{name} is {value}; {least} {why}")
    return found


def check_watermarks(history):
    """I5: watermarks never move back, and cover what was acknowledged or read before the question."""
    found = []
    known = collections.defaultdict(list)  # topic, partition -> ns, end
    for ns, _, _, partition, offset in history.acknowledged:
        known[("values", partition)].append((ns, offset + 1))
    for ns, partition, offset, _ in history.consumed:
        known[("values", partition)].append((ns, offset + 1))
    for at, marks in history.watermarks.items():
        name = f"{at[0]}-{at[1]}"
        found += covers(f"I5: log start of {name}", [(ns, asked, low) for ns, asked, low, _ in marks],
                        [])
        found += covers(f"I5: high watermark of {name}",
                        [(ns, asked, high) for ns, asked, _, high in marks], known[at])
    return found


def check_last_stable(history):
    """I5: the last stable offset never moves back and is never above the high watermark."""
    found = []
    for at, answers in history.stable.items():
        name = f"{at[0]}-{at[1]}"
        found += covers(f"I5: last stable offset of {name}", answers, [])
        found += covers(f"I5: high watermark of {name}, and the last stable offset,",
                        [(ns, asked, high) for ns, asked, _, high in history.watermarks[at]],
                        [(ns, stable) for ns, _, stable in answers])
    return found


def check_commits(history):
    """I9: a group's offset never moves back, covers what was acknowledged, and is one that a member
    has asked for."""
    found = []
    for at, answers in history.offsets.items():
        name = f"I9: offset of {at[0]} in {at[1]}-{at[2]}"
        found += covers(name, answers, history.commits[at])
        if at not in history.commits_tried:
            continue
        for ns, _, offset in answers:
            if offset >= 0 and not any(offset == tried and asked < ns
                                       for asked, tried in history.commits_tried[at]):
                found.append(f"{name} is {offset}, and nobody has committed that")
    return found


def check_delivery(history):
    """I9: below a group's offset no record was left out."""
    found = []
    for (group, topic, partition), answers in history.offsets.items():
        runs = history.delivered.get((group, partition))
        if topic != "values" or runs is None:
            continue
        end = max(offset for _, _, offset in answers)
        next_offset = 0
        for first, last in sorted(runs):
            if first > next_offset:
                break
            next_offset = max(next_offset, last + 1)
        if next_offset < end:
            found.append(f"I9: {group} has committed {partition}@{end}, and no member was given "
                         f"{partition}@{next_offset}")
    return found


def check_bytes(history):
    """I11: length and checksum are those of the value that was handed over."""
    found = []
    reads = [(partition, offset, record) for _, partition, offset, record in history.consumed]
    for partition, records in history.final.items():
        reads += [(partition, offset, record) for offset, record in records.items()]
    for partition, offset, record in reads:
        value = history.invoked.get((record.producer, record.seq))
        if value is None:
            found.append(f"I11: {partition}@{offset} holds what nobody wrote")
        elif value != Value(partition, record.length, record.crc):
            found.append(f"I11: {partition}@{offset}: {record.producer}/{record.seq} has other bytes")
    return found

"""Checks the history of a run of kill_load against what kreel promises about acknowledged records.

Lines of a history, each "kind ns fields...":
  i ns producer seq partition length crc   a value is handed to the client
  o ns producer seq partition offset       acknowledged
  f ns producer seq partition error        failed or unknown: it may be in the log or not
  c ns partition offset producer seq length crc   read by the consumer that ran all the time
  r ns partition offset producer seq length crc   read at the end, from the beginning
  w ns asked_ns partition low high         watermarks
  e ns text...                             an error that is told to the application
Producers with even numbers are idempotent.
"""

import collections

Value = collections.namedtuple("Value", "partition length crc")
Record = collections.namedtuple("Record", "producer seq length crc")


class History:
    def __init__(self, lines):
        self.invoked = {}
        self.acknowledged = []  # ns, producer, seq, partition, offset
        self.unknown = 0
        self.consumed = []  # ns, partition, offset, Record
        self.final = collections.defaultdict(dict)  # partition -> offset -> Record
        self.repeated = []
        self.watermarks = collections.defaultdict(list)  # partition -> ns, asked, low, high
        self.errors = []
        for line in lines:
            self.add(line.rstrip("\n").split(" "))

    def add(self, words):
        kind, ns, rest = words[0], int(words[1]), words[2:]
        if kind == "e":
            self.errors.append(" ".join(rest))
        elif kind == "f":
            self.unknown += 1
        else:
            numbers = [int(word) for word in rest]
            getattr(self, "add_" + kind)(ns, numbers)

    def add_i(self, _ns, n):
        self.invoked[(n[0], n[1])] = Value(*n[2:])

    def add_o(self, ns, n):
        self.acknowledged.append((ns, *n))

    def add_c(self, ns, n):
        self.consumed.append((ns, n[0], n[1], Record(*n[2:])))

    def add_r(self, _ns, n):
        if n[1] in self.final[n[0]]:
            self.repeated.append((n[0], n[1]))
        self.final[n[0]][n[1]] = Record(*n[2:])

    def add_w(self, ns, n):
        self.watermarks[n[1]].append((ns, n[0], n[2], n[3]))


def check(history):
    """Returns the violations as lines; empty when every promise was kept."""
    found = []
    found += check_no_acknowledged_loss(history)
    found += check_no_duplicates(history)
    found += check_offsets_keep_their_value(history)
    found += check_order(history)
    found += check_watermarks(history)
    found += check_bytes(history)
    found += ["error: " + text for text in history.errors if not is_expected(text)]
    return found


def is_expected(error):
    """A client that lost its connection says so; that is what a killed broker looks like."""
    transport = ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE", "_TIMED_OUT")
    words = error.split(" ")
    return len(words) > 2 and words[0] == "consumer" and words[2] in transport


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
    them. The consumer sees them without a gap in what the log has."""
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
    for _, partition, offset, _ in history.consumed:
        if offset <= position.get(partition, -1):
            found.append(f"I4: the consumer saw {partition}@{offset} after "
                         f"{partition}@{position[partition]}")
        position[partition] = offset
    seen = collections.defaultdict(set)
    for _, partition, offset, _ in history.consumed:
        seen[partition].add(offset)
    for partition, records in history.final.items():
        missed = sorted(set(records) - seen[partition])
        if missed:
            found.append(f"I4: the consumer missed {partition}@{missed[0]} and {len(missed) - 1} more")
    return found


def check_watermarks(history):
    """I5: watermarks never move back, and cover what was acknowledged or read before the question."""
    found = []
    known = collections.defaultdict(list)  # partition -> (ns, end)
    for ns, _, _, partition, offset in history.acknowledged:
        known[partition].append((ns, offset + 1))
    for ns, partition, offset, _ in history.consumed:
        known[partition].append((ns, offset + 1))
    for partition, marks in history.watermarks.items():
        low_before, high_before = -1, -1
        events = sorted(known[partition])
        at, end = 0, 0
        for _, asked, low, high in sorted(marks):
            while at < len(events) and events[at][0] < asked:
                end = max(end, events[at][1])
                at += 1
            if low < low_before:
                found.append(f"I5: log start of {partition} went from {low_before} to {low}")
            if high < high_before:
                found.append(f"I5: high watermark of {partition} went from {high_before} to {high}")
            if high < end:
                found.append(f"I5: high watermark of {partition} is {high}, and {end - 1} was "
                             "acknowledged or read before")
            low_before, high_before = low, high
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

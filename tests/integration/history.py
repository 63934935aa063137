"""The history of a run of kill_load, as its parts wrote it.

Lines of a history, each "kind ns fields...". A line with `asked` is an answer: it was asked for then
and came at `ns`.

  values (values.cpp): producers with even numbers are idempotent
    i producer seq partition length crc   a value is handed to the client
    o producer seq partition offset       acknowledged
    f producer seq partition error        failed or unknown: it may be in the log or not
    c partition offset producer seq length crc   read by the reader that ran all the time
    r partition offset producer seq length crc   read at the end, from the beginning
  positions
    w asked topic partition low high      log start and high watermark
    s asked topic partition stable        last stable offset
  groups
    gd group member partition first last  a member was given these offsets of "values"
    gi group topic partition offset       it is about to commit this
    gc group topic partition offset       and has
    go asked group topic partition offset what the group has committed, or -1001
    gf asked group topic partition offset the same at the end
  transactions (copies.cpp): who is "worker transaction"
    tb who                                begun
    tr who topic partition offset         it has read this
    tw who count                          it has written so many copies
    tc who                                its commit is asked for; without it, it is never committed
    tk who                                committed
    tl partition offset who index topic partition offset hops   a copy, read by a reader that ran all
                                          the time: what it is a copy of, and how often copied
    tf (the same)                         read at the end, from the beginning
    or partition offset                   an order, read at the end
  accounts (accounts.cpp): a balance is "account writer transaction balance"
    mb who (account balance)...           a transfer is begun: what its accounts will have
    mc who, mk who                        its commit is asked for, is done
    ms count (balance)...                 all accounts, as a read_committed reader found them
    mf count (balance)...                 the same at the end
  a compacted topic (tables.cpp)
    ki key seq partition value            handed to the client; a tombstone's value is "-"
    ko key seq offset                     acknowledged
    kr key partition offset value         read at the end, from the beginning
  topics (catalog.cpp)
    xi topic what, xo, xu                 create, grow, alter, delete: asked for, done, unknown
    xs asked (topic partitions)...        all topics
    xc asked topic retention_ms max_message_bytes   a topic's settings
  all
    l actor ms                            how long an actor needed to come on after the last kill, or -1
    e text...                             an error that is told to the application
"""

import collections

Value = collections.namedtuple("Value", "partition length crc")
Record = collections.namedtuple("Record", "producer seq length crc")
Copy = collections.namedtuple("Copy", "who index source hops")


class Transaction:
    def __init__(self):
        self.reads, self.writes = [], None
        self.commit_asked = self.committed = False


class History:
    def __init__(self, lines):
        self.invoked = {}
        self.acknowledged = []  # ns, producer, seq, partition, offset
        self.unknown = 0
        self.consumed = []  # ns, partition, offset, Record
        self.final = collections.defaultdict(dict)  # partition -> offset -> Record
        self.repeated = []
        self.watermarks = collections.defaultdict(list)  # (topic, partition) -> ns, asked, low, high
        self.stable = collections.defaultdict(list)  # (topic, partition) -> ns, asked, stable
        self.delivered = collections.defaultdict(list)  # (group, partition) -> first, last
        self.commits_tried = collections.defaultdict(list)  # (group, topic, partition) -> ns, offset
        self.commits = collections.defaultdict(list)  # (group, topic, partition) -> ns, offset
        self.offsets = collections.defaultdict(list)  # (group, topic, partition) -> ns, asked, offset
        self.offsets_at_end = {}
        self.transactions = collections.defaultdict(Transaction)  # who -> Transaction
        self.live_copies = []  # partition, offset, Copy
        self.copies = {}  # (partition, offset) -> Copy
        self.orders = set()  # partition, offset
        self.transfers = {}  # who -> {account: balance}
        self.transfers_asked, self.transfers_done = set(), set()
        self.sums = []  # ns, {account: (who, balance)}
        self.last_sum = None
        self.changes = collections.defaultdict(dict)  # key -> seq -> value
        self.changes_done = collections.defaultdict(dict)  # key -> seq -> offset
        self.table = collections.defaultdict(list)  # key -> offset, value
        self.catalog = collections.defaultdict(list)  # topic -> ns, kind, what
        self.listings = []  # ns, asked, {topic: partitions}
        self.settings = []  # ns, asked, topic, retention_ms, max_message_bytes
        self.liveness = {}
        self.errors = []
        for line in lines:
            words = line.split()
            getattr(self, "add_" + words[0])(int(words[1]), words[2:])

    def add_e(self, _ns, words):
        self.errors.append(" ".join(words))

    def add_f(self, _ns, _words):
        self.unknown += 1

    def add_i(self, _ns, words):
        n = list(map(int, words))
        self.invoked[(n[0], n[1])] = Value(*n[2:])

    def add_o(self, ns, words):
        self.acknowledged.append((ns, *map(int, words)))

    def add_c(self, ns, words):
        n = list(map(int, words))
        self.consumed.append((ns, n[0], n[1], Record(*n[2:])))

    def add_r(self, _ns, words):
        n = list(map(int, words))
        if n[1] in self.final[n[0]]:
            self.repeated.append((n[0], n[1]))
        self.final[n[0]][n[1]] = Record(*n[2:])

    def add_w(self, ns, words):
        asked, topic, partition, low, high = words
        self.watermarks[(topic, int(partition))].append((ns, int(asked), int(low), int(high)))

    def add_s(self, ns, words):
        asked, topic, partition, stable = words
        self.stable[(topic, int(partition))].append((ns, int(asked), int(stable)))

    def add_gd(self, _ns, words):
        group, _, partition, first, last = words
        self.delivered[(group, int(partition))].append((int(first), int(last)))

    def add_gi(self, ns, words):
        self.commits_tried[(*words[:2], int(words[2]))].append((ns, int(words[3])))

    def add_gc(self, ns, words):
        self.commits[(*words[:2], int(words[2]))].append((ns, int(words[3])))

    def add_go(self, ns, words):
        offset = max(int(words[4]), -1)
        self.offsets[(*words[1:3], int(words[3]))].append((ns, int(words[0]), offset))

    def add_gf(self, ns, words):
        self.add_go(ns, words)
        self.offsets_at_end[(*words[1:3], int(words[3]))] = int(words[4])

    def add_tb(self, _ns, words):
        self.transactions[tuple(words)] = Transaction()

    def add_tr(self, _ns, words):
        self.transactions[tuple(words[:2])].reads.append((words[2], int(words[3]), int(words[4])))

    def add_tw(self, _ns, words):
        self.transactions[tuple(words[:2])].writes = int(words[2])

    def add_tc(self, _ns, words):
        self.transactions[tuple(words)].commit_asked = True

    def add_tk(self, _ns, words):
        self.transactions[tuple(words)].committed = True

    @staticmethod
    def copy_in(words):
        source = (words[5], int(words[6]), int(words[7]))
        return int(words[0]), int(words[1]), Copy(tuple(words[2:4]), int(words[4]), source,
                                                  int(words[8]))

    def add_tl(self, _ns, words):
        self.live_copies.append(self.copy_in(words))

    def add_tf(self, _ns, words):
        partition, offset, copy = self.copy_in(words)
        self.copies[(partition, offset)] = copy

    def add_or(self, _ns, words):
        self.orders.add((int(words[0]), int(words[1])))

    def add_mb(self, _ns, words):
        pairs = zip(words[2::2], words[3::2])
        self.transfers[tuple(words[:2])] = {int(account): int(balance) for account, balance in pairs}

    def add_mc(self, _ns, words):
        self.transfers_asked.add(tuple(words))

    def add_mk(self, _ns, words):
        self.transfers_done.add(tuple(words))

    def add_ms(self, ns, words):
        fields = zip(words[1::4], words[2::4], words[3::4], words[4::4])
        self.sums.append((ns, {int(account): ((writer, number), int(balance))
                               for account, writer, number, balance in fields}))

    def add_mf(self, ns, words):
        self.add_ms(ns, words)
        self.last_sum = self.sums[-1][1]

    def add_ki(self, _ns, words):
        self.changes[int(words[0])][int(words[1])] = words[3]

    def add_ko(self, _ns, words):
        self.changes_done[int(words[0])][int(words[1])] = int(words[2])

    def add_kr(self, _ns, words):
        self.table[int(words[0])].append((int(words[2]), words[3]))

    def add_xi(self, ns, words):
        self.catalog[words[0]].append((ns, "asked", words[1]))

    def add_xo(self, ns, words):
        self.catalog[words[0]].append((ns, "done", words[1]))

    def add_xu(self, ns, words):
        self.catalog[words[0]].append((ns, "unknown", words[1]))

    def add_xs(self, ns, words):
        pairs = zip(words[1::2], words[2::2])
        self.listings.append((ns, int(words[0]), {topic: int(count) for topic, count in pairs}))

    def add_xc(self, ns, words):
        self.settings.append((ns, int(words[0]), *words[1:]))

    def add_l(self, _ns, words):
        self.liveness[" ".join(words[:-1])] = int(words[-1])

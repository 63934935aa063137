"""I6 to I8: transactions that copy records with their offsets, and transfers between accounts."""

import collections

__all__ = ["check"]

COPIERS, HOPS_MAX = "copiers", 2
ACCOUNTS, OPENING = 16, 100


def check(history):
    found = []
    for one in (check_no_aborted_read, check_all_or_nothing, check_copied_once, check_offsets,
                check_no_circle, check_sums):
        found += one(history)
    return found


def name(who):
    return "transaction " + "/".join(who)


def check_no_aborted_read(history):
    """I6: read_committed shows nothing of a transaction whose commit was never asked for; and what it
    showed once, it shows at the end."""
    found = []
    live = [(partition, offset, copy, "while running") for partition, offset, copy in
            history.live_copies]
    final = [(*at, copy, "at the end") for at, copy in history.copies.items()]
    for partition, offset, copy, when in live + final:
        if not history.transactions[copy.who].commit_asked:
            found.append(f"I6: copies-{partition}@{offset} was read {when}: {name(copy.who)} was never "
                         "committed")
    for partition, offset, copy in history.live_copies:
        if history.copies.get((partition, offset)) != copy:
            found.append(f"I6: copies-{partition}@{offset} was read as committed and is not there")
    return found


def visible(history):
    shown = collections.Counter(copy.who for copy in history.copies.values())
    return {who for who, transaction in history.transactions.items()
            if shown[who] or transaction.committed}, shown


def check_all_or_nothing(history):
    """I7: all records of a transaction are there, or none; all of one whose commit was acknowledged."""
    found = []
    _, shown = visible(history)
    for who, transaction in history.transactions.items():
        if shown[who] not in (0, transaction.writes or 0):
            found.append(f"I7: {name(who)}: {shown[who]} of {transaction.writes} records are there")
        if transaction.committed and shown[who] != transaction.writes:
            found.append(f"I7: {name(who)} was committed, and {transaction.writes - shown[who]} of its "
                         "records are lost")
    return found


def check_copied_once(history):
    """I2 over transactions: each record is copied at most once, and once where the group has committed
    an offset behind it."""
    found = []
    copies = collections.Counter(copy.source for copy in history.copies.values())
    for source, count in copies.items():
        if count > 1:
            found.append(f"I2: {source[0]}-{source[1]}@{source[2]} was copied {count} times")
    sources = [("orders", *at) for at in history.orders]
    sources += [("copies", *at) for at, copy in history.copies.items() if copy.hops < HOPS_MAX]
    for topic, partition, offset in sources:
        committed = history.offsets_at_end.get((COPIERS, topic, partition), -1)
        if offset < committed and not copies[(topic, partition, offset)]:
            found.append(f"I7: {topic}-{partition}@{offset} is below the group's offset {committed} and "
                         "was not copied")
    return found


def check_offsets(history):
    """I7: a transaction's offsets are committed with its records."""
    found = []
    for who in visible(history)[0]:
        for topic, partition, offset in history.transactions[who].reads:
            committed = history.offsets_at_end.get((COPIERS, topic, partition), -1)
            if committed <= offset:
                found.append(f"I7: {name(who)} is there and has read {topic}-{partition}@{offset}; the "
                             f"group's offset is {committed}")
    return found


def check_no_circle(history):
    """I8 (G1c): no transaction has read, over others, what itself has written; and each has read only
    what was committed."""
    found = []
    written_by = {("copies", *at): copy.who for at, copy in history.copies.items()}
    readers = collections.defaultdict(set)
    waits_for = collections.Counter()
    committed, _ = visible(history)
    for who in committed:
        for read in history.transactions[who].reads:
            if read[0] != "copies":
                continue
            writer = written_by.get(read)
            if writer is None:
                found.append(f"I8: {name(who)} has read {read[0]}-{read[1]}@{read[2]}, which is not "
                             "committed")
            elif who not in readers[writer]:
                readers[writer].add(who)
                waits_for[who] += 1
    ready = [who for who in committed if not waits_for[who]]
    while ready:
        for reader in readers[ready.pop()]:
            waits_for[reader] -= 1
            if not waits_for[reader]:
                ready.append(reader)
    in_circle = sorted(who for who in committed if waits_for[who])
    if in_circle:
        found.append("I8: each has read what another has written: " +
                     ", ".join(name(who) for who in in_circle[:5]))
    return found


def check_sums(history):
    """I7: whenever all accounts are read, no money is lost or made; nothing is read of a transfer that
    was never committed; at the end each acknowledged one is there."""
    found = []
    for _, balances in history.sums:
        for account, (who, balance) in balances.items():
            if who not in history.transfers_asked:
                found.append(f"I6: account {account} has {balance} of {name(who)}, never committed")
        for owner in {who[0] for who, _ in balances.values()}:
            of_owner = [balance for who, balance in balances.values() if who[0] == owner]
            if sum(of_owner) != OPENING * ACCOUNTS // 2:
                found.append(f"I7: the accounts of {owner} have {sum(of_owner)}, not "
                             f"{OPENING * ACCOUNTS // 2}")
    newest = {}
    for who in history.transfers_done:
        for account in history.transfers[who]:
            newest[account] = max(newest.get(account, who), who, key=lambda one: int(one[1]))
    for account, who in newest.items():
        there = (history.last_sum or {}).get(account)
        if there is None or int(there[0][1]) < int(who[1]):
            found.append(f"I12: account {account} was last changed by {name(who)}; there is {there}")
        elif there[1] != history.transfers[there[0]][account]:
            found.append(f"I11: account {account} has {there[1]}, not what {name(there[0])} wrote")
    return found

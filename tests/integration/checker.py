"""All that a history of kill_load has to keep: the invariants I1 to I13, that everybody came on after
the last kill, and that clients were told of nothing but lost connections."""

import check_tables
import check_transactions
import check_values


def check(history):
    """Returns the violations as lines; empty when every promise was kept."""
    found = check_values.check(history) + check_transactions.check(history)
    found += check_tables.check(history)
    found += [f"liveness: {actor} did not come on after the last kill"
              for actor, took_ms in history.liveness.items() if took_ms < 0]
    found += ["error: " + text for text in history.errors if not is_expected(text)]
    return found


def is_expected(error):
    """A client that lost its connection says so; that is what a killed broker looks like."""
    transport = ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE", "_TIMED_OUT")
    words = error.split(" ")
    return len(words) > 2 and words[0] == "consumer" and words[2] in transport


def was_tested(history):
    """What the history has to hold for the check to mean anything; returns what is missing."""
    needed = {"acknowledged values": history.acknowledged, "values read": history.consumed,
              "commits of a group": history.commits, "committed copies": history.copies,
              "sums of accounts": history.sums, "values of keys": history.table,
              "listings of topics": [one for _, _, one in history.listings if one],
              "settings of topics": history.settings}
    return [what for what, there in needed.items() if not there]

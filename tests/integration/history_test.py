"""The checker is checked: each violation, planted in a history that is fine, is found."""

import unittest

from history import History, check

GOOD = """\
i 10 0 0 0 100 7
i 11 0 1 0 101 8
i 12 1 0 0 102 9
o 20 0 0 0 0
o 30 0 1 0 1
f 31 1 0 0 _MSG_TIMED_OUT
w 41 40 0 0 2
c 50 0 0 0 0 100 7
c 51 0 1 0 1 101 8
c 52 0 2 1 0 102 9
e 53 consumer -1 _TRANSPORT connection refused
w 61 60 0 0 3
r 70 0 0 0 0 100 7
r 71 0 1 0 1 101 8
r 72 0 2 1 0 102 9
""".splitlines()


def violations(remove="", add=()):
    lines = [line for line in GOOD if line != remove]
    lines.extend([add] if isinstance(add, str) else add)
    return check(History(lines))


class HistoryTest(unittest.TestCase):
    def expect(self, name, found):
        self.assertTrue(any(line.startswith(name) for line in found), found)

    def test_a_good_history_has_no_violation(self):
        self.assertEqual(violations(), [])

    def test_i1_an_acknowledged_value_that_is_gone(self):
        self.expect("I1", violations("r 71 0 1 0 1 101 8"))

    def test_i1_another_value_at_the_acknowledged_offset(self):
        self.expect("I1", violations(add="o 31 1 0 0 1"))

    def test_i2_a_value_that_is_there_twice(self):
        self.expect("I2", violations(add="r 73 0 3 0 1 101 8"))

    def test_i3_an_offset_that_changes_its_value(self):
        self.expect("I3", violations("c 52 0 2 1 0 102 9", "c 52 0 2 0 1 101 8"))

    def test_i4_a_producer_out_of_order(self):
        self.expect("I4", violations("r 72 0 2 1 0 102 9",
                                     ["i 13 0 2 0 9 9", "r 72 0 2 0 2 9 9", "r 73 0 3 0 1 101 8"]))

    def test_i4_a_consumer_that_goes_back(self):
        self.expect("I4", violations(add="c 54 0 1 0 1 101 8"))

    def test_i4_a_consumer_that_skips(self):
        self.expect("I4", violations("c 51 0 1 0 1 101 8"))

    def test_i5_a_high_watermark_that_goes_back(self):
        self.expect("I5", violations(add="w 65 64 0 0 2"))

    def test_i5_a_log_start_that_goes_back(self):
        self.expect("I5", violations(add=["w 63 62 0 1 3", "w 65 64 0 0 3"]))

    def test_i5_an_acknowledged_offset_above_the_high_watermark(self):
        self.expect("I5", violations("w 41 40 0 0 2", "w 41 40 0 0 1"))

    def test_i10_a_value_that_was_read_and_is_gone(self):
        self.expect("I10", violations("r 72 0 2 1 0 102 9"))

    def test_i11_other_bytes(self):
        self.expect("I11", violations("r 72 0 2 1 0 102 9", "r 72 0 2 1 0 102 10"))

    def test_i11_bytes_that_nobody_wrote(self):
        self.expect("I11", violations(add=["r 73 0 3 -1 -1 4 4", "c 73 0 3 -1 -1 4 4"]))

    def test_an_error_that_no_kill_explains(self):
        self.expect("error", violations(add="e 90 consumer 0 OFFSET_OUT_OF_RANGE gone"))


if __name__ == "__main__":
    unittest.main()

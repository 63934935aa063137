"""The checker is checked: each violation, planted in a history that is fine, is found."""

import unittest

from checker import check, was_tested
from history import History

GOOD = """\
i 10 0 0 0 100 7
i 11 0 1 0 101 8
i 12 1 0 0 102 9
o 20 0 0 0 0
o 30 0 1 0 1
f 31 1 0 0 _MSG_TIMED_OUT
w 41 40 values 0 0 2
c 50 0 0 0 0 100 7
c 51 0 1 0 1 101 8
c 52 0 2 1 0 102 9
e 53 consumer -1 _TRANSPORT connection refused
w 61 60 values 0 0 3
r 70 0 0 0 0 100 7
r 71 0 1 0 1 101 8
r 72 0 2 1 0 102 9
go 80 79 readers values 0 -1001
gd 81 readers 0 0 0 1
gi 82 readers values 0 2
gc 83 readers values 0 2
go 85 84 readers values 0 2
tb 100 0 1
tr 101 0 1 orders 0 0
tr 102 0 1 orders 0 1
tw 103 0 1 2
tc 104 0 1
tk 110 0 1
s 112 111 copies 0 3
w 114 113 copies 0 0 3
tb 120 1 1
tr 121 1 1 copies 0 0
tw 122 1 1 1
tc 123 1 1
tb 130 0 2
tr 131 0 2 orders 0 2
tw 132 0 2 1
s 142 141 copies 0 4
w 144 143 copies 0 0 6
tl 150 0 0 0 1 0 orders 0 0 1
tf 160 0 0 0 1 0 orders 0 0 1
tf 161 0 1 0 1 1 orders 0 1 1
tf 162 0 3 1 1 0 copies 0 0 2
or 163 0 0
or 164 0 1
or 165 0 2
gf 167 166 copiers orders 0 2
gf 168 166 copiers copies 0 1
mb 200 0 1 0 300 1 500
mc 201 0 1
mk 202 0 1
ms 203 2 0 0 1 300 1 0 1 500
mb 210 0 2 0 290 1 510
mb 220 0 3 0 280 1 520
mc 221 0 3
mf 230 2 0 0 3 280 1 0 3 520
ki 300 7 0 1 0
ko 301 7 0 0
ki 302 7 1 1 -
ko 303 7 1 1
ki 304 7 2 1 2
kr 310 7 1 1 -
xi 400 made-0 create
xo 410 made-0 create
xs 421 420 made-0 3
xc 423 422 made-0 1000000 1048588
xi 430 made-0 grow
xu 435 made-0 grow
xs 441 440 made-0 5
xi 442 made-0 alter
xo 443 made-0 alter
xc 445 444 made-0 2000000 2000000
xi 450 made-0 delete
xo 460 made-0 delete
xs 471 470
l 500 reader 12
""".splitlines()


def violations(remove=(), add=()):
    """Of the good history without and with these lines."""
    lines = [line for line in GOOD if line not in ([remove] if isinstance(remove, str) else remove)]
    lines.extend([add] if isinstance(add, str) else add)
    return check(History(lines))


class CheckerTest(unittest.TestCase):
    def expect(self, name, *change):
        found = violations(*change)
        self.assertTrue(any(line.startswith(name) for line in found), found)

    def test_a_good_history_has_no_violation(self):
        self.assertEqual(violations(), [])
        self.assertEqual(was_tested(History(GOOD)), [])

    def test_a_history_in_which_nothing_happened_is_no_proof(self):
        self.assertEqual(len(was_tested(History([]))), 8)

    def test_i1_an_acknowledged_value_that_is_gone(self):
        self.expect("I1:", "r 71 0 1 0 1 101 8")

    def test_i1_another_value_at_the_acknowledged_offset(self):
        self.expect("I1:", (), "o 31 1 0 0 1")

    def test_i2_a_value_that_is_there_twice(self):
        self.expect("I2:", (), "r 73 0 3 0 1 101 8")

    def test_i2_an_order_that_is_copied_twice(self):
        self.expect("I2:", ("tw 122 1 1 1", "tf 162 0 3 1 1 0 copies 0 0 2"),
                    ("tw 122 1 1 1", "tf 162 0 3 1 1 0 orders 0 0 1"))

    def test_i3_an_offset_that_changes_its_value(self):
        self.expect("I3:", "c 52 0 2 1 0 102 9", "c 52 0 2 0 1 101 8")

    def test_i4_a_producer_out_of_order(self):
        self.expect("I4:", "r 72 0 2 1 0 102 9",
                    ["i 13 0 2 0 9 9", "r 72 0 2 0 2 9 9", "r 73 0 3 0 1 101 8"])

    def test_i4_a_reader_that_goes_back(self):
        self.expect("I4:", (), "c 54 0 1 0 1 101 8")

    def test_i4_a_reader_that_skips(self):
        self.expect("I4:", "c 51 0 1 0 1 101 8")

    def test_i5_a_high_watermark_that_goes_back(self):
        self.expect("I5: high watermark", (), "w 65 64 values 0 0 2")

    def test_i5_a_log_start_that_goes_back(self):
        self.expect("I5: log start", (), ["w 63 62 values 0 1 3", "w 65 64 values 0 0 3"])

    def test_i5_an_acknowledged_offset_above_the_high_watermark(self):
        self.expect("I5: high watermark", "w 41 40 values 0 0 2", "w 41 40 values 0 0 1")

    def test_i5_a_last_stable_offset_that_goes_back(self):
        self.expect("I5: last stable offset", (), "s 146 145 copies 0 3")

    def test_i5_a_last_stable_offset_above_the_high_watermark(self):
        self.expect("I5: high watermark", "s 142 141 copies 0 4", "s 142 141 copies 0 7")

    def test_i6_a_record_of_a_transaction_that_was_not_committed(self):
        self.expect("I6:", (), "tl 151 0 5 0 2 0 orders 0 2 1")

    def test_i6_a_committed_record_that_is_taken_back(self):
        self.expect("I6:", "tf 160 0 0 0 1 0 orders 0 0 1")

    def test_i6_a_balance_of_a_transfer_that_was_not_committed(self):
        self.expect("I6:", (), "ms 231 2 0 0 2 290 1 0 2 510")

    def test_i7_half_of_an_unknown_transaction(self):
        self.expect("I7:", "tw 122 1 1 1", "tw 122 1 1 2")

    def test_i7_a_committed_transaction_that_is_lost(self):
        self.expect("I7:", ("tf 160 0 0 0 1 0 orders 0 0 1", "tf 161 0 1 0 1 1 orders 0 1 1"))

    def test_i7_records_without_their_offsets(self):
        self.expect("I7:", "gf 168 166 copiers copies 0 1", "gf 168 166 copiers copies 0 0")

    def test_i7_offsets_without_their_records(self):
        self.expect("I7:", "gf 167 166 copiers orders 0 2", "gf 167 166 copiers orders 0 3")

    def test_i7_money_that_is_lost(self):
        self.expect("I7:", (), "ms 204 2 0 0 1 300 1 0 3 520")

    def test_i8_a_transaction_that_read_what_was_not_committed(self):
        self.expect("I8:", (), ("tr 124 1 1 copies 0 5", "gf 169 166 copiers copies 0 6"))

    def test_i8_two_transactions_that_have_read_each_other(self):
        self.expect("I8: each", (), ("tr 104 0 1 copies 0 3", "gf 169 166 copiers copies 0 4"))

    def test_i9_a_group_that_goes_back(self):
        self.expect("I9:", (), ["gi 86 readers values 0 1", "go 88 87 readers values 0 1"])

    def test_i9_an_acknowledged_commit_that_is_lost(self):
        self.expect("I9:", "go 85 84 readers values 0 2", "go 85 84 readers values 0 -1001")

    def test_i9_an_offset_that_nobody_committed(self):
        self.expect("I9:", (), "go 88 87 readers values 0 3")

    def test_i9_a_commit_behind_what_was_delivered(self):
        self.expect("I9:", "gd 81 readers 0 0 0 1", "gd 81 readers 0 0 0 0")

    def test_i10_a_value_that_was_read_and_is_gone(self):
        self.expect("I10:", "r 72 0 2 1 0 102 9")

    def test_i11_other_bytes(self):
        self.expect("I11:", "r 72 0 2 1 0 102 9", "r 72 0 2 1 0 102 10")

    def test_i11_bytes_that_nobody_wrote(self):
        self.expect("I11:", (), ["r 73 0 3 -1 -1 4 4", "c 73 0 3 -1 -1 4 4"])

    def test_i11_a_balance_that_nobody_wrote(self):
        self.expect("I11:", "mf 230 2 0 0 3 280 1 0 3 520", "mf 230 2 0 0 3 281 1 0 3 519")

    def test_i12_an_older_value_than_the_acknowledged_one(self):
        self.expect("I12:", "kr 310 7 1 1 -", "kr 310 7 1 0 0")

    def test_i12_a_tombstone_that_is_gone_too_early(self):
        self.expect("I12:", "kr 310 7 1 1 -")

    def test_i12_a_value_that_nobody_has_sent_since(self):
        self.expect("I12:", (), "kr 311 7 1 2 0")

    def test_i12_a_balance_of_before_the_last_transfer(self):
        self.expect("I12:", "mf 230 2 0 0 3 280 1 0 3 520", ["mk 222 0 3", "mf 230 2 0 0 1 300 1 0 1 500"])

    def test_i13_half_a_topic(self):
        self.expect("I13:", "xs 421 420 made-0 3", "xs 421 420 made-0 2")

    def test_i13_a_created_topic_that_is_not_there(self):
        self.expect("I13:", "xs 421 420 made-0 3", "xs 421 420")

    def test_i13_a_deleted_topic_that_is_there(self):
        self.expect("I13:", "xs 471 470", "xs 471 470 made-0 5")

    def test_i13_partitions_that_go_again(self):
        self.expect("I13:", (), "xs 447 446 made-0 3")

    def test_i13_a_topic_that_comes_back(self):
        self.expect("I13:", "xo 460 made-0 delete", ["xu 460 made-0 delete", "xs 473 472 made-0 5"])

    def test_i13_half_of_a_change_of_settings(self):
        self.expect("I13:", "xc 445 444 made-0 2000000 2000000", "xc 445 444 made-0 2000000 1048588")

    def test_an_actor_that_does_not_come_on(self):
        self.expect("liveness:", "l 500 reader 12", "l 500 reader -1")

    def test_an_error_that_no_kill_explains(self):
        self.expect("error:", (), "e 90 consumer 0 OFFSET_OUT_OF_RANGE gone")


if __name__ == "__main__":
    unittest.main()

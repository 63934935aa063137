"""The reading of traces is checked: a reply before its fdatasync is found."""

import unittest

from trace_sync import check, read_calls

LOG = "8</d/traced-1/00000000000000000000.log>"
REPLY = "5<TCP:[127.0.0.1:9092->127.0.0.1:4001]>"
OTHER = "6<TCP:[127.0.0.1:9092->127.0.0.1:4002]>"
PORTS = {4001: 1, 4002: 2}


def violations(*lines):
    return check(read_calls([f"77 17.5 {line}\n" for line in lines]), PORTS)


class TraceTest(unittest.TestCase):
    def test_a_reply_after_its_sync_is_fine(self):
        found, replies = violations(
            f'pwrite64({LOG}, ""..., 75, 0) = 75',
            f'sendto({OTHER}, ""..., 50, 0, NULL, 0) = 50',
            f"fdatasync({LOG}) = 0",
            f'sendto({REPLY}, ""..., 50, 0, NULL, 0) = 50')
        self.assertEqual((found, replies), ([], 1))

    def test_a_reply_without_a_sync_is_found(self):
        found, _ = violations(f'pwrite64({LOG}, ""..., 75, 0) = 75',
                              f'sendto({REPLY}, ""..., 50, 0, NULL, 0) = 50',
                              f"fdatasync({LOG}) = 0")
        self.assertEqual(len(found), 1)

    def test_a_sync_that_began_before_the_write_or_failed_does_not_count(self):
        for sync in (f"fdatasync({LOG}) = -1 EIO (Input/output error)",
                     "fdatasync(9</d/traced-2/00000000000000000000.log>) = 0"):
            found, _ = violations(f"fdatasync({LOG}) = 0", f'pwrite64({LOG}, ""..., 75, 0) = 75',
                                  sync, f'sendto({REPLY}, ""..., 50, 0, NULL, 0) = 50')
            self.assertEqual(len(found), 1, sync)

    def test_a_reply_while_the_sync_is_still_running_is_found(self):
        lines = [f'70 17.1 pwrite64({LOG}, ""..., 75, 0 <unfinished ...>\n',
                 "70 17.2 <... pwrite64 resumed>) = 75\n",
                 f"71 17.3 fdatasync({LOG} <unfinished ...>\n",
                 f'70 17.4 sendto({REPLY}, ""..., 50, 0, NULL, 0) = 50\n',
                 "71 17.5 <... fdatasync resumed>) = 0\n"]
        self.assertEqual(len(check(read_calls(lines), PORTS)[0]), 1)
        lines[3], lines[4] = lines[4], lines[3]
        self.assertEqual(check(read_calls(lines), PORTS)[0], [])


if __name__ == "__main__":
    unittest.main()

"""The reader of Prometheus' text format is checked: each way to break it, planted in good text, is found."""

import unittest

from exposition import BadExposition, parse

GOOD = r"""# HELP a_total What it is, with \\ and \n
# TYPE a_total counter
a_total{group="a\"b\\c\nd",topic="}"} 1
a_total{group="b",topic="}"} 2 1700000000000
# a comment
# HELP b Seconds
# TYPE b histogram
b_bucket{le="0.5"} 1
b_bucket{le="+Inf"} 3
b_sum 2.5
b_count 3
# HELP c Level
# TYPE c gauge
c -1.5e3
"""


class ExpositionTest(unittest.TestCase):
    def refused(self, old, new):
        self.assertIn(old, GOOD)
        with self.assertRaises(BadExposition):
            parse(GOOD.replace(old, new, 1))

    def test_good_text_is_read(self):
        families = parse(GOOD)
        self.assertEqual(list(families), ["a_total", "b", "c"])
        self.assertEqual(families["a_total"].series[
            "a_total", (("group", 'a"b\\c\nd'), ("topic", "}"))], 1)
        self.assertEqual(families["c"].series, {("c", ()): -1500})

    def test_missing_lines(self):
        self.refused("# HELP c Level\n", "")
        self.refused("# TYPE c gauge\n", "")
        self.refused("c -1.5e3\n", "c -1.5e3")

    def test_lines_that_come_twice_or_apart(self):
        self.refused("# HELP c Level\n", "# HELP c Level\n# HELP c Level\n")
        self.refused("# TYPE c gauge\n", "# TYPE c gauge\n# TYPE c gauge\n")
        self.refused("c -1.5e3\n", "c -1.5e3\nc 4\n")
        self.refused("c -1.5e3\n", 'c -1.5e3\na_total{group="z"} 4\n')
        self.refused('group="b",topic="}"', 'topic="}",group="a\\"b\\\\c\\nd"')

    def test_what_is_not_escaped(self):
        self.refused(r"a\"b", 'a"b')
        self.refused(r"b\\c", r"b\c")
        self.refused(r"c\nd", "c\nd")
        self.refused(r"\\ and", r"\ and")

    def test_numbers(self):
        self.refused("-1.5e3", "many")
        self.refused("-1.5e3", "")
        self.refused('topic="}"} 1', 'topic="}"} -1')

    def test_histograms_that_do_not_add_up(self):
        self.refused("b_count 3", "b_count 4")
        self.refused("b_count 3\n", "")
        self.refused("b_sum 2.5\n", "")
        self.refused('b_bucket{le="+Inf"} 3\n', "")
        self.refused('le="0.5"} 1', 'le="0.5"} 4')


if __name__ == "__main__":
    unittest.main()

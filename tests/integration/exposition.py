"""Reads Prometheus' text format 0.0.4 and refuses what its description does not allow.

prometheus.io/docs/instrumenting/exposition_formats: one HELP and one TYPE per family, before its samples and
together with them; labels quoted and escaped; no series twice; histograms that add up; a line feed at the end."""

import math
import re

METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
HELP_ESCAPES = re.compile(r"(?:[^\\]|\\[\\n])*")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}


class BadExposition(Exception):
    pass


class Family:
    def __init__(self):
        self.help = self.type = None
        self.series = {}  # (name of the sample, its labels sorted) -> value

    def may_have(self, name, family):
        return name in (family + suffix for suffix in SUFFIXES.get(self.type, ("",)))


def need(condition, message):
    if not condition:
        raise BadExposition(message)


def read_labels(text, line):
    labels = {}
    while text:
        found = LABEL.match(text)
        need(found, f"labels: {line}")
        name, value = found.groups()
        need(name not in labels, f"a label twice: {line}")
        labels[name] = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), value)
        text = text[found.end():]
        need(not text or text.startswith(","), f"labels: {line}")
        text = text.removeprefix(",")
    return tuple(sorted(labels.items()))


def read_sample(line):
    name = METRIC.match(line)
    need(name, f"no name: {line}")
    rest, labels = line[name.end():], ()
    if rest.startswith("{"):
        # A brace within quotes ends nothing.
        inside = re.match(r'\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\}', rest)
        need(inside, f"labels without an end: {line}")
        labels, rest = read_labels(inside[1], line), rest[inside.end():]
    words = rest.split()
    need(rest[:1] in " \t" and len(words) in (1, 2), f"no value: {line}")
    try:
        return name[0], labels, float(words[0])
    except ValueError:
        raise BadExposition(f"no number: {line}") from None


def check_histograms(name, family):
    rows = {}
    for (sample, labels), value in family.series.items():
        key = tuple(label for label in labels if label[0] != "le")
        row = rows.setdefault(key, {"buckets": {}, "sum": None, "count": None})
        if sample == name + "_bucket":
            need("le" in dict(labels), f"{name}: a bucket without le")
            row["buckets"][float(dict(labels)["le"])] = value
        else:
            row[sample.removeprefix(name + "_")] = value
    for key, row in rows.items():
        counts = [count for _, count in sorted(row["buckets"].items())]
        need(counts == sorted(counts), f"{name}{key}: buckets do not grow")
        need(row["sum"] is not None, f"{name}{key}: no sum")
        need(row["buckets"].get(math.inf) == row["count"] is not None, f"{name}{key}: +Inf is not the count")


def parse(text):
    """{family: Family}; BadExposition for text that breaks the format."""
    need(text.endswith("\n"), "no line feed at the end")
    families, current = {}, None
    for line in text.split("\n")[:-1]:
        if not line.strip() or (line.startswith("#") and line.split(None, 2)[1:2] not in (["HELP"], ["TYPE"])):
            continue
        if line.startswith("#"):
            words = line.split(" ", 3)
            need(len(words) >= 3 and METRIC.fullmatch(words[2]), f"no name: {line}")
            kind, name, rest = words[1].lower(), words[2], words[3] if len(words) == 4 else ""
        else:
            sample, labels, value = read_sample(line)
            kind, name = "sample", current
            if current is None or not families[current].may_have(sample, current):
                name = sample
        if name != current:
            need(name not in families, f"the lines of {name} are apart")
            current = name
            families[name] = Family()
        family = families[name]
        if kind == "sample":
            need(family.type is not None and family.may_have(sample, name), f"no TYPE before {line}")
            need((sample, labels) not in family.series, f"a series twice: {line}")
            need(family.type != "counter" or value >= 0, f"a counter below 0: {line}")
            family.series[sample, labels] = value
            continue
        need(getattr(family, kind) is None, f"a second {kind} of {name}")
        need(not family.series, f"{kind} behind samples of {name}")
        if kind == "help":
            need(HELP_ESCAPES.fullmatch(rest), f"escapes: {line}")
        else:
            need(rest in ("counter", "gauge", "histogram", "summary", "untyped"), f"type: {line}")
        setattr(family, kind, rest)
    for name, family in families.items():
        need(family.help, f"{name} has no HELP")
        if family.type == "histogram":
            check_histograms(name, family)
    return families

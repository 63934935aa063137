#!/usr/bin/env python3
"""Measures kreel against the reference programs of this folder in one run, and prints what each target says.

The absolute figures belong to one machine at one time. The ratios are what can be compared.
"""

import argparse
import json
import os
import pathlib
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import rows
import security_rows
import tool_rows
from brokers import CPUS, BenchError

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOREIGN_LIMIT = 0.15
ROWS = rows.ROWS | security_rows.ROWS | tool_rows.ROWS


class Foreign:
    """The part of the machine that others take: user time that is not ours, and stolen time.

    Kernel time is left out: writing our own data back is the kernel's work too.
    """

    def __init__(self):
        self.began, self.others = time.monotonic(), self._others_s()

    def part(self):
        took = (time.monotonic() - self.began) * os.cpu_count()
        return max(0.0, self._others_s() - self.others) / took

    @staticmethod
    def _others_s():
        fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()
        user, nice, steal = (int(fields[i]) / os.sysconf("SC_CLK_TCK") for i in (1, 2, 8))
        own = sum(resource.getrusage(who).ru_utime
                  for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return user + nice + steal - own


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--quick", action="store_true", help="5 short pairs a row, two minutes (default)")
    length.add_argument("--full", action="store_true", help="11 long pairs a row, some minutes")
    parser.add_argument("--only", metavar="ROWS", help="some rows only: " + ",".join(ROWS))
    parser.add_argument("--kreel", type=pathlib.Path, default=ROOT / "build/release/kreel")
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release/tests/bench",
                        help="folder of floor, blast and the others")
    parser.add_argument("--dir", type=pathlib.Path, default=ROOT / "build",
                        help="data goes into a new folder here, which is deleted afterwards")
    parser.add_argument("--aa", action="store_true", help="floor against floor: what the method's noise is")
    parser.add_argument("--allow-noise", action="store_true",
                        help="judge a row although others took more than 15 %% of the machine")
    parser.add_argument("--gate", action="store_true", help="exit 1 unless every target is met")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write all figures there")
    options = parser.parse_args()
    options.wanted = options.only.split(",") if options.only else list(ROWS)
    for name in options.wanted:
        if name not in ROWS:
            parser.error(f"no row {name}; there are {', '.join(ROWS)}")
    if options.aa:
        options.wanted = [name for name in options.wanted if ROWS[name][1]]
    for program in [options.programs / "floor"] + ([] if options.aa else [options.kreel]):
        if not program.exists():
            parser.error(f"{program} is not there; build it, or name another one")
    return options


def quartiles(ratios):
    if len(ratios) < 2:
        return ratios * 3
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return [low, middle, high]


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def as_item(row, foreign, verdict):
    return {"id": row.id, "what": row.what, "unit": row.unit, "kreel": row.subject,
            "reference": row.reference, "ratio_quartiles": quartiles(row.ratios), "ratios": row.ratios,
            "target": row.target, "verdict": verdict, "foreign_cpu": round(foreign, 3)}


LAYOUT = "{:<10} {:<57} {:>12} {:>12}  {:<20} {:<12} {}"


def print_item(item):
    low, middle, high = item["ratio_quartiles"] or [None] * 3
    ratio = f"{middle:.2f} ({low:.2f}-{high:.2f})" if middle else "-"
    print(LAYOUT.format(item["id"], f"{item['what']}, {item['unit']}", number(item["kreel"]),
                        number(item["reference"]), ratio, item["target"], item["verdict"]), flush=True)


def judge(row, foreign, allow_noise):
    verdict = "met" if row.met else "missed"
    if foreign <= FOREIGN_LIMIT:
        return verdict
    busy = f"others took {foreign:.0%} of the machine"
    return f"{verdict} ({busy})" if allow_noise else f"not judged: {busy}"


def measure(options, folder):
    bench = rows.Bench(options.programs.resolve(), None if options.aa else options.kreel.resolve(),
                       folder, not options.full)
    items, failures = [], 0
    print(LAYOUT.format("id", "what", "floor" if options.aa else "kreel", "reference",
                        "ratio (quartiles)", "target", ""))
    for name in options.wanted:
        for run in ROWS[name][0]:
            foreign = Foreign()
            try:
                for row in run(bench):
                    part = foreign.part()
                    items.append(as_item(row, part, judge(row, part, options.allow_noise)))
                    print_item(items[-1])
            except (BenchError, OSError, subprocess.SubprocessError) as error:
                failures += 1
                print(f"{name:<10} failed: {error}", flush=True)
    return items, failures


def main():
    options = parse_arguments()
    options.dir.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-data-", dir=options.dir))
    began = time.monotonic()
    try:
        items, failures = measure(options, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{'full' if options.full else 'quick'}, {time.monotonic() - began:.0f} s, "
          f"{len(CPUS)} CPUs, Linux {platform.release()}")
    if options.json:
        machine = {"cpus": len(CPUS), "kernel": platform.release(), "full": options.full}
        options.json.write_text(json.dumps({"machine": machine, "rows": items}, indent=1) + "\n")
    unmet = any(not item["verdict"].startswith("met") for item in items)
    return 1 if failures or (options.gate and unmet) else 0


if __name__ == "__main__":
    sys.exit(main())

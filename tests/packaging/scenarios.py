"""Runs the scenarios of a test, each in a directory of its own."""

import argparse
import os
import shutil
import subprocess
import tempfile


def run(scenarios, description, tools):
    """Exit code: 77 without the `tools`, 1 when a scenario failed."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--kreel", required=True)
    kreel = os.path.abspath(parser.parse_args().kreel)
    for tool in tools:
        if shutil.which(tool) is None:
            print(f"skip: {tool} is not installed")
            return 77
    failed = 0
    for scenario in scenarios:
        with tempfile.TemporaryDirectory(prefix="kreel-packaging-") as directory:
            try:
                scenario(kreel, directory)
                print(f"ok {scenario.__name__}", flush=True)
            except (AssertionError, subprocess.SubprocessError) as error:
                failed += 1
                print(f"FAILED {scenario.__name__}: {error}", flush=True)
    return 1 if failed else 0

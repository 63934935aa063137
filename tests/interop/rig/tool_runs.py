"""Runs the command lines of tool_cases with kreel, or all of them with Apache Kafka's tools in one JVM."""

import pathlib
import subprocess
import tempfile

from rig import brokers, tool_cases

TIMEOUT_S = 120


def words_of(arguments, broker):
    return [word.replace("$B", broker) for word in arguments.split()]


def write_files(directory):
    for name, text in tool_cases.FILES.items():
        pathlib.Path(directory, name).write_text(text, encoding="utf-8")


def with_kreel(kreel, broker):
    """One answer per case, in order."""
    answers = []
    with tempfile.TemporaryDirectory(prefix="kreel-tools-") as directory:
        write_files(directory)
        for tool, arguments, stdin in tool_cases.CASES:
            done = subprocess.run([kreel, tool, *words_of(arguments, broker)], input=stdin or "", text=True,
                                  capture_output=True, timeout=TIMEOUT_S, cwd=directory, check=False)
            answers.append(tool_cases.answer(done, broker))
    return answers


def with_java(broker, runner):
    """The same by Apache's tools. `runner` is ToolRunner.java."""
    with tempfile.TemporaryDirectory(prefix="kreel-tools-") as directory:
        write_files(directory)
        runs = pathlib.Path(directory, "runs")
        runs.mkdir()
        for number, (tool, arguments, stdin) in enumerate(tool_cases.CASES):
            words = [tool_cases.CLASSES[tool], *words_of(arguments, broker)]
            (runs / f"{number}.args").write_text("\n".join(words) + "\n", encoding="utf-8")
            (runs / f"{number}.in").write_text(stdin or "", encoding="utf-8")
        subprocess.run([*brokers.java_command(), str(runner), str(runs)], stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=30 * 60, cwd=directory, check=True)
        return [tool_cases.answer(read_run(runs, number), broker) for number in range(len(tool_cases.CASES))]


def read_run(runs, number):
    out, err, code = ((runs / f"{number}.{end}").read_text(encoding="utf-8") for end in ("out", "err", "exit"))
    return subprocess.CompletedProcess([], int(code), out, err)


def compare(expected, actual, report):
    """One scenario per case; a known difference is printed with its reason."""
    for (tool, arguments, _), kafka, kreel in zip(tool_cases.CASES, expected, actual, strict=True):
        name = f"{tool} {arguments}".strip()
        why = tool_cases.DIFFERENCES.get(name)
        with report.scenario(name):
            if why is None:
                assert kafka == kreel, f"Kafka: {kafka} kreel: {kreel}"
            else:
                print(f"differs: {name}: {why}", flush=True)

"""Runs the command lines of tool_cases, or of a module like it, with kreel, or with Apache Kafka's tools: in one JVM,
unless the module wants one for each."""

import pathlib
import subprocess
import tempfile

from rig import brokers, tool_cases

TIMEOUT_S = 120


def words_of(arguments, broker):
    return [word.replace("$B", broker) for word in arguments.split()]


def write_files(directory, cases):
    for name, text in cases.FILES.items():
        pathlib.Path(directory, name).write_text(text, encoding="utf-8")


def with_kreel(kreel, broker, cases=tool_cases):
    """One answer per case, in order."""
    answers = []
    with tempfile.TemporaryDirectory(prefix="kreel-tools-") as directory:
        write_files(directory, cases)
        for tool, arguments, stdin in cases.CASES:
            done = subprocess.run([kreel, tool, *words_of(arguments, broker)], input=stdin or "", text=True,
                                  capture_output=True, timeout=TIMEOUT_S, cwd=directory, check=False)
            answers.append(cases.answer(done, broker))
    return answers


def java_command(cases):
    """Of the current release, unless the module names the jars of another."""
    return brokers.java_command(jars=cases.jars() if hasattr(cases, "jars") else None)


def with_java(broker, runner, cases=tool_cases):
    """The same by Apache's tools. `runner` is ToolRunner.java."""
    if getattr(cases, "OWN_JVM", False):
        return with_many_jvms(broker, cases)
    with tempfile.TemporaryDirectory(prefix="kreel-tools-") as directory:
        write_files(directory, cases)
        runs = pathlib.Path(directory, "runs")
        runs.mkdir()
        for number, (tool, arguments, stdin) in enumerate(cases.CASES):
            words = [cases.CLASSES[tool], *words_of(arguments, broker)]
            (runs / f"{number}.args").write_text("\n".join(words) + "\n", encoding="utf-8")
            (runs / f"{number}.in").write_text(stdin or "", encoding="utf-8")
        subprocess.run([*java_command(cases), str(runner), str(runs)], stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=30 * 60, cwd=directory, check=True)
        return [cases.answer(read_run(runs, number), broker) for number in range(len(cases.CASES))]


def with_many_jvms(broker, cases):
    answers = []
    with tempfile.TemporaryDirectory(prefix="kreel-tools-") as directory:
        write_files(directory, cases)
        for tool, arguments, stdin in cases.CASES:
            done = subprocess.run([*java_command(cases), cases.CLASSES[tool], *words_of(arguments, broker)],
                                  input=stdin or "", text=True, capture_output=True, timeout=TIMEOUT_S, cwd=directory,
                                  check=False)
            answers.append(cases.answer(done, broker))
    return answers


def read_run(runs, number):
    out, err, code = ((runs / f"{number}.{end}").read_text(encoding="utf-8") for end in ("out", "err", "exit"))
    return subprocess.CompletedProcess([], int(code), out, err)


def compare(expected, actual, report, cases=tool_cases):
    """One scenario per case; a known difference is printed with its reason."""
    for (tool, arguments, _), kafka, kreel in zip(cases.CASES, expected, actual, strict=True):
        name = f"{tool} {arguments}".strip()
        why = cases.DIFFERENCES.get(name)
        with report.scenario(name):
            if why is None:
                assert kafka == kreel, f"Kafka: {kafka} kreel: {kreel}"
            else:
                print(f"differs: {name}: {why}", flush=True)

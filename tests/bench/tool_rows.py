"""Rows about Apache's tool names: kreel beside Apache's own tools, where a JVM and Kafka's jars can be had, and
kafka-producer-perf-test beside librdkafka alone."""

import contextlib
import functools
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

from brokers import CPUS, LOAD_CPU, BenchError, pinned
from rows import Row, paired, prepare, ratio_row

INTEROP = pathlib.Path(__file__).resolve().parents[1] / "interop"
# What kafka-run-class.sh gives every tool.
JVM = ["-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
       "-XX:+ExplicitGCInvokesConcurrent", "-Djava.awt.headless=true"]


@functools.cache
def jars():
    """Kafka's, by tests/interop; None where they cannot be had, which is said once."""
    sys.path.insert(0, str(INTEROP))
    from rig import brokers, fetch
    try:
        fetch.need("java")
        return brokers.kafka_jars()
    except (fetch.Unreachable, OSError, subprocess.SubprocessError) as error:
        print(f"A          without Apache's tools: {error}", flush=True)
        return None


def apache(heap, tool, *arguments):
    return ["java", heap, *JVM, f"-Dlog4j2.configurationFile={INTEROP / 'kafka/log4j2.properties'}", "-cp",
            f"{jars()}/*", f"org.apache.kafka.tools.{tool}", *map(str, arguments)]


@contextlib.contextmanager
def all_cpus():
    """A tool's time is what its user waits for: it may use them all."""
    os.sched_setaffinity(0, set(CPUS))
    try:
        yield
    finally:
        os.sched_setaffinity(0, {LOAD_CPU})


def run_tool(words):
    """Wall time, CPU time and standard output of a tool, which must succeed."""
    began = time.perf_counter()
    with subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as tool:
        # What it prints is read as fast as it comes, and not kept but for its end.
        kept = b""
        while chunk := tool.stdout.read1(1 << 20):
            kept = (kept + chunk)[-4096:]
        errors = tool.stderr.read()
        _, status, usage = os.wait4(tool.pid, 0)
        tool.returncode = os.waitstatus_to_exitcode(status)
    if tool.returncode != 0:
        raise BenchError(f"{' '.join(map(str, words))}: {errors.decode(errors='replace')[-500:]}")
    wall_s = time.perf_counter() - began
    return wall_s, usage.ru_utime + usage.ru_stime, kept.decode(errors="replace"), errors.decode(errors="replace")


def faster_row(row_id, what, unit, values, limit):
    """How many times less kreel takes."""
    reference, subject = values
    ratios = [a / b for a, b in zip(reference, subject)]
    return Row(row_id, what, statistics.median(subject), statistics.median(reference), ratios, f">= {limit} x",
               statistics.median(ratios) >= limit, unit)


def topics_list(bench):
    if jars() is None:
        return
    with bench.broker(bench.subject()) as broker, all_cpus():
        prepare(broker)
        words = ["--list", "--bootstrap-server", f"127.0.0.1:{broker.port}"]
        values = paired(bench, lambda: run_tool(apache("-Xmx256M", "TopicCommand", *words))[0] * 1e3,
                        lambda: run_tool([bench.kreel, "kafka-topics", *words])[0] * 1e3)
    yield faster_row("A topics", "kafka-topics --list, wall; Apache's is so many times slower", "ms", values, 100)


def console_consumer(bench):
    if jars() is None:
        return
    count = 200_000 if bench.quick else 1_000_000
    with bench.broker(bench.subject("os")) as broker:
        prepare(broker)
        written = bench.load("blast", broker, "--requests", -(-count // 60), "--batch-bytes", 65536, "--record-bytes",
                             1024, "--depth", 8)
        if written["requests"] * written["batch_records"] < count:
            raise BenchError("the topic has too few records")
        words = ["--bootstrap-server", f"127.0.0.1:{broker.port}", "--topic", "bench", "--from-beginning",
                 "--max-messages", count]
        runs = {"apache": [], "kreel": []}

        def read(who, command):
            with all_cpus():
                wall_s, cpu_s, _, errors = run_tool(command)
            if f"Processed a total of {count} messages" not in errors:
                raise BenchError(f"{who} did not read {count} messages: {errors[-300:]}")
            runs[who].append(cpu_s)
            return wall_s

        walls = paired(bench, lambda: read("apache", apache("-Xmx512M", "consumer.ConsoleConsumer", *words)),
                       lambda: read("kreel", [bench.kreel, "kafka-console-consumer", *words]))
    what = f"kafka-console-consumer, {count:,} records of 1 KiB"
    yield faster_row("A consume", f"{what}, wall", "s", walls, 5)
    yield faster_row("A cpu", f"{what}, CPU", "s", (runs["apache"][1:], runs["kreel"][1:]), 8)


def producer_perf(bench):
    """Records per second of the tool, beside librdkafka with the same settings."""
    count = 300_000 if bench.quick else 2_000_000

    def alone(broker):
        return bench.load("rdkafka_load", broker, "produce", "--messages", count)["messages_per_s"]

    def tool(broker):
        with pinned(LOAD_CPU):
            _, _, out, _ = run_tool([bench.kreel, "kafka-producer-perf-test", "--topic", "bench", "--num-records", count,
                                     "--record-size", 1024, "--throughput", -1, "--bootstrap-server",
                                     f"127.0.0.1:{broker.port}", "--command-property", "acks=1", "linger.ms=5"])
        found = re.search(rf"^{count} records sent, ([0-9.]+) records/sec", out, re.MULTILINE)
        if not found:
            raise BenchError(f"kafka-producer-perf-test: {out[-300:]}")
        return float(found.group(1))

    def cell(measure):
        with bench.broker(bench.subject("os")) as broker:
            prepare(broker)
            return measure(broker)

    values = paired(bench, lambda: cell(alone), lambda: cell(tool))
    yield ratio_row("A produce", "kafka-producer-perf-test, records; librdkafka alone", "1/s", values, 0.95,
                    at_most=False)


ROWS = {"A": ((topics_list, console_consumer, producer_perf), False)}

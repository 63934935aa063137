"""The rows of the matrix: one function per thing that is measured, each with its target."""

import contextlib
import dataclasses
import os
import pathlib
import re
import shutil
import statistics
import time

from brokers import LOAD_CPU, BenchError, Broker, pinned, run_load

SEGMENT = "00000000000000000000.log"


@dataclasses.dataclass
class Row:
    id: str
    what: str
    subject: float    # kreel, the median
    reference: float  # floor, or what `what` names, the median; None where there is none
    ratios: list      # subject / reference of each pair
    target: str
    met: bool
    unit: str


@dataclasses.dataclass
class Bench:
    programs: pathlib.Path
    kreel: pathlib.Path  # None: floor takes kreel's place, to see how much two equal brokers differ
    folder: pathlib.Path
    quick: bool

    def floor(self, *extra):
        return lambda port, data: [
            self.programs / "floor", f"127.0.0.1:{port}", "--dir", data, *map(str, extra)]

    def reader(self, segment):
        """floor, answering Fetch from a segment."""
        return lambda port, _: [self.programs / "floor", f"127.0.0.1:{port}", "--sendfile", segment]

    def subject(self, flush="commit"):
        if self.kreel is None:
            return self.floor()
        return lambda port, data: [
            self.kreel, "serve", "--listen", f"127.0.0.1:{port}", "--data-dir", data, "--flush", flush]

    def broker(self, command):
        return Broker(command, self.folder / f"broker-{time.monotonic_ns()}")

    def load(self, program, broker, *arguments):
        return run_load(self.programs / program, *arguments, f"127.0.0.1:{broker.port}")

    @property
    def pairs(self):
        return 5 if self.quick else 11


def prepare(broker, partitions=1):
    """Makes the topic where the broker does not bring it."""
    client = broker.client()
    if "bench" not in client.topics_with_leader():
        client.create(["bench"], partitions)
    client.close()


def paired(bench, reference, subject):
    """Runs both in turn, A B A B, the first pair for warming up only."""
    values = [(reference(), subject()) for _ in range(bench.pairs + 1)][1:]
    return [a for a, _ in values], [b for _, b in values]


def ratio_row(row_id, what, unit, values, limit, at_most=True):
    reference, subject = values
    ratios = [b / a for a, b in zip(reference, subject)]
    middle = statistics.median(ratios)
    return Row(row_id, what, statistics.median(subject), statistics.median(reference), ratios,
               f"{'<=' if at_most else '>='} {limit} x", middle <= limit if at_most else middle >= limit, unit)


def limit_row(row_id, what, unit, subject, limit, reference=None):
    value = statistics.median(subject)
    ratios = [b / a for a, b in zip(reference or [], subject)]
    return Row(row_id, what, value, statistics.median(reference) if reference else None, ratios,
               f"<= {limit} {unit}", value <= limit, unit)


def produce_cell(bench, command, requests, *options):
    """A fresh broker takes `requests`; returns blast's report with the broker's CPU time."""
    with bench.broker(command) as broker:
        prepare(broker)
        bench.load("blast", broker, "--requests", max(1, requests // 10), *options)
        before = broker.cpu_ns()
        report = bench.load("blast", broker, "--requests", requests, *options)
        report["broker_cpu_ns"] = broker.cpu_ns() - before
        return report


def produce_pairs(bench, value, requests, *options):
    """Pairs of one value of a produce cell: floor and kreel, which leaves syncing to the kernel."""
    return paired(bench,
                  lambda: value(produce_cell(bench, bench.floor(), requests, *options)),
                  lambda: value(produce_cell(bench, bench.subject("os"), requests, *options)))


def cpu_s_per_gb(report):
    return report["broker_cpu_ns"] / report["bytes"]


def produce_64k(bench):
    requests = (256 << 20 if bench.quick else 1 << 30) // 65536
    values = produce_pairs(bench, cpu_s_per_gb, requests, "--batch-bytes", 65536, "--depth", 8)
    yield ratio_row("P 64K", "produce CPU, 64 KiB batches of 100 B", "s/GB", values, 1.3)


def produce_1m(bench):
    requests = 256 if bench.quick else 1024
    values = produce_pairs(bench, cpu_s_per_gb, requests, "--batch-bytes", 1_000_000,
                           "--record-bytes", 1024, "--depth", 8)
    yield ratio_row("P 1M", "produce CPU, 1 MB batches of 1 KiB", "s/GB", values, 1.3)


def small_requests(bench):
    requests = 60_000 if bench.quick else 300_000
    values = produce_pairs(bench, lambda r: r["broker_cpu_ns"] / r["requests"] / 1e3, requests,
                           "--depth", 64)
    yield ratio_row("small", "produce CPU, one record a request, depth 64", "us", values, 2)


def latency(bench):
    requests = 8_000 if bench.quick else 40_000
    values = produce_pairs(bench, lambda r: r["p50_us"], requests)
    yield ratio_row("L", "acknowledged p50, depth 1", "us", values, 1.6)


def raw_sync_us(folder, count):
    """The median of appending 4 KiB and fdatasync, in this folder."""
    path, block, took = folder / "raw-sync", b"x" * 4096, []
    with pinned(LOAD_CPU), open(path, "wb", buffering=0) as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(block)
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    path.unlink()
    return statistics.median(took) * 1e6


def durable(bench):
    count = 500 if bench.quick else 2000
    values = paired(bench, lambda: raw_sync_us(bench.folder, count),
                    lambda: produce_cell(bench, bench.subject(), count, "--acks", -1)["p50_us"])
    yield ratio_row("D", "durable ack p50 against a raw 4 KiB fdatasync", "us", values, 2)


def fetch(bench):
    size = (256 if bench.quick else 900) << 20
    with contextlib.ExitStack() as running:
        writer = running.enter_context(bench.broker(bench.subject("os")))
        prepare(writer)
        written = bench.load("blast", writer, "--requests", size // 65536, "--batch-bytes", 65536,
                             "--record-bytes", 1024, "--depth", 8)
        messages = int(written["requests"] * written["batch_records"])
        segment = writer.folder / "data" / "bench-0" / SEGMENT
        reader = running.enter_context(bench.broker(bench.reader(segment)))
        subject = writer
        if bench.kreel is None:
            subject = running.enter_context(bench.broker(bench.reader(segment)))

        def cpu(broker, fetch_bytes):
            before = broker.cpu_ns()
            report = bench.load("drain", broker, "--loops", 4, "--end", messages,
                                "--max-bytes", fetch_bytes)
            return (broker.cpu_ns() - before) / report["bytes"]

        for row_id, mib in (("C 1M", 1), ("C 8M", 8)):
            size = mib << 20
            values = paired(bench, lambda: cpu(reader, size), lambda: cpu(subject, size))
            yield limit_row(row_id, f"warm fetch, broker CPU, {mib} MiB a reply", "s/GB", values[1], 0.10,
                            values[0])

        def rate(broker):
            return bench.load("rdkafka_load", broker, "consume", "--messages", messages)["messages_per_s"]

        values = paired(bench, lambda: rate(reader), lambda: rate(subject))
        yield ratio_row("C rdkafka", "librdkafka consumer, messages", "1/s", values, 0.95, at_most=False)


def start(bench):
    def ready_ms(command):
        with bench.broker(command) as broker:
            return broker.ready_s * 1e3

    reference, subject = paired(bench, lambda: ready_ms(bench.floor()), lambda: ready_ms(bench.subject()))
    yield limit_row("start", "ready on an empty directory", "ms", subject, 20, reference)
    with bench.broker(bench.subject()) as broker:
        time.sleep(1)
        yield limit_row("idle", "resident when idle", "MiB", [broker.rss_mib()], 12)


def topics(bench):
    names = {f"topic-{i}" for i in range(1000)}
    created_ms, restarted_ms = [], []
    for _ in range(1 if bench.quick else 5):
        with bench.broker(bench.subject()) as broker:
            client = broker.client()
            began = time.perf_counter()
            client.create(sorted(names), 1)
            created_ms.append((time.perf_counter() - began) * 1e3)
            client.close()
            broker.stop()
            broker.start(lambda c: names <= set(c.topics_with_leader()))
            restarted_ms.append(broker.ready_s * 1e3)
    yield limit_row("M create", "1,000 topics created by one request", "ms", created_ms, 200)
    yield limit_row("M restart", "restart with 1,000 topics, until all are listed", "ms", restarted_ms, 150)


def recovery(bench):
    ready_s = []
    for _ in range(1 if bench.quick else 3):
        with bench.broker(bench.subject()) as broker:
            prepare(broker, partitions=4)
            bench.load("blast", broker, "--requests", 540, "--partitions", 4, "--batch-bytes", 1_000_000,
                       "--record-bytes", 1024, "--depth", 4)
            client = broker.client()
            ends = [client.end_offset("bench", p) for p in range(4)]
            client.close()
            broker.kill()
            broker.start(lambda c: [c.end_offset("bench", p) for p in range(4)] == ends)
            ready_s.append(broker.ready_s)
    yield limit_row("R", "kill -9 with a 2 GiB log, until every end offset is back", "s", ready_s, 0.5)


def thread_cpu_ns(pid, name):
    """Run time of the threads of that name."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
               if (task / "comm").read_text().strip() == name)


def compacted_bytes(broker):
    """What the log had before; None while it is not compacted."""
    found = re.search(r"compacted up to .* and \d+ of (\d+) bytes stay",
                      (broker.folder / "stderr.txt").read_text())
    return int(found.group(1)) if found else None


def compaction(bench):
    """A log of 1 KiB records, of each key eight or sixteen, is compacted while another topic is written."""
    requests, folder = (512 if bench.quick else 1024), bench.folder
    enabled = "false"

    def command(port, data):
        settings = {"log.cleaner.enable": enabled, "log.cleaner.backoff.ms": 500,
                    "log.segment.bytes": 64 << 20}
        words = [word for name, value in settings.items() for word in ("--config", f"{name}={value}")]
        return [*bench.subject("os")(port, data), *words, "--topics", "bench:1:1:compact",
                "--topics", "beside"]

    rates, alone_us, beside_us = [], [], []
    for _ in range(1 if bench.quick else 3):
        enabled = "false"
        with Broker(command, folder / f"broker-{time.monotonic_ns()}") as broker:
            bench.load("blast", broker, "--requests", requests, "--batch-bytes", 1_000_000,
                       "--record-bytes", 1024, "--keyed", 1, "--depth", 64)
            broker.stop()
            broker.start()
            latency = ("--topic", "beside", "--seconds", 0.4)
            bench.load("blast", broker, *latency)
            alone_us.append(bench.load("blast", broker, *latency)["p50_us"])
            broker.stop()
            enabled = "true"
            broker.start()
            deadline = time.monotonic() + 120
            while thread_cpu_ns(broker.process.pid, "kreel-cleaner") < 5_000_000:
                if time.monotonic() > deadline:
                    raise BenchError("nothing is compacted")
                time.sleep(0.001)
            beside_us.append(bench.load("blast", broker, *latency)["p50_us"])
            line = compacted_bytes(broker)
            if line is not None:
                raise BenchError("the compaction was over before the load")
            while line is None and time.monotonic() < deadline:
                time.sleep(0.05)
                line = compacted_bytes(broker)
            if line is None:
                raise BenchError("the compaction did not end")
            cpu_ns = thread_cpu_ns(broker.process.pid, "kreel-cleaner")
            rates.append(line / 1e6 / (cpu_ns / 1e9))
    rate = statistics.median(rates)
    yield Row("K rate", "compaction, log per CPU time, 1 KiB records", rate, None, [],
              ">= 300 MB/s", rate >= 300, "MB/s")
    yield ratio_row("K p50", "acknowledged p50 while it runs", "us", (alone_us, beside_us), 1.2)


def wall_ms(*words):
    """How long a command takes from its start to its exit; it must succeed."""
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    began = time.perf_counter()
    child = os.posix_spawn(words[0], words, os.environ, file_actions=quiet)
    _, status = os.waitpid(child, 0)
    took = (time.perf_counter() - began) * 1e3
    if status != 0:
        raise BenchError(f"{' '.join(words)} failed")
    return took


def tool_start(bench):
    kreel, kcat = str(bench.kreel), shutil.which("kcat")
    with bench.broker(bench.subject()) as broker, pinned(LOAD_CPU):
        prepare(broker)
        where = f"127.0.0.1:{broker.port}"
        reference = [wall_ms(kcat, "-L", "-b", where) for _ in range(40)] if kcat else None
        subject = [wall_ms(kreel, "topics", "list", "-b", where) for _ in range(40)]
    yield limit_row("U", "kreel topics list, wall (beside kcat -L)", "ms", subject, 6, reference)


def producer_cell(bench, flush, *options):
    """A fresh broker and one producer; its report with the broker's CPU time per GB."""
    with bench.broker(bench.subject(flush)) as broker:
        prepare(broker)
        bench.load("transactions", broker, "--requests", 50, *options)
        before = broker.cpu_ns()
        report = bench.load("transactions", broker, *options)
        report["cpu_s_per_gb"] = (broker.cpu_ns() - before) / report["bytes"]
        return report


def transactions(bench):
    """Commits against the disk's own fdatasync; what sequences and transactions cost Produce."""
    count = 200 if bench.quick else 1000
    for records, batch_bytes in ((1, 0), (1000, 110_000)):
        options = ("--requests", count, "--batch-bytes", batch_bytes)
        reports = []

        def commit_us():
            reports.append(producer_cell(bench, "commit", *options))
            return reports[-1]["p50_us"]

        values = paired(bench, lambda: raw_sync_us(bench.folder, count), commit_us)
        yield ratio_row(f"T {records}", f"commit p50, transactions of {records} records, against a raw fdatasync",
                        "us", values, 6)
        if any(report["records"] != records * count for report in reports):
            raise BenchError(f"not {records} records in a transaction")
        per_s = statistics.median(report["transactions_per_s"] for report in reports[1:])
        yield Row(f"T {records} rate", f"transactions of {records} records", per_s, None, [], "", True, "1/s")
    requests = (128 << 20 if bench.quick else 512 << 20) // 65536
    options = ("--batch-bytes", 65536, "--depth", 5, "--requests", requests)
    for mode, more in (("idempotent", ()), ("transactional", ("--requests-per-transaction", 100))):
        values = paired(bench,
                        lambda: producer_cell(bench, "commit", "--mode", "plain", *options)["cpu_s_per_gb"],
                        lambda: producer_cell(bench, "commit", "--mode", mode, *options, *more)["cpu_s_per_gb"])
        yield ratio_row(f"T {mode}", f"produce CPU, {mode} against plain", "s/GB", values, 1.1)


# By the letter that --only takes; whether floor can stand in for kreel there.
ROWS = {
    "P": ((produce_64k, produce_1m), True),
    "small": ((small_requests,), True),
    "L": ((latency,), True),
    "D": ((durable,), False),
    "C": ((fetch,), True),
    "start": ((start,), False),
    "M": ((topics,), False),
    "R": ((recovery,), False),
    "K": ((compaction,), False),
    "T": ((transactions,), False),
    "U": ((tool_start,), False),
}

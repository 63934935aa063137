#!/usr/bin/env python3
"""Bad input, as a table: every row of bad_input_rows.py with its exit code and its words.

usage: bad_input.py KREEL [PART OF A ROW'S NAME]

Each row runs four times: as it stands, with stdin closed, with stderr closed, and in the C locale.
Each time it has 12 seconds, a home of its own in which it may leave nothing, and stdout is empty or
what the row says. KREEL_BAD_INPUT=quick runs rows as they stand only."""

import concurrent.futures
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import bad_input_rows
from bad_input_peers import Peers

TIMEOUT_S = 12
NO_END = f"no end within {TIMEOUT_S} s"
AT_ONCE = 6
VARIANTS = {"plain": "", "stdin closed": "exec <&-; ", "stderr closed": "exec 2>&-; ",
            "LANG=C": ""}


class Formatter(dict):
    """Addresses for {names}; in patterns with their dots escaped."""

    def pattern(self, text):
        return text and text.format_map({k: re.escape(v) for k, v in self.items()})


def snapshot(home):
    files = {}
    for path in pathlib.Path(home).rglob("*"):
        content = hashlib.sha1(path.read_bytes()).hexdigest() if path.is_file() else "directory"
        files[str(path.relative_to(home))] = content
    return files


def check_stderr(row, text, known):
    lines = text.splitlines()
    if row.says is not None:
        wanted = "kreel: " + known.pattern(row.says)
        at = next((i for i, line in enumerate(lines) if re.fullmatch(wanted, line)), None)
        if at is None:
            return f"stderr has no line: {wanted}"
        hint = lines[at + 1][len("hint: "):] if lines[at + 1:at + 2] and lines[
            at + 1].startswith("hint: ") else None
        if (hint is None) != (row.hint is None) or (
                hint is not None and not re.fullmatch(known.pattern(row.hint), hint)):
            return f"the hint is {hint!r}, expected {row.hint!r}"
        errors = [line for line in lines if re.match("kreel: (?!error: |warning: )", line)]
        if len(errors) > 1 and not row.several_errors:
            return "there is more than one error"
    if row.stderr is not None and not re.search(known.pattern(row.stderr), text, re.MULTILINE):
        return f"stderr has no match of: {row.stderr}"
    if row.exit == 0 and row.stderr is None and text:
        return "stderr is not empty"
    if "Usage:" in text or "%3|" in text or "terminate called" in text:
        return "stderr has what nobody asked for"
    return None


def check(row, variant, done, known):
    code, out, err = done
    if code != row.exit:
        return f"exit {code}, expected {row.exit}"
    if row.stdout is None and out:
        return "stdout is not empty"
    if row.stdout is not None and not re.search(known.pattern(row.stdout), out):
        return f"stdout has no match of: {row.stdout}"
    if variant == "stderr closed":
        return None
    return check_stderr(row, err, known)


def run(row, variant, kreel, known, corrupt):
    """None, or what is wrong."""
    home = tempfile.mkdtemp(prefix="bad-input-")
    try:
        if row.files == "corrupt":
            shutil.copytree(corrupt, os.path.join(home, "d"))
        for name, content in row.files.items() if row.files != "corrupt" else ():
            path = pathlib.Path(home, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        before = snapshot(home)
        env = {"HOME": home, "TMPDIR": home, "PATH": f"{os.path.dirname(kreel)}:/usr/bin:/bin"}
        env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
        env["LANG" if variant == "LANG=C" else "LC_ALL"] = "C" if variant == "LANG=C" else "C.UTF-8"
        command = VARIANTS[variant] + row.command.format_map(known)
        try:
            done = subprocess.run(["/bin/bash", "-c", command], cwd=home, env=env,
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False,
                                  timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            return NO_END
        out, err = (data.decode("utf-8", "backslashreplace") for data in (done.stdout, done.stderr))
        wrong = check(row, variant, (done.returncode, out, err), known)
        if wrong is None:
            after = snapshot(home)
            left = [name for name in sorted(before.keys() | after.keys())
                    if before.get(name) != after.get(name)
                    and not (row.may_leave and re.fullmatch(row.may_leave, name))]
            wrong = f"left behind or changed: {', '.join(left)}" if left else None
        return wrong and f"{wrong}\n    $ {command}\n    stdout: {out!r}\n    stderr: {err!r}"
    finally:
        shutil.rmtree(home, ignore_errors=True)


def corrupt_directory(kreel, directory):
    """A data directory with three records in three batches, the first of which is damaged."""
    data = os.path.join(directory, "corrupt")
    ready = os.path.join(directory, "ready")
    serve = subprocess.Popen([kreel, "serve", "--data-dir", data, "--listen", "127.0.0.1:0",
                              "--topics", "t:1", "--ready-file", ready, "-q"],
                             stderr=subprocess.DEVNULL)
    end = time.monotonic() + 20
    while not os.path.exists(ready) and time.monotonic() < end:
        time.sleep(0.02)
    broker = pathlib.Path(ready).read_text(encoding="utf-8").strip()
    for text in ("victim", "b", "c"):
        subprocess.run([kreel, "produce", "t", "-q", "-b", broker], input=text.encode(), check=True)
    serve.terminate()
    serve.wait(20)
    pathlib.Path(data, ".kafka_cleanshutdown").unlink()
    log = next(pathlib.Path(data, "t-0").glob("*.log"))
    content = log.read_bytes()
    assert b"victim" in content
    log.write_bytes(content.replace(b"victim", b"VICTIM"))
    return data


def cluster_state(peers):
    """What no bad input may change."""
    at = f"-b {peers.address['broker']} -o csv"
    return peers.run(f"kreel topics list {at}; kreel offsets show behind --columns committed {at}")


def can_mount():
    """Whether this user may have a small disk of his own: a container often forbids it."""
    return subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], check=False,
                          capture_output=True).returncode == 0


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    kreel = os.path.abspath(sys.argv[1])
    rows = [row for row in bad_input_rows.ROWS
            if (len(sys.argv) < 3 or sys.argv[2] in row.name)
            and (not row.needs_mount or can_mount())]
    variants = ["plain"] if os.environ.get("KREEL_BAD_INPUT") == "quick" else list(VARIANTS)
    jobs = [(row, variant) for row in rows for variant in variants]
    failed = 0
    with tempfile.TemporaryDirectory(prefix="bad-input-") as directory:
        corrupt = corrupt_directory(kreel, directory)
        peers = Peers(kreel)
        try:
            known = Formatter(peers.address)
            before = cluster_state(peers)
            with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
                results = pool.map(lambda job: run(*job, kreel, known, corrupt), jobs)
                for (row, variant), wrong in zip(jobs, list(results)):
                    # Six at once, beside other work, say nothing of how long one takes.
                    if wrong == NO_END:
                        wrong = run(row, variant, kreel, known, corrupt)
                    if wrong:
                        failed += 1
                        print(f"{row.name} ({variant}): {wrong}", flush=True)
            if cluster_state(peers) != before:
                failed += 1
                print("the topics, or the offsets of a group, are not those of before")
        finally:
            peers.stop()
    print(f"{len(rows)} rows, {len(jobs)} runs, {failed} failed")
    sys.exit(1 if failed or not jobs else 0)


if __name__ == "__main__":
    main()

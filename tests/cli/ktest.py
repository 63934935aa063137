#!/usr/bin/env python3
"""Runs .ktest scripts: command lines of kreel with what they must print and return.

usage: ktest.py KREEL SCRIPT...

    broker --topics orders:2           start `kreel serve --ephemeral` for the whole file: $BROKER
    == a sentence that names the case  each case has a fresh HOME, which is also its directory
    file conf/kreel.conf               what follows behind "| " is the file
    | client.id = x
    env KREEL_BROKERS=h:1              for the rest of the case
    $ kreel config show -o end         run by bash; several in a case share its HOME
    stdin: one line                    or `stdin:` and lines behind "| "
    tty                                on a terminal: stdout is all that it showed, stdin is typed
    exit 2                             0 when it is not stated
    stderr: kreel: the only line       exactly this; `stderr:` alone: nothing
    stderr:                            or these lines behind "| "; "| ..." stands for any lines,
    | kreel: first line                and "~ " in place of "| " for a regular expression
    stdout~ ^acks +all$                some line matches; may be repeated
    stdout!~ secret                    no line matches

Where stderr is not mentioned it must be empty when 0 is expected. Texts know $BROKER and $HOME.
"""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TIMEOUT_S = 30


class Step:
    def __init__(self, command, line):
        self.command, self.line = command, line
        self.exit, self.stdin, self.tty = 0, "", False
        self.exact = {}  # stream -> list of ("|" or "~", text)
        self.patterns = []  # (stream, must match, pattern)


class Case:
    def __init__(self, name):
        self.name, self.actions = name, []  # ("file", path, lines) | ("env", k, v) | Step


class ScriptError(Exception):
    pass


def parse(path):
    cases, broker, block = [], None, None
    for number, raw in enumerate(open(path, encoding="utf-8"), 1):
        line = raw.rstrip("\n")

        def bad(why):
            raise ScriptError(f"{path}:{number}: {why}: {line}")

        if line[:2] in ("| ", "~ ") or line == "|":
            if block is None:
                bad("a block line belongs to file, stdin:, stdout: or stderr:")
            block.append((line[0], line[2:]))
            continue
        block = None
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "broker":
            broker = rest
            continue
        if word == "==":
            cases.append(Case(rest))
            continue
        if not cases:
            bad("a case starts with ==")
        actions = cases[-1].actions
        step = actions[-1] if actions and isinstance(actions[-1], Step) else None
        if word == "$":
            actions.append(Step(rest, number))
        elif word == "file":
            block = []
            actions.append(("file", rest, block))
        elif word == "env":
            actions.append(("env", *rest.split("=", 1)))
        elif step is None:
            bad("unknown directive")
        elif word == "exit":
            step.exit = int(rest)
        elif word == "tty":
            step.tty = True
        elif word == "stdin:":
            block = step.stdin = [("|", rest)] if rest else []
        elif word in ("stdout:", "stderr:"):
            block = step.exact[word[:-1]] = [("|", rest)] if rest else []
        elif match := re.fullmatch(r"(stdout|stderr)(!?)~", word):
            step.patterns.append((match[1], not match[2], rest))
        else:
            bad("unknown directive")
    return cases, broker


def lines_match(expected, actual):
    """Whether the lines are the expected ones; "..." stands for any number of lines."""
    if not expected:
        return not actual
    kind, text = expected[0]
    if kind == "|" and text == "...":
        return any(lines_match(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    if not actual:
        return False
    same = re.search(text, actual[0]) if kind == "~" else text == actual[0]
    return bool(same) and lines_match(expected[1:], actual[1:])


def run_plain(command, cwd, env, stdin):
    done = subprocess.run(["/bin/bash", "-c", command], cwd=cwd, env=env, input=stdin.encode(),
                          capture_output=True, timeout=TIMEOUT_S, check=False)
    return done.returncode, done.stdout, done.stderr


def run_on_terminal(command, cwd, env, stdin):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execve("/bin/bash", ["bash", "-c", command], env)
    os.write(terminal, stdin.encode())
    shown, end = b"", time.monotonic() + TIMEOUT_S
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    else:
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown.replace(b"\r\n", b"\n"), b""


def check(step, code, output, variables):
    def expand(text):
        for name, value in variables.items():
            text = text.replace("$" + name, value)
        return text

    failures = []
    if code != step.exit:
        failures.append(f"exit {code}, expected {step.exit}")
    streams = {name: data.decode("utf-8", "backslashreplace") for name, data in output.items()}
    for name, expected in step.exact.items():
        text = streams[name]
        lines = text[:-1].split("\n") if text.endswith("\n") else text.split("\n") if text else []
        if not lines_match([(kind, expand(line)) for kind, line in expected], lines):
            failures.append(f"{name} is not:\n" + "\n".join(f"    {k} {t}" for k, t in expected))
    for name, must, pattern in step.patterns:
        if bool(re.search(expand(pattern), streams[name], re.MULTILINE)) != must:
            failures.append(f"{name} {'lacks' if must else 'has'} a match of: {pattern}")
    mentioned = "stderr" in step.exact or any(p[0] == "stderr" for p in step.patterns)
    if not mentioned and step.exit == 0 and streams["stderr"]:
        failures.append("stderr is not empty")
    if failures:
        failures += [f"{name} was:\n{text}" for name, text in streams.items() if text]
    return failures


def run_case(case, kreel, variables):
    home = tempfile.mkdtemp(prefix="ktest-")
    variables = dict(variables, HOME=home)
    env = dict(variables, PATH=os.path.dirname(kreel) + ":/usr/bin:/bin", LC_ALL="C.UTF-8")
    env.update({k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")})
    try:
        for action in case.actions:
            if isinstance(action, Step):
                stdin = action.stdin
                if isinstance(stdin, list):
                    stdin = "".join(text + "\n" for _, text in stdin)
                run = run_on_terminal if action.tty else run_plain
                code, out, err = run(action.command, home, env, stdin)
                failures = check(action, code, {"stdout": out, "stderr": err}, variables)
                if failures:
                    return [f"line {action.line}: $ {action.command}"] + failures
            elif action[0] == "file":
                path = os.path.join(home, action[1])
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "w", encoding="utf-8") as file:
                    file.writelines(text + "\n" for _, text in action[2])
            else:
                env[action[1]] = action[2]
        return []
    except subprocess.TimeoutExpired:
        return [f"line {action.line}: $ {action.command}", f"no end within {TIMEOUT_S} s"]
    finally:
        shutil.rmtree(home, ignore_errors=True)


class Broker:
    """`kreel serve` on a free port; its address is in the ready file."""

    def __init__(self, kreel, flags, kind="--ephemeral"):
        self.directory = tempfile.mkdtemp(prefix="ktest-broker-")
        ready = os.path.join(self.directory, "ready")
        command = [kreel, "serve", *kind.split(), "--listen", "127.0.0.1:0", "--ready-file", ready]
        self.log = open(os.path.join(self.directory, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(command + flags.split(), stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, cwd=self.directory)
        self.address = self.wait_ready(ready)

    def wait_ready(self, ready):
        end = time.monotonic() + 60
        while time.monotonic() < end and self.process.poll() is None:
            if os.path.exists(ready):
                if found := re.search(r"127\.0\.0\.1:\d+", open(ready, encoding="utf-8").read()):
                    return found[0]
            time.sleep(0.01)
        raise ScriptError("the broker did not start:\n" + self.stop()[1])

    def stop(self):
        self.process.terminate()
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.log.seek(0)
        text = self.log.read()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)
        return code, text


def run_script(path, kreel):
    cases, broker_flags = parse(path)
    failed, broker, variables = 0, None, {}
    if broker_flags is not None:
        broker = Broker(kreel, broker_flags)
        variables["BROKER"] = broker.address
    for case in cases:
        failures = run_case(case, kreel, variables)
        if failures:
            failed += 1
            print(f"{path}: {case.name}\n  " + "\n  ".join(failures))
    if broker is not None:
        code, log = broker.stop()
        if code != 0:
            failed += 1
            print(f"{path}: the broker ended with {code}\n{log}")
    print(f"{path}: {len(cases)} cases, {failed} failed")
    return failed == 0 and bool(cases)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    try:
        results = [run_script(path, os.path.abspath(sys.argv[1])) for path in sys.argv[2:]]
    except ScriptError as error:
        sys.exit(str(error))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()

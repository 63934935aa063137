#!/usr/bin/env python3
"""`kreel top` on a pseudo terminal: it starts, follows the terminal's size, survives its broker,
and leaves the terminal as it was however it ends.

usage: top_terminal.py --kreel BINARY
"""
import argparse
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time

from broker import Broker

TIMEOUT_S = 60
LEAVES_SCREEN = b"\x1b[?1049l"  # of xterm: back to what was there before


class Top:
    """The running program, what it has written, and its terminal."""

    def __init__(self, kreel, address, rows=24, columns=80, **environment):
        self.master, slave = pty.openpty()
        self.slave = slave
        self.resize(rows, columns)
        self.before = termios.tcgetattr(slave)
        self.written = b""
        env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
               "TERM": "xterm", **environment}
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for descriptor in (0, 1, 2):
                os.dup2(slave, descriptor)
            os.execve(kreel, [kreel, "top", "-b", address, "--interval", "200ms"], env)

    def resize(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, timeout=0.1):
        if not select.select([self.master], [], [], timeout)[0]:
            return b""
        data = os.read(self.master, 65536)
        self.written += data
        return data

    def seen_within(self, timeout_s, pattern):
        """What is written from now on, and where it matches, if it does in time."""
        deadline, seen = time.monotonic() + timeout_s, b""
        while time.monotonic() < deadline:
            seen += self.read()
            if match := re.search(pattern, seen, re.DOTALL):
                return seen, match
        return seen, None

    def wait_for(self, pattern, what):
        """Until what is written from now on matches; returns the match."""
        seen, match = self.seen_within(TIMEOUT_S, pattern)
        if match:
            return match
        raise AssertionError(f"no {what} within {TIMEOUT_S} s:\n{seen[-2000:]!r}")

    def wait_for_frame(self, fits, what):
        """Until a whole frame fits; a change of size makes ncurses write one."""
        deadline, columns = time.monotonic() + TIMEOUT_S, 80
        while time.monotonic() < deadline:
            columns ^= 1
            self.resize(24, columns)
            self.signal(signal.SIGWINCH)
            # Two changes may come to ncurses as one, which is none.
            match = self.seen_within(2, rb"\x1b\[H\x1b\[2J.*q quit")[1]
            if match and fits(match[0]):
                return
        raise AssertionError(f"no frame of {what} within {TIMEOUT_S} s")

    def type(self, text):
        os.write(self.master, text)

    def signal(self, number):
        os.kill(self.pid, number)

    def end(self):
        """The exit code; the terminal must be as it was before."""
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
        else:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            raise AssertionError(f"no end within {TIMEOUT_S} s")
        while self.read(0):
            pass
        assert termios.tcgetattr(self.slave) == self.before, "the terminal's modes were not restored"
        assert self.written.count(LEAVES_SCREEN) == 1, "the screen was not left"
        os.close(self.master)
        os.close(self.slave)
        return os.waitstatus_to_exitcode(status)


def check_end(kreel, address, stop, code):
    top = Top(kreel, address)
    top.wait_for(rb"q quit", "first frame")
    stop(top)
    found = top.end()
    assert found == code, f"exit {found}, expected {code}"


def check_resize(kreel, address):
    top = Top(kreel, address)
    top.wait_for(rb"TOPIC.*q quit", "first frame")
    # The line of keys moves to the new last line, which ncurses addresses as ESC [ row ; column H.
    top.resize(40, 120)
    top.signal(signal.SIGWINCH)
    top.wait_for(rb"\x1b\[40(;1)?[Hd](\x1b\[[0-9;]*m|\x1b\(B)*q quit", "frame of 40 lines")
    top.resize(5, 20)
    top.signal(signal.SIGWINCH)
    seen = top.wait_for(rb"\x1b\[H\x1b\[2J.*\x1b\[5[;d].*q quit  topics: b b", "frame of 5 lines")[0]
    assert b"\x1b[6" not in seen, f"drawn below the last line: {seen!r}"
    top.type(b"q")
    assert top.end() == 0


def check_keys(kreel, address):
    top = Top(kreel, address)
    top.wait_for(rb"orders.*q quit", "first frame")
    top.type(b"\t\t")
    top.wait_for_frame(lambda frame: b"GROUP" in frame and b"orders" not in frame, "groups alone")
    top.type(b"\t")
    top.wait_for_frame(lambda frame: b"GROUP" in frame and b"orders" in frame, "both tables")
    top.type(b"\x1b[B\x1b[Arnsblogi")
    top.type(b"q")
    assert top.end() == 0


def check_broker_lost(kreel, broker):
    top = Top(kreel, broker.address, NO_COLOR="1")
    top.wait_for(rb"q quit", "first frame")
    broker.kill()
    top.wait_for(rb"connection (refused|reset)|closed the connection", "word of the lost broker")
    broker.start()
    broker.wait_ready()
    top.wait_for_frame(lambda frame: b"connect" not in frame and b"orders" in frame,
                       "the broker that came back")
    top.type(b"q")
    assert top.end() == 0
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", top.written), "colour in spite of NO_COLOR"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kreel", required=True)
    kreel = os.path.abspath(parser.parse_args().kreel)
    with tempfile.TemporaryDirectory(prefix="kreel-top-") as directory:
        broker = Broker(kreel, directory, options=("--topics", "orders:2"))
        broker.start()
        try:
            broker.wait_ready()
            check_end(kreel, broker.address, lambda top: top.type(b"q"), 0)
            check_end(kreel, broker.address, lambda top: top.type(b"\x03"), 130)
            check_end(kreel, broker.address, lambda top: top.signal(signal.SIGTERM), 143)
            check_resize(kreel, broker.address)
            check_keys(kreel, broker.address)
            check_broker_lost(kreel, broker)
        finally:
            broker.kill()
    print("kreel top: ends, resizes and survives as it should")


if __name__ == "__main__":
    sys.exit(main())

"""Starts, kills and stops a `kreel serve`."""

import contextlib
import os
import signal
import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    def __init__(self, kreel, directory, flush="commit", prefix=(), options=()):
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.log_path = os.path.join(directory, "serve.log")
        self.ready_path = os.path.join(directory, "serve.ready")
        self.command = [*prefix, kreel, "serve", "--data-dir", os.path.join(directory, "data"),
                        "--listen", self.address, "--flush", flush, "--ready-file", self.ready_path, *options]
        self.process = None

    def start(self):
        # A broker that was killed has left it.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.ready_path)
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)

    def wait_ready(self, timeout=30):
        """Until it says so: who answers on its port may be another program that was faster."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"serve ended with {self.process.returncode}:\n{self.log_tail()}")
            if os.path.exists(self.ready_path):
                return
            time.sleep(0.01)
        raise RuntimeError(f"serve was not ready after {timeout} s:\n{self.log_tail()}")

    def kill(self):
        """SIGKILL; tells whether it was still running."""
        alive = self.process.poll() is None
        self.process.kill()
        self.process.wait()
        return alive

    def stop(self, timeout=30):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def log_tail(self, lines=30):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

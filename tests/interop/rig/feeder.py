"""Numbered lines, written at a steady rate while something else happens."""

import threading

STEP_S = 0.05


class Feeder(threading.Thread):
    """Writes `line 0`, `line 1`, … to a binary stream until it is told to stop; `count` lines are written."""

    def __init__(self, stream, rate):
        super().__init__(daemon=True)
        self.stream, self.per_step, self.count = stream, round(rate * STEP_S), 0
        self.ending = threading.Event()

    def run(self):
        while not self.ending.wait(STEP_S):
            lines = [f"line {number}\n" for number in range(self.count, self.count + self.per_step)]
            self.stream.write("".join(lines).encode())
            self.stream.flush()
            self.count += self.per_step

    def stop(self):
        self.ending.set()
        self.join()


def number(line):
    return int(line.removeprefix("line "))

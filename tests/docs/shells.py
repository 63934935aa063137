"""Real shells on pseudo-terminals: what a Tab makes of a line."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import termios
import time

PROMPT = "READY> "
TAB, HOME, KILL_LINE, ENTER, INTERRUPT = "\t", "\x01", "\x15", "\r", "\x03"
# A busy machine may take this long to start a shell, or to answer a key.
PATIENCE_S, LINE_S = 60, 10
QUIET_S = 0.15
ESCAPES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-B]|\x1b[=>78MDEc]")


class Shell:
    """One that runs until close(). `setup` are lines that it reads first."""

    def __init__(self, command, setup, environment, directory):
        self.seen = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execve(shutil.which(command[0]), command, {"PATH": os.environ["PATH"], "HOME": directory,
                                                          "TERM": "xterm", "LC_ALL": "C.UTF-8", "COLUMNS": "120",
                                                          **environment})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        for line in setup:
            self.send(line + "\n")
        self.wait_for(lambda text: text.rstrip(b" \r").endswith(PROMPT.strip().encode()), "prompt")
        self.quiet()

    def send(self, text):
        os.write(self.terminal, text.encode())

    def read(self, timeout_s):
        if not select.select([self.terminal], [], [], timeout_s)[0]:
            return b""
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return b""
        self.seen += data
        return data

    def text(self):
        return ESCAPES.sub(b"", self.seen)

    def comes(self, fits, patience_s):
        deadline = time.monotonic() + patience_s
        while not fits(self.text()):
            if time.monotonic() > deadline:
                return False
            self.read(0.1)
        return True

    def wait_for(self, fits, what):
        assert self.comes(fits, PATIENCE_S), f"no {what}: {self.text()[-1000:]!r}"

    def quiet(self, at_least_s=0.0):
        """Until nothing has come for a while."""
        started = time.monotonic()
        while self.read(QUIET_S) or time.monotonic() - started < at_least_s:
            pass

    def press(self, text, tabs):
        """Types `text` and presses Tab; what the terminal shows then."""
        self.send(KILL_LINE)
        self.quiet()
        self.seen = b""
        self.send(text)
        self.quiet()
        for _ in range(tabs):
            self.send(TAB)
            self.quiet(0.3)
        return self.text().decode(errors="replace")

    def listed(self, text):
        return self.press(text, 3)

    def words(self, text, tabs=1):
        """The words that the shell makes of the line, once a Tab has completed it; none of a line without an end."""
        self.press(text, tabs)
        self.send(HOME)
        self.seen = b""
        self.send("printf '<%s>\\n' START ")
        self.quiet()
        self.seen = b""
        self.send(ENTER)
        if not self.comes(lambda shown: PROMPT.strip().encode() in shown and b"<START>" in shown, LINE_S):
            # A quote that was not closed: the shell wants more.
            self.send(INTERRUPT)
            self.quiet()
            return []
        self.quiet()
        told = self.text().decode(errors="replace").replace("\r", "")
        told = told[told.index("<START>\n") + len("<START>\n"):]
        return re.findall(r"^<(.*?)>$", told, re.M | re.S)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def bash(root, environment, directory):
    return Shell(["bash", "--noprofile", "--norc", "-i"],
                 [f"PS1='{PROMPT}'; bind 'set enable-bracketed-paste off'; source {root}/completions/kreel.bash"],
                 environment, directory)


def bash_with_package(root, environment, directory):
    """The package finds the script by its name, at the first Tab."""
    folder = os.path.join(directory, "bash-completion", "completions")
    os.makedirs(folder)
    shutil.copy(f"{root}/completions/kreel.bash", os.path.join(folder, "kreel"))
    return Shell(["bash", "--noprofile", "--norc", "-i"],
                 [f"PS1='{PROMPT}'; bind 'set enable-bracketed-paste off'; "
                  "source /usr/share/bash-completion/bash_completion"],
                 {**environment, "BASH_COMPLETION_USER_DIR": os.path.join(directory, "bash-completion")}, directory)


def zsh(root, environment, directory):
    return Shell(["zsh", "-f", "-i"],
                 [f"PS1='{PROMPT}'; bindkey -e; fpath=({root}/completions $fpath); autoload -Uz compinit; "
                  "compinit -u -D; unsetopt prompt_sp prompt_cr; zle_bracketed_paste=()"],
                 environment, directory)


def fish(root, environment, directory):
    # Else it reads all man pages in the background.
    os.makedirs(os.path.join(directory, ".local", "share", "fish", "generated_completions"))
    setup = (f"function fish_prompt; printf '{PROMPT}'; end; set -g fish_greeting; "
             f"set -g fish_autosuggestion_enabled 0; source {root}/completions/kreel.fish")
    return Shell(["fish", "--private", "--init-command", setup, "-i"], [], environment, directory)


SHELLS = {"bash": bash, "bash-completion": bash_with_package, "zsh": zsh, "fish": fish}

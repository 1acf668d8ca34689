"""A program that a test runs in the background: its log, its end, and signals sent to it alone.

It is our child and unreaped until we look, so its pid cannot belong to anyone else; the kernel kills it when we die.
Start processes from the main thread only: the kernel's rule follows the thread, not the process.
"""

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


class ProcessFailed(Exception):
    pass


class Process:
    def __init__(self, name: str, command: list, log: Path, environment: dict | None = None, folder: Path | None = None):
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=folder,
                start_new_session=True,  # a Ctrl-C on the terminal is ours to pass on
                preexec_fn=_die_with_parent,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal when one ended it."""
        return self._child.poll()

    def signal(self, number: signal.Signals) -> None:
        if self.exit_code is None:
            self._child.send_signal(number)

    def stop(self, limit_seconds: float = 20) -> int:
        """SIGTERM, and SIGKILL when that takes too long. Returns the exit code."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        try:
            return self._child.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        self.signal(signal.SIGKILL)
        return self._child.wait()

    def log_tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait_until(self, ready, limit_seconds: float, what: str) -> None:
        """Polls until `ready()` is true. The error of one that ends or is too slow carries its last log lines."""
        deadline = time.monotonic() + limit_seconds
        while not ready():
            if self.exit_code is not None:
                raise ProcessFailed(f"{self.name} ended with {self.exit_code} before {what}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name}: no {what} within {limit_seconds:g} s:\n{self.log_tail()}")
            time.sleep(0.05)

    def usage(self) -> tuple[float, float]:
        """Resident MiB and CPU seconds so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        resident_kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return resident_kb / 1024, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def end_on_sigterm() -> None:
    """SIGTERM then unwinds like Ctrl-C, so that what was started is stopped and temporary folders go."""
    def leave(number: int, _frame) -> None:
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, leave)

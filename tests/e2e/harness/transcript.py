"""Runs a session written as text, the way a page shows it, and compares what is printed with what is written.

    # A line for the reader.
    $ command        runs once in bash; the lines after it are its output, standard error included
    ~ command        the same, again and again until the output is as written
    ! action word..  a function of the test; what it returns is its output
    ~! action word.. the same, again and again
    [exit 1]         last line of the output of a command that must fail

In the expected output `{}` is one word, `{...}` the rest of a line or a part of it, and a line `...` any lines.
Runs of blanks compare as one, since columns move with their contents.
"""

import re
import shlex
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_SECONDS = 60.0  # an unready endpoint is tried again every 30 s


class TranscriptFailed(AssertionError):
    pass


@dataclass
class Step:
    line: int
    is_action: bool
    repeats: bool
    command: str
    expected: list[str] = field(default_factory=list)


def parse(text: str) -> list[Step]:
    steps: list[Step] = []
    in_output = False
    for number, line in enumerate(text.splitlines(), start=1):
        kind, _, command = line.partition(" ")
        if kind in ("$", "~", "!", "~!"):
            steps.append(Step(number, kind.endswith("!"), kind.startswith("~"), command.strip()))
            in_output = True
        elif line.startswith("#"):
            in_output = False
        elif in_output:
            steps[-1].expected.append(line.rstrip())
        elif line.strip():
            raise ValueError(f"line {number}: output before any command: {line}")
    for step in steps:
        while step.expected and not step.expected[-1]:
            step.expected.pop()
    return steps


def matches(expected: list[str], actual: list[str]) -> bool:
    if not expected:
        return not actual
    if expected[0] == "...":
        return any(matches(expected[1:], actual[skip:]) for skip in range(len(actual) + 1))
    return bool(actual) and _line_matches(expected[0], actual[0]) and matches(expected[1:], actual[1:])


def _line_matches(expected: str, actual: str) -> bool:
    pattern = "".join({"{}": r"\S+", "{...}": r".*"}.get(part, re.escape(part))
                      for part in re.split(r"(\{\}|\{\.\.\.\})", _squeeze(expected)))
    return re.fullmatch(pattern, _squeeze(actual)) is not None


def _squeeze(line: str) -> str:
    return re.sub(r"\s+", " ", line).strip()


class Transcript:
    def __init__(self, path: Path, folder: Path, environment: dict[str, str],
                 actions: dict[str, Callable[..., str | None]] | None = None):
        """Commands run in `folder`."""
        self._path = path
        self._folder = folder
        self._environment = environment
        self._actions = actions or {}

    def run(self) -> None:
        for step in parse(self._path.read_text()):
            self._run_step(step)

    def _run_step(self, step: Step) -> None:
        deadline = time.monotonic() + (PATIENCE_SECONDS if step.repeats else 0)
        while True:
            actual = self._perform(step)
            if matches(step.expected, actual):
                return
            if time.monotonic() >= deadline:
                raise TranscriptFailed("\n".join([
                    f"{self._path.name}:{step.line}: {step.command}", "--- expected", *step.expected,
                    "--- printed", *actual]))
            time.sleep(0.1)

    def _perform(self, step: Step) -> list[str]:
        if step.is_action:
            name, *words = shlex.split(step.command)
            return _lines(self._actions[name](*words) or "")
        done = subprocess.run(["bash", "-c", step.command], cwd=self._folder, env=self._environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        return _lines(done.stdout) + ([f"[exit {done.returncode}]"] if done.returncode else [])


def _lines(text: str) -> list[str]:
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines

"""Every answer of `dynamod apiserver` is that of kube-apiserver, but for times, uids and versions."""

import json
import os
from pathlib import Path

import pytest
from player import Player
from script import read_scripts
from servers import NAMES, TOKEN, started

from harness import namespace

SCRIPTS = {script.name: script for script in read_scripts()}
SHOWN_MAX = 1200  # characters of a value in a failure

# Steps whose answers differ though they should not. It only shrinks.
DEBTS = Path(__file__).resolve().parent / "debts.txt"
HEADER = "# Answers that still differ from Kubernetes' (README.md). Written by DIFFERENTIAL_UPDATE=1 tests/differential/run.\n"
UPDATE = os.environ.get("DIFFERENTIAL_UPDATE") == "1"
_debts: dict[str, list[str]] = {}


@pytest.fixture(scope="session")
def answers(tmp_path_factory) -> dict:
    """{server: {script: [Exchange]}}: one after the other, since both want the same port."""
    assert namespace.entered(), "start this with tests/differential/run"
    out = {}
    for name in NAMES:
        with started(name, tmp_path_factory.mktemp(name) / "run", controllers=False) as server:
            out[name] = {script.name: Player(server.url, TOKEN, script).play() for script in SCRIPTS.values()}
    return out


def differences(ours, theirs, path: str = "") -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [line for name in sorted(set(ours) | set(theirs))
                for line in _field(ours, theirs, name, f"{path}.{name}")]
    if isinstance(ours, list) and isinstance(theirs, list):
        lines = [line for index, (a, b) in enumerate(zip(ours, theirs)) for line in differences(a, b, f"{path}[{index}]")]
        if len(ours) != len(theirs):
            lines.append(f"{path}: {len(ours)} elements, Kubernetes has {len(theirs)}: "
                         f"{_shown(ours[len(theirs):])} / {_shown(theirs[len(ours):])}")
        return lines
    if type(ours) is type(theirs) and ours == theirs:
        return []
    return [f"{path}: {_shown(ours)}\n        Kubernetes: {_shown(theirs)}"]


def _field(ours: dict, theirs: dict, name: str, path: str) -> list[str]:
    if name not in theirs:
        return [f"{path}: {_shown(ours[name])}, which Kubernetes does not have"]
    if name not in ours:
        return [f"{path}: missing; Kubernetes: {_shown(theirs[name])}"]
    return differences(ours[name], theirs[name], path)


def _shown(value) -> str:
    return json.dumps(value, ensure_ascii=False)[:SHOWN_MAX]


def _name(value):
    """What an element of a list is known by."""
    if not isinstance(value, dict):
        return None
    for key in ("name", "resource", "subresource", "groupVersion", "version"):
        if isinstance(value.get(key), str):
            return value[key]
    return value["metadata"].get("name", "") if "metadata" in value else None  # the core group has none


def reduced(theirs, ours):
    """`theirs` without the named elements that `ours` lacks, in the order of ours."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return {key: reduced(value, ours.get(key)) for key, value in theirs.items()}
    if isinstance(theirs, list) and isinstance(ours, list) and ours and _name(ours[0]) is not None:
        by_name = {_name(value): value for value in theirs}
        return [reduced(by_name[_name(value)], value) for value in ours if _name(value) in by_name]
    return theirs


def compare(step, ours, theirs) -> list[str]:
    found = [] if ours.code == theirs.code else [f"code {ours.code}, Kubernetes: {theirs.code}"]
    their_body = reduced(theirs.body, ours.body) if step.subset else theirs.body
    rest = differences(ours.body, their_body, "body")
    rest += differences(ours.warnings, theirs.warnings, "Warning")
    rest += differences(ours.content_type, theirs.content_type, "Content-Type")
    if not step.differs:
        return found + rest
    return found if rest else [*found, f"does not differ any more ({step.differs})"]


def entry(script, number: int) -> str:
    """How debts.txt names a step."""
    return f"{script.name} {number + 1}. {script.steps[number]}"


@pytest.mark.parametrize("name", SCRIPTS)
def test_answers_are_those_of_kubernetes(answers, name):
    script = SCRIPTS[name]
    found = {}
    for number, step in enumerate(script.steps):
        lines = compare(step, answers["dynamod"][name][number], answers["kubernetes"][name][number])
        if lines:
            found[entry(script, number)] = lines
    if UPDATE:
        _debts[name] = list(found)
        DEBTS.write_text(HEADER + "".join(f"{line}\n" for each in SCRIPTS for line in _debts.get(each, [])))
        return
    known = {line for line in DEBTS.read_text().splitlines() if line.startswith(f"{name} ")}
    paid = known - set(found)
    if paid:
        print(f"{len(paid)} answers do not differ any more: take them out with DIFFERENTIAL_UPDATE=1")
    new = [text for step, lines in found.items() if step not in known
           for text in (step, *(f"    {line}" for line in lines))]
    print("\n".join(text for step, lines in found.items() for text in (step, *(f"    {line}" for line in lines))))
    assert not new, "answers differ that did not:\n" + "\n".join(new)

#!/usr/bin/env python3
"""Holds patches, JSONPath templates and server-side apply of dynamod against Kubernetes' own packages.

Usage: merge.py DRIVER BUILD_DIRECTORY [MODE]. Exit status 77 (skipped) without Go.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import merge_cases as cases

HERE = pathlib.Path(__file__).parent
SKIPPED = 77
SHOWN_MAX = 20
REPEATS = 64


def answers(command, lines):
    done = subprocess.run(command, input="".join(line + "\n" for line in lines).encode(), stdout=subprocess.PIPE, check=True)
    out = done.stdout.decode().split("\n")[:-1]
    assert len(out) == len(lines), f"{command}: {len(out)} answers to {len(lines)} cases"
    return out


def meaning(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def both_fail(their, our):
    return their.startswith(("error", "panic")) and our.startswith("error")


def same_failure(_, their, our):
    """What panics in Kubernetes (a server says 500) is an error here."""
    return our if their.startswith("panic") and our.startswith("error") else their


def any_failure(_, their, our):
    """Of several mistakes the Go package finds any, for it walks maps."""
    return our if both_fail(their, our) else their


def any_order(line, their, our):
    their = same_failure(line, their, our)
    if not cases.has_no_order(line):
        return their
    if both_fail(their, our):
        return our
    groups, own = meaning(their), meaning(our)
    if isinstance(groups, list) and isinstance(own, list):
        return our if sorted(map(sorted, groups)) == sorted(map(sorted, own)) else their
    return their


def tidied(state):
    """An object without what differs from run to run: times, and the order that follows from them."""
    if isinstance(state, str):
        return "\n".join(sorted(state.split("\n")))
    fields = state.get("metadata", {}).get("managedFields")
    for entry in fields or []:
        entry["timed"] = bool(entry.pop("time", None))
    if fields:
        fields.sort(key=lambda entry: json.dumps([entry.get(n, "") for n in ("operation", "manager", "apiVersion", "subresource")]))
    return state


def tidied_states(text):
    states = meaning(text)
    return [tidied(state) for state in states] if isinstance(states, list) else states


def is_one_of_several(line, our, kubernetes):
    """Where a path walks a map, the Go package may answer or fail, as the order of that run has it."""
    oracle, equalize, read = kubernetes
    theirs = answers([oracle, "jsonpath"], [line] * REPEATS)
    return any(read(equalize(line, their, our)) == read(our) for their in theirs)


def compare(mode, lines, programs, equalize, read):
    oracle, driver = programs
    theirs, ours = answers([oracle, mode], lines), answers([driver, mode], lines)
    wrong = 0
    for line, their, our in zip(lines, theirs, ours):
        expected, actual = read(equalize(line, their, our)), read(our)
        if expected == actual:
            continue
        if mode == "jsonpath" and cases.has_no_order(line) and is_one_of_several(line, our, (oracle, equalize, read)):
            continue
        wrong += 1
        if wrong <= SHOWN_MAX:
            print(f"--- {mode}: {line}")
            show(expected, actual)
    failures = sum(their.startswith("error") for their in theirs)
    print(f"{mode}: {len(lines)} cases ({failures} refused), {wrong} differ")
    return wrong


def show(expected, actual):
    pairs = [(expected, actual)]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = [(a, b) for a, b in zip(expected, actual) if a != b][:1]
    for one, other in pairs:
        print(f"Kubernetes: {json.dumps(one)}\nours:       {json.dumps(other)}")


def main():
    driver, build = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    if not shutil.which("go"):
        print("Go is not on PATH: patches and apply were not compared with Kubernetes' own packages.")
        return SKIPPED
    oracle = str(build / "merge_oracle")
    subprocess.run(["go", "build", "-o", oracle, "."], cwd=HERE / "merge", env=dict(os.environ, GOFLAGS="-mod=mod"), check=True)
    modes = {
        "merge": (cases.merge_cases, same_failure, meaning),
        "json": (cases.json_patch_cases, same_failure, meaning),
        "jsonpath": (cases.json_path_cases, any_order, meaning),
        "strategic": (cases.strategic_cases, any_failure, meaning),
        "apply": (cases.apply_cases, same_failure, tidied_states),
    }
    wrong = 0
    for mode in sys.argv[3:] or modes:
        make, equalize, read = modes[mode]
        wrong += compare(mode, list(make()), (oracle, driver), equalize, read)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

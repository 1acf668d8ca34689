#!/usr/bin/env python3
"""Compares our YAML and numbers with what sigs.k8s.io/yaml and Go's encoding/json make of the same text.

Usage: compare.py DRIVER BUILD_DIRECTORY. Exit status 77 (skipped) without Go.
"""

import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
SEPARATOR = "\x1e\n"
SKIPPED = 77


def read_cases(name):
    """The documents of a file, separated by lines of five equals signs."""
    text = (HERE / "testdata" / name).read_text()
    return [part.removeprefix("\n") for part in text.split("=====\n")]


def scalar_cases():
    """Each line as a value, in a flow sequence, as a key, and quoted."""
    for line in (HERE / "testdata" / "scalars.txt").read_text().split("\n"):
        yield f"v: {line}\n"
        yield f"- {line}\n"
        if not set(line) & set(",[]{}") and not line.startswith(("?", ":", "!")) and not line.endswith(":"):
            yield f"[{line}, 0]\n"
        yield f"{line}: 0\n"
        yield "v: '" + line.replace("'", "''") + "'\n"


def number_cases():
    """A list by hand, and doubles of random bits from a fixed seed."""
    yield from (HERE / "testdata" / "numbers.txt").read_text().split()
    chance = random.Random(1)
    while True:
        value = struct.unpack("<d", chance.randbytes(8))[0]
        if value == value and abs(value) != float("inf"):
            yield repr(value)
        yield repr(chance.uniform(-1e7, 1e7))
        yield str(chance.randrange(-(10**15), 10**15))


def first(count, items):
    return [item for item, _ in zip(items, range(count))]


def answers(command, cases):
    done = subprocess.run(command, input=SEPARATOR.join(cases).encode(), stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode().split("\n")[:-1]
    assert len(lines) == len(cases), f"{command}: {len(lines)} answers to {len(cases)} cases"
    return lines


def meaning(line):
    """JSON with the order of keys forgotten and numbers kept as they were printed."""
    if line == "error":
        return line
    return json.loads(line, parse_int=lambda text: ("number", text), parse_float=lambda text: ("number", text))


def same(their, our):
    return meaning(their) == meaning(our)


def printed_alike(their, our):
    return their == our


def we_refuse(their, our):
    """Cases that Go takes and we refuse on purpose; a case that Go refuses too is in the wrong file."""
    return their != "error" and our == "error"


def we_accept(their, our):
    """Cases that we take by YAML 1.2, though Go refuses them."""
    return their == "error" and our != "error"


class Comparison:
    def __init__(self, oracle, driver):
        self.oracle, self.driver, self.total, self.wrong = oracle, driver, 0, 0

    def run(self, mode, cases, judge=same):
        cases = list(cases)
        theirs = answers([self.oracle, mode], cases)
        ours = answers([self.driver, mode], cases)
        for case, their, our in zip(cases, theirs, ours):
            self.total += 1
            if not judge(their, our):
                self.wrong += 1
                print(f"--- {mode}, {judge.__name__}\n{case}\nGo:   {their}\nours: {our}")


def main():
    driver, build = sys.argv[1], pathlib.Path(sys.argv[2])
    if not shutil.which("go"):
        print("Go is not on PATH: YAML and numbers were not compared with Kubernetes' own packages.")
        return SKIPPED
    oracle = str(build / "oracle")
    environment = dict(os.environ, GOFLAGS="-mod=mod")
    subprocess.run(["go", "build", "-o", oracle, "."], cwd=HERE / "go", env=environment, check=True)

    comparison = Comparison(oracle, driver)
    comparison.run("strict", scalar_cases())
    comparison.run("strict", read_cases("documents.txt"))
    comparison.run("lenient", read_cases("merges.txt"))
    comparison.run("lenient", read_cases("stricter.txt"), judge=we_refuse)
    comparison.run("lenient", read_cases("laxer.txt"), judge=we_accept)
    comparison.run("numbers", first(5_000, number_cases()), judge=printed_alike)
    print(f"{comparison.total} cases, {comparison.wrong} differ")
    return 1 if comparison.wrong or not comparison.total else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Holds what dynamod knows of Kubernetes' own kinds against Kubernetes' vectors and packages.

Usage: kinds.py DRIVER BUILD_DIRECTORY. Exit status 77 (skipped) without Go.
"""

import base64
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
GENERATOR = HERE.parents[1] / "tools" / "kinds"
GENERATED = HERE.parents[1] / "src" / "kube" / "builtin"
ENVIRONMENT = dict(os.environ, GOFLAGS="-mod=mod")
SKIPPED = 77


def module_folder(module):
    """Where Go keeps the release of a module that the generator uses."""
    out = subprocess.run(["go", "list", "-m", "-f", "{{.Dir}}", module], cwd=GENERATOR, env=ENVIRONMENT,
                         stdout=subprocess.PIPE, check=True, text=True).stdout.strip()
    return pathlib.Path(out)


def answers(command, lines):
    done = subprocess.run(command, input="".join(line + "\n" for line in lines).encode(), stdout=subprocess.PIPE, check=True)
    out = done.stdout.decode().split("\n")[:-1]
    assert len(out) == len(lines), f"{command}: {len(out)} answers to {len(lines)} cases"
    return out


class Comparison:
    def __init__(self, driver, oracle):
        self.driver, self.oracle, self.total, self.wrong = driver, oracle, 0, 0

    def expect(self, what, theirs, ours):
        self.total += 1
        if theirs != ours:
            self.wrong += 1
            print(f"--- {what}")
            show_difference(theirs, ours, "")

    def run(self, mode, lines, same_errors=True):
        """Each line through Kubernetes' package and through ours."""
        theirs, ours = answers([self.oracle, mode], lines), answers([self.driver, mode], lines)
        for line, their, our in zip(lines, theirs, ours):
            if not same_errors and their.startswith("error") and our.startswith("error"):
                their = our
            self.expect(f"{mode}: {line[:300]}", meaning(their), meaning(our))


def meaning(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def show_difference(their, our, path):
    if isinstance(their, dict) and isinstance(our, dict):
        for key in sorted(set(their) | set(our)):
            if their.get(key, "absent") != our.get(key, "absent"):
                show_difference(their.get(key, "absent"), our.get(key, "absent"), f"{path}.{key}")
    elif isinstance(their, list) and isinstance(our, list) and len(their) == len(our):
        for index, (one, other) in enumerate(zip(their, our)):
            if one != other:
                show_difference(one, other, f"{path}[{index}]")
    else:
        print(f"{path}: Kubernetes {json.dumps(their)[:400]}, ours {json.dumps(our)[:400]}")


def compare_vectors(comparison, folder, head, wanted=""):
    """The protobuf vectors of one release and what Kubernetes makes of them in JSON.

    Left out: kinds that this release has no more, and WatchEvent, whose vector names no kind and which no request
    carries.
    """
    kinds = {file.name for file in head.glob(f"{wanted}*.pb")} - {"core.v1.WatchEvent.pb"}
    files = sorted(file for file in folder.glob(f"{wanted}*.pb") if file.name.replace(".after_roundtrip", "") in kinds)
    lines = [base64.b64encode(file.read_bytes()).decode() for file in files]
    for file, our in zip(files, answers([comparison.driver, "protobuf"], lines)):
        # What an older release wrote is compared with what this one makes of it, where that differs.
        name = file.name.removesuffix(".pb").removesuffix(".after_roundtrip")
        their = folder / f"{name}.after_roundtrip.json"
        if not their.exists():
            their = folder / f"{name}.json"
        comparison.expect(f"{folder.name}/{file.name}", meaning(their.read_text()), meaning(our))
    return len(files)


def canonical_cases(folder):
    """The vectors as they stand, and each with a few values taken away or made zero."""
    chance = random.Random(2)
    for file in sorted(folder.glob("*.json")):
        if ".after_" in file.name or file.name.startswith(("admission.k8s.io", "apidiscovery", "imagepolicy")):
            continue
        original = json.loads(file.read_text())
        if "apiVersion" not in original:
            continue
        yield json.dumps(original)
        for _ in range(3):
            changed = json.loads(json.dumps(original))
            disturb(changed, chance)
            changed["apiVersion"], changed["kind"] = original["apiVersion"], original["kind"]
            yield json.dumps(changed)


def disturb(value, chance):
    items = list(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, inner in items:
        roll = chance.random()
        if roll < 0.04 and isinstance(value, dict):
            del value[key]
        elif roll < 0.08:
            value[key] = None
        elif roll < 0.12:
            value[key] = type(inner)() if inner is not None else None
        elif roll < 0.13 and isinstance(value, dict):
            value[key + "X"] = inner
        elif isinstance(inner, (dict, list)):
            disturb(inner, chance)


def quantity_cases():
    chance = random.Random(3)
    by_hand = (HERE / "testdata" / "quantities.txt").read_text().split("\n")[:-1]
    for text in by_hand:
        yield f"{text}\t1"
        yield f"1\t{text}"
    suffixes = ["", "n", "u", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "e0", "e3", "E2", "e-3", "e1"]
    for _ in range(3000):
        number = str(chance.randrange(0, 10 ** chance.randrange(1, 8)))
        if chance.random() < 0.4:
            number += "." + str(chance.randrange(0, 10 ** chance.randrange(1, 6)))
        one = chance.choice(["", "", "-", "+"]) + number + chance.choice(suffixes)
        yield f"{one}\t{chance.randrange(0, 5000)}{chance.choice(suffixes)}"


def applied_kinds(driver, oracle):
    """The kinds served that client-go has an apply schema of. Documents say nothing of kinds nobody serves."""
    lists = [set(subprocess.run([program, "kinds"], stdout=subprocess.PIPE, check=True, text=True).stdout.splitlines())
             for program in (driver, oracle)]
    return sorted(lists[0] & lists[1])


def compare_generated(comparison, build):
    """The committed files are what the generator makes."""
    made = build / "generated"
    made.mkdir(exist_ok=True)
    subprocess.run(["go", "run", ".", str(made)], cwd=GENERATOR, env=ENVIRONMENT, check=True)
    for name in ("table_data.cc", "resource_data.cc", "openapi.bin"):
        comparison.expect(name, True, (made / name).read_bytes() == (GENERATED / name).read_bytes())


def main():
    driver, build = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    if not shutil.which("go"):
        print("Go is not on PATH: the built-in kinds were not compared with Kubernetes' own packages.")
        return SKIPPED
    oracle = str(build / "kinds_oracle")
    subprocess.run(["go", "build", "-o", oracle, "."], cwd=HERE / "kinds", env=ENVIRONMENT, check=True)

    comparison = Comparison(driver, oracle)
    api = module_folder("k8s.io/api") / "testdata"
    count = compare_vectors(comparison, api / "HEAD", api / "HEAD")
    for release in sorted(api.glob("v1.*")):
        count += compare_vectors(comparison, release, api / "HEAD")
    crds = module_folder("k8s.io/apiextensions-apiserver") / "pkg" / "apis" / "testdata" / "HEAD"
    count += compare_vectors(comparison, crds, crds, "apiextensions.k8s.io.v1.")
    print(f"{count} protobuf vectors")
    comparison.run("canonical", list(canonical_cases(api / "HEAD")))
    comparison.run("quantities", list(quantity_cases()), same_errors=True)
    comparison.run("structural", (HERE / "testdata" / "structural.txt").read_text().split("\n")[:-1])
    comparison.run("schema", applied_kinds(driver, oracle))
    compare_generated(comparison, build)
    print(f"{comparison.total} cases, {comparison.wrong} differ")
    return 1 if comparison.wrong or not comparison.total else 0


if __name__ == "__main__":
    sys.exit(main())

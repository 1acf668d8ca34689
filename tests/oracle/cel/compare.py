#!/usr/bin/env python3
"""Compares our CEL with Google's C++ runtime (PyPI cel-expr-python) on expressions made by chance from a fixed seed.

Usage: compare.py DRIVER [COUNT]. Exit status 77 (skipped) where that package is not installed.
"""

import json
import os
import random
import subprocess
import sys

try:
    from cel_expr_python import cel
    from cel_expr_python.ext import ext_optional, ext_strings
except ImportError:
    cel = None

SKIPPED = 77
COUNT = 20_000


class Chance:
    """Expressions that mostly have a value: each kind of value has its own makers."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, *makers):
        return self.random.choice(makers)()

    def expression(self, depth):
        return self.pick(lambda: self.bool(depth), lambda: self.int(depth), lambda: self.text(depth), lambda: self.list(depth), lambda: self.anything(depth))

    def anything(self, depth):
        return self.pick(lambda: self.bool(depth), lambda: self.int(depth), lambda: self.double(depth), lambda: self.text(depth), lambda: self.list(depth), lambda: self.map(depth),
                         lambda: "null", lambda: self.uint(), lambda: self.duration(), lambda: self.time(), lambda: "b'ab'")

    def bool(self, depth):
        if depth <= 0:
            return self.random.choice(["true", "false"])
        d = depth - 1
        return self.pick(
            lambda: f"({self.bool(d)} && {self.bool(d)})", lambda: f"({self.bool(d)} || {self.anything(d)})", lambda: f"!{self.bool(d)}",
            lambda: f"({self.int(d)} {self.relation()} {self.int(d)})", lambda: f"({self.anything(d)} == {self.anything(d)})", lambda: f"({self.text(d)} {self.relation()} {self.text(d)})",
            lambda: f"({self.double(d)} {self.relation()} {self.double(d)})", lambda: f"({self.int(d)} in {self.list(d)})", lambda: f"({self.text(d)} in {self.map(d)})",
            lambda: f"{self.list(d)}.all(x, {self.body(d)})", lambda: f"{self.list(d)}.exists(x, {self.body(d)})", lambda: f"{self.list(d)}.exists_one(x, {self.body(d)})",
            lambda: f"{self.map(d)}.all(x, x != {self.text(d)})", lambda: f"{self.text(d)}.contains({self.text(d)})", lambda: f"{self.text(d)}.startsWith({self.text(d)})",
            lambda: f"{self.text(d)}.endsWith({self.text(d)})", lambda: f"{self.text(d)}.matches({self.pattern()})", lambda: f"has({self.map(d)}.a)", lambda: f"({self.list(d)} == {self.list(d)})",
            lambda: f"({self.bool(d)} ? {self.bool(d)} : {self.bool(d)})", lambda: f"(type({self.anything(d)}) == {self.random.choice(['int', 'string', 'list', 'map', 'bool', 'double'])})",
            lambda: f"({self.duration()} {self.relation()} {self.duration()})", lambda: f"({self.time()} {self.relation()} {self.time()})")

    def int(self, depth):
        if depth <= 0:
            return self.random.choice(["0", "1", "2", "-1", "7", "9223372036854775807", "-9223372036854775808", "0x1F"])
        d = depth - 1
        return self.pick(lambda: f"({self.int(d)} {self.random.choice('+-*/%')} {self.int(d)})", lambda: f"size({self.text(d)})", lambda: f"{self.list(d)}.size()", lambda: f"{self.map(d)}.size()",
                         lambda: f"int({self.double(d)})", lambda: f"-({self.int(0)})", lambda: f"{self.ints(d)}[{self.int(0)}]", lambda: f"{self.text(d)}.indexOf({self.text(d)})",
                         lambda: f"({self.bool(d)} ? {self.int(d)} : {self.int(d)})", lambda: f"{self.map(d)}.a", lambda: "int('12')", lambda: "int('x')",
                         lambda: f"{self.time()}.getHours()", lambda: f"{self.duration()}.getSeconds()")

    def double(self, depth):
        if depth <= 0:
            return self.random.choice(["0.0", "1.5", "-2.25", "1e3", "3.0"])
        d = depth - 1
        return self.pick(lambda: f"({self.double(d)} {self.random.choice('+-*/')} {self.double(d)})", lambda: f"double({self.int(d)})", lambda: f"-({self.double(d)})")

    def text(self, depth):
        if depth <= 0:
            return self.random.choice(["''", "'a'", "'b'", "'aBc'", "'é€'", "'a,b,c'", "' x '", "'12'", r"'\u0041\n'"])
        d = depth - 1
        return self.pick(lambda: f"({self.text(d)} + {self.text(d)})", lambda: f"{self.text(d)}.lowerAscii()", lambda: f"{self.text(d)}.upperAscii()", lambda: f"{self.text(d)}.trim()",
                         lambda: f"string({self.int(d)})", lambda: f"{self.text(d)}.replace({self.text(0)}, {self.text(0)})", lambda: f"{self.text(d)}.substring({self.random.randrange(3)})",
                         lambda: f"{self.text(d)}.charAt({self.random.randrange(3)})", lambda: f"{self.text(d)}.split({self.separator()}).join('-')", lambda: f"string({self.bool(d)})")

    def list(self, depth):
        if depth <= 0:
            return self.random.choice(["[]", "[1, 2, 3]", "['a', 'b']", "[true]", "[[1], [2]]"])
        d = depth - 1
        return self.pick(lambda: self.ints(d), lambda: f"[{self.anything(d)}, {self.anything(d)}]", lambda: f"({self.list(d)} + {self.list(d)})", lambda: f"{self.list(d)}.filter(x, {self.body(d)})",
                         lambda: f"{self.list(d)}.map(x, [x])", lambda: f"{self.list(d)}.map(x, {self.body(d)}, x)", lambda: f"{self.text(d)}.split({self.separator()})")

    def ints(self, depth):
        return f"[{', '.join(self.int(depth - 1) for _ in range(self.random.randrange(4)))}]"

    def map(self, depth):
        if depth <= 0:
            return self.random.choice(["{}", "{'a': 1}", "{'a': 1, 'b': 2}"])
        return self.random.choice([f"{{'a': {self.anything(depth - 1)}}}", f"{{'a': {self.int(depth - 1)}, 'b': {self.text(depth - 1)}}}"])

    def body(self, depth):
        return self.pick(lambda: f"x == {self.anything(0)}", lambda: f"x {self.relation()} {self.int(0)}", lambda: self.bool(depth - 1), lambda: f"x in {self.list(0)}")

    def relation(self):
        return self.random.choice(["<", "<=", ">", ">=", "==", "!="])

    def separator(self):
        """Not '': Google's runtime splits '' into [''], the Go one that Kubernetes has into []."""
        return self.random.choice(["'a'", "','", "'1'", "' '"])

    def pattern(self):
        return self.random.choice(["'^a'", "'b$'", "'[0-9]+'", "'^.$'", "'a|b'"])

    def uint(self):
        return self.random.choice(["0u", "1u", "18446744073709551615u"])

    def duration(self):
        return self.random.choice(["duration('1h')", "duration('90s')", "duration('-1.5s')", "duration('0s')"])

    def time(self):
        return self.random.choice(["timestamp('2026-01-02T03:04:05Z')", "timestamp('1970-01-01T00:00:00Z')", "timestamp('2026-01-02T05:04:05.5+02:00')"])


def literal(value):
    """What our driver prints for the oracle's value; a Value's type tells an int from a uint."""
    plain = value.plain_value() if hasattr(value, "plain_value") else value
    kind = value.type() if hasattr(value, "type") else None
    if kind == cel.Type.ERROR:
        return "error"
    return text_of(plain, kind)


def text_of(plain, kind=None):
    if plain is None:
        return "null"
    if isinstance(plain, bool):
        return str(plain).lower()
    if isinstance(plain, int):
        return f"{plain}u" if kind == cel.Type.UINT else str(plain)
    if isinstance(plain, float):
        return "number " + repr(plain)
    if isinstance(plain, str):
        return json.dumps(plain, ensure_ascii=False)
    raise ValueError("not compared")


def ours(line):
    if line.startswith("error"):
        return "error"
    if line.startswith('double("'):
        return "number " + repr(float(line.split('"')[1].replace("Infinity", "inf")))
    try:
        value = json.loads(line)
    except ValueError:
        return line
    if isinstance(value, float):
        return "number " + repr(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else line


def main():
    if cel is None:
        print("cel-expr-python is not installed: our CEL was not compared with Google's.")
        return SKIPPED
    count = int(sys.argv[2]) if len(sys.argv) > 2 else COUNT
    chance = Chance(1)
    env = cel.NewEnv(extensions=[ext_strings.ExtStrings(), ext_optional.ExtOptional()])
    cases = []
    while len(cases) < count:
        source = chance.expression(chance.random.randrange(1, 5))
        try:
            wanted = literal(env.compile(source, disable_check=True).eval(data={}))
        except ValueError:
            continue  # lists and maps: their parts are compared by other cases
        except Exception:  # the runtime raises errors of evaluation
            wanted = "error"
        cases.append((source, wanted))
    done = subprocess.run([sys.argv[1]], input="".join(json.dumps(source) + "\n" for source, _ in cases).encode(), stdout=subprocess.PIPE, check=True)
    lines = done.stdout.decode().split("\n")[:-1]
    assert len(lines) == len(cases)
    wrong = [(source, wanted, line) for (source, wanted), line in zip(cases, lines) if ours(line) != wanted]
    for source, wanted, line in wrong[:50]:
        print(f"--- {source}\noracle: {wanted}\nours:   {line}")
    errors = sum(wanted == "error" for _, wanted in cases)
    print(f"{len(cases)} cases ({errors} errors), {len(wrong)} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # the package's own clean-up may crash

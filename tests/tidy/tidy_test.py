#!/usr/bin/env python3
"""Applies the rules of rules.py to the repository, and shows of each rule what it finds and what it lets pass."""

import os
import unittest
from pathlib import Path

import rules

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
CODE = (".h", ".cc")


def files(folder: Path) -> list[Path]:
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in (".git", "build", "__pycache__")]
        found += [Path(where) / name for name in names]
    return sorted(found)


def sources() -> list[tuple[str, str]]:
    """Path from src/ and text of each C++ file there."""
    return [(str(path.relative_to(SRC)), path.read_text()) for path in files(SRC) if path.suffix in CODE]


def layers() -> dict[str, rules.Layer]:
    return {layer.name: layer for path in files(SRC) if path.name == "CMakeLists.txt"
            for layer in rules.declared_layers(path.read_text())}


class Repository(unittest.TestCase):
    maxDiff = None

    def expect_none(self, problems: list[str]) -> None:
        self.assertEqual([], problems, "\n" + "\n".join(problems))

    def test_includes_stay_within_the_layers(self):
        known = layers()
        self.expect_none([f"src/{path}:{problem}" for path, text in sources()
                          for problem in rules.include_problems(path, text, known)])

    def test_layers_use_what_the_architecture_allows(self):
        rows = rules.documented_layers((ROOT / "docs" / "architecture.md").read_text())
        problems = []
        for layer in layers().values():
            if layer.name not in rows:
                problems.append(f"docs/architecture.md has no row for src/{layer.name}")
            elif rows[layer.name] is not None and layer.uses - rows[layer.name]:
                extra = " ".join(sorted(layer.uses - rows[layer.name]))
                problems.append(f"src/{layer.name}/CMakeLists.txt uses {extra}, which docs/architecture.md does not allow")
            elif rows[layer.name] is None and "testing" in layer.uses:
                problems.append(f"src/{layer.name}/CMakeLists.txt uses testing")
        problems += [f"docs/architecture.md has a row for src/{name}, which does not exist" for name in rows
                     if not (SRC / name).is_dir()]
        self.expect_none(problems)

    def test_time_network_and_tasks_stay_behind_their_doors(self):
        self.expect_none([f"src/{path}:{problem}" for path, text in sources()
                          for problem in rules.door_problems(path, text)])

    def test_awaits_are_statements(self):
        self.expect_none([f"src/{path}:{problem}" for path, text in sources()
                          for problem in rules.coroutine_problems(text)])

    def test_files_open_with_a_comment_and_stay_short(self):
        found = [path for folder in (SRC, ROOT / "tests", ROOT / "bench") for path in files(folder)
                 if path.suffix in CODE]
        self.expect_none([f"{path.relative_to(ROOT)}:{problem}" for path in found
                          for problem in rules.shape_problems(path.name, path.read_text())])

    def test_nothing_speaks_of_a_machine(self):
        problems = []
        for path in files(ROOT):
            if path.parent == ROOT / "tests" / "tidy":
                continue
            try:
                text = path.read_text()
            except UnicodeDecodeError:
                continue
            problems += [f"{path.relative_to(ROOT)}:{problem}" for problem in rules.machine_problems(text)]
        self.expect_none(problems)


class Includes(unittest.TestCase):
    LAYERS = {layer.name: layer for layer in rules.declared_layers("""
        dynamod_layer(base SOURCES a.cc)  # dynamod_layer(no)
        dynamod_layer(testing USES base SOURCES sim.cc)
        dynamod_layer(http USES base LIBRARIES CURL::libcurl SOURCES b.cc TESTS b_test.cc TEST_USES testing)
        dynamod_layer(controllers/model USES base SOURCES c.cc)
    """)}

    def problems(self, path: str, include: str) -> list[str]:
        return list(rules.include_problems(path, f'// x\n#include "{include}"\n', self.LAYERS))

    def test_reads_the_declarations(self):
        self.assertEqual({"base", "testing", "http", "controllers/model"}, set(self.LAYERS))
        self.assertEqual({"base"}, self.LAYERS["http"].uses)

    def test_own_and_used_layers_may_be_included(self):
        self.assertEqual([], self.problems("http/b.cc", "http/b.h"))
        self.assertEqual([], self.problems("http/b.cc", "base/a.h"))
        self.assertEqual([], self.problems("controllers/model/c.cc", "controllers/model/c.h"))

    def test_others_may_not(self):
        self.assertEqual(['2: layer base may not include "http/b.h" (it uses: -)'], self.problems("base/a.cc", "http/b.h"))
        self.assertEqual(1, len(self.problems("controllers/model/c.cc", "http/b.h")))
        self.assertEqual(1, len(self.problems("http/b.cc", "b.h")))

    def test_test_uses_are_for_tests(self):
        self.assertEqual([], self.problems("http/b_test.cc", "testing/sim.h"))
        self.assertEqual(1, len(self.problems("http/b.cc", "testing/sim.h")))

    def test_reads_the_document(self):
        rows = rules.documented_layers("| folder | holds | may use |\n| `src/base` | x, `y` | - |\n"
                                       "| `src/controllers/model` | z | base http |\n| `src/cli` | w | all but testing |\n")
        self.assertEqual({"base": set(), "controllers/model": {"base", "http"}, "cli": None}, rows)


class Doors(unittest.TestCase):
    def test_words_are_allowed_in_their_place_only(self):
        for code, allowed, refused in (
                ("net::steady_timer t;", "base/clock.cc", "runtime/work_queue.cc"),
                ("auto n = std::chrono::steady_clock::now();", "http/curl_transport.cc", "base/log.cc"),
                ("net::ip::tcp::socket s;", "http/listener.cc", "client/watch.cc"),
                ("co_spawn(ex, f(), g);", "base/task_group.h", "http/listener.cc")):
            self.assertEqual([], list(rules.door_problems(allowed, code)), code)
            self.assertEqual(1, len(list(rules.door_problems(refused, code))), code)

    def test_some_are_allowed_nowhere(self):
        for code in ("std::this_thread::sleep_for(x);", "net::detached", "class PodManager {", "struct WorkerInfo {"):
            self.assertEqual(1, len(list(rules.door_problems("cli/main.cc", code))), code)

    def test_comments_and_strings_are_free(self):
        self.assertEqual([], list(rules.door_problems("kube/a.cc", '// steady_timer\nauto s = "co_spawn";')))


class Coroutines(unittest.TestCase):
    def test_finds(self):
        for code in ("if (!co_await held()) {}",
                     "while (co_await next()) {}",
                     "for (auto& x : co_await list()) {}",
                     "EXPECT_EQ(co_await f(), 3);",
                     "co_await load({.name = a});",
                     "co_await offload(pool, [path] { return 1; });",
                     "auto x = c ? co_await f() : g();",
                     "auto x = c ? g() : co_await f();",
                     "auto run = [this](int x) -> Async<int> { co_return x; };"):
            self.assertNotEqual([], list(rules.coroutine_problems(code)), code)

    def test_lets_pass(self):
        for code in ("const bool ok = co_await held();\nif (!ok) {}",
                     "CO_TRY(auto pods, co_await list(std::move(name)));",
                     "if (ready) { co_await load(request); }",
                     "const Request request{.name = a};\nco_await load(request);",
                     "auto run = [](int x) -> Async<int> { co_return x; };",
                     "const int limit = fast ? 1 : 2;\nco_await wait(limit);",
                     "co_await send(request, {}, Options{}, std::size_t{1});",
                     "// if (co_await x)\nco_return;"):
            self.assertEqual([], list(rules.coroutine_problems(code)), code)

    def test_names_the_line(self):
        self.assertIn("3: co_await inside if(...)", "\n".join(rules.coroutine_problems('// one\n/* two */\nif (co_await f()) {}')))


class Shape(unittest.TestCase):
    def test_first_line_and_length(self):
        self.assertEqual([], list(rules.shape_problems("a.h", "// What.\n" * 300)))
        self.assertEqual(1, len(list(rules.shape_problems("a.h", "// What.\n" * 301))))
        self.assertEqual([], list(rules.shape_problems("a.cc", "// What.\n" * 700)))
        self.assertEqual([], list(rules.shape_problems("a.cc", "// Generated by tools/x.\n" * 701)))
        self.assertEqual(1, len(list(rules.shape_problems("a.cc", "#include <a>\n"))))


class Machines(unittest.TestCase):
    def test_paths_hosts_and_missing_documents(self):
        for text in ("see /work/x", "in /root/.cache", "from proxy.golang.org", "design.md section 4",
                     "reference/worker.md"):
            self.assertEqual(1, len(list(rules.machine_problems(text))), text)
        for text in ("/v1/network/x", "build/root/x", "docs/architecture.md", "/var/lib/work/x"):
            self.assertEqual([], list(rules.machine_problems(text)), text)


if __name__ == "__main__":
    unittest.main()

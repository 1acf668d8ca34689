"""controller-runtime's own tests of its client and its cache, unmodified, from its Go module."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.paths import CACHE
from harness.programs import locked, say
from servers import CONFORMANCE, Server

from .result import Result

_MODULE = CONFORMANCE / "go" / "controller-runtime"
_NAME = "sigs.k8s.io/controller-runtime"
_GO = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
_SUMMARY = re.compile(r"(\d+) Passed .*?(\d+) Failed .*?(\d+) Pending .*?(\d+) Skipped")


@dataclass(frozen=True)
class Suite:
    package: str
    expected: int  # on Kubernetes 1.36.3
    CONTROLLERS: bool = False

    def prepare(self) -> None:
        self._program()

    def run(self, server: Server) -> Result:
        log = server.folder / "output.txt"
        command = [self._program(), "--ginkgo.no-color", "--ginkgo.timeout=15m"]
        environment = {**os.environ, "USE_EXISTING_CLUSTER": "true", "KUBECONFIG": str(server.kubeconfig)}
        with log.open("w") as output:  # its folder has testdata
            subprocess.run(command, cwd=_source() / "pkg" / self.package, env=environment, stdout=output,
                           stderr=subprocess.STDOUT, timeout=1000)
        text = log.read_text()
        counts = _SUMMARY.search(text)
        failures = re.findall(r"^\s*\[(?:FAIL|PANICKED!|TIMEDOUT|INTERRUPTED)\] (.*)", text, re.MULTILINE)
        failures = list(dict.fromkeys(failures))
        if not counts:
            return Result(0, self.expected, [*failures, f"no summary: see {log}"])
        left_out = [(f"{count} specs", reason) for count, reason in (
            (counts[3], "pending in the suite itself"), (counts[4], "skipped by the suite itself")) if count != "0"]
        return Result(int(counts[1]), self.expected, failures, left_out)

    def _program(self) -> Path:
        program = CACHE / "conformance" / f"controller-runtime-{_version()}" / f"{self.package}.test"
        with locked(program.parent / ".lock"):
            if not program.exists():
                say(f"building controller-runtime's tests of {self.package} (once; minutes when Go's caches are empty)")
                unfinished = program.with_suffix(".unfinished")
                subprocess.run(["nice", "go", "test", "-c", "-vet=off", "-mod=readonly", "-trimpath", "-o", unfinished,
                                f"{_NAME}/pkg/{self.package}"], cwd=_MODULE, env=_GO, check=True)
                unfinished.rename(program)
        return program


def _list(form: str) -> str:
    return subprocess.run(["go", "list", "-mod=readonly", "-m", "-f", form, _NAME], cwd=_MODULE, env=_GO, check=True,
                          capture_output=True, text=True).stdout.strip()


def _version() -> str:
    return _list("{{.Version}}")


def _source() -> Path:
    return Path(_list("{{.Dir}}"))


CLIENT = Suite("client", 311)
CACHE_SUITE = Suite("cache", 276)

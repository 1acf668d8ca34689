"""The Python client: its own tests of the dynamic client (in its wheel), and ours of what its unpackaged ones cover."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.environments import ensure_environment
from servers import CONFORMANCE, Server

from .result import Result

_FOLDER = CONFORMANCE / "python"


@dataclass(frozen=True)
class Suite:
    tests: tuple[str, ...]
    expected: int
    skipped: tuple = ()
    CONTROLLERS: bool = True  # pods need the service account that a controller makes

    def prepare(self) -> None:
        _environment()

    def run(self, server: Server) -> Result:
        log = server.folder / "output.txt"
        packages = next((_environment() / "lib").glob("python3*/site-packages"))
        tests = [test.format(packages=packages) for test in self.tests]
        left_out = " and ".join(f"not {what.rpartition(':')[2]}" for what, _ in self.skipped)
        command = [_environment() / "bin" / "python", "-m", "pytest", "-p", "no:cacheprovider", "-p", "e2e_base",
                   "--rootdir", "/", "-q", "-rf", "-k", left_out, *tests]
        environment = {**os.environ, "KUBECONFIG": str(server.kubeconfig), "PYTHONPATH": str(_FOLDER)}
        with log.open("w") as output:
            subprocess.run(command, cwd=_FOLDER, env=environment, stdout=output, stderr=subprocess.STDOUT, timeout=900)
        text = log.read_text()
        failures = re.findall(r"^(?:FAILED|ERROR) (\S+.*)", text, re.MULTILINE)
        passed = re.search(r"(\d+) passed", text)
        if not passed and not failures:
            failures = [f"no summary: see {log}"]
        return Result(int(passed[1]) if passed else 0, self.expected, failures,
                      list(self.skipped))


def _environment() -> Path:
    return ensure_environment("python-client", _FOLDER / "requirements.txt")


_DYNAMIC = "{packages}/kubernetes/dynamic"
_OLD = "asks for apiextensions.k8s.io/v1beta1, which no server has had since 1.22"
DYNAMIC = Suite((f"{_DYNAMIC}/test_client.py", f"{_DYNAMIC}/test_discovery.py"), 10, (
    ("TestDynamicClient::test_async_namespaced_custom_resources", _OLD),
    ("TestDynamicClient::test_cluster_custom_resources", _OLD),
    ("TestDynamicClient::test_namespaced_custom_resources", _OLD),
    ("TestDiscoverer::test_cache_decoder_resource_and_subresource", "fails on every server: its cache is of another client"),
))
CLIENT = Suite((str(_FOLDER / "client_test.py"),), 13)

"""Helm on a small chart: install, upgrade, history, rollback, list, uninstall, and a mistake."""

import json
import os
import subprocess

from harness.paths import PROGRAMS
from servers import CONFORMANCE, Server

from .result import Result

CONTROLLERS = True
_CHART = CONFORMANCE / "helm" / "chart"


def prepare() -> None:
    pass


def run(server: Server) -> Result:
    steps = _Steps(server)
    result = Result(0, len(_STEPS))
    for name, step in _STEPS.items():
        try:
            step(steps)
            result.passed += 1
        except (AssertionError, subprocess.SubprocessError, LookupError, ValueError) as error:
            result.failures.append(f"{name}: {error}")
    return result


class _Steps:
    def __init__(self, server: Server):
        folder = server.folder / "helm"
        self.environment = {**os.environ, "KUBECONFIG": str(server.kubeconfig), "HELM_CACHE_HOME": str(folder / "cache"),
                            "HELM_CONFIG_HOME": str(folder / "config"), "HELM_DATA_HOME": str(folder / "data")}

    def call(self, program: str, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([PROGRAMS / program, *arguments], env=self.environment, capture_output=True, text=True,
                              timeout=120)

    def helm(self, *arguments: str) -> str:
        done = self.call("helm", *arguments)
        assert done.returncode == 0, f"helm {' '.join(arguments)}: {done.stderr.strip()}"
        return done.stdout

    def expect_color(self, wanted: str) -> None:
        color = self.color()
        assert color == wanted, f"color is {color!r}, not {wanted!r}"

    def color(self) -> str:
        return self.call("kubectl", "get", "configmap", "shop", "-n", "shop", "-o", "jsonpath={.data.color}").stdout


def _install(steps: _Steps) -> None:
    out = steps.helm("install", "shop", str(_CHART), "--namespace", "shop", "--create-namespace", "--set", "color=red")
    assert "STATUS: deployed" in out, out
    steps.expect_color("red")


def _list(steps: _Steps) -> None:
    [release] = json.loads(steps.helm("list", "--namespace", "shop", "--output", "json"))
    assert (release["name"], release["status"], release["revision"]) == ("shop", "deployed", "1"), release


def _upgrade(steps: _Steps) -> None:
    steps.helm("upgrade", "shop", str(_CHART), "--namespace", "shop", "--set", "color=blue,replicas=2")
    steps.expect_color("blue")


def _refused_upgrade(steps: _Steps) -> None:
    done = steps.call("helm", "upgrade", "shop", str(_CHART), "--namespace", "shop", "--set", "port=99999")
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "spec.ports[0].port" in said, f"exit code {done.returncode}: {said}"
    port = steps.call("kubectl", "get", "service", "shop", "-n", "shop", "-o", "jsonpath={.spec.ports[*].port}").stdout
    assert port == "8080", f"port {port}"


def _rollback(steps: _Steps) -> None:
    steps.helm("rollback", "shop", "1", "--namespace", "shop")
    steps.expect_color("red")


def _history(steps: _Steps) -> None:
    history = json.loads(steps.helm("history", "shop", "--namespace", "shop", "--output", "json"))
    assert [each["revision"] for each in history] == [1, 2, 3, 4], history


def _uninstall(steps: _Steps) -> None:
    steps.helm("uninstall", "shop", "--namespace", "shop", "--wait", "--timeout", "60s")
    steps.expect_color("")
    assert json.loads(steps.helm("list", "--namespace", "shop", "--output", "json")) == []


_STEPS = {"install": _install, "list": _list, "upgrade": _upgrade, "refused upgrade": _refused_upgrade,
          "rollback": _rollback, "history": _history, "uninstall": _uninstall}

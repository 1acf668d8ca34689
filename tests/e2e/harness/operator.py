"""Starts `dynamod operator` as a test sees it: a process with a kubeconfig, flags, a log and health endpoints."""

import re
import subprocess
import urllib.request
from pathlib import Path

from .cluster import Cluster
from .paths import DYNAMOD, PROGRAMS
from .process import Process

SYSTEM_NAMESPACE = "dynamo-system"
DEPLOYMENT = "dynamo-operator-controller-manager"
ACCOUNT = "dynamo-operator"


class Operator:
    def __init__(self, folder: Path, kubeconfig: Path, *flags: str, name: str = "operator", first_port: int = 8080):
        """Two operators at once need different `name` and `first_port` (metrics there, health on the next)."""
        if not DYNAMOD.exists():
            raise FileNotFoundError(f"{DYNAMOD} is missing: build it with `cmake --build build/release`")
        self.health = f"127.0.0.1:{first_port + 1}"
        self.metrics = f"127.0.0.1:{first_port}"
        self._command = [DYNAMOD, "operator", "--kubeconfig", kubeconfig, "--metrics-bind-address", self.metrics,
                         "--health-probe-bind-address", self.health, *flags]
        self._name = name
        self._folder = folder
        self.start()

    def __enter__(self) -> "Operator":
        return self

    def __exit__(self, *_) -> None:
        self.process.stop()

    def start(self) -> None:
        """Also again, after the process was stopped or killed."""
        self.process = Process(self._name, self._command, self._folder / f"{self._name}.log")

    def wait_ready(self) -> "Operator":
        self.process.wait_until(lambda: self._answers("readyz"), 60, "/readyz")
        return self

    def _answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.health}/{path}", timeout=2):
                return True
        except OSError:
            return False

    def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels."""
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        total = 0.0
        for line in lines:
            match = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
            if match and all(f'{key}="{value}"' in (match[1] or "") for key, value in labels.items()):
                total += float(match[2])
        return total


def install(cluster: Cluster) -> Path:
    """Applies what `dynamod manifests` prints, without the Deployment (there is no kubelet to run it).

    Returns a kubeconfig of the operator's own service account, so that tests run under exactly the printed rights.
    """
    return _install(cluster, SYSTEM_NAMESPACE)


def install_namespaced(cluster: Cluster, namespace: str) -> Path:
    """The same for an operator of one namespace, in the two parts of which the second needs no right of the cluster."""
    return _install(cluster, namespace, "--namespaced", "--namespace", namespace)


def _install(cluster: Cluster, namespace: str, *flags: str) -> Path:
    kubectl = [PROGRAMS / "kubectl", "--kubeconfig", cluster.kubeconfig]
    manifests = subprocess.run([DYNAMOD, "manifests", *flags], capture_output=True, text=True, check=True).stdout
    subprocess.run([*kubectl, "apply", "--server-side", "--filename", "-"], input=manifests, text=True, check=True,
                   capture_output=True)
    subprocess.run([*kubectl, "wait", "--for=condition=Established", "crd/dynamomodels.nvidia.com", "--timeout=30s"],
                   check=True, capture_output=True)
    subprocess.run([*kubectl, "--namespace", namespace, "delete", "deployment", DEPLOYMENT, "--ignore-not-found"],
                   check=True, capture_output=True)
    return cluster.service_account(namespace, ACCOUNT)

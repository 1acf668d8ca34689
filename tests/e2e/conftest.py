"""What the tests share: one control plane for the whole run, and for each test a stage with its own namespace."""

import itertools
import os
import time
from pathlib import Path

import pytest

from harness import namespace, operator, workers
from harness.cluster import Cluster, ClusterOptions
from harness.kubelet import Kubelet
from harness.paths import PROGRAMS

_numbers = itertools.count(1)


def pytest_configure():
    if not namespace.entered():
        raise pytest.UsageError("these tests need a network namespace of their own: start them with tests/e2e/run")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("run") / "cluster", ClusterOptions(audit_log=True)) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def installed(cluster) -> Path:
    """The kubeconfig of the operator's service account, after what `dynamod manifests` prints was applied."""
    return operator.install(cluster)


@pytest.fixture
def s3(tmp_path):
    with workers.S3(tmp_path) as server:
        yield server


class Stage:
    """A namespace with pods, each backed by a real worker at the pod's address."""

    def __init__(self, cluster: Cluster, fleet: workers.Fleet, name: str):
        self.fleet = fleet
        self.kubelet = Kubelet(cluster.api, name)
        self.kubelet.prepare()
        self._addresses: dict[str, str] = {}

    def add_worker(self, pod: str, address: str, *options: str) -> None:
        self.fleet.start_worker(address, *options)
        self.kubelet.create_worker_pod(pod, address, workers.BASE_MODEL)
        self._addresses[pod] = address

    def restart_worker(self, pod: str) -> None:
        self.fleet.restart_worker(self._addresses[pod])
        self.kubelet.restart_container(pod)

    def loaded(self, pod: str) -> set[str]:
        return workers.adapters_on(self._addresses[pod])

    def calls(self, pod: str) -> list[str]:
        return self.fleet.calls(self._addresses[pod])

    def remove_pods(self) -> None:
        for pod in self._addresses:
            self.kubelet.delete(pod)
        self._addresses.clear()


@pytest.fixture
def make_stage(cluster, tmp_path):
    """make_stage(version, namespace=a new one) -> Stage."""
    stages = []

    def make(version: str = "1.6.1", name: str = "") -> Stage:
        fleet = workers.Fleet(tmp_path / "fleet", version)
        stages.append(Stage(cluster, fleet, name or f"test-{next(_numbers)}"))
        return stages[-1]

    yield make
    for stage in stages:
        stage.remove_pods()
        stage.fleet.stop()


def wait_for(condition, what: str, limit_seconds: float = 60) -> None:
    deadline = time.monotonic() + limit_seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {limit_seconds:g} s"
        time.sleep(0.05)


class LoraModel:
    """One DynamoModel of a namespace, as the API server knows it."""

    def __init__(self, cluster: Cluster, namespace: str, name: str = "my-lora"):
        self._api = cluster.api
        self._models = f"/apis/nvidia.com/v1alpha1/namespaces/{namespace}/dynamomodels"
        self._path = f"{self._models}/{name}"
        self._name = name

    def create(self, uri: str, model_name: str = "my-custom-lora") -> None:
        self._api.create(self._models, {
            "apiVersion": "nvidia.com/v1alpha1", "kind": "DynamoModel", "metadata": {"name": self._name},
            "spec": {"modelName": model_name, "baseModelName": workers.BASE_MODEL, "modelType": "lora",
                     "source": {"uri": uri}}})

    def set_source(self, uri: str) -> None:
        self._api.patch(self._path, {"spec": {"source": {"uri": uri}}})

    def rename(self, model_name: str) -> None:
        self._api.patch(self._path, {"spec": {"modelName": model_name}})

    def delete(self) -> None:
        self._api.delete(self._path)

    def gone(self) -> bool:
        return self._api.find(self._path) is None

    def ready(self, endpoints: int) -> bool:
        """All of so many endpoints ready, at the current generation."""
        found = self._api.get(self._path)
        status = found.get("status", {})
        return (status.get("observedGeneration") == found["metadata"]["generation"]
                and status["readyEndpoints"] == status["totalEndpoints"] == endpoints)


def shell_environment(kubeconfig: Path) -> dict[str, str]:
    """kubectl is the one of the cluster's version, whatever else the machine has."""
    return {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "KUBECONFIG": str(kubeconfig)}

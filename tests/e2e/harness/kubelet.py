"""Plays scheduler and kubelet: pods are bound to a Node made by hand, and their status is written by the test.

Pods carry the labels and annotations that Dynamo's graph controller gives to workers, so the operator finds them.
"""

import hashlib
import secrets
import time
from datetime import datetime, timezone

from .kube import STRATEGIC_PATCH, Kube

NODE = "node-0"
HASH_LABEL = "nvidia.com/dynamo-base-model-hash"
MODEL_ANNOTATION = "nvidia.com/dynamo-base-model"


def base_model_hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


class Kubelet:
    def __init__(self, api: Kube, namespace: str):
        self._api = api
        self.namespace = namespace
        self._containers: dict[str, tuple[str, int]] = {}  # pod name -> container id and restart count

    def prepare(self) -> None:
        """Makes the Node and the namespace, and waits for what pods need there."""
        if not self._api.find(f"/api/v1/nodes/{NODE}"):
            self._api.create("/api/v1/nodes", {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}})
        if not self._api.find(f"/api/v1/namespaces/{self.namespace}"):
            self._api.create("/api/v1/namespaces",
                             {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}})
        deadline = time.monotonic() + 60
        while not self._api.find(f"/api/v1/namespaces/{self.namespace}/serviceaccounts/default"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no default service account in {self.namespace} after 60 s")
            time.sleep(0.02)

    def create_worker_pod(self, name: str, ip: str, base_model: str, ready: bool = True, labels: dict | None = None,
                          annotations: dict | None = None) -> dict:
        """A pod that the operator takes for a worker of this base model."""
        return self.create_pod(name, ip, ready, {
            HASH_LABEL: base_model_hash(base_model), "nvidia.com/dynamo-component-type": "worker", **(labels or {}),
        }, {MODEL_ANNOTATION: base_model, **(annotations or {})})

    def create_pod(self, name: str, ip: str, ready: bool, labels: dict, annotations: dict | None = None,
                   ports: dict[str, int] | None = None) -> dict:
        """A running pod whose container is up at `ip`; `ready` sets Ready and ContainersReady together."""
        ports = ports or {"system": 9090}
        self._api.create(f"/api/v1/namespaces/{self.namespace}/pods", {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "labels": labels, "annotations": annotations or {}},
            "spec": {
                "nodeName": NODE,
                "containers": [{"name": "main", "image": "worker:test", "imagePullPolicy": "Never",
                                "ports": [{"name": port, "containerPort": number} for port, number in ports.items()]}],
            },
        })
        self._containers[name] = (_new_container(), 0)
        self._write_status(name, {
            "phase": "Running",
            "startTime": _now(),
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "conditions": _conditions({"Initialized": True, "PodScheduled": True, "Ready": ready,
                                       "ContainersReady": ready}),
            "containerStatuses": [self._container(name, ready)],
        })
        return self.pod(name)

    def pod(self, name: str) -> dict:
        return self._api.get(self._path(name))

    def set_ready(self, name: str, ready: bool = True, containers_ready: bool | None = None) -> None:
        """Ready alone may be false while the containers are ready: a readiness gate does that."""
        containers = ready if containers_ready is None else containers_ready
        self._write_status(name, {
            "conditions": _conditions({"Ready": ready, "ContainersReady": containers}),
            "containerStatuses": [self._container(name, containers)],
        })

    def restart_container(self, name: str, ready: bool = True) -> None:
        """As after a crash that no readiness flip showed: another container id, one restart more."""
        self._containers[name] = (_new_container(), self._containers[name][1] + 1)
        self._write_status(name, {"containerStatuses": [self._container(name, ready)]})

    def begin_termination(self, name: str, grace_seconds: int = 300) -> None:
        """The pod gets its deletion timestamp and stays until `delete`."""
        self._api.delete(self._path(name), gracePeriodSeconds=grace_seconds)

    def delete(self, name: str) -> None:
        self._api.delete(self._path(name), gracePeriodSeconds=0)

    def _path(self, name: str) -> str:
        return f"/api/v1/namespaces/{self.namespace}/pods/{name}"

    def _write_status(self, name: str, status: dict) -> None:
        self._api.patch(f"{self._path(name)}/status", {"status": status}, STRATEGIC_PATCH)

    def _container(self, name: str, ready: bool) -> dict:
        identity, restarts = self._containers[name]
        return {"name": "main", "image": "worker:test", "imageID": "test", "containerID": identity,
                "ready": ready, "started": True, "restartCount": restarts, "state": {"running": {"startedAt": _now()}}}


def _new_container() -> str:
    return f"containerd://{secrets.token_hex(32)}"


def _conditions(wanted: dict[str, bool]) -> list[dict]:
    return [{"type": kind, "status": "True" if status else "False", "lastTransitionTime": _now()}
            for kind, status in wanted.items()]


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

"""Where a benchmark runs: a fresh control plane, a farm of workers with their pods, and one actor at a time.

An actor is who makes models ready: the operator, or the bare client that makes the same calls.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "e2e"))

from harness import operator  # noqa: E402
from harness.cluster import Cluster, ClusterOptions  # noqa: E402
from harness.kubelet import Kubelet, base_model_hash  # noqa: E402
from harness.paths import DYNAMOD  # noqa: E402
from harness.process import Process  # noqa: E402

TOOLS = DYNAMOD.parents[2] / "bench"  # of the same build
ACCOUNT = f"system:serviceaccount:{operator.SYSTEM_NAMESPACE}:{operator.ACCOUNT}"
BENCH = "bench"  # the namespace of the models

_FIRST_WORKER = IPv4Address("10.200.128.1")
_ADMIN = "127.0.0.1:9400"
_AUDIT_DELAY_SECONDS = 2.5  # the log is written in batches of a second
_LOAD_LIMIT_SECONDS = 300


@dataclass(frozen=True)
class Base:
    """Worker pods of one base model: a slice of the farm."""
    name: str
    first: int  # number of its first worker in the farm
    count: int

    def address(self, number: int) -> str:
        return str(_FIRST_WORKER + self.first + number)

    def pod(self, number: int) -> str:
        return f"{self.name.rpartition('/')[2]}-{number}"


class Farm:
    def __init__(self, folder: Path, count: int):
        self.count = count
        self.process = Process("worker_farm", [TOOLS / "worker_farm", "--first", _FIRST_WORKER, "--count", count,
                                               "--admin", _ADMIN], folder / "worker_farm.log")
        self.process.wait_until(lambda: '"workers"' in self.process.log.read_text(), 30, "listening workers")

    def tell(self, command: str, **arguments) -> None:
        self._ask("POST", command, arguments)

    def stats(self) -> list[dict]:
        return self._ask("GET", "stats")

    def calls(self, method: str) -> int:
        return sum(worker["calls"].get(method, 0) for worker in self.stats())

    def loads_of_one_max(self) -> int:
        """How often the most loaded (adapter, worker) pair was asked for."""
        return max(worker["loads_of_one_max"] for worker in self.stats())

    def first_call_at(self) -> float | None:
        times = [worker["first_call_at"] for worker in self.stats() if worker["first_call_at"]]
        return min(times, default=None)

    def first_load_at(self) -> float | None:
        times = [worker["first_load_at"] for worker in self.stats() if worker["first_load_at"]]
        return min(times, default=None)

    def forget(self) -> None:
        """Nothing is loaded and nothing was called."""
        self.tell("restart")
        self.tell("clear")

    @staticmethod
    def _ask(method: str, command: str, body: dict | None = None):
        request = urllib.request.Request(f"http://{_ADMIN}/{command}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())


class Actors:
    """Starts actors, and the user who makes models; what they meet is the subclass's."""

    farm: Farm
    kubeconfig: Path  # the actor's
    user: Path  # the kubeconfig of who makes models

    def __init__(self, folder: Path):
        self.folder = folder
        self.bases: dict[str, Base] = {}
        self._runs = 0

    def start_operator(self, *flags: str) -> operator.Operator:
        """Leading, and with its first lists done, when this returns."""
        self._runs += 1
        started = operator.Operator(self.folder, self.kubeconfig, "--webhook-bind-address", "0", "--operator-namespace",
                                    operator.SYSTEM_NAMESPACE, *flags, name=f"operator-{self._runs}")
        started.process.wait_until(lambda: "Watching DynamoModels" in started.process.log.read_text(errors="replace"),
                                   60, "first lists")
        return started

    def start_bare(self, base: Base, namespace: str = BENCH) -> Process:
        self._runs += 1
        process = Process("bare_client", [
            TOOLS / "bare_client", "act", "--kubeconfig", self.kubeconfig, "--namespace", namespace,
            "--first", base.address(0), "--workers", base.count], self.folder / f"bare-{self._runs}.log")
        process.wait_until(lambda: '"watching"' in process.log.read_text(), 30, "watch")
        return process

    def bare_flip(self, base: Base, namespace: str, ready: int) -> subprocess.Popen:
        """Connected and with its list read when this returns; a line on its standard input starts it."""
        process = subprocess.Popen([
            TOOLS / "bare_client", "flip", "--kubeconfig", self.kubeconfig, "--namespace", namespace, "--first",
            base.address(0), "--workers", str(base.count), "--ready", str(ready)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        return process

    def create_models(self, base: Base, count: int, prefix: str = "m", namespace: str = BENCH) -> dict:
        """Makes them, waits until all are ready, gives the times."""
        done = subprocess.run(self._load("create", base, count, prefix, base.count, namespace), check=True,
                              stdout=subprocess.PIPE, text=True, timeout=_LOAD_LIMIT_SECONDS + 30)
        return json.loads(done.stdout)

    def watch_models(self, base: Base, count: int, ready: int, namespace: str = BENCH) -> subprocess.Popen:
        """Watching when this returns; ends when each of the models has so many ready endpoints."""
        process = subprocess.Popen(self._load("wait", base, count, "m", ready, namespace), stdout=subprocess.PIPE,
                                   text=True)
        process.stdout.readline()
        return process

    def _load(self, command: str, base: Base, count: int, prefix: str, ready: int, namespace: str) -> list[str]:
        return [str(TOOLS / "model_load"), command, "--kubeconfig", str(self.user), "--namespace", namespace,
                "--base", base.name, "--prefix", prefix, "--count", str(count), "--ready", str(ready), "--total",
                str(base.count), "--limit", str(_LOAD_LIMIT_SECONDS)]

    def clear(self) -> None:
        """No model is left, nothing is loaded, no call is counted. No actor may run."""
        subprocess.run([TOOLS / "model_load", "clear", "--kubeconfig", self.user, "--namespace", BENCH],
                       check=True, timeout=_LOAD_LIMIT_SECONDS)
        self.farm.forget()


class Arena(Actors):
    """Started by `with`; `bases` maps names to numbers of workers."""

    def __init__(self, folder: Path, bases: dict[str, int]):
        super().__init__(folder)
        self.cluster = Cluster(folder / "cluster", ClusterOptions(etcd_fsync=True, audit_log=True))
        self._wanted = bases

    def __enter__(self) -> "Arena":
        self.cluster.__enter__()
        try:
            self._prepare()
        except BaseException:
            self.cluster.stop()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.farm.process.stop()
        self.cluster.stop()

    def _prepare(self) -> None:
        self.user = self.cluster.kubeconfig
        self.kubeconfig = operator.install(self.cluster)
        # Nobody serves it here: each create would wait for the refusal.
        self.cluster.api.call("DELETE", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations")
        self.kubelet = Kubelet(self.cluster.api, BENCH)
        self.kubelet.prepare()
        self.farm = Farm(self.folder, sum(self._wanted.values()))
        first = 0
        for name, count in self._wanted.items():
            self.bases[name] = Base(name, first, count)
            self._make_base(self.bases[name])
            first += count

    def _make_base(self, base: Base) -> None:
        """Pods and the Service that a deployment's operator made before any model came."""
        hashed = base_model_hash(base.name)
        self.cluster.api.create(f"/api/v1/namespaces/{BENCH}/services", {
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"name": f"dynamo-model-{hashed}", "labels": {"nvidia.com/dynamo-base-model-hash": hashed},
                         "annotations": {"nvidia.com/dynamo-base-model": base.name}},
            "spec": {"clusterIP": "None", "selector": {"nvidia.com/dynamo-base-model-hash": hashed},
                     "ports": [{"name": "system", "port": 9090, "targetPort": 9090}]}})
        for number in range(base.count):
            self.kubelet.create_worker_pod(base.pod(number), base.address(number), base.name)
        self._wait_for_slices(hashed, base.count)

    def _wait_for_slices(self, hashed: str, count: int) -> None:
        deadline = time.monotonic() + 60
        while True:
            slices = self.cluster.api.get(f"/apis/discovery.k8s.io/v1/namespaces/{BENCH}/endpointslices",
                                          labelSelector=f"kubernetes.io/service-name=dynamo-model-{hashed}")["items"]
            ready = sum(endpoint["conditions"]["ready"] for one in slices for endpoint in one.get("endpoints") or [])
            if ready == count:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{ready} of {count} endpoints are in slices after 60 s")
            time.sleep(0.1)

    def mark(self) -> int:
        return (self.cluster.folder / "log" / "audit.log").stat().st_size

    def requests_since(self, mark: int) -> dict[str, int]:
        """What the actor asked of the API server since that mark, a size of its audit log."""
        time.sleep(_AUDIT_DELAY_SECONDS)
        counts: dict[str, int] = {}
        with (self.cluster.folder / "log" / "audit.log").open("rb") as log:
            log.seek(mark)
            for line in log:
                entry = json.loads(line)
                if entry["user"]["username"] != ACCOUNT:
                    continue
                place = entry.get("objectRef", {})
                what = "/".join(filter(None, [place.get("resource"), place.get("subresource")]))
                counts[f"{entry['verb']} {what}"] = counts.get(f"{entry['verb']} {what}", 0) + 1
        return counts


def peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def machine() -> str:
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown CPU")
    kernel = os.uname().release
    return f"{os.cpu_count()} x {model}, Linux {kernel}"

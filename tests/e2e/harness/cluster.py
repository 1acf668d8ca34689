"""A real control plane: etcd, kube-apiserver and, if wanted, kube-controller-manager, in this network namespace.

There is no scheduler and no kubelet: kubelet.py plays them. Ports are fixed, since the namespace is ours alone.
"""

import json
import shutil
import ssl
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from .certificates import Authority, write_kubeconfig
from .etcd import start_etcd
from .kube import Kube
from .namespace import GATEWAY
from .paths import PROGRAMS
from .process import Process

_ETCD_PORT = 2379
_API_PORT = 6443
_CONTROLLERS_PORT = 10257

_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived", "ResponseStarted"],
    "rules": [{"level": "Metadata"}],
}


@dataclass(frozen=True)
class ClusterOptions:
    controllers: bool = True  # kube-controller-manager: EndpointSlices, garbage collection, namespaces
    etcd_fsync: bool = False  # benchmarks want it, tests do not need it
    audit_log: bool = False  # folder/log/audit.log, one JSON object per request
    token_file: Path | None = None  # --token-auth-file
    services: str = "10.96.0.0/16"
    accounts: bool = True  # pods run as a ServiceAccount, which a controller makes; test suites of others want it off


class Cluster:
    """Started by `with Cluster(folder) as cluster`; the folder is made and must not exist."""

    def __init__(self, folder: Path, options: ClusterOptions = ClusterOptions()):
        self.folder = folder
        self.options = options
        self.url = f"https://127.0.0.1:{_API_PORT}"
        self.processes: dict[str, Process] = {}
        folder.mkdir(mode=0o700, parents=True)
        self.authority = Authority(folder / "pki")
        self._serving = self.authority.server(
            "apiserver", ["DNS:kubernetes", "DNS:kubernetes.default", "DNS:kubernetes.default.svc", "DNS:localhost",
                          "IP:127.0.0.1", "IP:10.96.0.1", f"IP:{GATEWAY}"])
        self._accounts = self.authority.signing_key("service-accounts")
        self.kubeconfig = self.user("admin", "system:masters")
        self.api = Kube(self.url, self.authority.certificate, folder / "pki" / "admin.crt", folder / "pki" / "admin.key")
        self._tls = ssl.create_default_context(cafile=str(self.authority.certificate))

    def __enter__(self) -> "Cluster":
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def start(self) -> None:
        self.processes["etcd"] = start_etcd(self.folder, _ETCD_PORT, self.options.etcd_fsync)
        self.start_api_server()
        if self.options.controllers:
            self._start_controllers()
            self._wait_for_default_account()

    def stop(self) -> None:
        for name in ("kube-controller-manager", "kube-apiserver", "etcd"):
            if name in self.processes:
                self.processes.pop(name).stop()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start_api_server(self) -> None:
        """Also again, after a test stopped it."""
        certificate, key = self._serving
        public, private = self._accounts
        flags = [f"--etcd-servers=http://127.0.0.1:{_ETCD_PORT}", "--bind-address=127.0.0.1", f"--secure-port={_API_PORT}",
                 f"--advertise-address={GATEWAY}", f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
                 f"--client-ca-file={self.authority.certificate}", "--authorization-mode=Node,RBAC",
                 "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
                 f"--service-account-key-file={public}", f"--service-account-signing-key-file={private}",
                 f"--service-cluster-ip-range={self.options.services}", "--profiling=false",
                 "--enable-aggregator-routing=true"]  # webhook Services are called at their endpoints: no kube-proxy
        if self.options.audit_log:
            policy = self.folder / "audit-policy.json"
            policy.write_text(json.dumps(_AUDIT_POLICY))
            flags += [f"--audit-policy-file={policy}", f"--audit-log-path={self.folder}/log/audit.log",
                      "--audit-log-mode=batch", "--audit-log-batch-max-wait=1s"]
        if not self.options.accounts:
            flags.append("--disable-admission-plugins=ServiceAccount")
        if self.options.token_file:
            flags.append(f"--token-auth-file={self.options.token_file}")
        self.api.reconnect()
        self._start("kube-apiserver", flags).wait_until(lambda: self._answers(f"{self.url}/readyz"), 120, "/readyz")

    def user(self, name: str, group: str = "", namespace: str = "default") -> Path:
        """A kubeconfig with a client certificate; without a group it has no rights but those RBAC gives it."""
        certificate, key = self.authority.client(name, group)
        return write_kubeconfig(self.folder / f"{name}.kubeconfig", self.url, self.authority.certificate,
                                {"client-certificate": str(certificate), "client-key": str(key)}, namespace)

    def service_account(self, namespace: str, name: str) -> Path:
        """A kubeconfig with a token of that service account, good for an hour."""
        answer = self.api.create(f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token", {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}})
        return write_kubeconfig(self.folder / f"{namespace}.{name}.kubeconfig", self.url, self.authority.certificate,
                                {"token": answer["status"]["token"]}, namespace)

    def audit_counts(self, user: str) -> dict[str, int]:
        """How often that user did what: {"patch dynamomodels/status": 2, ...}."""
        counts: dict[str, int] = {}
        for line in (self.folder / "log" / "audit.log").read_text().splitlines():
            entry = json.loads(line)
            if entry["user"]["username"] == user:
                place = entry.get("objectRef", {})
                what = "/".join(filter(None, [place.get("resource"), place.get("subresource")]))
                counts[f"{entry['verb']} {what}"] = counts.get(f"{entry['verb']} {what}", 0) + 1
        return counts

    def _start_controllers(self) -> None:
        certificate, key = self._serving
        config = self.user("system:kube-controller-manager")
        process = self._start("kube-controller-manager", [
            f"--kubeconfig={config}", f"--authentication-kubeconfig={config}", f"--authorization-kubeconfig={config}",
            f"--service-account-private-key-file={self._accounts[1]}", f"--root-ca-file={self.authority.certificate}",
            "--use-service-account-credentials=true", "--leader-elect=false", "--kube-api-qps=200",
            "--kube-api-burst=400", "--bind-address=127.0.0.1", f"--secure-port={_CONTROLLERS_PORT}",
            f"--tls-cert-file={certificate}", f"--tls-private-key-file={key}",
            # Nodes that nobody renews must not lose their pods.
            "--controllers=*,-node-lifecycle-controller,-taint-eviction-controller"])
        process.wait_until(lambda: self._answers(f"https://127.0.0.1:{_CONTROLLERS_PORT}/healthz"), 60, "/healthz")

    def _wait_for_default_account(self) -> None:
        """Without it no pod can be made by hand."""
        deadline = time.monotonic() + 60
        while not self.api.find("/api/v1/namespaces/default/serviceaccounts/default"):
            if time.monotonic() > deadline:
                raise TimeoutError("kube-controller-manager made no default service account within 60 s")
            time.sleep(0.05)

    def _start(self, name: str, flags: list[str]) -> Process:
        process = Process(name, [PROGRAMS / name, *flags], self.folder / "log" / f"{name}.log", folder=self.folder)
        self.processes[name] = process
        return process

    def _answers(self, url: str) -> bool:
        try:
            with urllib.request.urlopen(url, timeout=2, context=self._tls if url.startswith("https") else None):
                return True
        except OSError:
            return False

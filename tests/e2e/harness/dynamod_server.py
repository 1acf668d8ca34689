"""`dynamod apiserver`, with Kubernetes' own controllers beside it if wanted, in this network namespace."""

import shutil
import ssl
import urllib.error
import urllib.request
from pathlib import Path

from .paths import DYNAMOD, PROGRAMS
from .process import Process

_PORT = 6443
_CONTROLLERS_PORT = 10257


class DynamodServer:
    """Started by `with DynamodServer(folder, tokens) as server`; the folder is made and must not exist."""

    def __init__(self, folder: Path, tokens: Path, controllers: bool = False,
                 services: str = "10.96.0.0/16"):
        self.folder = folder
        self.url = f"https://127.0.0.1:{_PORT}"
        self.data = folder / "data"
        self.kubeconfig = self.data / "kubeconfig"
        self.processes: dict[str, Process] = {}
        self._tokens = tokens
        self._services = services
        self._controllers = controllers
        folder.mkdir(mode=0o700, parents=True)

    def __enter__(self) -> "DynamodServer":
        try:
            self.start_api_server()
            if self._controllers:
                self._start_controllers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        for name in ("kube-controller-manager", "dynamod"):
            if name in self.processes:
                self.processes.pop(name).stop()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start_api_server(self) -> None:
        """Also again, after a test ended it."""
        self._start("dynamod", [DYNAMOD, "apiserver", f"--data-dir={self.data}", f"--port={_PORT}",
                                f"--token-auth-file={self._tokens}", f"--service-cluster-ip-range={self._services}"]).wait_until(self._is_ready, 60, "/readyz")

    def _start_controllers(self) -> None:
        self._start("kube-controller-manager", [
            PROGRAMS / "kube-controller-manager", f"--kubeconfig={self.kubeconfig}", "--leader-elect=false",
            f"--authentication-kubeconfig={self.kubeconfig}", f"--authorization-kubeconfig={self.kubeconfig}",
            "--kube-api-qps=200", "--kube-api-burst=400", "--bind-address=127.0.0.1",
            f"--secure-port={_CONTROLLERS_PORT}", f"--cert-dir={self.folder}/controllers",
            # Nodes that nobody renews must not lose their pods; the server issues the tokens itself.
            "--controllers=*,-node-lifecycle-controller,-taint-eviction-controller,-serviceaccount-token-controller"])

    def _start(self, name: str, command: list) -> Process:
        process = Process(name, command, self.folder / "log" / f"{name}.log", folder=self.folder)
        self.processes[name] = process
        return process

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2, context=ssl._create_unverified_context()):
                return True
        except urllib.error.HTTPError:
            return False
        except OSError:
            return False

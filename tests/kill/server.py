"""`dynamod apiserver` on a data folder, to be killed and started again; and connections to it."""

import base64
import http.client
import json
import re
import signal
import socket
import ssl
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from harness.paths import DYNAMOD  # noqa: E402
from harness.process import Process  # noqa: E402

_READY_LIMIT_SECONDS = 60
_CALL_LIMIT_SECONDS = 60


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Gone(Exception):
    """The server ended while we talked to it: what we asked for may have happened."""


class Connection:
    """One thread's; opened again after each death of the server."""

    def __init__(self, server: "Server"):
        self._server = server
        self._connection: http.client.HTTPSConnection | None = None

    def call(self, method: str, path: str, body: dict | None = None, content_type: str = "application/json") -> tuple[int, dict]:
        response = self.open(method, path, body, content_type)
        try:
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Gone(str(error)) from error
        return response.status, json.loads(text)

    def open(self, method: str, path: str, body: dict | None = None, content_type: str = "application/json") -> http.client.HTTPResponse:
        try:
            if self._connection is None:
                self._connection = http.client.HTTPSConnection("127.0.0.1", self._server.port, context=self._server.tls, timeout=_CALL_LIMIT_SECONDS)
            headers = {"Authorization": f"Bearer {self._server.token}", "Content-Type": content_type}
            self._connection.request(method, path, None if body is None else json.dumps(body), headers)
            return self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Gone(str(error)) from error

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Server:
    def __init__(self, folder: Path):
        self.folder = folder
        self.port = _free_port()
        self.token = ""
        self.tls: ssl.SSLContext | None = None
        self._process: Process | None = None

    def start(self) -> None:
        """Without waiting for it."""
        self._process = Process("dynamod", [DYNAMOD, "apiserver", "--data-dir", self.folder / "data", "--port", self.port],
                                self.folder / "log" / "dynamod.log", folder=self.folder)

    def wait_ready(self) -> None:
        self._process.wait_until(self._ready, _READY_LIMIT_SECONDS, "/readyz")

    def kill(self) -> None:
        self._process.signal(signal.SIGKILL)
        self._process.stop()

    def stop(self) -> int:
        return self._process.stop()

    def _ready(self) -> bool:
        kubeconfig = self.folder / "data" / "kubeconfig"
        if self.tls is None and not kubeconfig.exists():
            return False
        if self.tls is None:
            text = kubeconfig.read_text()
            self.token = re.search(r"^\s*token: \"?([^\s\"]+)", text, re.MULTILINE)[1]
            authority = re.search(r"certificate-authority-data: \"?([^\s\"]+)", text)[1]
            self.tls = ssl.create_default_context(cadata=base64.b64decode(authority).decode())
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

"""A Kubernetes client in a few lines: JSON over HTTPS with a client certificate, one connection for each thread.

The tests use it for what kubectl cannot do (write a pod's status) or is slow at (many objects, many looks).
"""

import http.client
import json
import ssl
import threading
from pathlib import Path
from urllib.parse import urlencode, urlsplit

MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


class ApiError(Exception):
    def __init__(self, code: int, body: dict):
        super().__init__(f"{code} {body.get('reason', '')}: {body.get('message', body)}")
        self.code = code
        self.body = body


class Kube:
    def __init__(self, server: str, authority: Path, certificate: Path, key: Path):
        self._address = urlsplit(server)
        self._tls = ssl.create_default_context(cafile=str(authority))
        self._tls.load_cert_chain(certificate, key)
        self._local = threading.local()

    def reconnect(self) -> None:
        """After the server was restarted: the connections we know are dead."""
        self._local = threading.local()

    def get(self, path: str, **query) -> dict:
        return self.call("GET", path, query=query)

    def find(self, path: str) -> dict | None:
        """None when it is not there."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.code == 404:
                return None
            raise

    def create(self, path: str, body: dict) -> dict:
        return self.call("POST", path, body)

    def patch(self, path: str, body: dict, kind: str = MERGE_PATCH, **query) -> dict:
        return self.call("PATCH", path, body, kind, query)

    def delete(self, path: str, **options) -> dict:
        return self.call("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", **options})

    def call(self, method: str, path: str, body: dict | None = None, content_type: str = "application/json",
             query: dict | None = None) -> dict:
        if query:
            path = f"{path}?{urlencode(query)}"
        data = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": content_type}
        response, text = self._send(method, path, data, headers)
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"message": text.decode(errors="replace")}
        if response.status >= 400:
            raise ApiError(response.status, answer)
        return answer

    def _send(self, method: str, path: str, data: str | None, headers: dict):
        for last in (False, True):
            connection = getattr(self._local, "connection", None)
            if connection is None:
                connection = http.client.HTTPSConnection(self._address.hostname, self._address.port, timeout=60,
                                                         context=self._tls)
                self._local.connection = connection
            try:
                connection.request(method, path, data, headers)
                response = connection.getresponse()
                return response, response.read()
            except (http.client.HTTPException, ConnectionError, ssl.SSLError):
                self._local.connection = None  # an idle connection may have been closed: one more try on a new one
                if last or method == "POST":
                    raise

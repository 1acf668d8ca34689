"""Starts real Dynamo workers (with a stand-in engine), Dynamo's frontend, and an S3 server, in this namespace.

Each Dynamo version and the S3 server have a virtual environment of pinned packages in the user's cache folder.
"""

import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from . import environments, tiny_model
from .etcd import start_etcd
from .paths import CACHE, END_TO_END
from .process import Process

DYNAMO_VERSIONS = ("0.9.1", "1.3.1", "1.6.1")  # the oldest form of answers, the middle one, the newest
BASE_MODEL = "Qwen/Qwen3-0.6B"  # the name on the page; the tiny model answers to it
WORKER_PORT = 9090

_FRONTEND_PORT = 8000
_S3_PORT = 5000
_ETCD_PORT = 2479  # not the API server's
S3_URL = f"http://127.0.0.1:{_S3_PORT}"
_S3_ENVIRONMENT = {
    "AWS_ENDPOINT": S3_URL,  # the one spelling that every version reads
    "AWS_ALLOW_HTTP": "true",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
}


def ensure_environment(name: str) -> Path:
    """The environment with the packages of workers/requirements/<name>.txt."""
    return environments.ensure_environment(name, END_TO_END / "workers" / "requirements" / f"{name}.txt")


def ensure(versions=DYNAMO_VERSIONS, s3: bool = True) -> None:
    for version in versions:
        ensure_environment(f"dynamo-{version}")
    if s3:
        ensure_environment("s3")
    tiny_model.ensure(CACHE)


class Fleet:
    """Workers of one Dynamo version and their frontend, which find each other through files in one folder.

    The watch of 0.9's file discovery reads files that are still empty and forgets them: there it is an etcd.
    """

    def __init__(self, folder: Path, version: str = "1.6.1"):
        self.folder = folder
        self.data = tiny_model.ensure(CACHE)
        self.workers: dict[str, Process] = {}
        self.frontend: Process | None = None
        self._release = tuple(map(int, version.split(".")))
        self._etcd = start_etcd(folder, _ETCD_PORT) if self._release < (1, 0) else None
        self._python = ensure_environment(f"dynamo-{version}") / "bin" / "python"

    def __enter__(self) -> "Fleet":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        for process in (self.frontend, *self.workers.values(), self._etcd):
            if process:
                process.kill()
        self.workers.clear()
        self.frontend = None

    def start_worker(self, address: str, *options: str, lora: bool = True) -> Process:
        """Serving on address:9090 when this returns."""
        script = END_TO_END / "workers" / "light_worker.py"
        environment = {
            **self._discovery(address), **_S3_ENVIRONMENT,
            "DYN_SYSTEM_HOST": address, "DYN_SYSTEM_PORT": str(WORKER_PORT), "DYN_SYSTEM_ENABLED": "true",
            "DYN_SYSTEM_USE_ENDPOINT_HEALTH_STATUS": '["generate"]',
            "DYN_LORA_ENABLED": str(lora).lower(), "DYN_LORA_PATH": str(self.folder / f"loras-{address}"),
        }
        process = Process(f"worker {address}", [self._python, script, self.data / "model", "--name", BASE_MODEL, *options],
                          self.folder / f"worker-{address}.log", environment)
        self.workers[address] = process
        process.wait_until(lambda: _answers(f"{worker_url(address)}/health"), 60, "healthy answer")
        return process

    def restart_worker(self, address: str, *options: str) -> Process:
        """As a crash of the container: no goodbye, nothing loaded afterwards."""
        self.workers[address].kill()
        return self.start_worker(address, *options)

    def start_frontend(self) -> Process:
        environment = {**self._discovery("127.0.0.1"), "DYN_LORA_ENABLED": "true"}
        self.frontend = Process("frontend", [self._python, "-m", "dynamo.frontend", "--http-host", "127.0.0.1",
                                             "--http-port", _FRONTEND_PORT],
                                self.folder / "frontend.log", environment)
        self.frontend.wait_until(lambda: BASE_MODEL in served_models(), 60, "base model in /v1/models")
        return self.frontend

    def calls(self, address: str) -> list[str]:
        """Every load and unload that reached the worker at this address: "load NAME URI", "unload NAME"."""
        lines = (self.folder / f"worker-{address}.log").read_text(errors="replace").splitlines()
        return [line.removeprefix("call ") for line in lines if line.startswith("call ")]

    def adapter(self, name: str) -> Path:
        return self.data / "adapters" / name

    def answer(self, adapter: str | None) -> str:
        """What the frontend must answer when these weights are asked."""
        return tiny_model.answer(self.data / "model", self.adapter(adapter) if adapter else None)

    def _discovery(self, address: str) -> dict[str, str]:
        store = self.folder / "discovery"
        store.mkdir(parents=True, exist_ok=True)
        # From 1.4 on the last one is an address, before it an interface.
        interface = address if self._release >= (1, 4) else "lo"
        backend = "etcd" if self._etcd else "file"
        return {
            "DYN_DISCOVERY_BACKEND": backend, "DYN_STORE_KV": backend, "DYN_FILE_KV": str(store),
            "ETCD_ENDPOINTS": f"http://127.0.0.1:{_ETCD_PORT}",
            "DYN_REQUEST_PLANE": "tcp", "DYN_EVENT_PLANE": "zmq", "DYN_TCP_RPC_HOST": address,
            "DYN_EVENT_PLANE_HOST": address, "DYN_TCP_RESPONSE_STREAM_HOST": interface,
            "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1",
        }


class S3:
    """An S3 server (moto) at S3_URL; workers of a Fleet are set up for it."""

    def __init__(self, folder: Path):
        self._python = ensure_environment("s3") / "bin" / "python"
        self.process = Process("s3", [self._python, "-m", "moto.server", "-H", "127.0.0.1", "-p", _S3_PORT],
                               folder / "s3.log")
        self.process.wait_until(lambda: _answers(S3_URL), 60, "answer")

    def __enter__(self) -> "S3":
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()

    def upload(self, source: Path, bucket: str, prefix: str) -> str:
        """Puts the folder's files under bucket/prefix, making the bucket. Returns the s3:// URI."""
        subprocess.run([self._python, END_TO_END / "workers" / "upload.py", S3_URL, bucket, prefix, source], check=True)
        return f"s3://{bucket}/{prefix}"


def worker_url(address: str) -> str:
    return f"http://{address}:{WORKER_PORT}"


def call(method: str, url: str, body: dict | None = None, limit_seconds: float = 60) -> tuple[int, str]:
    """Status code and body, whatever the code."""
    request = urllib.request.Request(url, method=method, data=json.dumps(body).encode() if body else None,
                                     headers={"Content-Type": "application/json"} if body else {})
    try:
        with urllib.request.urlopen(request, timeout=limit_seconds) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")


def adapters_on(address: str) -> set[str]:
    return set(json.loads(call("GET", f"{worker_url(address)}/v1/loras")[1])["loras"])


def served_models() -> set[str]:
    try:
        return {model["id"] for model in json.loads(call("GET", f"{frontend_url()}/v1/models", limit_seconds=5)[1])["data"]}
    except (OSError, ValueError):
        return set()


def frontend_url() -> str:
    return f"http://127.0.0.1:{_FRONTEND_PORT}"


def ask(model: str, prompt: str = "hello world", words: int = 8) -> str:
    """One chat completion at temperature 0. Returns the text, or the code and body of a refusal."""
    code, body = call("POST", f"{frontend_url()}/v1/chat/completions", {
        "model": model, "messages": [{"role": "user", "content": prompt}], "max_tokens": words, "temperature": 0})
    if code != 200:
        return f"{code} {body}"
    return json.loads(body)["choices"][0]["message"]["content"].strip()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except OSError:
        return False

"""Starts an etcd: the API server's store, and the discovery of Dynamo versions whose file discovery loses entries."""

import urllib.request
from pathlib import Path

from .paths import PROGRAMS
from .process import Process


def start_etcd(folder: Path, port: int, fsync: bool = False) -> Process:
    """Serving at http://127.0.0.1:port when this returns; the next port is its peer port."""
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"
    process = Process("etcd", [
        PROGRAMS / "etcd", "--name=test", f"--data-dir={folder / 'etcd'}", "--log-level=warn",
        f"--listen-client-urls={client}", f"--advertise-client-urls={client}", f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=test={peer}",
        "--quota-backend-bytes=4294967296", "--auto-compaction-retention=5m",
        *([] if fsync else ["--unsafe-no-fsync"])], folder / "log" / "etcd.log")
    process.wait_until(lambda: _healthy(client), 60, "/health")
    return process


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2):
            return True
    except OSError:
        return False

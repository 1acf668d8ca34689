"""The two servers that the suites judge: Kubernetes' own, and ours. Each suite gets a fresh one.

Both take the bearer token `admin-token` and have Kubernetes' controllers beside them when a suite asks for it.
"""

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONFORMANCE = Path(__file__).resolve().parent
sys.path.insert(0, str(CONFORMANCE.parent / "e2e"))

from harness.cluster import Cluster, ClusterOptions  # noqa: E402
from harness.dynamod_server import DynamodServer  # noqa: E402

TOKEN = "admin-token"
NAMES = ("dynamod", "kubernetes")
_SERVICES = "10.0.0.0/16"  # kubectl's own tests name addresses of it


@dataclass(frozen=True)
class Server:
    name: str
    url: str
    kubeconfig: Path  # of an administrator
    folder: Path  # logs and files of this run


@contextmanager
def started(name: str, folder: Path, controllers: bool):
    """A server with nothing in it but what it makes itself; stopped at the end, its folder stays."""
    tokens = folder / "tokens.csv"
    folder.mkdir(parents=True)
    tokens.touch(mode=0o600)
    tokens.write_text(f"{TOKEN},admin,admin,system:masters\n")
    cluster = folder / "server"
    if name == "kubernetes":
        running = Cluster(cluster, ClusterOptions(controllers=controllers, token_file=tokens, services=_SERVICES,
                                                  accounts=False))
    else:
        running = DynamodServer(cluster, tokens, controllers=controllers, services=_SERVICES)
    with running:
        yield Server(name, running.url, running.kubeconfig, folder)

"""kubectl's own tests of Kubernetes (test/cmd), unmodified, from the Go module of the release we serve.

Upstream starts etcd, an API server and its controllers itself; ../kubectl/drive takes a running server instead. The
groups run one after the other on one server, as upstream does it.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from harness.paths import END_TO_END, PROGRAMS
from servers import CONFORMANCE, Server

from .result import Result

CONTROLLERS = True
_LIMIT_SECONDS = 1800

# Those that pass on Kubernetes 1.36.3 without nodes and without the web.
GROUPS = """
kubectl_version create_secret crd kubectl_get namespace configmap deployment kubectl_apply kubectl_server_side_apply
kubectl_diff kubectl_events kubectl_create_validate assert_short_name template_output pod rs service rc
service_accounts job kubectl_scale wait kubectl_explain swagger lists recursive_resources kubectl_sort_by
kubectl_all_namespace kubectl_create_dry_run kubectl_create_error kubectl_create_filter kubectl_request_timeout
kubectl_local_proxy kubectl_auth_whoami clusterroles role crd_deletion_recreation assert_categories
assert_singular_name kubectl_exec_pod kubectl_exec_resource_name retrieve_multiple stateful_set daemonset
kubectl_apply_deployments kubectl_run
""".split()

_RED_UPSTREAM = [
    ("nodes", "expects conditions on a node; the node-lifecycle controller that sets them is off here"),
    ("multi_resources", "fetches a file from the web"),
    ("authorization", "wants a server with --authorization-mode=RBAC,AlwaysAllow"),
    ("kubectl_response_compression", "finds a ConfigMap of a controller where it expects none"),
]


def prepare() -> None:
    _source()


def run(server: Server) -> Result:
    tree = server.folder / "kubernetes"
    for name in ("hack", "test/cmd", "test/fixtures", "test/e2e/testing-manifests", "third_party/forked/shell2junit"):
        shutil.copytree(_source() / name, tree / name)
    subprocess.run(["chmod", "-R", "u+w", tree], check=True)
    programs = server.folder / "bin"  # kubectl and nothing else of ours
    programs.mkdir()
    (programs / "kubectl").symlink_to(PROGRAMS / "kubectl")
    log = server.folder / "output.txt"
    environment = {**os.environ, "KUBE_ROOT": str(tree), "SERVER": server.url, "WHAT": " ".join(GROUPS),
                   "PATH": f"{programs}:{os.environ['PATH']}", "TMPDIR": str(server.folder)}
    environment.pop("KUBECONFIG", None)
    with log.open("w") as output:
        subprocess.run([CONFORMANCE / "kubectl" / "drive"], cwd=tree, env=environment, stdout=output,
                       stderr=subprocess.STDOUT, timeout=_LIMIT_SECONDS)
    return _judge(log)


def _judge(log: Path) -> Result:
    text = log.read_text(errors="replace")
    ran = set(re.findall(r"^Recording: run_(\w+)_tests$", text, re.MULTILINE))
    failed = set(re.findall(r"^Error when running run_(\w+)_tests$", text, re.MULTILINE))
    passed = [group for group in GROUPS if group in ran - failed]
    failures = [f"{group} ({'failed' if group in failed else 'did not run'}; see {log})" for group in GROUPS
                if group not in passed]
    return Result(len(passed), len(GROUPS), failures, _RED_UPSTREAM)


def _source() -> Path:
    module = END_TO_END / "build" / "kubernetes"
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    subprocess.run(["go", "mod", "download", "k8s.io/kubernetes"], cwd=module, env=environment, check=True)
    return Path(subprocess.run(["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes"], cwd=module,
                               env=environment, check=True, capture_output=True, text=True).stdout.strip())

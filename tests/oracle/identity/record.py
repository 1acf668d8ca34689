#!/usr/bin/python3
"""Records what kube-apiserver says about identities and rights: record.py FOLDER (src/apiserver/identity/testdata).

Needs tests/e2e's Kubernetes programs (tests/e2e/run fetches them). Runs in a network namespace of its own.
"""

import base64
import http.client
import json
import shutil
import ssl
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "e2e"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import cases  # noqa: E402
from harness import namespace  # noqa: E402
from harness.cluster import Cluster, ClusterOptions  # noqa: E402

WAIT_SECONDS = 30
RBAC = f"/apis/{cases.GROUP}/v1"
AUDIENCE = "https://kubernetes.default.svc.cluster.local"
PLURALS = {"Role": "roles", "ClusterRole": "clusterroles", "RoleBinding": "rolebindings", "ClusterRoleBinding": "clusterrolebindings"}


class Server:
    def __init__(self, cluster: Cluster):
        self._tls = ssl.create_default_context(cafile=str(cluster.authority.certificate))
        self._admin = ssl.create_default_context(cafile=str(cluster.authority.certificate))
        pki = cluster.folder / "pki"
        self._admin.load_cert_chain(pki / "admin.crt", pki / "admin.key")

    def call(self, method: str, path: str, body: dict | None = None, headers: list | None = None):
        """(code, body); with headers the caller has no certificate."""
        connection = http.client.HTTPSConnection("127.0.0.1", 6443, context=self._admin if headers is None else self._tls, timeout=60)
        connection.putrequest(method, path)
        text = b"" if body is None else json.dumps(body).encode()
        for name, value in [("Content-Type", "application/json"), ("Content-Length", str(len(text))), *(headers or [])]:
            connection.putheader(name, value)
        connection.endheaders(text)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, {"message": text}

    def must(self, method: str, path: str, body: dict | None = None) -> dict:
        code, answer = self.call(method, path, body)
        assert code < 300, f"{method} {path}: {json.dumps(answer)}"
        return answer


def collection(body: dict) -> str:
    ns = body["metadata"].get("namespace")
    return RBAC + (f"/namespaces/{ns}/" if ns else "/") + PLURALS[body["kind"]]


def named(*pairs) -> list:
    """Header fields, one for each value."""
    return [(name, value) for name, values in pairs for value in ([values] if isinstance(values, str) else values)]


def as_user(user: str, groups: list) -> dict:
    return {"user": user, "groups": [*groups, *([] if user == "system:anonymous" else ["system:authenticated"])]}


def make_objects(server: Server) -> None:
    for ns in cases.NAMESPACES:
        server.must("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ns}})
    for body in cases.OBJECTS:
        server.must("POST", collection(body), body)
    for name, rules in cases.CALLERS.items():
        server.must("POST", RBAC + "/clusterroles", cases.role(name, *rules))
        server.must("POST", RBAC + "/clusterrolebindings", cases.binding(name, name, f"group:{name}"))
    deadline = time.monotonic() + WAIT_SECONDS
    while not server.must("GET", RBAC + "/clusterroles/sum-of-sums").get("rules") or time.monotonic() + WAIT_SECONDS - deadline < 3:
        assert time.monotonic() < deadline, "no aggregation"
        time.sleep(0.2)


def record_decisions(server: Server) -> dict:
    people = [as_user(*person) for person in cases.PEOPLE]
    answers = []
    for person in people:
        answers.append([])
        for question in cases.QUESTIONS:
            status = server.must("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
                "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": {**person, **question}})["status"]
            answers[-1].append(f"{'yes' if status['allowed'] else 'no'} {status.get('reason', '')}".strip())
    return {"objects": cases.OBJECTS, "people": people, "questions": cases.QUESTIONS, "answers": answers,
            "aggregated": {name: server.must("GET", f"{RBAC}/clusterroles/{name}")["rules"] for name in ("sum", "sum-of-expressions", "sum-of-sums")}}


def record_writes(server: Server) -> list:
    """As the admin who acts as them, and only as a dry run."""
    server.must("POST", RBAC + "/clusterrolebindings", cases.binding("team-writes", "write-rbac", f"group:{cases.WRITERS_GROUP}"))
    server.must("POST", RBAC + "/clusterroles", cases.role("change-sum", aggregate=[{"matchLabels": {"none": "x"}}]))
    out = []
    for user, groups, body in cases.WRITES:
        method, path = "POST", collection(body)
        if body["metadata"]["name"].startswith("change-"):
            method, path = "PUT", f"{path}/{body['metadata']['name']}"
        headers = named(("Authorization", "Bearer admin-token"), ("Impersonate-User", user), ("Impersonate-Group", [*groups, "system:authenticated"]))
        code, answer = server.call(method, path + "?dryRun=All", body, headers)
        out.append({**as_user(user, groups), "object": body, "code": code, "message": answer["message"] if code >= 300 else ""})
    return out


def record_impersonation(server: Server) -> list:
    """Each request has a caller of his own: the server remembers by which way somebody last became another, and asks that one first."""
    out = []
    for group in [*cases.CALLERS, "system:masters"]:
        requests = [(*cases.REVIEW, None, identity) for identity in cases.IDENTITIES]
        requests += [(*request, {"Impersonate-User": "jane"}) for request in cases.ELSEWHERE]
        for i, (method, path, attributes, identity) in enumerate(requests):
            caller = caller_name(group, i)
            body = None if method == "GET" else {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
            code, answer = server.call(method, quote(path, safe="/?=&"), body, named(("Authorization", f"Bearer {caller}-token"), *identity.items()))
            row = {"caller": caller, "group": group, "headers": named(*identity.items()), "code": code}
            if attributes:
                row["request"] = attributes
            if code == 201:
                row["user"] = answer["status"]["userInfo"]
            elif "message" in answer:
                row["message"] = answer["message"]
            else:
                continue  # what was asked for
            out.append(row)
    return out


def caller_name(group: str, number: int) -> str:
    return f"{group.rpartition(':')[2]}-{number}"


def token_lines():
    yield 'admin-token,admin,1,"system:masters"'
    for group in [*cases.CALLERS, "system:masters"]:
        for i in range(len(cases.IDENTITIES) + len(cases.ELSEWHERE)):
            name = caller_name(group, i)
            yield f'{name}-token,{name},uid-{name},"{group}"'


def record_headers(server: Server) -> list:
    out = []
    for value in cases.HEADERS:
        headers = [] if value is None else [("Authorization", value.replace("TOKEN", "admin-token"))]
        code, answer = server.call("GET", "/api/v1/namespaces/a/pods", None, headers)
        out.append({"header": value, "code": code, "message": answer.get("message", "")})
    return out


def without_padding(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def tampered(token: str, header: dict | None = None, payload: dict | None = None, signature: str | None = None) -> str:
    parts = token.split(".")
    for place, change in ((0, header), (1, payload)):
        if change:
            known = json.loads(base64.urlsafe_b64decode(parts[place] + "=="))
            parts[place] = without_padding(json.dumps({**known, **change}).encode())
    return ".".join([*parts[:2], parts[2] if signature is None else signature])


def record_tokens(server: Server) -> list:
    """TokenReviews: what the reviewed token is, and the status. A good one is good for ten more seconds, whatever happens."""
    accounts = "/api/v1/namespaces/a/serviceaccounts"
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"serviceAccountName": "s", "containers": [{"name": "c", "image": "i"}]}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "s"}}
    out, uids = [], {}

    def masked(status: dict) -> dict:
        text = json.dumps(status)
        for uid, name in uids.items():
            text = text.replace(uid, name)
        return json.loads(text)

    def make(path: str, body: dict, name: str) -> dict:
        made = server.must("POST", path, body)
        uids[made["metadata"]["uid"]] = name
        return made

    def issue(bound: dict | None = None, **spec) -> str:
        if bound:
            spec["boundObjectRef"] = {"kind": bound["kind"], "apiVersion": "v1", "name": bound["metadata"]["name"], "uid": bound["metadata"]["uid"]}
        token = server.must("POST", f"{accounts}/s/token", {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec})["status"]["token"]
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        uids[claims["jti"]] = "JTI"
        return token

    def review(case: str, token: str, **spec) -> None:
        status = server.must("POST", "/apis/authentication.k8s.io/v1/tokenreviews", {
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token, **spec}})["status"]
        out.append({"case": case, "status": masked(status)})

    made = make(accounts, account, "UID-1")
    first_pod, first_secret = make("/api/v1/namespaces/a/pods", pod, "POD-1"), make("/api/v1/namespaces/a/secrets", secret, "SECRET-1")
    plain, for_pod, for_secret, elsewhere = issue(), issue(first_pod), issue(first_secret), issue(audiences=["vault"])
    fresh, fresh_for_pod, fresh_for_secret = issue(), issue(first_pod), issue(first_secret)
    review("plain", plain)
    review("plain, right audience", plain, audiences=[AUDIENCE, "x"])
    review("plain, wrong audience", plain, audiences=["vault", "x"])
    review("of another audience", elsewhere)
    review("of another audience, asked for", elsewhere, audiences=["vault"])
    review("pod", for_pod)
    review("secret", for_secret)
    review("known by heart", "admin-token")
    review("known by heart, wrong audience", "admin-token", audiences=["vault"])
    review("garbage", "garbage")
    review("three parts of garbage", "a.b.c")
    review("algorithm none", tampered(plain, header={"alg": "none"}, signature=""))
    review("algorithm HS256", tampered(plain, header={"alg": "HS256"}))
    review("no signature", tampered(plain, signature=""))
    review("another payload", tampered(plain, payload={"exp": 9999999999}))
    review("another issuer", tampered(plain, payload={"iss": "https://elsewhere"}))
    server.must("DELETE", "/api/v1/namespaces/a/pods/p?gracePeriodSeconds=0")
    server.must("DELETE", "/api/v1/namespaces/a/secrets/x")
    review("pod gone", fresh_for_pod)
    review("secret gone", fresh_for_secret)
    make("/api/v1/namespaces/a/pods", pod, "POD-2")
    make("/api/v1/namespaces/a/secrets", secret, "SECRET-2")
    review("pod with another uid", fresh_for_pod)
    review("secret with another uid", fresh_for_secret)
    server.must("DELETE", f"{accounts}/s")
    review("account gone", fresh)
    assert make(accounts, account, "UID-2")["metadata"]["uid"] != made["metadata"]["uid"]
    review("account with another uid", fresh)
    return out


def record_defaults(server: Server) -> dict:
    def kept(body: dict) -> dict:
        for name in ("uid", "creationTimestamp", "resourceVersion", "managedFields"):
            body["metadata"].pop(name, None)
        return body
    return {"roles": [kept(server.must("GET", f"{RBAC}/clusterroles/{name}")) for name in cases.DEFAULT_ROLES],
            "bindings": [kept(body) for body in server.must("GET", RBAC + "/clusterrolebindings")["items"] if body["roleRef"]["name"] in cases.DEFAULT_ROLES]}


def main() -> None:
    namespace.enter()
    out = Path(sys.argv[1])
    folder = Path(tempfile.mkdtemp(prefix="record-"))
    tokens = folder / "tokens.csv"
    tokens.write_text("\n".join(token_lines()) + "\n")
    try:
        with Cluster(folder / "cluster", ClusterOptions(token_file=tokens)) as cluster:
            server = Server(cluster)
            defaults = record_defaults(server)
            make_objects(server)
            for name, data in [("decisions", record_decisions(server)), ("writes", record_writes(server)),
                               ("impersonation", {"callers": cases.CALLERS, "requests": record_impersonation(server)}),
                               ("headers", record_headers(server)), ("tokens", record_tokens(server)), ("defaults", defaults)]:
                text = json.dumps(data, indent=None, ensure_ascii=False, separators=(", ", ": "))
                (out / f"{name}.json").write_text(text.replace("}, {", "},\n {").replace("], [", "],\n [") + "\n")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()

"""What kube-apiserver is asked about rights: objects, people, questions. record.py asks, and writes down the answers."""

GROUP = "rbac.authorization.k8s.io"
NAMESPACES = ["a", "b"]
READ = ["get", "list", "watch"]


def rule(groups: str = "", resources: str = "", verbs: str = "get", names: str = "", urls: str = "") -> dict:
    """Lists are separated by blanks; the group "-" is the core group."""
    out = {"verbs": verbs.split()}
    if groups:
        out["apiGroups"] = ["" if group == "-" else group for group in groups.split()]
    for name, value in (("resources", resources), ("resourceNames", names), ("nonResourceURLs", urls)):
        if value:
            out[name] = value.split()
    return out


def role(name: str, *rules: dict, ns: str = "", labels: dict | None = None, aggregate: list | None = None) -> dict:
    metadata = {"name": name}
    if ns:
        metadata["namespace"] = ns
    if labels:
        metadata["labels"] = labels
    out = {"apiVersion": f"{GROUP}/v1", "kind": "Role" if ns else "ClusterRole", "metadata": metadata, "rules": list(rules)}
    if aggregate is not None:
        out["aggregationRule"] = {"clusterRoleSelectors": aggregate}
    return out


def subject(text: str) -> dict:
    """user:x, group:x, account:ns/x, account:x"""
    kind, _, name = text.partition(":")
    if kind != "account":
        return {"apiGroup": GROUP, "kind": kind.capitalize(), "name": name}
    ns, _, name = name.rpartition("/")
    return {"kind": "ServiceAccount", "name": name, **({"namespace": ns} if ns else {})}


def binding(name: str, to: str, *subjects: str, ns: str = "", namespaced_role: bool = False) -> dict:
    metadata = {"name": name, **({"namespace": ns} if ns else {})}
    return {"apiVersion": f"{GROUP}/v1", "kind": "RoleBinding" if ns else "ClusterRoleBinding", "metadata": metadata,
            "subjects": [subject(text) for text in subjects],
            "roleRef": {"apiGroup": GROUP, "kind": "Role" if namespaced_role else "ClusterRole", "name": to}}


_WRITE_RBAC = rule(GROUP, "roles rolebindings clusterroles clusterrolebindings", "get create update patch delete")

OBJECTS = [
    role("pods", rule("-", "pods", "get list")),
    role("logs", rule("-", "pods/log pods/status")),
    role("scales", rule("*", "*/scale", "update")),
    role("apps", rule("apps", "*", "get")),
    role("named", rule("-", "configmaps", "get update list", names="one two")),
    role("secrets", rule("-", "secrets", "*")),
    role("urls", rule(urls="/healthz /metrics/* /logs*", verbs="get")),
    role("any-url", rule(urls="*", verbs="get")),
    role("two", rule("- apps", "services deployments", "get"), rule("-", "nodes", "delete")),
    role("part-a", rule("-", "endpoints", "get"), labels={"sum": "yes", "kind": "a"}),
    role("part-b", rule("-", "events", "get"), rule("-", "endpoints", "get"), labels={"sum": "yes"}),
    role("part-c", rule("-", "limitranges", "get"), labels={"kind": "c"}),
    role("sum", aggregate=[{"matchLabels": {"sum": "yes"}}]),
    role("sum-of-expressions", labels={"sum-of": "sums"}, aggregate=[
        {"matchExpressions": [{"key": "kind", "operator": "In", "values": ["a", "c"]}, {"key": "sum", "operator": "DoesNotExist"}]}]),
    role("sum-of-sums", aggregate=[{"matchLabels": {"sum-of": "sums"}}, {"matchLabels": {"kind": "a"}}]),
    role("local", rule("-", "configmaps", "get"), ns="a"),
    role("local", rule("-", "configmaps", "delete"), ns="b"),
    role("only-b", rule("batch", "jobs", "get"), ns="b"),
    role("write-rbac", _WRITE_RBAC),
    role("escalators", _WRITE_RBAC, rule(GROUP, "clusterroles", "escalate bind", names="pods giant"), rule(GROUP, "roles", "bind")),
    role("half", rule("apps", "deployments", "get list"), rule("-", "pods", "*"), rule("-", "configmaps", "get", names="one two"),
         rule(urls="/metrics/*"), rule("-", "*/log")),
    role("everything", rule("*", "*", "*"), rule(urls="*", verbs="*")),
    binding("pods", "pods", "user:reader", "group:team", "account:a/robot"),
    binding("logs", "logs", "user:reader"),
    binding("scales", "scales", "user:scaler"),
    binding("apps", "apps", "user:scaler"),
    binding("named", "named", "user:named"),
    binding("urls", "urls", "user:urls", "group:system:unauthenticated"),
    binding("any-url", "any-url", "user:any-url"),
    binding("two", "two", "group:team"),
    binding("sums", "sum", "user:summed"),
    binding("sums-e", "sum-of-expressions", "user:expressed"),
    binding("sums-s", "sum-of-sums", "user:summed-twice"),
    binding("nobody", "absent", "user:lost", "group:team"),
    binding("nobody-too", "absent", "user:lost"),
    binding("nobody-three", "missing", "user:lost"),
    binding("secrets", "secrets", "user:local", "account:robot", ns="a"),
    binding("local", "local", "user:local", "account:b/other", ns="a", namespaced_role=True),
    binding("absent", "only-b", "user:local", ns="a", namespaced_role=True),
    binding("all-accounts", "named", "group:system:serviceaccounts:b", ns="b"),
    binding("writers", "write-rbac", "user:writer", "user:half", "user:escalator", "user:boss"),
    binding("half", "half", "user:half"),
    binding("half-local", "secrets", "user:half", ns="a"),
    binding("escalators", "escalators", "user:escalator"),
    binding("boss", "everything", "user:boss"),
]

# (user, groups beside system:authenticated)
PEOPLE = [("reader", []), ("somebody", ["team"]), ("scaler", []), ("named", []), ("urls", []), ("any-url", []), ("summed", []),
          ("expressed", []), ("summed-twice", []), ("lost", []), ("local", []), ("boss", []), ("root", ["system:masters"]),
          ("system:serviceaccount:a:robot", ["system:serviceaccounts", "system:serviceaccounts:a"]),
          ("system:serviceaccount:b:other", ["system:serviceaccounts", "system:serviceaccounts:b"]),
          ("system:anonymous", ["system:unauthenticated"]), ("nobody <b>&", [])]


def what(verb: str, resource: str, group: str = "", ns: str = "", name: str = "") -> dict:
    resource, _, subresource = resource.partition("/")
    parts = {"verb": verb, "group": group, "resource": resource, "subresource": subresource, "namespace": ns, "name": name}
    return {"resourceAttributes": {key: value for key, value in parts.items() if value}}


def url(path: str, verb: str = "get") -> dict:
    return {"nonResourceAttributes": {"path": path, "verb": verb}}


QUESTIONS = [
    what("get", "pods"), what("get", "pods", ns="a"), what("list", "pods", ns="b", name="x"), what("delete", "pods", ns="a"),
    what("get", "pods", "metrics.k8s.io"), what("get", "pods/log", ns="a", name="x"), what("get", "pods/exec", ns="a"),
    what("update", "deployments/scale", "apps", "a"), what("update", "things/scale", "example.com"), what("update", "deployments", "apps"),
    what("get", "deployments", "apps"), what("get", "deployments/scale", "apps"), what("get", "configmaps", ns="a", name="one"),
    what("update", "configmaps", ns="b", name="two"), what("get", "configmaps", ns="a", name="three"), what("list", "configmaps", ns="a"),
    what("list", "configmaps", ns="b", name="one"), what("delete", "configmaps", ns="a"), what("delete", "configmaps", ns="b"),
    what("get", "jobs", "batch", "b"), what("patch", "secrets", ns="a"), what("patch", "secrets", ns="b"), what("patch", "secrets"),
    what("get", "services", ns="b"), what("get", "services", "apps"), what("delete", "nodes", name="n1"), what("get", "endpoints", ns="a"),
    what("get", "events"), what("get", "limitranges"), what("*", "*", "*"), what("get", "*"), what("use", "whatever", "no.group", "a", "x"),
    what("create", "selfsubjectreviews", "authentication.k8s.io"),
    url("/healthz"), url("/healthz/etcd"), url("/metrics"), url("/metrics/"), url("/metrics/x/y"), url("/logs"), url("/logs-of-all"),
    url("/api"), url("/apis/apps/v1"), url("/version"), url("/anything", "post"), url("/", "get"), url("", "get"),
]

# (user, groups, object): may he write it? `before` is there already when the name begins with "change-".
WRITES = [(user, [], body) for user in ("writer", "half", "escalator", "boss") for body in [
    role("giant", rule("*", "*", "*"), rule(urls="*", verbs="*")),
    role("new", rule("-", "pods", "get list watch"), rule("-", "pods/log"), rule("apps", "deployments", "list get create")),
    role("new", rule("- apps", "deployments pods", "get list", names="x y"), rule("-", "configmaps", "get update", names="one three")),
    role("new", rule(urls="/metrics/a /healthz /metrics/*", verbs="get post")),
    role("new", rule("-", "pods", "*"), rule("-", "*", "get"), rule("-", "*/log"), rule("-", "services/log")),
    role("new", rule("-", "secrets", "get"), ns="a"),
    role("new", rule("-", "secrets", "get"), rule("x\"y", "a/b", "get"), ns="b"),
    role("new", ns="b"),
    role("new", aggregate=[{"matchLabels": {"x": "y"}}]),
    role("new", rule("-", "pods", "get"), aggregate=[]),
    role("change-sum", rule("-", "pods", "get")),
    binding("new", "pods", "user:reader"),
    binding("new", "giant", "user:reader"),
    binding("new", "everything", "user:reader"),
    binding("new", "secrets", "user:reader", ns="a"),
    binding("new", "secrets", "user:reader", ns="b"),
    binding("new", "local", "user:reader", ns="a", namespaced_role=True),
    binding("new", "only-b", "user:reader", ns="a", namespaced_role=True),
    binding("new", "sum", "user:reader"),
    binding("new", "sum-of-sums", "user:reader", ns="b"),
]] + [("somebody", ["team", "write\"rs"], role("new", rule("-", "pods", "get"))),
      ("root", ["system:masters"], role("giant", rule("*", "*", "*")))]
WRITERS_GROUP = "team"  # may write, so that its members are judged by what they hold

# Impersonation: the callers have tokens; each holds the rights of one role.
CALLERS = {
    "imp-none": [],
    "imp-user": [rule("-", "users", "impersonate", names="jane")],
    "imp-all": [rule("-", "users groups serviceaccounts", "impersonate"), rule("authentication.k8s.io", "uids userextras/scopes", "impersonate")],
    "imp-group": [rule("-", "users", "impersonate"), rule("-", "groups", "impersonate", names="team")],
    "imp-account": [rule("-", "serviceaccounts", "impersonate", names="robot")],
    "imp-as": [rule("authentication.k8s.io", "users groups uids userextras/example.com/s nodes serviceaccounts", "impersonate:user-info"),
               rule("authentication.k8s.io", "selfsubjectreviews", "impersonate-on:user-info:create")],
    "imp-on": [rule("authentication.k8s.io", "selfsubjectreviews", "impersonate-on:user-info:create impersonate-on:serviceaccount:create impersonate-on:arbitrary-node:create")],
    "imp-node": [rule("authentication.k8s.io", "nodes", "impersonate:arbitrary-node"), rule("authentication.k8s.io", "serviceaccounts", "impersonate:serviceaccount"),
                 rule("authentication.k8s.io", "selfsubjectreviews", "impersonate-on:arbitrary-node:create impersonate-on:serviceaccount:create")],
}
REVIEW = ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews")
IDENTITIES = [
    {}, {"Impersonate-User": "jane"}, {"Impersonate-User": "john"}, {"Impersonate-User": "jane", "Impersonate-Group": ["team"]},
    {"Impersonate-User": "jane", "Impersonate-Group": ["team", "other"]}, {"Impersonate-User": "jane", "Impersonate-Group": ["system:authenticated"]},
    {"Impersonate-User": "jane", "Impersonate-Group": ["system:masters"]}, {"Impersonate-User": "jane", "Impersonate-Group": ["system:unauthenticated", "team"]},
    {"Impersonate-User": "jane", "Impersonate-Uid": "12"}, {"Impersonate-User": "jane", "Impersonate-Extra-Scopes": ["s1", "s2"]},
    {"Impersonate-User": "jane", "Impersonate-Extra-Example.com%2fs": ["v"]}, {"Impersonate-User": "jane", "Impersonate-Extra-Scopes": ["s1"], "Impersonate-Uid": "12"},
    {"Impersonate-User": "system:serviceaccount:a:robot"}, {"Impersonate-User": "system:serviceaccount:a:other"},
    {"Impersonate-User": "system:serviceaccount:a:robot", "Impersonate-Group": ["team"]}, {"Impersonate-User": "system:serviceaccount:A_:robot"},
    {"Impersonate-User": "system:node:n1"}, {"Impersonate-User": "system:node:"}, {"Impersonate-User": "system:anonymous"},
    {"Impersonate-User": "system:serviceaccount:a"}, {"Impersonate-Group": ["team"]}, {"Impersonate-Uid": "12"}, {"Impersonate-Extra-Scopes": ["s"]},
]
# Other requests say in what words the caller lacks the right, request by request.
ELSEWHERE = [("GET", "/api/v1/namespaces/a/pods/x/log", {"verb": "get", "resource": "pods", "subresource": "log", "namespace": "a", "name": "x"}),
             ("GET", "/api/v1/nodes?watch=1", {"verb": "watch", "resource": "nodes"}),
             ("GET", "/metrics/<x>", {"verb": "get", "path": "/metrics/<x>"})]

# Values of Authorization; TOKEN is a token that is good.
HEADERS = [None, "", "Bearer TOKEN", "bearer TOKEN", "BEARER TOKEN", "Bearer  TOKEN", "Bearer TOKEN more", " Bearer TOKEN", "Bearer", "Bearer ",
           "Bearer wrong", "Bearer TOKENx", "Basic TOKEN", "TOKEN", "Bearer\tTOKEN", "Bearer a.b.c"]

DEFAULT_ROLES = ["cluster-admin", "system:aggregate-to-admin", "system:aggregate-to-edit", "system:aggregate-to-view", "view", "edit", "admin",
                 "system:auth-delegator", "system:basic-user", "system:discovery", "system:monitoring", "system:public-info-viewer",
                 "system:service-account-issuer-discovery"]

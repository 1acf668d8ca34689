"""Random cases for merge.py: documents and patches, templates, and series of writes."""

import json
import random

NAMES = ["a", "b", "c", "d/e", "f~g"]


def any_value(chance, depth=3):
    roll = chance.random()
    if depth and roll < 0.3:
        return {name: any_value(chance, depth - 1) for name in chance.sample(NAMES, chance.randrange(4))}
    if depth and roll < 0.5:
        return [any_value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return chance.choice([None, True, False, 0, 1, -7, 2.5, "", "x", "y"])


def any_object(chance, depth=3):
    return {name: any_value(chance, depth) for name in chance.sample(NAMES, chance.randrange(1, 5))}


def disturbed(chance, value):
    """`value` with some of its parts changed, gone or null."""
    if isinstance(value, dict):
        out = {}
        for name, inner in value.items():
            roll = chance.random()
            if roll < 0.15:
                out[name] = None
            elif roll < 0.25:
                out[name] = any_value(chance, 1)
            elif roll < 0.7:
                out[name] = disturbed(chance, inner)
        return out
    return value if chance.random() < 0.5 else any_value(chance, 1)


def merge_cases():
    chance = random.Random(11)
    for _ in range(2000):
        target = any_object(chance)
        patch = disturbed(chance, target) if chance.random() < 0.6 else any_object(chance)
        yield json.dumps({"target": target, "patch": patch})


# --- JSON patch ---

def pointer(chance, value):
    """A path into `value`, now and then one that leads nowhere."""
    steps = ""
    while isinstance(value, (dict, list)) and chance.random() < 0.75:
        if isinstance(value, dict):
            name = chance.choice(list(value) or NAMES)
            steps += "/" + name.replace("~", "~0").replace("/", "~1")
            value = value.get(name)
        else:
            index = chance.choice(["-", "-1", "0", "x", "+1", "01"] + [str(i) for i in range(len(value) + 1)])
            steps += "/" + index
            value = value[int(index)] if index.isdigit() and int(index) < len(value) else None
    if chance.random() < 0.25:
        steps += "/" + chance.choice(["a", "b", "0", "-", "9", ""])
    return steps if chance.random() < 0.97 else steps[1:]


def operation(chance, target):
    op = chance.choice(["add", "add", "remove", "replace", "move", "copy", "test", "test", "swap"])
    out = {"op": op, "path": pointer(chance, target)}
    if op in ("add", "replace", "test"):
        out["value"] = any_value(chance, 2)
    if op in ("move", "copy"):
        out["from"] = pointer(chance, target)
    if chance.random() < 0.04:
        del out[chance.choice(list(out))]
    if chance.random() < 0.03:
        out["more"] = 1
    if chance.random() < 0.02:
        out[chance.choice(["op", "path", "from"])] = any_value(chance, 1)
    return out


def json_patch_cases():
    chance = random.Random(12)
    for _ in range(3000):
        target = any_object(chance)
        patch = [operation(chance, target) for _ in range(chance.randrange(1, 4))]
        yield json.dumps({"target": target, "patch": patch})
    for patch in ({}, [1], [None], ["x"], [[]], None, [True]):
        yield json.dumps({"target": {}, "patch": patch})


# --- JSONPath ---

OBJECT = {
    "kind": "List", "n": 3, "f": 2.5, "yes": True, "null": None, "empty": {}, "text": "héé",
    "items": [{"name": "one", "v": 1, "l": [1, 2, 3], "t": {"x.y": "dotted", "z": "<&>"}},
              {"name": "two", "v": 2, "l": [], "more": [{"name": "in"}, {"name": "side"}]},
              {"name": "three", "v": 2.5, "w": None}],
    "map": {"only": {"deep": [{"name": "x"}]}},
}
STEPS = [".kind", ".items", ".items[*]", "[*]", "[0]", "[-1]", "[1:]", "[:2]", "[::2]", "[0,1]", "[5]", "[1:1]", "[2:1]", ".name",
         "..name", "..", ".l", ".l[*]", ".v", "['name']", "['name','v']", "[?(@.v==2)]", "[?(@.v>1)]", "[?(@.name=='two')]",
         '[?(@.name!="two")]', "[?(@.w)]", "[?(@.l[0])]", "[?(@.more[*].name=='in')]", "[?(@.v<=2)]", "[?(@.name>='one')]", ".t.x\\.y", ".t['x\\.y']",
         ".t", ".more", ".missing", ".n", ".f", ".null", ".empty", ".text", ".map", ".only", ".deep", ".*", "[]", "[x]", "[a", ".", "$", "@",
         "[?(@.v=='two')]", "[?(@.v==null)]", "[?(@)]", "[?(@.v===2)]", "[?(@.name]", "[?(@.name)", "[?(1==1)]", "[0:2:0]", "[-9]", "[0][0]"]
WORDS = ["range", "end", "true", "false", "3", "-2.5", "+", "1.2.3", "'x'", '"y\\n"', "'\\''", "'\\q'", "\"\\x41\\u00e9\"", "foo", "%", "é", "''"]
TEMPLATES = ["{range .items[*]}{.name}={.v};{end}", "{range .items[*]}{range .l[*]}{@},{end}|{end}!", "{range .missing[*]}{.a}{end}x",
             "{range .items[*]}{.name}", "{end}", "{range .items[*]}{end}{end}", "a{.kind}b{.n}c", "{", "}", "{}", "{.kind", "a}b", "{{.kind}}",
             "{range .items[?(@.v>1)]}{.name}{'\\t'}{end}{.kind}", "{range .items[*]}{.l[0]}{end}", "{.items[*].l[?(@>1)]}", "{.kind }", "{ .kind}",
             "{.kind\n}", "{.items[0:\n]}", "{'a\n'}", "", "{range}{end}", "{range .items[*]}{range .more[*]}{.name} {end}{.name}{end}"]


def json_path_cases():
    chance = random.Random(13)
    for template in TEMPLATES:
        for allow in (True, False):
            yield json.dumps({"path": template, "allow": allow, "object": OBJECT})
    for _ in range(3000):
        path = "".join(chance.choice(STEPS) for _ in range(chance.randrange(1, 5)))
        if chance.random() < 0.15:
            path = chance.choice(WORDS) + chance.choice(["", " ", path])
        text = chance.choice(["", "", "", "text "]) + "{" + path + "}"
        yield json.dumps({"path": text, "allow": chance.random() < 0.5, "object": OBJECT})


def has_no_order(line):
    """The Go packages walk maps in any order."""
    path = json.loads(line)["path"]
    return ".." in path or ".*" in path


# --- strategic merge patch and writes, of Kubernetes' own kinds ---

def some(chance, share, value):
    return value if chance.random() < share else {}


def container(chance, name):
    out = {"name": name}
    if chance.random() < 0.7:
        out["image"] = chance.choice(["i:1", "i:2"])
    if chance.random() < 0.4:
        out["args"] = [chance.choice("xyz") for _ in range(chance.randrange(3))]
    if chance.random() < 0.5:
        out["env"] = [{"name": n, "value": chance.choice("12")} for n in chance.sample("ABC", chance.randrange(3))]
    if chance.random() < 0.5:
        ports = chance.sample([80, 81], chance.randrange(1, 3))
        out["ports"] = [{"containerPort": p, **some(chance, 0.5, {"protocol": chance.choice(["TCP", "UDP"])}), **some(chance, 0.5, {"name": f"p{p}"})}
                        for p in ports]
    if chance.random() < 0.3:
        out["resources"] = {"limits": {r: chance.choice(["1", "2"]) for r in chance.sample(["cpu", "memory"], chance.randrange(3))}}
    if chance.random() < 0.2:
        out["securityContext"] = {"capabilities": {"add": chance.sample("PQ", 1)}}
    return out


def metadata(chance):
    out = {"name": "n"}
    if chance.random() < 0.6:
        out["labels"] = {n: chance.choice("12") for n in chance.sample("xyz", chance.randrange(3))}
    if chance.random() < 0.3:
        out["annotations"] = {n: chance.choice("12") for n in chance.sample("xyz", chance.randrange(3))}
    if chance.random() < 0.4:
        out["finalizers"] = chance.sample(["f/1", "f/2", "f/3"], chance.randrange(3))
    return out


def deployment(chance):
    pod = {"containers": [container(chance, n) for n in chance.sample("abc", chance.randrange(1, 4))]}
    if chance.random() < 0.4:
        pod["volumes"] = [{"name": n, **chance.choice([{"emptyDir": {}}, {"configMap": {"name": "m"}}, {}])}
                          for n in chance.sample("uv", chance.randrange(1, 3))]
    if chance.random() < 0.3:
        pod["nodeSelector"] = {n: "1" for n in chance.sample("pq", chance.randrange(3))}
    if chance.random() < 0.3:
        pod["tolerations"] = [{"key": chance.choice("kl")}]
    if chance.random() < 0.2:
        pod["imagePullSecrets"] = [{"name": n} for n in chance.sample("st", 1)]
    spec = {"template": {"spec": pod, **some(chance, 0.4, {"metadata": {"labels": {"l": chance.choice("12")}}})}}
    if chance.random() < 0.6:
        spec["replicas"] = chance.randrange(1, 4)
    if chance.random() < 0.3:
        spec["selector"] = {"matchLabels": {n: chance.choice("12") for n in chance.sample("xy", chance.randrange(1, 3))}}
    if chance.random() < 0.3:
        spec["strategy"] = chance.choice([{"type": "Recreate"}, {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": chance.choice([1, "25%"])}}])
    return {"metadata": metadata(chance), "spec": spec}


def service(chance):
    spec = {"ports": [{"port": p, **some(chance, 0.5, {"protocol": chance.choice(["TCP", "UDP"])}), **some(chance, 0.5, {"targetPort": chance.choice([8, "w"])})}
                      for p in chance.sample([80, 81, 82], chance.randrange(1, 4))]}
    if chance.random() < 0.5:
        spec["selector"] = {n: chance.choice("12") for n in chance.sample("xy", chance.randrange(3))}
    if chance.random() < 0.3:
        spec["externalIPs"] = chance.sample(["1.1.1.1", "2.2.2.2"], 1)
    return {"metadata": metadata(chance), "spec": spec,
            **some(chance, 0.3, {"status": {"conditions": [{"type": t, "status": chance.choice(["True", "False"])} for t in chance.sample("RS", 1)]}})}


def config_map(chance):
    out = {"metadata": metadata(chance)}
    if chance.random() < 0.8:
        out["data"] = {n: chance.choice("12") for n in chance.sample("xyz", chance.randrange(4))}
    if chance.random() < 0.2:
        out["immutable"] = chance.random() < 0.5
    return out


def controller_revision(chance):
    return {"metadata": metadata(chance), "revision": chance.randrange(3),
            "data": {n: chance.choice([1, "x", [1, 2], {"a": 1}]) for n in chance.sample("xyz", chance.randrange(3))}}


KINDS = [("apps/v1", "Deployment", deployment), ("v1", "Service", service), ("v1", "ConfigMap", config_map),
         ("apps/v1", "ControllerRevision", controller_revision)]


def with_directives(chance, value, inside_list=False):
    """A strategic patch: some of `value`, with directives here and there."""
    if isinstance(value, list):
        out = [with_directives(chance, inner, True) for inner in value]
        if out and isinstance(out[0], dict) and chance.random() < 0.06:
            out.append({"$patch": "replace"})
        return out
    if not isinstance(value, dict):
        return value
    out = {}
    for name, inner in value.items():
        roll = chance.random()
        if roll < 0.06 and name != "name":
            out[name] = None
        elif roll < 0.9 or name in ("name", "port", "containerPort"):
            out[name] = with_directives(chance, inner)
        if isinstance(inner, list) and chance.random() < 0.25:
            add_list_directives(chance, out, name, inner)
    roll = chance.random()
    if roll < 0.03:
        out["$patch"] = chance.choice(["replace", "delete", "delete", "merge", "what"])
    elif inside_list and roll < 0.12:
        out["$patch"] = "delete"
    elif roll < 0.06:
        out["$retainKeys"] = chance.sample(list(value), min(len(value), 2))
    return out


def add_list_directives(chance, out, name, elements):
    if elements and isinstance(elements[0], dict):
        keys = {"ports": "port" if "port" in elements[0] else "containerPort", "conditions": "type"}
        key = keys.get(name, "name")
        order = [{key: element.get(key, "?")} for element in elements] + chance.choice([[], [{key: "zz"}]])
    else:
        order = elements + chance.choice([[], ["f/9"]])
        if chance.random() < 0.4:
            out[f"$deleteFromPrimitiveList/{name}"] = chance.sample(elements, min(1, len(elements)))
    if chance.random() < 0.3:
        chance.shuffle(order)
    out[f"$setElementOrder/{name}"] = order
    if chance.random() < 0.3:
        out.pop(name, None)


def strategic_cases():
    chance = random.Random(14)
    for _ in range(3000):
        api_version, kind, make = chance.choice(KINDS)
        yield json.dumps({"apiVersion": api_version, "kind": kind, "target": make(chance), "patch": with_directives(chance, make(chance))})


# --- writes ---

CUSTOM = {"type": "object", "properties": {
    "spec": {"type": "object", "properties": {
        "n": {"type": "integer"}, "t": {"type": "string"}, "when": {"type": "string", "format": "date-time"}, "b": {"type": "boolean"},
        "ios": {"x-kubernetes-int-or-string": True},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
        "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
        "list": {"type": "array", "items": {"type": "string"}},
        "set": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
        "keyed": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k", "p"], "items": {
            "type": "object", "properties": {"k": {"type": "string"}, "p": {"type": "string", "default": "x"}, "v": {"type": "integer"},
                                             "inner": {"type": "object", "properties": {"q": {"type": "string"}}}}}},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "half": {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"known": {
            "type": "object", "properties": {"z": {"type": "string"}}}}},
        "pod": {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
    }},
    "status": {"type": "object", "properties": {"s": {"type": "string"}, "c": {"type": "object", "additionalProperties": {"type": "integer"}}}},
}}


def custom_spec(chance):
    text = lambda: chance.choice(["1", "2"])
    makers = {
        "n": lambda: chance.choice([1, 2]), "t": text, "when": text, "b": lambda: chance.random() < 0.5, "ios": lambda: chance.choice([1, "1"]),
        "map": lambda: {n: text() for n in chance.sample("ab", chance.randrange(3))},
        "whole": lambda: {n: text() for n in chance.sample("ab", chance.randrange(3))},
        "list": lambda: [text() for _ in range(chance.randrange(3))],
        "set": lambda: chance.sample("wxyz", chance.randrange(4)),
        "keyed": lambda: [{"k": k, **some(chance, 0.4, {"p": chance.choice("xy")}), **some(chance, 0.6, {"v": chance.randrange(3)}),
                           **some(chance, 0.3, {"inner": some(chance, 0.7, {"q": text()})})} for k in chance.sample("klm", chance.randrange(4))],
        "free": lambda: chance.choice([{}, {"a": 1}, {"a": {"b": [1, 2]}}, {"a": [1], "c": "x"}, {"a": "s"}]),
        "half": lambda: chance.choice([{}, {"known": {"z": text()}}, {"other": {"y": 1}}, {"known": {"u": 1}}]),
        "pod": lambda: chance.choice([{"kind": "P", "metadata": {"labels": {"a": text()}}}, {"spec": {"x": text()}}, {"metadata": {"name": "i"}}]),
    }
    return {name: makers[name]() for name in chance.sample(list(makers), chance.randrange(6))}


def custom(chance):
    return {"metadata": metadata(chance), **some(chance, 0.9, {"spec": custom_spec(chance)}),
            **some(chance, 0.3, {"status": {"s": chance.choice("12"), "c": {n: 1 for n in chance.sample("ab", chance.randrange(3))}}})}


def spoiled(chance, value):
    """`value` with one part that does not fit its type, or a null."""
    path, inner = [], value
    while isinstance(inner, (dict, list)) and inner and (not path or chance.random() < 0.8):
        step = chance.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        path.append((inner, step))
        inner = inner[step]
    if path:
        holder, step = path[-1]
        holder[step] = chance.choice([None, None, 7, "x", True, [], {}, ["x", "x"], {"what": 1}])
    return value


LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def writes(chance, api_versions, kind, make):
    count = chance.randrange(2, 9)
    for index in range(count):
        api_version = chance.choice(api_versions)
        body = make(chance)
        if chance.random() < 0.05:
            body = spoiled(chance, body)
        out = {"op": "apply", "manager": chance.choice(["one", "two", "three", "kubectl"]), "subresource": "", "apiVersion": api_version,
               "force": chance.random() < 0.3}
        if chance.random() < 0.15 and index:
            out["subresource"] = "status"
        if chance.random() < 0.4 or (index == 0 and chance.random() < 0.5):
            out["op"] = "update"
            out["patch"] = disturbed_patch(chance, body, api_version, kind, index)
        else:
            out["object"] = {"apiVersion": api_version, "kind": kind, **body}
            if chance.random() < 0.01:
                out["object"]["kind"] = "Other"
        yield out


def disturbed_patch(chance, body, api_version, kind, index):
    patch = body if index == 0 else {n: nulled(chance, v) for n, v in body.items()}
    if not isinstance(patch.get("metadata"), dict):
        patch["metadata"] = {"name": "n"}
    roll = chance.random()
    if index and roll < 0.05:
        patch["metadata"]["managedFields"] = chance.choice([[], [{}], [{"manager": "m", "operation": "What"}], None, [{
            "manager": "set", "operation": "Apply", "apiVersion": api_version, "fieldsType": "FieldsV1",
            "fieldsV1": {"f:spec": {"f:n": {}, "f:replicas": {}}, "f:data": {".": {}, "f:x": {}}}}]])
    elif roll < 0.3 and isinstance(body["metadata"], dict):
        applied = {"apiVersion": api_version, "kind": kind, **json.loads(json.dumps(body))}
        applied["metadata"].pop("managedFields", None)
        annotations = patch["metadata"].get("annotations")
        patch["metadata"]["annotations"] = {**(annotations if isinstance(annotations, dict) else {}), LAST_APPLIED: json.dumps(applied)}
    return patch


def nulled(chance, value):
    if not isinstance(value, dict):
        return value
    return {n: None if chance.random() < 0.12 and n != "name" else nulled(chance, v) for n, v in value.items()}


def apply_cases():
    chance = random.Random(15)
    for _ in range(1200):
        if chance.random() < 0.5:
            versions, kind, make, schema = ["g/v1", "g/v2"], "Custom", custom, {"schema": CUSTOM}
        else:
            version, kind, make = chance.choice(KINDS)
            versions, schema = [version], {}
        yield json.dumps({"apiVersion": versions[0], "kind": kind, "versions": versions, **schema,
                          "writes": list(writes(chance, versions, kind, make))})

"""Custom resource definitions and objects whose verdicts are recorded: every rule of validation at least once.

A schema case is (name, schema of spec, list of specs). A transition case is (name, schema of spec, list of (old, new)).
A definition case is (name, function that spoils a good definition). All are sent as they stand, so objects need no pruning.
"""

TEXT = {"type": "string"}
SHORT = {"type": "string", "maxLength": 63}
INT = {"type": "integer"}


def obj(**properties):
    return {"type": "object", "properties": properties}


def rule(text, **more):
    return {"rule": text, **more}


def ruled(schema, *rules):
    return {**schema, "x-kubernetes-validations": list(rules)}


INT_OR_STRING = {"x-kubernetes-int-or-string": True, "anyOf": [{"type": "integer"}, {"type": "string"}]}
FREE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}

SCHEMAS = [
    ("types", obj(s=TEXT, i=INT, n={"type": "number"}, b={"type": "boolean"}, o=obj(x=TEXT), a={"type": "array", "items": TEXT},
                  ios=INT_OR_STRING, nul={"type": "string", "nullable": True}, i32={"type": "integer", "format": "int32"},
                  i64={"type": "integer", "format": "int64"}, d={"type": "number", "format": "double"}),
     [{"s": 1}, {"s": True}, {"s": []}, {"s": {}}, {"i": "x"}, {"i": 1.5}, {"i": 2.0}, {"n": "x"}, {"n": 1}, {"b": "true"}, {"b": 0},
      {"o": "x"}, {"o": []}, {"a": "x"}, {"a": [1]}, {"a": [["x"]]}, {"ios": 1}, {"ios": "1"}, {"ios": 1.5}, {"ios": True}, {"ios": {}},
      {"nul": None}, {"nul": 1}, {"i32": 2147483648}, {"i32": -2147483649}, {"i32": 2147483647}, {"i32": "x"}, {"i32": True},
      {"i64": 1.5}, {"i64": True}, {"d": "x"}, {"d": 3}, {"s": 1, "i": "x", "b": "y"}, {"i32": 1.5}]),
    ("required", {**obj(a=TEXT, b=obj(c=TEXT)), "required": ["a"]}, [{}, {"a": ""}, {"b": {}}, {"b": {"c": 1}}]),
    ("required-deep", obj(b={**obj(c=TEXT, d=TEXT), "required": ["c", "d"]}, l={"type": "array", "items": {**obj(n=TEXT), "required": ["n"]}},
                          m={"type": "object", "additionalProperties": {**obj(n=TEXT), "required": ["n"]}}),
     [{"b": {}}, {"b": {"c": "x"}}, {"l": [{"n": "x"}, {}]}, {"m": {"k": {}}}, {"m": {"a.b": {"n": 1}}}]),
    ("enum", obj(s={"type": "string", "enum": ["a", "b\"c"]}, i={"type": "integer", "enum": [1, 2]}, n={"type": "number", "enum": [1.5, 2]},
                 z={"type": "string", "nullable": True, "enum": ["a", None]}),
     [{"s": "x"}, {"s": "a"}, {"i": 3}, {"i": 1}, {"n": 1.5}, {"n": 2}, {"n": 3}, {"s": 1}, {"z": None}, {"z": "q"}, {"s": ""}]),
    ("text", obj(p={"type": "string", "pattern": "^[a-z]+$"}, x={"type": "string", "maxLength": 3}, n={"type": "string", "minLength": 2},
                 all={"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^a"}),
     [{"p": "A"}, {"p": "abc"}, {"p": "a\n<é>\u0001"}, {"x": "abcd"}, {"x": "äöü"}, {"x": "äöüß"}, {"n": "a"}, {"n": ""}, {"all": "b"},
      {"all": "bbbbb"}, {"all": "bb"}, {"p": "x" * 200 + "1"}]),
    ("numbers", obj(x={"type": "integer", "maximum": 5}, n={"type": "integer", "minimum": 2}, ex={"type": "integer", "maximum": 5, "exclusiveMaximum": True},
                    en={"type": "integer", "minimum": 2, "exclusiveMinimum": True}, m={"type": "integer", "multipleOf": 3},
                    fx={"type": "number", "maximum": 1.5}, fn={"type": "number", "minimum": 0.5}, fm={"type": "number", "multipleOf": 0.5}),
     [{"x": 6}, {"x": 5}, {"n": 1}, {"ex": 5}, {"en": 2}, {"m": 4}, {"m": 6}, {"fx": 1.6}, {"fx": 2}, {"fn": 0.4}, {"fn": 0}, {"fm": 0.7},
      {"fm": 1.5}, {"x": "a"}, {"n": -5, "x": 100}]),
    ("arrays", obj(x={"type": "array", "items": INT, "maxItems": 2}, n={"type": "array", "items": INT, "minItems": 1}, one={"type": "array", "items": INT, "maxItems": 1}),
     [{"x": [1, 2, 3]}, {"n": []}, {"one": [1, 2]}, {"x": ["a", 2, 3]}]),
    ("maps", obj(x={"type": "object", "additionalProperties": TEXT, "maxProperties": 1}, n={"type": "object", "additionalProperties": TEXT, "minProperties": 1},
                 deep={"type": "object", "additionalProperties": {"type": "array", "items": INT}}),
     [{"x": {"a": "b", "c": "d"}}, {"n": {}}, {"x": {"a": 1}}, {"deep": {"k": ["x"]}}, {"deep": {"k/l": "x"}}]),
    ("any-of", obj(v={"type": "string", "anyOf": [{"pattern": "^a"}, {"minLength": 5}]}, o={**obj(a=TEXT, b=TEXT), "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
     [{"v": "b"}, {"v": "a"}, {"v": "bbbbb"}, {"o": {}}, {"o": {"a": "x"}}]),
    ("one-of", obj(v={"type": "string", "oneOf": [{"pattern": "^a"}, {"pattern": "b$"}]},
                   o={**obj(a=TEXT, b=TEXT), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
     [{"v": "x"}, {"v": "ab"}, {"v": "a"}, {"o": {}}, {"o": {"a": "x", "b": "y"}}, {"o": {"a": "x"}}]),
    ("all-of", obj(v={"type": "string", "allOf": [{"pattern": "^a"}, {"pattern": "b$"}]}, n={"type": "integer", "not": {"enum": [3]}}),
     [{"v": "x"}, {"v": "a"}, {"v": "ab"}, {"n": 3}, {"n": 4}]),
    ("nested-of", obj(o={**obj(kind=TEXT, size=INT), "oneOf": [
        {"properties": {"kind": {"enum": ["a"]}, "size": {"maximum": 5}}, "required": ["kind"]},
        {"properties": {"kind": {"enum": ["b"]}, "size": {"minimum": 10}}, "required": ["kind", "size"]}]}),
     [{"o": {"kind": "a", "size": 9}}, {"o": {"kind": "b"}}, {"o": {"kind": "c"}}, {"o": {}}, {"o": {"kind": "b", "size": 12}}]),
    ("formats", obj(**{name.replace("-", ""): {"type": "string", "format": name} for name in
                       ["date-time", "date", "duration", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid4", "uri", "email", "hostname", "byte", "hexcolor",
                        "rgbcolor", "creditcard", "ssn", "isbn", "isbn10", "isbn13", "bsonobjectid", "password", "k8s-short-name", "k8s-long-name", "quantity"]}),
     [{"datetime": "2026-01-02T03:04:05Z"}, {"datetime": "2026-01-02"}, {"datetime": "x"}, {"date": "2026-13-01"}, {"date": "2026-01-02"},
      {"duration": "1h"}, {"duration": "3 days"}, {"duration": "x"}, {"duration": ""}, {"ipv4": "1.2.3.4"}, {"ipv4": "1.2.3"}, {"ipv4": "::1"}, {"ipv6": "::1"}, {"ipv6": "1.2.3.4"},
      {"cidr": "10.0.0.0/8"}, {"cidr": "10.0.0.0"}, {"cidr": "10.0.0.0/33"}, {"mac": "01:02:03:04:05:06"}, {"mac": "01:02"}, {"uuid": "123e4567-e89b-12d3-a456-426614174000"},
      {"uuid": "x"}, {"uuid4": "123e4567-e89b-12d3-a456-426614174000"}, {"uri": "http://x/y"}, {"uri": "x y"}, {"uri": "/a"}, {"uri": "abc"}, {"email": "a@b.c"}, {"email": "a"},
      {"email": "A <a@b.c>"}, {"hostname": "a.example"}, {"hostname": "a_b"}, {"hostname": "-a"}, {"byte": "YQ=="}, {"byte": "x"}, {"byte": "!"}, {"hexcolor": "#fff"}, {"hexcolor": "#ff"},
      {"rgbcolor": "rgb(1,2,3)"}, {"rgbcolor": "rgb(1,2)"}, {"creditcard": "4111 1111 1111 1111"}, {"creditcard": "4111"}, {"ssn": "123-45-6789"}, {"ssn": "1"},
      {"isbn": "0321751043"}, {"isbn": "978-0321751041"}, {"isbn": "1"}, {"isbn10": "978-0321751041"}, {"isbn13": "0321751043"}, {"bsonobjectid": "507f1f77bcf86cd799439011"},
      {"bsonobjectid": "5"}, {"password": "x"}, {"k8sshortname": "a-b"}, {"k8sshortname": "A"}, {"k8sshortname": "a.b"}, {"k8slongname": "a.b"}, {"k8slongname": "_"}, {"quantity": "any"},
      {"datetime": 1}, {"datetime": ["x"]}]),
    ("list-types", obj(s={"type": "array", "x-kubernetes-list-type": "set", "items": TEXT},
                       m={"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {**obj(name=TEXT, v=INT), "required": ["name"]}},
                       two={"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
                            "items": {**obj(port=INT, protocol=TEXT), "required": ["port", "protocol"]}},
                       deep={"type": "object", "additionalProperties": {"type": "array", "x-kubernetes-list-type": "set", "items": INT}}),
     [{"s": ["a", "a"]}, {"s": ["a", "b", "a", "a", "b"]}, {"m": [{"name": "a"}, {"name": "a", "v": 1}]}, {"m": [{"name": "a"}, {"name": "b"}]},
      {"two": [{"port": 1, "protocol": "TCP"}, {"port": 1, "protocol": "UDP"}, {"port": 1, "protocol": "TCP"}]}, {"deep": {"k": [1, 1]}}]),
    ("embedded", obj(e={"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
                     l={"type": "array", "items": {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}}),
     [{"e": {}}, {"e": {"apiVersion": "v1", "kind": "Pod"}}, {"e": {"apiVersion": "", "kind": ""}}, {"e": {"apiVersion": "a/b/c", "kind": "1x"}},
      {"e": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a/b"}}}, {"e": {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a b": "c d"}}}},
      {"l": [{"kind": "X"}]}, {"e": {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "A"}}}]),
    ("rules", ruled(obj(min=INT, max=INT, name=TEXT, list={"type": "array", "maxItems": 10, "items": ruled({"type": "string", "maxLength": 20}, rule("self != 'bad'", message="not bad"))},
                        map={"type": "object", "maxProperties": 10, "additionalProperties": ruled({"type": "integer"}, rule("self > 0"))},
                        o=ruled(obj(x=INT), rule("self.x > 0", message="x must be positive", fieldPath=".x", reason="FieldValueForbidden"))),
                    rule("!has(self.min) || !has(self.max) || self.min <= self.max", messageExpression="self.min > 5 ? 'min is large' : '  max is ' + (self.max < 2 ? 'small' : 'large')"),
                    rule("!has(self.name) || self.name.startsWith('a')", message="  name must start with a  ", reason="FieldValueRequired", fieldPath=".name"),
                    rule("!has(self.name) || self.name.size() < 5", reason="FieldValueDuplicate")),
     [{"min": 2, "max": 1}, {"min": 1, "max": 2}, {"name": "b"}, {"name": "abcdef"}, {"name": "bbbbbb"}, {"list": ["ok", "bad"]}, {"map": {"a": 0, "b": 1}}, {"o": {"x": 0}},
      {"o": {}}, {"o": {"x": "s"}}, {"min": 2, "max": 1, "name": 1}]),
    ("rule-errors", ruled(obj(l={"type": "array", "items": INT, "maxItems": 5}, m={"type": "object", "additionalProperties": INT, "maxProperties": 5}, i=INT, ios=INT_OR_STRING,
                              **{"a-b": TEXT, "namespace": TEXT, "x__y": TEXT}),
                          rule("!has(self.l) || self.l[0] > 0"), rule("!has(self.m) || self.m['k'] > 0"), rule("!has(self.i) || 10 / self.i > 0"),
                          rule("!has(self.ios) || self.ios < 5"), rule("!has(self.a__dash__b) || self.a__dash__b == 'x'"),
                          rule("!has(self.__namespace__) || self.__namespace__ == 'x'"), rule("!has(self.x__underscores__y) || self.x__underscores__y == 'x'")),
     [{"l": []}, {"l": [1]}, {"m": {"j": 1}}, {"i": 0}, {"i": 1}, {"ios": 1}, {"ios": "x"}, {"ios": 7}, {"a-b": "y"}, {"namespace": "y"}, {"x__y": "y"}, {"x__y": "x"}]),
    ("rule-values", ruled(obj(when={"type": "string", "format": "date-time"}, span={"type": "string", "format": "duration", "maxLength": 20}, data={"type": "string", "format": "byte"},
                              num={"type": "number"}, nul={"type": "string", "nullable": True}, q={**INT_OR_STRING, "maxLength": 20}, text={"type": "string", "maxLength": 100},
                              set={"type": "array", "x-kubernetes-list-type": "set", "maxItems": 5, "items": {"type": "string", "maxLength": 5}}),
                          rule("!has(self.when) || self.when > timestamp('2026-01-01T00:00:00Z')"), rule("!has(self.span) || self.span <= duration('1h')"),
                          rule("!has(self.data) || self.data == b'a'"), rule("!has(self.num) || self.num < 1.5"), rule("!has(self.nul) || self.nul != ''"),
                          rule("!has(self.q) || quantity(string(self.q)).isGreaterThan(quantity('1Gi'))"),
                          rule("!has(self.text) || self.text.split(',').all(p, p.matches('^[a-z]+$'))"),
                          rule("!has(self.set) || self.set == ['b', 'a']")),
     [{"when": "2025-01-01T00:00:00Z"}, {"when": "2027-01-01T00:00:00Z"}, {"span": "2h"}, {"span": "5m"}, {"data": "YQ=="}, {"data": "Yg=="}, {"num": 1}, {"num": 2}, {"num": 1.5},
      {"nul": None}, {"nul": ""}, {"q": "2Gi"}, {"q": 5}, {"q": "bad"}, {"text": "a,b"}, {"text": "a,B"}, {"set": ["a", "b"]}, {"set": ["a", "c"]}]),
    ("all-of-rules", obj(v={"type": "string", "maxLength": 10, "x-kubernetes-validations": [rule("self != 'x'", message="no x"), rule("self != 'y'", message="no y")]}),
     [{"v": "x"}, {"v": "y"}, {"v": "z"}]),
]

# The rules of Dynamo's graphs, on the part of the schema they read.
COMPONENT = {**ruled(obj(name=SHORT, type=SHORT, replicas={"type": "integer", "minimum": 0}, minAvailable={"type": "integer", "minimum": 0},
                         eppConfig=ruled(obj(configMapRef=SHORT, config=SHORT), rule("has(self.configMapRef) != has(self.config)", message="exactly one of configMapRef or config must be specified")),
                         gms=ruled(obj(mode=SHORT, extraClientContainers={"type": "array", "maxItems": 8, "items": SHORT}, extraClientPods={"type": "array", "maxItems": 8, "items": SHORT}),
                                   rule("!has(self.extraClientContainers) || size(self.extraClientContainers) == 0 || self.mode == 'IntraPod'", message="extraClientContainers is only supported with mode=IntraPod"),
                                   rule("!has(self.extraClientPods) || size(self.extraClientPods) == 0 || self.mode == 'InterPod'", message="extraClientPods is only supported with mode=InterPod"),
                                   rule("!has(self.extraClientPods) || size(self.extraClientPods) == 0", message="extraClientPods is reserved for inter-pod GMS and is not implemented yet")),
                         kv=ruled(obj(labelKey=ruled({"type": "string", "maxLength": 317}, rule("!self.contains('/') || self.split('/')[0].size() <= 253", message="labelKey prefix must be 253 characters or less")),
                                      clusterTopologyName=SHORT, enforcement=SHORT, preferredWeight=INT),
                                  rule("(has(self.labelKey) && !has(self.clusterTopologyName)) || (!has(self.labelKey) && has(self.clusterTopologyName))", message="exactly one of labelKey or clusterTopologyName is required"),
                                  rule("!has(self.enforcement) || self.enforcement != 'preferred' || has(self.preferredWeight)", message="preferredWeight is required when enforcement is preferred"),
                                  rule("!has(self.preferredWeight) || (has(self.enforcement) && self.enforcement == 'preferred')", message="preferredWeight may only be set when enforcement is preferred")),
                         checkpoint=ruled(obj(job=FREE, checkpointRef=SHORT), rule("!has(self.job) || !has(self.checkpointRef) || size(self.checkpointRef) == 0", message="checkpoint.job cannot be set when checkpointRef is specified")),
                         annotations=ruled({"type": "object", "maxProperties": 32, "additionalProperties": {"type": "string", "maxLength": 1024}},
                                           rule('!("nvidia.com/vllm-distributed-executor-backend" in self) || self["nvidia.com/vllm-distributed-executor-backend"].lowerAscii() in ["mp", "ray"]',
                                                message="podTemplate backend annotation must be mp or ray, case-insensitively")),
                         containers={"type": "array", "maxItems": 8, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                                     "items": {**ruled(obj(name=SHORT, image=SHORT), rule('self.name == "main" || (has(self.image) && self.image != "")', message="sidecar containers must specify a non-empty image")), "required": ["name"]}},
                         initContainers={"type": "array", "maxItems": 8, "items": ruled(obj(image=SHORT), rule('has(self.image) && self.image != ""', message="init containers must specify a non-empty image"))},
                         sharedMemory=ruled(obj(disabled={"type": "boolean"}, size={**INT_OR_STRING, "maxLength": 20}),
                                            rule("(has(self.disabled) && self.disabled) || (has(self.size) && quantity(self.size).isGreaterThan(quantity('0')))", message="size is required when disabled is false")),
                         pvcs={"type": "array", "maxItems": 8, "items": ruled(obj(create={"type": "boolean"}, size={**INT_OR_STRING, "maxLength": 20}, storageClass=SHORT, volumeAccessMode=SHORT),
                               rule("!has(self.create) || self.create == false || (has(self.size) && has(self.storageClass) && has(self.volumeAccessMode))",
                                    message="When create is true, size, storageClass, and volumeAccessMode are required"))}),
                     rule("!has(self.eppConfig) || (has(self.type) && self.type == 'epp')", message="eppConfig may only be set when type is epp"),
                     rule("!has(self.minAvailable) || (has(self.replicas) && self.replicas == 0) || self.minAvailable <= (has(self.replicas) ? self.replicas : 1)",
                          message="minAvailable must be less than or equal to replicas unless replicas is 0"),
                     rule("!has(oldSelf.minAvailable) || (has(self.minAvailable) && self.minAvailable == oldSelf.minAvailable)", message="minAvailable is immutable after creation")),
             "required": ["name"]}
GRAPH = ruled(obj(restart=obj(id=SHORT), components=ruled(
    {"type": "array", "maxItems": 25, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {**COMPONENT, "properties": {**COMPONENT["properties"], "name": {"type": "string", "maxLength": 63}}}},
    rule("self.filter(c, has(c.type) && c.type == 'epp').size() <= 1", message="at most one component may have type epp"),
    rule("self.all(c1, !has(c1.name) || self.filter(c2, has(c2.name) && c2.name.lowerAscii() == c1.name.lowerAscii()).size() == 1)", message="component names must be unique case-insensitively"))),
    rule("oldSelf.hasValue() || !has(self.restart)", message="spec.restart must be unset on create; set spec.restart.id after creation to request a restart", optionalOldSelf=True))


def component(**fields):
    return {"components": [{"name": "w", **fields}]}


DYNAMO = ("dynamo", GRAPH, [
    {"restart": {"id": "1"}}, component(), {"components": [{"name": "a", "type": "epp"}, {"name": "b", "type": "epp"}]},
    {"components": [{"name": "a"}, {"name": "A"}]}, {"components": [{"name": "a"}, {"name": "a"}]}, component(eppConfig={"config": "x"}), component(type="epp", eppConfig={"config": "x"}),
    component(type="epp", eppConfig={}), component(type="epp", eppConfig={"config": "x", "configMapRef": "y"}), component(minAvailable=2), component(minAvailable=2, replicas=0),
    component(minAvailable=2, replicas=3), component(gms={"extraClientContainers": ["a"], "mode": "InterPod"}), component(gms={"extraClientContainers": ["a"]}),
    component(gms={"extraClientPods": ["a"], "mode": "IntraPod"}), component(gms={"extraClientPods": ["a"], "mode": "InterPod"}), component(gms={"extraClientPods": []}),
    component(kv={}), component(kv={"labelKey": "a/b"}), component(kv={"labelKey": "a/b", "clusterTopologyName": "c"}), component(kv={"labelKey": "x" * 254 + "/b"}),
    component(kv={"labelKey": "a", "enforcement": "preferred"}), component(kv={"labelKey": "a", "preferredWeight": 1}), component(kv={"labelKey": "a", "preferredWeight": 1, "enforcement": "preferred"}),
    component(checkpoint={"job": {}, "checkpointRef": "x"}), component(checkpoint={"job": {}, "checkpointRef": ""}), component(annotations={"nvidia.com/vllm-distributed-executor-backend": "RAY"}),
    component(annotations={"nvidia.com/vllm-distributed-executor-backend": "x"}), component(annotations={"a": "b"}), component(containers=[{"name": "main"}, {"name": "s"}]),
    component(containers=[{"name": "s", "image": ""}]), component(containers=[{"name": "s", "image": "i"}]), component(initContainers=[{}]), component(initContainers=[{"image": "i"}]),
    component(sharedMemory={}), component(sharedMemory={"disabled": True}), component(sharedMemory={"size": "1Gi"}), component(sharedMemory={"size": "0"}), component(sharedMemory={"size": 5}),
    component(sharedMemory={"size": "bad"}), component(pvcs=[{"create": True}]), component(pvcs=[{"create": True, "size": 1, "storageClass": "s", "volumeAccessMode": "m"}]), component(pvcs=[{"create": False}])])

TRANSITIONS = [
    ("immutable", ruled(obj(a=ruled({"type": "string"}, rule("self == oldSelf", message="a is immutable")), b=TEXT,
                            list={"type": "array", "maxItems": 5, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                                  "items": {**ruled(obj(name={"type": "string", "maxLength": 10}, v=INT), rule("self.v >= oldSelf.v", message="v may only grow")), "required": ["name"]}},
                            map={"type": "object", "maxProperties": 5, "additionalProperties": ruled({"type": "integer"}, rule("self >= oldSelf"))},
                            set=ruled({"type": "array", "maxItems": 5, "x-kubernetes-list-type": "set", "items": {"type": "string", "maxLength": 5}}, rule("oldSelf.all(x, x in self)", message="nothing may be removed"))),
                        rule("!has(oldSelf.b) || has(self.b)", message="b may not be removed")),
     [({"a": "x"}, {"a": "y"}), ({"a": "x"}, {"a": "x"}), ({}, {"a": "y"}), ({"a": "x"}, {}), ({"b": "x"}, {}),
      ({"list": [{"name": "a", "v": 2}, {"name": "b", "v": 2}]}, {"list": [{"name": "b", "v": 3}, {"name": "a", "v": 1}]}), ({"list": [{"name": "a", "v": 2}]}, {"list": [{"name": "c", "v": 1}]}),
      ({"map": {"x": 2}}, {"map": {"x": 1, "y": 0}}), ({"set": ["a", "b"]}, {"set": ["b"]}), ({"set": ["a", "b"]}, {"set": ["b", "a", "c"]})]),
    ("dynamo", GRAPH, [(component(minAvailable=1), component(minAvailable=2, replicas=4)), (component(minAvailable=1), component()), (component(), component(minAvailable=1)),
                       ({}, {"restart": {"id": "2"}})]),
]

# An object becomes invalid when its definition is tightened; what does not change is then let through.
LOOSE = obj(s=TEXT, t=TEXT, l={"type": "array", "items": TEXT, "maxItems": 5}, n=INT, o=obj(x=TEXT, y=TEXT))
TIGHT = obj(s={"type": "string", "maxLength": 2}, t={"type": "string", "pattern": "^a"}, l={"type": "array", "maxItems": 5, "items": {"type": "string", "pattern": "^a"}},
            n=ruled({"type": "integer"}, rule("self > 0", message="positive")), o=ruled(obj(x={"type": "string", "enum": ["a"]}, y=TEXT), rule("!has(self.y) || self.y == 'a'")))
RATCHET = ("ratchet", LOOSE, TIGHT, [
    ({"s": "long", "t": "b"}, {"s": "long", "t": "c"}), ({"s": "long", "t": "a"}, {"s": "long", "t": "ab"}), ({"s": "long"}, {"s": "longer"}), ({"l": ["b"]}, {"l": ["b"], "t": "a"}),
    ({"l": ["b"]}, {"l": ["b", "a"]}), ({"n": 0}, {"n": 0, "t": "a"}), ({"n": 0}, {"n": -1}), ({"o": {"x": "q", "y": "z"}}, {"o": {"x": "q", "y": "z"}, "t": "a"}),
    ({"o": {"x": "q", "y": "z"}}, {"o": {"x": "q", "y": "w"}})])

METADATA = [
    {"name": "M_1"}, {"name": "a" * 254}, {"name": ""}, {"name": "a.b"}, {"generateName": "M_"}, {"labels": {"a b": "c"}}, {"labels": {"a": "b c"}}, {"labels": {"a/b/c": "x"}}, {"labels": {"/x": "y"}},
    {"labels": {"A/x": "y", "x" * 64: "y"}}, {"labels": {"a": "x" * 64}}, {"labels": {"": "x"}}, {"annotations": {"a b": "c"}}, {"annotations": {"A.B/c": "ok"}},
    {"finalizers": ["a b"]}, {"finalizers": ["plain"]}, {"finalizers": ["with.dot"]}, {"finalizers": ["a.b/c"]}, {"finalizers": ["orphan", "foregroundDeletion"]},
    {"ownerReferences": [{"apiVersion": "", "kind": "", "name": "", "uid": ""}]}, {"ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "e", "uid": "1"}]},
    {"ownerReferences": [{"apiVersion": "v1", "kind": "A", "name": "a", "uid": "1", "controller": True}, {"apiVersion": "v1", "kind": "B", "name": "b", "uid": "2", "controller": True}]},
]
METADATA_UPDATES = [{"labels": {"a b": "c"}}, {"resourceVersion": None}, {"uid": "other"}, {"finalizers": ["a b"]}, {"annotations": {"a b": ""}}]

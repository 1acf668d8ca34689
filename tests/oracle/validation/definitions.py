"""CustomResourceDefinitions with one thing wrong each, and changes of good ones: their verdicts are recorded."""

import copy

GROUP = "crd.example.com"


def definition(plural="things", schema=None, kind="Thing", **version):
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{GROUP}"},
            "spec": {"group": GROUP, "scope": "Namespaced", "names": {"plural": plural, "kind": kind},
                     "versions": [{"name": "v1", "served": True, "storage": True,
                                   "schema": {"openAPIV3Schema": schema or {"type": "object", "properties": {"spec": {"type": "object"}}}}, **version}]}}


def root(spec):
    return {"type": "object", "properties": {"spec": spec}}


def spoiled(change):
    out = definition()
    change(out)
    return out


def put(path, value):
    """A change that sets the value at spec.a.0.b."""
    def change(crd):
        *steps, last = path.split(".")
        here = crd
        for step in steps:
            here = here[int(step) if step.isdigit() else step]
        here[int(last) if last.isdigit() else last] = value
    return change


V = "spec.versions.0."
TEXT = {"type": "string"}

INVALID = {
    "group-empty": put("spec.group", ""), "group-upper": put("spec.group", "A.b"), "group-one-label": put("spec.group", "local"), "name": put("metadata.name", "other.crd.example.com"),
    "scope": put("spec.scope", "Everywhere"), "scope-empty": put("spec.scope", ""), "plural": put("spec.names.plural", "Things"), "plural-empty": put("spec.names.plural", ""),
    "kind": put("spec.names.kind", "1Thing"), "kind-empty": put("spec.names.kind", ""), "list-kind-same": put("spec.names.listKind", "Thing"), "singular": put("spec.names.singular", "A_b"),
    "short-names": put("spec.names.shortNames", ["a", "B"]), "categories": put("spec.names.categories", ["all", "_"]), "no-storage": put(V + "storage", False),
    "version-name": put(V + "name", "V1"), "no-versions": put("spec.versions", []), "no-schema": put(V + "schema", None), "no-open-api-schema": put(V + "schema", {}),
    "deprecation": put(V + "deprecationWarning", "x"), "preserve": put("spec.preserveUnknownFields", True),
    "conversion": put("spec.conversion", {"strategy": "Magic"}), "webhook-empty": put("spec.conversion", {"strategy": "Webhook"}),
    "webhook-versions": put("spec.conversion", {"strategy": "Webhook", "webhook": {"conversionReviewVersions": [], "clientConfig": {"url": "https://x.example"}}}),
    "webhook-unknown": put("spec.conversion", {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v7"], "clientConfig": {"url": "https://x.example"}}}),
    "webhook-both": put("spec.conversion", {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://x.example", "service": {"name": "a", "namespace": "b"}}}}),
    "none-with-webhook": put("spec.conversion", {"strategy": "None", "webhook": {"conversionReviewVersions": ["v1"]}}),
    "column-empty": put(V + "additionalPrinterColumns", [{"name": "", "type": "", "jsonPath": ""}]),
    "column-type": put(V + "additionalPrinterColumns", [{"name": "A", "type": "text", "format": "odd", "jsonPath": "spec.x"}]),
    "scale-empty": put(V + "subresources", {"scale": {"specReplicasPath": "", "statusReplicasPath": ""}}),
    "scale-paths": put(V + "subresources", {"scale": {"specReplicasPath": ".status.x", "statusReplicasPath": "spec.x", "labelSelectorPath": ".x.y"}}),
    "api-approved": lambda crd: (put("spec.group", "x.k8s.io")(crd), put("metadata.name", "things.x.k8s.io")(crd)),
    "selectable": lambda crd: (put(V + "schema.openAPIV3Schema", root({"type": "object", "properties": {"a": TEXT, "o": {"type": "object"}}}))(crd),
                               put(V + "selectableFields", [{"jsonPath": ""}, {"jsonPath": ".spec.nope"}, {"jsonPath": ".spec.o"}, {"jsonPath": ".spec.a"}, {"jsonPath": ".spec.a"}, {"jsonPath": "spec.a"}])(crd)),
    "status-root": lambda crd: (put(V + "subresources", {"status": {}})(crd), put(V + "schema.openAPIV3Schema.maxProperties", 4)(crd)),
}

# The schema of spec.
INVALID_SCHEMAS = {
    "no-type": {}, "unknown-type": {"type": "text"}, "null-type": {"type": "null"}, "property-no-type": {"type": "object", "properties": {"a": {}}}, "array-no-items": {"type": "array"},
    "item-no-type": {"type": "array", "items": {}}, "both-properties": {"type": "object", "properties": {"a": TEXT}, "additionalProperties": TEXT},
    "unique-items": {"type": "array", "items": TEXT, "uniqueItems": True}, "ref": {"type": "object", "$ref": "#/x"}, "pattern-properties": {"type": "object", "patternProperties": {"a": TEXT}},
    "definitions": {"type": "object", "definitions": {"a": TEXT}}, "id": {"type": "object", "id": "x"}, "bad-pattern": {"type": "string", "pattern": "("},
    "nested-type": {"type": "object", "properties": {"a": TEXT}, "anyOf": [{"type": "object", "properties": {"a": {"type": "string", "description": "x", "default": "y", "nullable": True}}}]},
    "nested-unknown": {"type": "object", "properties": {"a": TEXT}, "allOf": [{"properties": {"b": {"minLength": 1}}}]}, "nested-items": {"type": "object", "oneOf": [{"items": {"minLength": 1}}]},
    "nested-extensions": {"type": "object", "properties": {"a": TEXT}, "not": {"properties": {"a": {"x-kubernetes-preserve-unknown-fields": True, "x-kubernetes-int-or-string": True, "x-kubernetes-list-type": "set"}}}},
    "nested-metadata": {"type": "object", "properties": {"metadata": {"type": "object"}}, "anyOf": [{"properties": {"metadata": {"minProperties": 1}}}]},
    "preserve-false": {"type": "object", "x-kubernetes-preserve-unknown-fields": False}, "int-or-string-preserve": {"x-kubernetes-int-or-string": True, "x-kubernetes-preserve-unknown-fields": True},
    "int-or-string-type": {"type": "integer", "x-kubernetes-int-or-string": True}, "embedded-no-type": {"x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
    "embedded-string": {"type": "string", "x-kubernetes-embedded-resource": True}, "embedded-empty": {"type": "object", "x-kubernetes-embedded-resource": True},
    "embedded-kind": {"type": "object", "x-kubernetes-embedded-resource": True, "properties": {"kind": {"type": "integer"}, "apiVersion": {"type": "object"}, "metadata": TEXT}},
    "map-type": {"type": "object", "x-kubernetes-map-type": "odd"}, "map-type-array": {"type": "array", "items": TEXT, "x-kubernetes-map-type": "atomic"},
    "list-type-object": {"type": "object", "x-kubernetes-list-type": "set"}, "list-type-odd": {"type": "array", "items": TEXT, "x-kubernetes-list-type": "odd"},
    "set-of-objects": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "object"}}, "set-of-sets": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"}},
    "set-nullable": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string", "nullable": True}}, "map-no-keys": {"type": "array", "x-kubernetes-list-type": "map", "items": {"type": "object"}},
    "map-of-text": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"], "items": TEXT}, "keys-no-type": {"type": "array", "x-kubernetes-list-map-keys": ["a"], "items": {"type": "object"}},
    "keys-set": {"type": "array", "x-kubernetes-list-type": "set", "x-kubernetes-list-map-keys": ["a"], "items": TEXT},
    "map-keys": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "b", "c", "c"],
                 "items": {"type": "object", "properties": {"a": {"type": "object"}, "c": {"type": "string", "nullable": True}}}},
    "default-type": {"type": "object", "properties": {"a": {"type": "string", "default": 1}}}, "default-unknown": {"type": "object", "default": {"x": 1}}, "default-pattern": {"type": "string", "pattern": "^a", "default": "b"},
    "default-in-items": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "integer", "default": "x"}}}}, "default-required": {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": TEXT}, "required": ["b"], "default": {}}}},
    "rule-empty": {"type": "object", "x-kubernetes-validations": [{"rule": " "}]}, "rule-message": {"type": "object", "x-kubernetes-validations": [{"rule": "true", "message": " "}, {"rule": "true", "message": "a\nb"}, {"rule": "true\n|| true"}]},
    "rule-reason": {"type": "object", "x-kubernetes-validations": [{"rule": "true", "reason": "Odd"}]}, "rule-field-path": {"type": "object", "properties": {"a": TEXT}, "x-kubernetes-validations": [{"rule": "true", "fieldPath": ".b"}, {"rule": "true", "fieldPath": " "}]},
    "rule-message-expression": {"type": "object", "x-kubernetes-validations": [{"rule": "true", "messageExpression": " "}]}, "rule-old-self": {"type": "object", "x-kubernetes-validations": [{"rule": "true", "optionalOldSelf": True}]},
    "rule-uncorrelatable": {"type": "array", "maxItems": 3, "items": {"type": "string", "maxLength": 5, "x-kubernetes-validations": [{"rule": "self == oldSelf"}]}},
    "rule-undefined": {"type": "object", "properties": {"a": TEXT, "o": {"type": "object", "properties": {"x": TEXT}}}, "x-kubernetes-validations": [{"rule": "self.b == 'x'"}, {"rule": "self.a == 'x' && has(self.o.y)", "message": "m"}]},
    "rule-undefined-in-list": {"type": "array", "maxItems": 3, "items": {"type": "object", "properties": {"a": {"type": "string", "maxLength": 5}}}, "x-kubernetes-validations": [{"rule": "self.all(c, has(c.a) && self.exists(d, d.z == c.a))"}]},
    "rule-undefined-metadata": {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True, "x-kubernetes-validations": [{"rule": "self.metadata.name != '' && self.spec != null"}]},
    "additional-default": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string", "default": 1}}}},
}

# The whole schema.
INVALID_ROOTS = {
    "root-array": {"type": "array", "items": TEXT}, "root-no-type": {"properties": {"spec": {"type": "object"}}}, "root-nullable": {"type": "object", "nullable": True},
    "root-additional": {"type": "object", "additionalProperties": TEXT}, "root-metadata": {"type": "object", "properties": {"metadata": {"type": "object", "properties": {"labels": {"type": "object"}}}}},
    "root-metadata-name": {"type": "object", "properties": {"metadata": {"type": "object", "properties": {"name": {"type": "string", "maxLength": 5}}}}}, "root-kind": {"type": "object", "properties": {"kind": {"type": "integer"}}},
    "root-default": {"type": "object", "properties": {"kind": {"type": "string", "default": "x"}}},
}


def two_versions():
    out = definition()
    out["spec"]["versions"].append({**copy.deepcopy(out["spec"]["versions"][0]), "name": "v2", "storage": False})
    return out


def creations():
    for name, change in INVALID.items():
        yield name, spoiled(change)
    for name, schema in INVALID_SCHEMAS.items():
        yield "schema-" + name, definition(schema=root(schema))
    for name, schema in INVALID_ROOTS.items():
        yield name, definition(schema=schema)
    for name, change in {"two-storage": put("spec.versions.1.storage", True), "two-same-name": put("spec.versions.1.name", "v1"),
                         "second-schema": put("spec.versions.1.schema.openAPIV3Schema", root({"type": "array"})),
                         "second-columns": put("spec.versions.1.additionalPrinterColumns", [{"name": "A", "type": "odd", "jsonPath": ".x"}]),
                         "second-no-schema": put("spec.versions.1.schema", None)}.items():
        crd = two_versions()
        change(crd)
        yield name, crd
    both = two_versions()
    for version in both["spec"]["versions"]:
        version["schema"]["openAPIV3Schema"] = root({})
    yield "both-same-fault", both
    yield "formats-warning", definition(schema=root({"type": "object", "properties": {"a": {"type": "string", "format": "odd"}, "b": {"type": "integer", "format": "int16"}}}))


def changes():
    """(name, good definition, change)"""
    for name, change in {"plural": put("spec.names.plural", "others"), "group": put("spec.group", "other.example.com"), "kind": put("spec.names.kind", "Other"), "scope": put("spec.scope", "Cluster"),
                         "drop-stored": put("spec.versions.0.name", "v9"), "preserve": put("spec.preserveUnknownFields", True), "bad-schema": put("spec.versions.0.schema.openAPIV3Schema", root({})),
                         "short-names": put("spec.names.shortNames", ["ok"]), "labels": put("metadata.labels", {"a b": "c"})}.items():
        yield name, definition(), change

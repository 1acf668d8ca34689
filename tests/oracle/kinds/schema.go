package main

import (
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
	runtimeschema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

var converter = applyconfigurations.NewTypeConverter(scheme.Scheme)

// The schema that server-side apply uses for a kind: "apps/v1 Deployment"; nil when it has none.
func typedOf(name string) *typed.TypedValue {
	var apiVersion, kind string
	for i := range name {
		if name[i] == ' ' {
			apiVersion, kind = name[:i], name[i+1:]
		}
	}
	gvk := runtimeschema.FromAPIVersionAndKind(apiVersion, kind)
	object, err := scheme.Scheme.New(gvk)
	if err != nil {
		return nil
	}
	object.GetObjectKind().SetGroupVersionKind(gvk)
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil || content["metadata"] == nil || reflect.TypeOf(content["metadata"]).Kind() != reflect.Map {
		return nil
	}
	value, err := converter.ObjectToTyped(object)
	if err != nil {
		return nil
	}
	return value
}

func appliedType(name string) string {
	if typedOf(name) == nil {
		return ""
	}
	return name
}

const depthMax = 14 // as ../kinds_driver.cc

// applied prints the schema in the form of ../kinds_driver.cc.
func applied(name string) string {
	value := typedOf(name)
	if value == nil {
		return "error: no such kind"
	}
	return encoded(describe(value.Schema(), value.TypeRef(), 0))
}

func describe(all *schema.Schema, ref schema.TypeRef, depth int) map[string]any {
	atom, found := all.Resolve(ref)
	switch {
	case !found:
		return map[string]any{"type": "missing"}
	case atom.Scalar != nil && (atom.Map != nil || atom.List != nil):
		return map[string]any{"type": "any"}
	case atom.Scalar != nil:
		return map[string]any{"type": "scalar"}
	case atom.List != nil:
		return describeList(all, atom.List, depth)
	case atom.Map != nil && len(atom.Map.Fields) == 0 && describe(all, atom.Map.ElementType, depthMax)["type"] == "any":
		return map[string]any{"type": "any"}
	}
	out := map[string]any{"type": "object"}
	if atom.Map.ElementRelationship == schema.Atomic {
		out["atomic"] = true
	}
	if depth == depthMax {
		return out
	}
	fields := map[string]any{}
	for _, field := range atom.Map.Fields {
		described := describe(all, field.Type, depth+1)
		// An empty map says no more than that the field is a struct.
		if field.Default != nil && reflect.TypeOf(field.Default).Kind() != reflect.Map {
			described["default"] = field.Default
		}
		fields[field.Name] = described
	}
	if len(fields) > 0 {
		out["fields"] = fields
	} else if atom.Map.ElementType != (schema.TypeRef{}) {
		out["values"] = describe(all, atom.Map.ElementType, depth+1)
	}
	return out
}

func describeList(all *schema.Schema, list *schema.List, depth int) map[string]any {
	out := map[string]any{"type": "list", "list": "atomic", "keys": []string{}}
	if list.ElementRelationship == schema.Associative {
		out["list"] = "set"
	}
	if len(list.Keys) > 0 {
		out["list"], out["keys"] = "map", list.Keys
	}
	if depth < depthMax {
		out["items"] = describe(all, list.ElementType, depth+1)
	}
	return out
}

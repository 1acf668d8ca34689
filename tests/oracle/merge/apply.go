package main

import (
	"encoding/json"
	"fmt"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Objects are unstructured in all versions, and versions differ by their name alone.
type plain struct{}

func (plain) Convert(_, _, _ any) error { return fmt.Errorf("not used") }
func (plain) ConvertToVersion(in runtime.Object, target runtime.GroupVersioner) (runtime.Object, error) {
	gvk, _ := target.KindForGroupVersionKinds([]schema.GroupVersionKind{in.GetObjectKind().GroupVersionKind()})
	if version, ok := target.(schema.GroupVersion); ok {
		gvk = version.WithKind(in.GetObjectKind().GroupVersionKind().Kind)
	}
	out := in.DeepCopyObject()
	out.GetObjectKind().SetGroupVersionKind(gvk)
	return out, nil
}
func (plain) ConvertFieldLabel(_ schema.GroupVersionKind, _, _ string) (string, string, error) {
	return "", "", fmt.Errorf("not used")
}
func (plain) Default(runtime.Object) {}
func (plain) New(gvk schema.GroupVersionKind) (runtime.Object, error) {
	out := &unstructured.Unstructured{}
	out.SetGroupVersionKind(gvk)
	return out, nil
}

var builtin = applyconfigurations.NewTypeConverter(scheme.Scheme)

// What the cases use of metadata.
const objectMeta = `{"type":"object","properties":{
	"name":{"type":"string"},"namespace":{"type":"string"},"uid":{"type":"string"},"generation":{"type":"integer"},
	"resourceVersion":{"type":"string"},
	"labels":{"type":"object","additionalProperties":{"type":"string"}},
	"annotations":{"type":"object","additionalProperties":{"type":"string"}},
	"finalizers":{"type":"array","items":{"type":"string"},"x-kubernetes-list-type":"set"},
	"managedFields":{"type":"array","items":{"type":"object"},"x-kubernetes-list-type":"atomic"}}}`

const objectMetaName = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

// A custom resource's schema as its server publishes it: metadata is added at the root and in embedded resources.
func addMetadata(node map[string]any, isRoot bool) {
	for _, key := range []string{"properties"} {
		fields, _ := node[key].(map[string]any)
		for _, field := range fields {
			addMetadata(field.(map[string]any), false)
		}
	}
	for _, key := range []string{"items", "additionalProperties"} {
		if inner, ok := node[key].(map[string]any); ok {
			addMetadata(inner, false)
		}
	}
	if !isRoot && node["x-kubernetes-embedded-resource"] != true {
		return
	}
	fields, _ := node["properties"].(map[string]any)
	if fields == nil {
		fields = map[string]any{}
		node["properties"] = fields
	}
	text := map[string]any{"type": "string"}
	fields["apiVersion"], fields["kind"] = text, text
	fields["metadata"] = map[string]any{"$ref": "#/definitions/" + objectMetaName}
}

func customConverter(custom map[string]any, versions []string) (managedfields.TypeConverter, error) {
	addMetadata(custom, true)
	models := map[string]*spec.Schema{objectMetaName: {}}
	if err := json.Unmarshal([]byte(objectMeta), models[objectMetaName]); err != nil {
		return nil, err
	}
	text, err := json.Marshal(custom)
	if err != nil {
		return nil, err
	}
	for _, version := range versions {
		model := &spec.Schema{}
		if err := json.Unmarshal(text, model); err != nil {
			return nil, err
		}
		group, short, _ := strings.Cut(version, "/")
		model.AddExtension("x-kubernetes-group-version-kind",
			[]any{map[string]any{"group": group, "version": short, "kind": "Custom"}})
		models["custom."+short] = model
	}
	return managedfields.NewTypeConverter(models, false)
}

type write struct {
	Op          string          `json:"op"`
	Manager     string          `json:"manager"`
	Subresource string          `json:"subresource"`
	APIVersion  string          `json:"apiVersion"`
	Force       bool            `json:"force"`
	Object      map[string]any  `json:"object"` // of an apply
	Patch       json.RawMessage `json:"patch"`  // of an update: a merge patch of the live object
}

type sequence struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Versions   []string       `json:"versions"`
	Schema     map[string]any `json:"schema"` // of a custom resource
	Writes     []write        `json:"writes"`
}

func manager(input *sequence, converter managedfields.TypeConverter, w write) (*managedfields.FieldManager, error) {
	gvk := schema.FromAPIVersionAndKind(w.APIVersion, input.Kind)
	reset := fieldpath.NewSet(fieldpath.MakePathOrDie("status"))
	if w.Subresource != "" {
		reset = fieldpath.NewSet(fieldpath.MakePathOrDie("spec"), fieldpath.MakePathOrDie("metadata", "labels"))
	}
	filters := map[fieldpath.APIVersion]fieldpath.Filter{}
	for _, version := range input.Versions {
		filters[fieldpath.APIVersion(version)] = fieldpath.NewExcludeSetFilter(reset)
	}
	create := managedfields.NewDefaultFieldManager
	if input.Schema != nil {
		create = managedfields.NewDefaultCRDFieldManager
	}
	return create(converter, plain{}, plain{}, plain{}, gvk, gvk.GroupVersion(), w.Subresource, filters)
}

// apply makes one write and returns the new object.
func (w write) apply(fields *managedfields.FieldManager, live *unstructured.Unstructured) (runtime.Object, error) {
	if w.Op == "apply" {
		return fields.Apply(live, &unstructured.Unstructured{Object: w.Object}, w.Manager, w.Force)
	}
	text, err := json.Marshal(live.Object)
	if err != nil {
		return nil, err
	}
	if text, err = jsonpatch.MergePatch(text, w.Patch); err != nil {
		return nil, err
	}
	next := &unstructured.Unstructured{Object: map[string]any{}}
	decoded(string(text), &next.Object)
	return fields.UpdateNoErrors(live, next, w.Manager), nil
}

// applySequence makes writes one after another and answers with the object and error after each.
func applySequence(line string) string {
	var input sequence
	decoded(line, &input)
	converter := managedfields.TypeConverter(builtin)
	if input.Schema != nil {
		var err error
		if converter, err = customConverter(input.Schema, input.Versions); err != nil {
			return failed(err)
		}
	}
	live := &unstructured.Unstructured{}
	live.SetAPIVersion(input.APIVersion)
	live.SetKind(input.Kind)
	answers := []any{}
	for _, w := range input.Writes {
		fields, err := manager(&input, converter, w)
		if err != nil {
			return failed(err)
		}
		current := live.DeepCopy()
		current.SetAPIVersion(w.APIVersion)
		out, err := w.apply(fields, current)
		if err != nil {
			answers = append(answers, "error: "+err.Error())
			continue
		}
		live = out.(*unstructured.Unstructured)
		live.SetUID("u")
		answers = append(answers, live.DeepCopy().Object)
	}
	return encoded(answers)
}

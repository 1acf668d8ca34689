package main

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	admissionv1beta1 "k8s.io/api/admission/v1beta1"
	discoveryv2 "k8s.io/api/apidiscovery/v2"
	discoveryv2beta1 "k8s.io/api/apidiscovery/v2beta1"
	imagepolicy "k8s.io/api/imagepolicy/v1alpha1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// goType is one Go type, pointers removed.
type goType struct {
	index    int
	name     string  // as Go's decoder prints it: "v1.Container", "[]string"
	shape    string  // without the k: "Message", "List", "Quantity", ...
	element  *goType // of a List, WrappedList or Map
	fields   []goField
	atomic   bool   // of a Message: x-kubernetes-map-type
	openapi  string // of a Message: the name of its definition
	inlining []*goType
}

type goField struct {
	name      string // in JSON; "" when inlined without one
	number    int    // in protobuf; 0: none
	kind      *goType
	pointer   bool
	omitEmpty bool
	omitZero  bool
	inline    bool
	facts     facts
}

type goKind struct {
	apiVersion, kind string
	message          *goType
}

type typeTable struct {
	definitions map[string]definition
	byType      map[reflect.Type]*goType
	types       []*goType
	kinds       []goKind
}

// What is more than its Go fields: its JSON is made by a method.
var special = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":                                             "Time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":                                        "MicroTime",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":                                         "RawObject",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":                                         "Quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":                                       "IntOrString",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":                                          "RawObject",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON":                         "Raw",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool":        "SchemaOrBool",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray":       "SchemaOrArray",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray": "SchemaOrStrings",
}

var scalars = map[reflect.Kind]string{
	reflect.Bool: "Bool", reflect.Int32: "Int32", reflect.Int: "Int64", reflect.Int64: "Int64", reflect.Uint32: "Uint32",
	reflect.Float64: "Double", reflect.String: "String", reflect.Uint16: "Uint32",
}

// Parameters of requests, known in every group: they are in the table once.
func isOptions(kind string) bool {
	switch kind {
	case "CreateOptions", "DeleteOptions", "GetOptions", "ListOptions", "PatchOptions", "UpdateOptions":
		return true
	}
	return false
}

func readTypes(definitions map[string]definition) *typeTable {
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme, admissionv1.AddToScheme,
		admissionv1beta1.AddToScheme, discoveryv2.AddToScheme, discoveryv2beta1.AddToScheme, imagepolicy.AddToScheme,
	} {
		check(add(known))
	}
	table := &typeTable{definitions: definitions, byType: map[reflect.Type]*goType{}}
	found := map[string]reflect.Type{}
	for gvk, t := range known.AllKnownTypes() {
		apiVersion := gvk.GroupVersion().String()
		if gvk.Version == "__internal" || gvk.Kind == "WatchEvent" || (isOptions(gvk.Kind) && apiVersion != "v1") {
			continue
		}
		found[apiVersion+" "+gvk.Kind] = t
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		apiVersion, kind, _ := strings.Cut(name, " ")
		table.kinds = append(table.kinds, goKind{apiVersion, kind, table.add(found[name])})
	}
	table.addFacts()
	return table
}

func (table *typeTable) add(t reflect.Type) *goType {
	if t.Kind() == reflect.Pointer {
		return table.add(t.Elem())
	}
	if known := table.byType[t]; known != nil {
		return known
	}
	made := &goType{index: len(table.types), name: t.String()}
	table.byType[t] = made
	table.types = append(table.types, made)
	switch full := t.PkgPath() + "." + t.Name(); {
	case special[full] != "":
		made.shape = special[full]
		if strings.HasPrefix(made.shape, "SchemaOr") {
			made.element = table.add(reflect.TypeFor[apiextensions.JSONSchemaProps]())
		}
	case scalars[t.Kind()] != "":
		made.shape = scalars[t.Kind()]
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		made.shape = "Bytes"
	case t.Kind() == reflect.Slice:
		made.shape = "List"
		if t.Name() != "" { // protobuf has a message of its own around it, unless the field says otherwise
			made.shape = "WrappedList"
		}
		made.element = table.add(t.Elem())
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		made.shape, made.element = "Map", table.add(t.Elem())
	case t.Kind() == reflect.Struct:
		made.shape, made.openapi = "Message", definitionName(t)
		made.fields = table.fieldsOf(t)
	default:
		check(fmt.Errorf("%s: no shape for this Go type", t))
	}
	return made
}

func (table *typeTable) fieldsOf(t reflect.Type) []goField {
	var fields []goField
	for i := range t.NumField() {
		f := t.Field(i)
		words := strings.Split(f.Tag.Get("json"), ",")
		if words[0] == "-" || !f.IsExported() {
			continue
		}
		field := goField{name: words[0], kind: table.add(f.Type), pointer: f.Type.Kind() == reflect.Pointer}
		for _, word := range words[1:] {
			field.omitEmpty = field.omitEmpty || word == "omitempty"
			field.omitZero = field.omitZero || word == "omitzero"
			field.inline = field.inline || word == "inline"
		}
		field.inline = field.inline || (field.name == "" && f.Anonymous)
		if wire := strings.Split(f.Tag.Get("protobuf"), ","); len(wire) > 2 {
			number, err := strconv.Atoi(wire[1])
			check(err)
			field.number = number
			if wire[2] == "rep" && field.kind.shape == "WrappedList" {
				field.kind = table.add(reflect.SliceOf(f.Type.Elem()))
			}
		}
		if field.name == "" && !field.inline {
			check(fmt.Errorf("%s.%s: no JSON name", t, f.Name))
		}
		fields = append(fields, field)
	}
	return fields
}

// "k8s.io/api/core/v1".Pod is io.k8s.api.core.v1.Pod.
func definitionName(t reflect.Type) string {
	host, rest, _ := strings.Cut(t.PkgPath(), "/")
	labels := strings.Split(host, ".")
	for i, j := 0, len(labels)-1; i < j; i, j = i+1, j-1 {
		labels[i], labels[j] = labels[j], labels[i]
	}
	return strings.Join(labels, ".") + "." + strings.ReplaceAll(rest, "/", ".") + "." + t.Name()
}

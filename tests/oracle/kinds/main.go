// What Kubernetes' own packages make of built-in kinds: the oracle of ../kinds.py. It answers each line of standard
// input with one line, as ../kinds_driver.cc does.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/kubernetes/scheme"
	kjson "sigs.k8s.io/json"
)

func failed(err error) string { return "error: " + strings.ReplaceAll(err.Error(), "\n", " ") }

func encoded(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return failed(err)
	}
	return string(text)
}

// canonical decodes an object strictly, as the API server does, and encodes it again.
func canonical(line string) string {
	var meta struct{ APIVersion, Kind string }
	_ = json.Unmarshal([]byte(line), &meta)
	group, version, found := strings.Cut(meta.APIVersion, "/")
	if !found {
		group, version = "", meta.APIVersion
	}
	known := runtime.NewScheme()
	_ = scheme.AddToScheme(known)
	_ = apiextensionsv1.AddToScheme(known)
	for gvk := range known.AllKnownTypes() {
		if gvk.Group != group || gvk.Version != version || gvk.Kind != meta.Kind {
			continue
		}
		object, err := known.New(gvk)
		if err != nil {
			return failed(err)
		}
		strict, err := kjson.UnmarshalStrict([]byte(line), object, kjson.DisallowUnknownFields)
		if err != nil {
			return failed(err)
		}
		unknown := []string{}
		for _, problem := range strict {
			unknown = append(unknown, problem.(kjson.FieldError).FieldPath())
		}
		return encoded(map[string]any{"object": object, "unknown": unknown})
	}
	return "error: no such kind"
}

const valueMax = 9e15

func quantities(line string) string {
	one, other, _ := strings.Cut(line, "\t")
	a, err := resource.ParseQuantity(one)
	if err != nil {
		return failed(err)
	}
	b, err := resource.ParseQuantity(other)
	if err != nil {
		return failed(err)
	}
	sum, difference := a.DeepCopy(), a.DeepCopy()
	sum.Add(b)
	difference.Sub(b)
	// Where int64 overflows, and below zero, Go's rounding goes astray: no value is compared there.
	values := "- -"
	if a.Sign() >= 0 && a.CmpInt64(valueMax) <= 0 {
		values = fmt.Sprint(a.Value(), a.MilliValue())
	}
	return fmt.Sprintf("%s %s %s %d %s %s", a.String(), b.String(), values, a.Cmp(b), sum.String(), difference.String())
}

// structural prunes an object by a CRD's schema, then drops nulls and applies defaults.
func structural(line string) string {
	var input struct {
		Schema apiextensionsv1.JSONSchemaProps
		Object json.RawMessage
	}
	if err := json.Unmarshal([]byte(line), &input); err != nil {
		return failed(err)
	}
	var internal apiextensions.JSONSchemaProps
	if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(&input.Schema, &internal, nil); err != nil {
		return failed(err)
	}
	schema, err := structuralschema.NewStructural(&internal)
	if err != nil {
		return failed(err)
	}
	var object map[string]any
	if err := utiljson.Unmarshal(input.Object, &object); err != nil {
		return failed(err)
	}
	paths := pruning.PruneWithOptions(object, schema, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	pruned := runtime.DeepCopyJSON(object)
	defaulting.PruneNonNullableNullsWithoutDefaults(object, schema)
	defaulting.Default(object, schema)
	if paths == nil {
		paths = []string{}
	}
	return encoded(map[string]any{"paths": paths, "pruned": pruned, "defaulted": object})
}

func printKinds() {
	var names []string
	for gvk := range scheme.Scheme.AllKnownTypes() {
		if name := gvk.GroupVersion().String() + " " + gvk.Kind; appliedType(name) != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	fmt.Println(strings.Join(names, "\n"))
}

func main() {
	modes := map[string]func(string) string{
		"canonical": canonical, "quantities": quantities, "structural": structural, "schema": applied,
	}
	if os.Args[1] == "kinds" {
		printKinds()
		return
	}
	answer := modes[os.Args[1]]
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		fmt.Fprintln(out, answer(lines.Text()))
	}
}

// What Kubernetes' own packages make of patches, JSONPath templates and applies: the oracle of ../merge.py. It answers
// each line of standard input with one line, as ../merge_driver.cc does.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/util/jsonpath"
	kjson "sigs.k8s.io/json"
)

// The limit of kube-apiserver.
const copySizeMax = 3 * 1024 * 1024

func failed(err error) string { return "error: " + strings.ReplaceAll(err.Error(), "\n", "|") }

func encoded(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return failed(err)
	}
	return string(text)
}

func decoded(line string, into any) {
	if err := kjson.UnmarshalCaseSensitivePreserveInts([]byte(line), into); err != nil {
		panic(err)
	}
}

type documents struct {
	Target json.RawMessage `json:"target"`
	Patch  json.RawMessage `json:"patch"`
}

func mergePatch(line string) string {
	var input documents
	decoded(line, &input)
	out, err := jsonpatch.MergePatch(input.Target, input.Patch)
	if err != nil {
		return failed(err)
	}
	return string(out)
}

// As jsonPatchOp of kube-apiserver, in its package: the name is in the texts of errors.
type jsonPatchOp struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	From  string `json:"from"`
	Value any    `json:"value"`
}

func jsonPatch(line string) string {
	var input documents
	decoded(line, &input)
	var typed []jsonPatchOp
	strict, err := kjson.UnmarshalStrict(input.Patch, &typed)
	if err != nil {
		return strings.ReplaceAll(failed(fmt.Errorf("error decoding patch: %v", err)), "main.", "handlers.")
	}
	patch, err := jsonpatch.DecodePatch(input.Patch)
	if err != nil {
		return failed(err)
	}
	out, err := patch.Apply(input.Target)
	if err != nil {
		return strings.TrimSuffix(failed(err), ": %!w(<nil>)")
	}
	var unknown []string
	for _, problem := range strict {
		unknown = append(unknown, problem.(kjson.FieldError).FieldPath())
	}
	return encoded(map[string]any{"document": json.RawMessage(out), "unknown": unknown})
}

func strategicPatch(line string) string {
	var input struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Target     map[string]any `json:"target"`
		Patch      map[string]any `json:"patch"`
	}
	decoded(line, &input)
	object, err := scheme.Scheme.New(schema.FromAPIVersionAndKind(input.APIVersion, input.Kind))
	if err != nil {
		return failed(err)
	}
	out, err := strategicpatch.StrategicMergeMapPatch(input.Target, input.Patch, object)
	if err != nil {
		return failed(err)
	}
	return encoded(out)
}

// Each found value as it is printed, part by part of the template.
func jsonPath(line string) string {
	var input struct {
		Path   string `json:"path"`
		Allow  bool   `json:"allow"`
		Object any    `json:"object"`
	}
	decoded(line, &input)
	path := jsonpath.New("").AllowMissingKeys(input.Allow)
	if err := path.Parse(input.Path); err != nil {
		return failed(err)
	}
	groups, err := path.FindResults(input.Object)
	if err != nil {
		// Numbers of a template have another type there than those of an object.
		return strings.Replace(failed(err), "error: int is", "error: int64 is", 1)
	}
	texts := [][]string{}
	for _, group := range groups {
		printed := []string{}
		for _, value := range group {
			var out bytes.Buffer
			if err := path.PrintResults(&out, []reflect.Value{value}); err != nil {
				return failed(err)
			}
			printed = append(printed, out.String())
		}
		texts = append(texts, printed)
	}
	return encoded(texts)
}

// What panics in Kubernetes is any error here.
func guarded(answer func(string) string, line string) (out string) {
	defer func() {
		if problem := recover(); problem != nil {
			out = "panic: " + strings.ReplaceAll(fmt.Sprint(problem), "\n", "|")
		}
	}()
	return answer(line)
}

func main() {
	jsonpatch.AccumulatedCopySizeLimit = copySizeMax
	modes := map[string]func(string) string{
		"merge": mergePatch, "json": jsonPatch, "strategic": strategicPatch, "jsonpath": jsonPath, "apply": applySequence,
	}
	answer := modes[os.Args[1]]
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		fmt.Fprintln(out, guarded(answer, lines.Text()))
	}
}

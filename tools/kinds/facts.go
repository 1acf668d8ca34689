package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// definition is one of components.schemas: as it stands, and the part the table needs.
type definition struct {
	text       json.RawMessage
	Required   []string `json:"required"`
	Properties map[string]struct {
		Default       json.RawMessage `json:"default"`
		ListType      string          `json:"x-kubernetes-list-type"`
		ListMapKeys   []string        `json:"x-kubernetes-list-map-keys"`
		MapType       string          `json:"x-kubernetes-map-type"`
		PatchStrategy string          `json:"x-kubernetes-patch-strategy"`
		PatchMergeKey string          `json:"x-kubernetes-patch-merge-key"`
	} `json:"properties"`
	MapType string `json:"x-kubernetes-map-type"`
}

// facts are what a field's definition says beyond its Go type.
type facts struct {
	required, merge, retainKeys, replace, atomicMap, granularMap bool
	listType                                                     string // "Atomic", "Set", "Map"
	listMapKeys                                                  []string
	mergeKey                                                     string
	defaultValue                                                 string // JSON; "" for none
}

// readDefinitions gathers the definitions of all documents; one name means one definition, but for DeleteOptions and
// WatchEvent, whose lists of group-version-kinds differ.
func readDefinitions(folder string) map[string]definition {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	check(err)
	slices.Sort(files)
	definitions := map[string]definition{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		var document struct {
			Components struct {
				Schemas map[string]json.RawMessage `json:"schemas"`
			} `json:"components"`
		}
		check(json.Unmarshal(text, &document))
		for name, schema := range document.Components.Schemas {
			if _, known := definitions[name]; known {
				continue
			}
			read := definition{text: schema}
			if !strings.HasSuffix(name, ".JSONSchemaProps") { // whose property names look like keywords
				check(json.Unmarshal(schema, &read))
			}
			definitions[name] = read
		}
	}
	return definitions
}

// addFacts gives every field the facts of its definition. An inlined struct often has none of its own: then those of a
// struct that inlines it hold.
func (table *typeTable) addFacts() {
	inliners := map[*goType][]*goType{}
	for _, t := range table.types {
		for _, f := range t.fields {
			if f.inline {
				inliners[f.kind] = append(inliners[f.kind], t)
			}
		}
	}
	for _, t := range table.types {
		described, known := table.describe(t, inliners)
		if !known {
			continue
		}
		if own, exists := table.definitions[t.openapi]; exists {
			t.atomic = own.MapType == "atomic"
		}
		for i := range t.fields {
			t.fields[i].facts = factsOf(described, t.fields[i].name)
		}
	}
}

func (table *typeTable) describe(t *goType, inliners map[*goType][]*goType) (definition, bool) {
	if described, known := table.definitions[t.openapi]; known {
		return described, true
	}
	for _, outer := range inliners[t] {
		if described, known := table.describe(outer, inliners); known {
			return described, true
		}
	}
	return definition{}, false
}

func factsOf(described definition, name string) facts {
	found := facts{required: slices.Contains(described.Required, name)}
	property, known := described.Properties[name]
	if !known {
		return found
	}
	strategies := strings.Split(property.PatchStrategy, ",")
	found.merge = slices.Contains(strategies, "merge")
	found.retainKeys = slices.Contains(strategies, "retainKeys")
	found.replace = slices.Contains(strategies, "replace")
	found.mergeKey = property.PatchMergeKey
	found.atomicMap = property.MapType == "atomic"
	found.granularMap = property.MapType == "granular" // though its type may be atomic
	found.listType, found.listMapKeys = listTypeOf(property.ListType, property.ListMapKeys, found)
	// An empty object says no more than that the field is a struct.
	if text := string(property.Default); text != "{}" {
		found.defaultValue = text
	}
	return found
}

// listTypeOf is how Kubernetes' server-side apply reads a list that gives a patch strategy alone.
func listTypeOf(declared string, keys []string, found facts) (string, []string) {
	switch {
	case declared == "map":
		return "Map", keys
	case declared == "set":
		return "Set", nil
	case declared == "" && found.merge && found.mergeKey != "":
		return "Map", []string{found.mergeKey}
	case declared == "" && found.merge:
		return "Set", nil
	}
	return "Atomic", nil
}

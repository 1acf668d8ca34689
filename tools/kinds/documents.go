package main

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
)

var reference = regexp.MustCompile(`"#/components/schemas/([^"]+)"`)

// packDefinitions makes the text "<name>\t<schema>\n" of every definition that a kind served needs, by name, and
// deflates it. Documents of a group and version are put together from it when they are asked for.
func packDefinitions(definitions map[string]definition, types *typeTable, resources []resource) []byte {
	needed := map[string]bool{}
	for _, name := range rootDefinitions(types, resources) {
		reach(name, definitions, needed)
	}
	names := make([]string, 0, len(needed))
	for name := range needed {
		names = append(names, name)
	}
	sort.Strings(names)

	var text bytes.Buffer
	for _, name := range names {
		var compact bytes.Buffer
		check(json.Compact(&compact, definitions[name].text))
		fmt.Fprintf(&text, "%s\t%s\n", name, compact.Bytes())
	}
	var packed bytes.Buffer
	deflater, err := zlib.NewWriterLevel(&packed, zlib.BestCompression)
	check(err)
	_, err = deflater.Write(text.Bytes())
	check(err)
	check(deflater.Close())
	return packed.Bytes()
}

// The kinds of resources and subresources, their lists, and what every document speaks of.
func rootDefinitions(types *typeTable, resources []resource) []string {
	wanted := map[string]bool{"v1 DeleteOptions": true, "v1 Status": true, "v1 APIResourceList": true, "v1 WatchEvent": true}
	for _, r := range resources {
		wanted[groupVersion(r.Group, r.Version)+" "+r.Kind] = true
		wanted[groupVersion(r.Group, r.Version)+" "+r.Kind+"List"] = true
		for _, sub := range r.subresources {
			wanted[groupVersion(sub.Group, sub.Version)+" "+sub.Kind] = true
		}
	}
	names := []string{"io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "io.k8s.apimachinery.pkg.apis.meta.v1.Patch"}
	for _, kind := range types.kinds {
		if wanted[kind.apiVersion+" "+kind.kind] {
			names = append(names, kind.message.openapi)
		}
	}
	return names
}

func reach(name string, definitions map[string]definition, reached map[string]bool) {
	definition, known := definitions[name]
	if !known || reached[name] { // options of connections have no definition
		return
	}
	reached[name] = true
	for _, match := range reference.FindAllSubmatch(definition.text, -1) {
		reach(string(match[1]), definitions, reached)
	}
}

func groupVersion(group, version string) string {
	if group == "" {
		return version
	}
	return group + "/" + version
}

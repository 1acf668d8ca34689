package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// resource is a resource or a subresource as discovery lists it; Group and Version are of its kind, and are only
// written where they differ from those of the list.
type resource struct {
	Name         string
	SingularName string
	Kind         string
	Group        string
	Version      string
	Namespaced   bool
	ShortNames   []string
	Categories   []string
	Verbs        []string
	subresources []resource
}

func readJSON(file string, into any) {
	text, err := os.ReadFile(file)
	check(err)
	check(json.Unmarshal(text, into))
}

// readResources takes the resources served out of the discovery documents: groups as the server ranks them, core
// first, the preferred version of a group first.
func readResources(folder string) []resource {
	var list struct {
		Groups []struct {
			Versions []struct{ GroupVersion string }
		}
	}
	readJSON(filepath.Join(folder, "apis.json"), &list)
	found := readVersion(filepath.Join(folder, "api__v1.json"), "v1")
	for _, group := range list.Groups {
		for _, version := range group.Versions {
			name := "apis__" + strings.ReplaceAll(version.GroupVersion, "/", "__") + ".json"
			found = append(found, readVersion(filepath.Join(folder, name), version.GroupVersion)...)
		}
	}
	count := 0
	for _, plurals := range served {
		count += len(plurals)
	}
	if len(found) != count {
		check(fmt.Errorf("%d resources are served, but %d of them were found", count, len(found)))
	}
	return found
}

// The documents list a resource before its subresources.
func readVersion(file, groupVersion string) []resource {
	var list struct{ Resources []resource }
	readJSON(file, &list)
	group, version, cut := strings.Cut(groupVersion, "/")
	if !cut {
		group, version = "", groupVersion
	}
	var found []resource
	for _, r := range list.Resources {
		plural, sub, isSub := strings.Cut(r.Name, "/")
		if !slices.Contains(served[groupVersion], plural) || dropped[r.Name] {
			continue
		}
		if r.Version == "" {
			r.Group, r.Version = group, version
		}
		if !isSub {
			found = append(found, r)
			continue
		}
		owner := &found[len(found)-1]
		r.Name = sub
		owner.subresources = append(owner.subresources, r)
	}
	return found
}

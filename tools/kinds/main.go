// kinds writes dynamod's table of built-in kinds from Kubernetes' own Go types, discovery documents and OpenAPI
// documents. See README.md.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// The release whose documents are read; go.mod has the same of its libraries.
const kubernetesVersion = "v1.36.3"

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "kinds:", err)
		os.Exit(1)
	}
}

// kubernetesFolder is where the module cache keeps k8s.io/kubernetes. It is downloaded, never required: its go.mod
// names versions that only exist in its own repository.
func kubernetesFolder() string {
	out, err := exec.Command("go", "mod", "download", "-json", "k8s.io/kubernetes@"+kubernetesVersion).Output()
	check(err)
	var module struct{ Dir string }
	check(json.Unmarshal(out, &module))
	return module.Dir
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kinds FOLDER")
		os.Exit(2)
	}
	write := func(name string, content []byte) {
		check(os.WriteFile(filepath.Join(os.Args[1], name), content, 0o644))
	}

	api := filepath.Join(kubernetesFolder(), "api")
	definitions := readDefinitions(filepath.Join(api, "openapi-spec", "v3"))
	resources := readResources(filepath.Join(api, "discovery"))
	types := readTypes(definitions)

	write("table_data.cc", renderTable(types))
	write("resource_data.cc", renderResources(resources))
	write("openapi.bin", packDefinitions(definitions, types, resources))
}

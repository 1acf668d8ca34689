// What Kubernetes' own packages make of YAML documents and numbers: the oracle of ../compare.py. It prints one line for
// each case, in order, as ../driver.cc does.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// Between documents on standard input: no YAML holds this line.
const separator = "\x1e\n"

func convert(document string, how func([]byte) ([]byte, error)) string {
	out, err := how([]byte(document))
	if err != nil {
		return "error"
	}
	return string(out)
}

// The forms of one number: in JSON, and as a YAML key.
func forms(text string) string {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "error"
	}
	out, err := json.Marshal(value)
	if err != nil {
		return "error"
	}
	key := convert(text+": 0", yaml.YAMLToJSON)
	return string(out) + " " + key
}

func main() {
	input, err := io.ReadAll(bufio.NewReader(os.Stdin))
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, item := range strings.Split(string(input), separator) {
		switch os.Args[1] {
		case "strict":
			fmt.Fprintln(out, convert(item, yaml.YAMLToJSONStrict))
		case "lenient":
			fmt.Fprintln(out, convert(item, yaml.YAMLToJSON))
		case "numbers":
			fmt.Fprintln(out, forms(strings.TrimSpace(item)))
		}
	}
}

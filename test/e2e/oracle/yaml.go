package main

import (
	"encoding/json"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	jsonutil "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/yaml"
)

type yamlQuestion struct {
	Text string `json:"text"`
}

type yamlAnswer struct {
	Documents []any  `json:"documents"`
	Error     string `json:"error,omitempty"`
}

// askYAML reads a text as kubectl does (k8s.io/cli-runtime/pkg/resource, StreamVisitor): its documents, up to the first
// that is broken. Empty ones are left out.
func askYAML(line []byte) any {
	var question yamlQuestion
	if err := json.Unmarshal(line, &question); err != nil {
		return yamlAnswer{Error: err.Error()}
	}
	answer := yamlAnswer{Documents: []any{}}
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(question.Text), 4096)
	for {
		raw := runtime.RawExtension{}
		if err := decoder.Decode(&raw); err != nil {
			if err != io.EOF {
				answer.Error = err.Error()
			}
			return answer
		}
		if len(raw.Raw) == 0 || string(raw.Raw) == "null" {
			continue
		}
		var document any
		if err := jsonutil.Unmarshal(raw.Raw, &document); err != nil {
			answer.Error = err.Error()
			return answer
		}
		answer.Documents = append(answer.Documents, document)
	}
}

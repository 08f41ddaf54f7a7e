// Kubernetes' own code, asked one question a line: the tests compare casemate's answers with these.
//
// Each subcommand reads JSON lines from stdin and prints one JSON line for each.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

var questions = map[string]func(line []byte) any{
	"cel":  askCEL,
	"psa":  askPodSecurity,
	"yaml": askYAML,
}

func main() {
	if len(os.Args) != 2 || questions[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: oracle cel|psa|yaml < questions.jsonl > answers.jsonl")
		os.Exit(2)
	}
	ask := questions[os.Args[1]]
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			if failed := encoder.Encode(ask(line)); failed != nil {
				fmt.Fprintln(os.Stderr, failed)
				os.Exit(1)
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

//go:build tools

// Package tools keeps the commands that the tests build in go.mod.
package tools

import _ "github.com/bitnami-labs/sealed-secrets/cmd/kubeseal"

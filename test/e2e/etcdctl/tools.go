//go:build tools

// Package tools keeps the command that the tests build in go.mod.
package tools

import _ "go.etcd.io/etcd/etcdctl/v3"

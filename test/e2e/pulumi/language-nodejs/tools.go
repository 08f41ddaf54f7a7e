//go:build tools

// Package tools pins Pulumi's language host for Node.js: v3.68.0 is the last version of the module that contains it.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"

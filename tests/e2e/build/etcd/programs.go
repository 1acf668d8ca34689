//go:build programs

// Package programs names what this module exists to build, so that its go.sum covers it.
package programs

import _ "go.etcd.io/etcd/server/v3"

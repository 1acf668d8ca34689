//go:build programs

// Package programs names what this module exists to build, so that its go.sum covers it.
package programs

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager"
)

package main

// served lists the resources of the embedded API server by group and version, "" being core.
var served = map[string][]string{
	"v1": {
		"bindings", "configmaps", "endpoints", "events", "limitranges", "namespaces", "nodes",
		"persistentvolumeclaims", "persistentvolumes", "pods", "podtemplates", "replicationcontrollers",
		"resourcequotas", "secrets", "serviceaccounts", "services",
	},
	"admissionregistration.k8s.io/v1": {"mutatingwebhookconfigurations", "validatingwebhookconfigurations"},
	"apiextensions.k8s.io/v1":         {"customresourcedefinitions"},
	"apiregistration.k8s.io/v1":       {"apiservices"},
	"apps/v1":                         {"controllerrevisions", "daemonsets", "deployments", "replicasets", "statefulsets"},
	"authentication.k8s.io/v1":        {"selfsubjectreviews", "tokenreviews"},
	"authorization.k8s.io/v1": {
		"localsubjectaccessreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews",
	},
	"autoscaling/v1":               {"horizontalpodautoscalers"},
	"autoscaling/v2":               {"horizontalpodautoscalers"},
	"batch/v1":                     {"cronjobs", "jobs"},
	"certificates.k8s.io/v1":       {"certificatesigningrequests"},
	"coordination.k8s.io/v1":       {"leases"},
	"discovery.k8s.io/v1":          {"endpointslices"},
	"events.k8s.io/v1":             {"events"},
	"networking.k8s.io/v1":         {"ingressclasses", "ingresses", "networkpolicies"},
	"policy/v1":                    {"poddisruptionbudgets"},
	"rbac.authorization.k8s.io/v1": {"clusterrolebindings", "clusterroles", "rolebindings", "roles"},
	"scheduling.k8s.io/v1":         {"priorityclasses"},
	"storage.k8s.io/v1":            {"storageclasses"},
}

// dropped lists subresources that make no sense on one machine.
var dropped = map[string]bool{"nodes/proxy": true, "pods/proxy": true, "services/proxy": true, "pods/resize": true}

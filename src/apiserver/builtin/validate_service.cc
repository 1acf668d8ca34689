// Validation of services, endpoints, ingresses and network policies.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/validate_kinds.h"

namespace dynamod::apiserver {

namespace {

using Names = std::set<std::string, std::less<>>;

void check_service_port(const json::object& port, bool needs_name, Names& names,
                        const Place& place) {
  const auto name = text_in(port, "name");
  if (name.empty()) {
    if (needs_name) place.child("name").required();
  } else {
    place.child("name").names(name, dns1123_label_errors(name));
    if (!names.emplace(name).second) place.child("name").duplicate(std::string(name));
  }
  check_port(integer_in(port, "port"), place.child("port"));
  if (text_in(port, "protocol").empty()) place.child("protocol").required();
  check_one_of(port, "protocol", place, {"SCTP", "TCP", "UDP"});
  const json::value* const target = value_in(port, "targetPort");
  check_port_or_name(target == nullptr ? json::value(0) : *target, place.child("targetPort"));
}

// The same port and protocol twice.
void check_same_ports(const json::object& spec, const Place& place) {
  Names seen;
  each(spec, "ports", place, [&](const json::object& port, const Place& at) {
    const auto protocol = text_in(port, "protocol");
    const auto number = integer_in(port, "port");
    if (seen.insert(fmt::format("{}/{}", protocol, number)).second) return;
    at.duplicate(json::value());
    // Kubernetes prints the type it holds, without what does not count here.
    at.problems.back().value = fmt::format(
        R"({{"Name":"","Protocol":"{}","AppProtocol":null,"Port":{},"TargetPort":0,"NodePort":0}})",
        protocol, number);
  });
}

void check_external_name(const json::object& spec, const Place& place) {
  const auto ip = text_in(spec, "clusterIP");
  if (!ip.empty()) place.child("clusterIPs").forbidden("may not be set for ExternalName services");
  const auto name = text_in(spec, "externalName");
  if (name.empty()) return place.child("externalName").required();
  std::string_view without_dot = name;
  if (without_dot.ends_with('.')) without_dot.remove_suffix(1);
  place.child("externalName").names(name, dns1123_subdomain_errors(without_dot));
}

void check_address_kept(const Checked& checked) {
  const json::object& before = object_in(*checked.old, "spec");
  const json::object& spec = checked.spec();
  const auto kept = text_in(before, "clusterIP");
  const bool freed =
      text_in(spec, "type") == "ExternalName" || text_in(before, "type") == "ExternalName";
  if (freed || kept.empty() || text_in(spec, "clusterIP") == kept) return;
  const json::value* const ips = value_in(spec, "clusterIPs");
  checked.place("spec.clusterIPs[0]")
      .invalid(ips == nullptr ? json::value(json::array()) : *ips, "may not change once set");
}

void check_backend(const json::object& backend, const Place& place) {
  const bool service = !lacks(backend, "service");
  const bool resource = !lacks(backend, "resource");
  if (service && resource)
    return place.invalid("", "cannot set both resource and service backends");
  if (resource || !service) return;
  const json::object& target = object_in(backend, "service");
  const auto name = text_in(target, "name");
  const Place at = place.child("service");
  if (name.empty())
    at.child("name").required();
  else
    at.child("name").names(name, dns1035_label_errors(name));
  const json::object& port = object_in(target, "port");
  const bool by_name = !text_in(port, "name").empty();
  const auto number = integer_in(port, "number");
  if (by_name && number != 0) return place.invalid("", "cannot set both port name & port number");
  if (by_name) return check_port_name(text_in(port, "name"), at.child("port").child("name"));
  if (number == 0) return place.required("port name or number is required");
  check_port(number, at.child("port").child("number"));
}

void check_ingress_path(const json::object& path, const Place& place) {
  if (lacks(path, "pathType"))
    return place.child("pathType").required("pathType must be specified");
  const auto type = text_in(path, "pathType");
  const auto text = text_in(path, "path");
  if (type == "Exact" || type == "Prefix") {
    if (!text.starts_with('/'))
      place.child("path").invalid(std::string(text), "must be an absolute path");
  } else if (type == "ImplementationSpecific") {
    if (!text.empty() && !text.starts_with('/'))
      place.child("path").invalid(std::string(text), "must be an absolute path");
  } else {
    return place.child("pathType")
        .unsupported(std::string(type), {"Exact", "ImplementationSpecific", "Prefix"});
  }
  check_backend(object_in(path, "backend"), place.child("backend"));
}

void check_policy_port(const json::object& port, const Place& place) {
  check_one_of(port, "protocol", place, {"SCTP", "TCP", "UDP"});
  if (const json::value* const number = value_in(port, "port"))
    check_port_or_name(*number, place.child("port"));
}

void check_peer(const json::object& peer, const Place& place) {
  if (peer.empty()) return place.required("must specify a peer");
  if (!lacks(peer, "ipBlock") && (!lacks(peer, "podSelector") || !lacks(peer, "namespaceSelector")))
    place.forbidden("may not specify both ipBlock and another peer");
  check_selector(object_in(peer, "podSelector"), place.child("podSelector"));
  check_selector(object_in(peer, "namespaceSelector"), place.child("namespaceSelector"));
}

}  // namespace

void check_service(const Checked& checked) {
  const json::object& spec = checked.spec();
  const Place place = checked.place();
  const auto type = text_in(spec, "type");
  if (checked.old != nullptr) check_address_kept(checked);
  const bool headless = text_in(spec, "clusterIP") == "None";
  const json::array& ports = array_in(spec, "ports");
  if (ports.empty() && !headless && type != "ExternalName") place.child("ports").required();
  if (type == "ExternalName") check_external_name(spec, place);
  if (type == "LoadBalancer" && headless)
    place.child("clusterIPs[0]")
        .invalid("None", "may not be set to 'None' for LoadBalancer services");
  if (type == "NodePort" && headless)
    place.child("clusterIPs[0]").invalid("None", "may not be set to 'None' for NodePort services");
  Names names;
  each(spec, "ports", place, [&](const json::object& port, const Place& at) {
    check_service_port(port, ports.size() > 1, names, at);
  });
  check_same_ports(spec, place);
  check_labels(object_in(spec, "selector"), place.child("selector"));
  check_one_of(spec, "sessionAffinity", place, {"ClientIP", "None"});
  check_one_of(spec, "type", place, {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"});
  check_one_of(spec, "externalTrafficPolicy", place, {"Cluster", "Local"});
  check_one_of(spec, "internalTrafficPolicy", place, {"Cluster", "Local"});
}

void check_endpoints(const Checked& checked) {
  each(checked.object, "subsets", checked.top(), [](const json::object& subset, const Place& at) {
    if (array_in(subset, "addresses").empty() && array_in(subset, "notReadyAddresses").empty())
      at.required("must specify `addresses` or `notReadyAddresses`");
    for (const std::string_view list : {"addresses", "notReadyAddresses"})
      each(subset, list, at, [](const json::object& address, const Place& place) {
        check_given(address, "ip", place);
      });
    const bool needs_name = array_in(subset, "ports").size() > 1;
    each(subset, "ports", at, [&](const json::object& port, const Place& place) {
      const auto name = text_in(port, "name");
      if (name.empty() && needs_name) place.child("name").required();
      if (!name.empty()) place.child("name").names(name, dns1123_label_errors(name));
      check_port(integer_in(port, "port"), place.child("port"));
      check_one_of(port, "protocol", place, {"SCTP", "TCP", "UDP"});
    });
  });
}

void check_endpoint_slice(const Checked& checked) {
  const json::object& object = checked.object;
  const Place top = checked.top();
  if (checked.old != nullptr) check_immutable(object, *checked.old, "addressType", top);
  if (check_given(object, "addressType", top))
    check_one_of(object, "addressType", top, {"FQDN", "IPv4", "IPv6"});
  if (checked.old != nullptr && !checked.problems.empty()) return;
  each(object, "endpoints", top, [](const json::object& endpoint, const Place& at) {
    if (array_in(endpoint, "addresses").empty())
      at.child("addresses").required("must contain at least 1 address");
  });
  Names names;
  each(object, "ports", top, [&](const json::object& port, const Place& at) {
    const auto name = text_in(port, "name");
    if (!name.empty()) at.child("name").names(name, dns1123_label_errors(name));
    if (!names.emplace(name).second) at.child("name").duplicate(std::string(name));
    check_one_of(port, "protocol", at, {"SCTP", "TCP", "UDP"});
  });
}

void check_ingress(const Checked& checked) {
  const json::object& spec = checked.spec();
  const Place place = checked.place();
  if (array_in(spec, "rules").empty() && lacks(spec, "defaultBackend"))
    place.invalid(json::value(), "either `defaultBackend` or `rules` must be specified");
  if (!lacks(spec, "defaultBackend"))
    check_backend(object_in(spec, "defaultBackend"), place.child("defaultBackend"));
  each(spec, "rules", place, [](const json::object& rule, const Place& at) {
    const auto host = text_in(rule, "host");
    const auto plain = host.starts_with("*.") ? host.substr(2) : host;
    if (!host.empty()) at.child("host").names(host, dns1123_subdomain_errors(plain));
    if (lacks(rule, "http")) return;
    const json::object& http = object_in(rule, "http");
    if (array_in(http, "paths").empty()) at.child("http").child("paths").required();
    each(http, "paths", at.child("http"), check_ingress_path);
  });
}

void check_network_policy(const Checked& checked) {
  const json::object& spec = checked.spec();
  const Place place = checked.place();
  check_selector(object_in(spec, "podSelector"), place.child("podSelector"));
  each(spec, "ingress", place, [](const json::object& rule, const Place& at) {
    each(rule, "ports", at, check_policy_port);
    each(rule, "from", at, check_peer);
  });
  each(spec, "egress", place, [](const json::object& rule, const Place& at) {
    each(rule, "ports", at, check_policy_port);
    each(rule, "to", at, check_peer);
  });
}

}  // namespace dynamod::apiserver

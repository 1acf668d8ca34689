// Rows of services, endpoints, ingresses and network policies.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/builtin/edit.h"
#include "apiserver/builtin/print.h"
#include "apiserver/builtin/print_kinds.h"

namespace dynamod::apiserver {

namespace {

constexpr std::size_t kListShown = 3;

// "a,b,c + 2 more...".
std::string cut_list(const std::vector<std::string>& list, std::size_t count,
                     std::string_view empty) {
  const std::size_t shown = std::min(list.size(), kListShown);
  std::string out =
      fmt::format("{}", fmt::join(list.begin(), list.begin() + static_cast<long>(shown), ","));
  if (count > kListShown) return fmt::format("{} + {} more...", out, count - kListShown);
  return text_or(out, empty);
}

// Addresses of a load balancer, each once, sorted.
std::string ingress_addresses(const json::object& object) {
  std::set<std::string> addresses;
  for_each_object(object_at(object, "status.loadBalancer"), "ingress",
                  [&](const json::object& ingress) {
                    const auto ip = text_in(ingress, "ip");
                    const auto host = text_in(ingress, "hostname");
                    if (const auto shown = ip.empty() ? host : ip; !shown.empty())
                      addresses.emplace(shown);
                  });
  return fmt::format("{}", fmt::join(addresses, ","));
}

std::string external_address(const json::object& service) {
  const json::object& spec = object_in(service, "spec");
  const auto type = text_in(spec, "type");
  const std::string given = fmt::format("{}", fmt::join(texts_in(spec, "externalIPs"), ","));
  if (type == "ClusterIP" || type == "NodePort") return text_or(given, "<none>");
  if (type == "ExternalName") return std::string(text_in(spec, "externalName"));
  if (type != "LoadBalancer") return "<unknown>";
  const std::string balanced = ingress_addresses(service);
  if (given.empty()) return text_or(balanced, "<pending>");
  return balanced.empty() ? given : balanced + "," + given;
}

std::string ports_text(const json::object& spec) {
  std::vector<std::string> ports;
  for_each_object(spec, "ports", [&](const json::object& port) {
    const auto number = integer_in(port, "port");
    const auto protocol = text_in(port, "protocol");
    const auto node = integer_in(port, "nodePort");
    ports.push_back(node > 0 ? fmt::format("{}:{}/{}", number, node, protocol)
                             : fmt::format("{}/{}", number, protocol));
  });
  return text_or(fmt::format("{}", fmt::join(ports, ",")), "<none>");
}

std::string hosts_text(const json::array& rules) {
  std::vector<std::string> hosts;
  bool more = false;
  for (const json::value& rule : rules) {
    if (hosts.size() == kListShown) more = true;
    const json::object* const object = rule.if_object();
    const auto host = object == nullptr ? std::string_view() : text_in(*object, "host");
    if (!more && !host.empty()) hosts.emplace_back(host);
  }
  if (hosts.empty()) return "*";
  std::string out = fmt::format("{}", fmt::join(hosts, ","));
  return more ? fmt::format("{} + {} more...", out, rules.size() - kListShown) : out;
}

std::string host_port(std::string_view ip, std::int64_t port) {
  const bool v6 = ip.find(':') != std::string_view::npos;
  return v6 ? fmt::format("[{}]:{}", ip, port) : fmt::format("{}:{}", ip, port);
}

void add_subset(std::vector<std::string>& list, const json::object& subset) {
  const auto add = [&](const json::object* port) {
    for_each_object(subset, "addresses", [&](const json::object& address) {
      const auto ip = text_in(address, "ip");
      list.push_back(port == nullptr ? std::string(ip) : host_port(ip, integer_in(*port, "port")));
    });
  };
  if (array_in(subset, "ports").empty()) add(nullptr);
  for_each_object(subset, "ports", [&](const json::object& port) { add(&port); });
}

std::string slice_port(const json::object& port) {
  if (!lacks(port, "port")) return std::to_string(integer_in(port, "port"));
  return lacks(port, "name") ? "*" : std::string(text_in(port, "name"));
}

}  // namespace

json::array print_service(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  const std::vector<std::string> ips = texts_in(spec, "clusterIPs");
  return {text_at(object, "metadata.name"),
          text_in(spec, "type"),
          ips.empty() ? "<none>" : ips.front(),
          external_address(object),
          ports_text(spec),
          object_age(object, now),
          labels_text(object_in(spec, "selector"))};
}

json::array print_ingress(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  return {text_at(object, "metadata.name"),
          text_or(text_in(spec, "ingressClassName"), "<none>"),
          hosts_text(array_in(spec, "rules")),
          ingress_addresses(object),
          array_in(spec, "tls").empty() ? "80" : "80, 443",
          object_age(object, now)};
}

json::array print_ingress_class(const json::object& object, WallTime now) {
  const json::object& spec = object_in(object, "spec");
  const json::object& parameters = object_in(spec, "parameters");
  std::string name(text_at(object, "metadata.name"));
  constexpr std::string_view kDefault = "ingressclass.kubernetes.io/is-default-class";
  if (text_in(object_at(object, "metadata.annotations"), kDefault) == "true") name += " (default)";
  std::string shown = "<none>";
  if (!parameters.empty()) {
    shown = text_in(parameters, "kind");
    if (const auto group = text_in(parameters, "apiGroup"); !group.empty())
      shown.append(".").append(group);
    shown.append("/").append(text_in(parameters, "name"));
  }
  return {name, text_in(spec, "controller"), shown, object_age(object, now)};
}

json::array print_network_policy(const json::object& object, WallTime now) {
  return {text_at(object, "metadata.name"), selector_text(object_at(object, "spec.podSelector")),
          object_age(object, now)};
}

json::array print_endpoints(const json::object& object, WallTime now) {
  std::vector<std::string> list;
  for_each_object(object, "subsets", [&](const json::object& subset) { add_subset(list, subset); });
  const std::string shown =
      array_in(object, "subsets").empty() ? "<none>" : cut_list(list, list.size(), "");
  return {text_at(object, "metadata.name"), shown, object_age(object, now)};
}

json::array print_endpoint_slice(const json::object& object, WallTime now) {
  std::vector<std::string> ports;
  for_each_object(object, "ports",
                  [&](const json::object& port) { ports.push_back(slice_port(port)); });
  std::vector<std::string> addresses;
  for_each_object(object, "endpoints", [&](const json::object& endpoint) {
    for (auto& address : texts_in(endpoint, "addresses")) addresses.push_back(std::move(address));
  });
  return {text_at(object, "metadata.name"), text_in(object, "addressType"),
          cut_list(ports, ports.size(), "<unset>"),
          cut_list(addresses, addresses.size(), "<unset>"), object_age(object, now)};
}

}  // namespace dynamod::apiserver

// Services: cluster IPs and node ports, which are given out so that no two services have the same.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "apiserver/builtin/address_range.h"
#include "apiserver/builtin/builtin_strategy.h"
#include "apiserver/builtin/check.h"
#include "apiserver/builtin/edit.h"

namespace dynamod::apiserver {

namespace {

const Collection kServices = "services";
// Stored beside the selectable fields, so that no object need be read to know what is taken.
constexpr std::string_view kNodePorts = "nodePorts";
constexpr std::string_view kClusterIp = "spec.clusterIP";

bool is_external(const json::object& spec) {
  return text_in(spec, "type") == "ExternalName";
}

bool takes_outside_traffic(const json::object& spec) {
  const auto type = text_in(spec, "type");
  return type == "NodePort" || type == "LoadBalancer" || !array_in(spec, "externalIPs").empty();
}

bool wants_address(const json::object& spec) {
  return !is_external(spec) && text_in(spec, "clusterIP") != "None";
}

bool wants_node_ports(const json::object& spec) {
  const auto type = text_in(spec, "type");
  if (type == "NodePort") return true;
  const json::value* const allocate = value_in(spec, "allocateLoadBalancerNodePorts");
  return type == "LoadBalancer" && (allocate == nullptr || *allocate != json::value(false));
}

kube::ObjectKey key_of_service(const json::object& object) {
  return {std::string(text_at(object, "metadata.namespace")),
          std::string(text_at(object, "metadata.name"))};
}

// "30080,30443".
std::string node_ports_text(const json::object& service) {
  std::string out;
  for_each_object(object_in(service, "spec"), "ports", [&](const json::object& port) {
    const auto number = integer_in(port, "nodePort");
    if (number != 0) out += fmt::format("{}{}", out.empty() ? "" : ",", number);
  });
  return out;
}

// Who has which address and port: what is durable, and what this strategy gave out since then. A
// prepared write is decided in the same step or not at all, so the store can always be asked.
class Taken {
 public:
  Taken(const Store& store, std::set<kube::ObjectKey>& recent) {
    for (const ObjectPtr& object : store.list(kServices, "")) add(*object);
    for (auto it = recent.begin(); it != recent.end();) {
      const ObjectPtr decided = store.decided(kServices, *it);
      const bool settled = decided == nullptr || decided->revision <= store.revision();
      if (!settled) add(*decided);
      it = settled ? recent.erase(it) : std::next(it);
    }
  }

  [[nodiscard]] bool has_address(const std::string& address, const kube::ObjectKey& asking) const {
    const auto found = addresses_.find(address);
    return found != addresses_.end() && found->second != asking;
  }

  [[nodiscard]] bool has_port(const std::string& port, const kube::ObjectKey& asking) const {
    const auto found = ports_.find(port);
    return found != ports_.end() && found->second != asking;
  }

 private:
  void add(const StoredObject& object) {
    for (const auto& [name, value] : object.fields) {
      if (name == kClusterIp && !value.empty() && value != "None")
        addresses_.insert_or_assign(value, object.key);
      if (name != kNodePorts) continue;
      for (std::size_t at = 0; at < value.size();) {
        const auto comma = std::min(value.find(',', at), value.size());
        ports_.insert_or_assign(value.substr(at, comma - at), object.key);
        at = comma + 1;
      }
    }
  }

  std::map<std::string, kube::ObjectKey> addresses_;
  std::map<std::string, kube::ObjectKey> ports_;
};

void set_families(json::object& spec) {
  // Who fills the endpoints of a headless service by himself may do so in both families.
  const bool both = text_in(spec, "clusterIP") == "None" && object_in(spec, "selector").empty();
  set_default(spec, "ipFamilies", both ? json::array{"IPv4", "IPv6"} : json::array{"IPv4"});
  set_default(spec, "ipFamilyPolicy", both ? "RequireDualStack" : "SingleStack");
}

void set_address(json::object& spec, std::string_view address) {
  spec["clusterIP"] = json::string(address);
  spec["clusterIPs"] = json::array{json::string(address)};
  set_families(spec);
}

class ServiceStrategy final : public BuiltinStrategy {
 public:
  ServiceStrategy(const BuiltinServices& services, AddressRange range)
      : BuiltinStrategy("Service"), store_(services.store), rng_(services.rng), range_(range) {}

  Result<> prepare_create(json::object& object, const WriteContext& context) const override {
    CHECK_OK(BuiltinStrategy::prepare_create(object, context));
    return allocate(object);
  }

  Result<> prepare_update(json::object& object, const json::object& old,
                          const WriteContext& context) const override {
    CHECK_OK(BuiltinStrategy::prepare_update(object, old, context));
    if (!context.subresource.empty()) return {};
    json::object& spec = make_object(object, "spec");
    keep_allocated(spec, object_in(old, "spec"));
    return allocate(object);
  }

  // Addresses and ports come last, as Kubernetes takes them only for a service that is right.
  kube::Verdict validate_create(const json::object& object,
                                const WriteContext& context) const override {
    kube::Verdict verdict = BuiltinStrategy::validate_create(object, context);
    if (verdict.ok()) verdict.problems = allocation_problems(object);
    return verdict;
  }

  kube::Verdict validate_update(const json::object& object, const json::object& old,
                                const WriteContext& context) const override {
    kube::Verdict verdict = BuiltinStrategy::validate_update(object, old, context);
    if (verdict.ok() && context.subresource.empty()) verdict.problems = allocation_problems(object);
    return verdict;
  }

  FieldValues fields(const json::object& object) const override {
    FieldValues values = BuiltinStrategy::fields(object);
    if (std::string ports = node_ports_text(object); !ports.empty())
      values.emplace_back(kNodePorts, std::move(ports));
    return values;
  }

 private:
  // What a client left out it does not want to lose.
  static void keep_allocated(json::object& spec, const json::object& old) {
    drop_unneeded(spec, old);
    if (is_external(spec) || is_external(old)) return;
    if (text_in(spec, "clusterIP").empty() && !text_in(old, "clusterIP").empty())
      spec["clusterIP"] = json::string(text_in(old, "clusterIP"));
    if (text_in(spec, "clusterIP") == text_in(old, "clusterIP"))
      for (const std::string_view field : {"clusterIPs", "ipFamilies", "ipFamilyPolicy"})
        if (const json::value* const value = value_in(old, field)) set_default(spec, field, *value);
    if (!wants_node_ports(spec)) return;
    for_each_object(spec, "ports", [&](json::object& port) {
      if (integer_in(port, "nodePort") != 0) return;
      for_each_object(old, "ports", [&](const json::object& before) {
        if (integer_in(before, "port") == integer_in(port, "port") &&
            text_in(before, "protocol") == text_in(port, "protocol") &&
            integer_in(before, "nodePort") != 0)
          port["nodePort"] = integer_in(before, "nodePort");
      });
    });
  }

  // What the old type needed, the new one does not, and the client did not touch.
  static void drop_unneeded(json::object& spec, const json::object& old) {
    const auto drop = [&](bool needed, bool needs, std::initializer_list<std::string_view> fields) {
      for (const std::string_view field : fields)
        if (needed && !needs && equal_field(spec, old, field)) spec.erase(field);
    };
    drop(!is_external(old), !is_external(spec),
         {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"});
    drop(takes_outside_traffic(old), takes_outside_traffic(spec), {"externalTrafficPolicy"});
    drop(text_in(old, "type") == "LoadBalancer", text_in(spec, "type") == "LoadBalancer",
         {"allocateLoadBalancerNodePorts", "loadBalancerClass"});
    if (wants_node_ports(old) && !wants_node_ports(spec))
      for_each_object(spec, "ports", [](json::object& port) { port.erase("nodePort"); });
  }

  // Gives what the client left to the server. What it asked for itself is allocation_problems' to
  // judge.
  Result<> allocate(json::object& object) const {
    json::object& spec = make_object(object, "spec");
    const kube::ObjectKey key = key_of_service(object);
    if (is_external(spec)) return {};
    if (text_in(spec, "clusterIP") == "None") set_address(spec, "None");
    if (!wants_address(spec) && !wants_node_ports(spec)) return {};
    const Taken taken(store_, recent_);
    if (wants_address(spec)) CHECK_OK(allocate_address(spec, key, taken));
    if (wants_node_ports(spec)) CHECK_OK(allocate_ports(spec, key, taken));
    recent_.insert(key);
    return {};
  }

  Result<> allocate_address(json::object& spec, const kube::ObjectKey& key,
                            const Taken& taken) const {
    if (const std::string wanted(text_in(spec, "clusterIP")); !wanted.empty()) {
      set_address(spec, wanted);
      return {};
    }
    const auto is_taken = [&](const std::string& address) {
      return taken.has_address(address, key);
    };
    const auto address = range_.free_address(rng_.next(), is_taken);
    if (!address)
      return fail(Error::Kind::kInternal, "failed to allocate a serviceIP: range is full");
    set_address(spec, *address);
    return {};
  }

  Result<> allocate_ports(json::object& spec, const kube::ObjectKey& key,
                          const Taken& taken) const {
    std::set<std::int64_t> own;
    for_each_object(std::as_const(spec), "ports",
                    [&](const json::object& port) { own.insert(integer_in(port, "nodePort")); });
    bool full = false;
    for_each_object(spec, "ports", [&](json::object& port) {
      if (integer_in(port, "nodePort") != 0) return;
      const auto number = free_port(own, key, taken);
      full = full || !number;
      if (!number) return;
      own.insert(*number);
      port["nodePort"] = *number;
    });
    if (full) return fail(Error::Kind::kInternal, "failed to allocate a nodePort: range is full");
    return {};
  }

  Problems allocation_problems(const json::object& object) const {
    const json::object& spec = object_in(object, "spec");
    Problems problems;
    if (is_external(spec)) return problems;
    const Taken taken(store_, recent_);
    const kube::ObjectKey key = key_of_service(object);
    const Place place{problems, "spec"};
    if (wants_address(spec)) check_address(spec, key, taken, place.child("clusterIPs"));
    if (!wants_node_ports(spec)) return problems;
    each(spec, "ports", place, [&](const json::object& port, const Place& at) {
      check_node_port(integer_in(port, "nodePort"), key, taken, at.child("nodePort"));
    });
    return problems;
  }

  void check_address(const json::object& spec, const kube::ObjectKey& key, const Taken& taken,
                     const Place& place) const {
    const std::string address(text_in(spec, "clusterIP"));
    const auto refuse = [&](std::string_view why) {
      place.invalid(json::array{json::string(address)},
                    fmt::format("failed to allocate IP {}: {}", address, why));
    };
    if (!range_.contains(address))
      refuse("the provided network does not match the current range");
    else if (taken.has_address(address, key))
      refuse("provided IP is already allocated");
  }

  static void check_node_port(std::int64_t port, const kube::ObjectKey& key, const Taken& taken,
                              const Place& place) {
    if (port < kNodePortMin || port > kNodePortMax)
      place.invalid(port, fmt::format("provided port is not in the valid range. The range of valid "
                                      "ports is {}-{}",
                                      kNodePortMin, kNodePortMax));
    else if (taken.has_port(std::to_string(port), key))
      place.invalid(port, "provided port is already allocated");
  }

  std::optional<std::int64_t> free_port(const std::set<std::int64_t>& own,
                                        const kube::ObjectKey& key, const Taken& taken) const {
    constexpr auto kCount = static_cast<std::uint64_t>(kNodePortMax - kNodePortMin + 1);
    const std::uint64_t start = rng_.next();
    for (std::uint64_t i = 0; i < kCount; ++i) {
      const auto port = kNodePortMin + static_cast<std::int64_t>((start + i) % kCount);
      if (!own.contains(port) && !taken.has_port(std::to_string(port), key)) return port;
    }
    return std::nullopt;
  }

  Store& store_;
  Rng& rng_;
  AddressRange range_;
  // Keys whose allocation may not be durable yet.
  mutable std::set<kube::ObjectKey> recent_;
};

}  // namespace

std::shared_ptr<const Strategy> make_service_strategy(const BuiltinServices& services) {
  const auto range = AddressRange::parse(services.service_range);
  DYN_ASSERT(range.has_value());  // the option was checked when the server started
  return std::make_shared<const ServiceStrategy>(services, *range);
}

}  // namespace dynamod::apiserver

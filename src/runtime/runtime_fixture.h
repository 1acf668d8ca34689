// What the tests of this layer share: a loop in virtual time, a scripted API server, and a client
// of it.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "base/metrics.h"
#include "client/kube_client.h"
#include "kube/fields.h"
#include "kube/metadata.h"
#include "runtime/informer_core.h"
#include "testing/scripted_api.h"
#include "testing/sim_loop.h"
#include "testing/sim_net.h"

namespace dynamod::runtime {

// An object of a kind of our own, with no more than a test needs.
struct WidgetSpec {
  std::string color;

  static constexpr void fields(auto&& field) { field("color", &WidgetSpec::color); }
};

struct Widget {
  static constexpr kube::ResourceType kType{"test.dev", "v1", "widgets", "Widget"};

  kube::ObjectMeta metadata;
  WidgetSpec spec;

  static constexpr void fields(auto&& field) {
    field("metadata", &Widget::metadata);
    field("spec", &Widget::spec);
  }
};

inline const testing::ScriptedType kWidgets{
    .group = "test.dev", .version = "v1", .plural = "widgets", .kind = "Widget"};

inline json::value widget(const std::string& name, const std::string& color) {
  return {{"apiVersion", "test.dev/v1"},
          {"kind", "Widget"},
          {"metadata", {{"namespace", "ns"}, {"name", name}, {"labels", {{"color", color}}}}},
          {"spec", {{"color", color}}}};
}

inline client::ClusterAccess scripted_access() {
  client::ClusterAccess access;
  access.server = {.scheme = "http", .host = "127.0.0.1", .port = 80, .target = "/"};
  access.credentials = client::no_credentials();
  return access;
}

inline const std::string kApiAddress = "127.0.0.1:80";

using Fault = testing::SimFault::Kind;

// One program's way to the API server.
class Peer {
 public:
  Peer(testing::SimLoop& loop, testing::SimNet& net, std::string name)
      : transport(net.client(name)),
        client(*transport, loop, scripted_access()),
        net_(net),
        name_(std::move(name)) {}

  // Until the next call; what is under way goes on.
  void set_fault(Fault kind) { net_.set_fault_for(name_, kApiAddress, {.kind = kind}); }

  std::unique_ptr<http::Transport> transport;
  client::KubeClient client;

 private:
  testing::SimNet& net_;
  std::string name_;
};

class RuntimeTest : public ::testing::Test {
 protected:
  explicit RuntimeTest(std::uint64_t seed = 1) : loop(seed) {
    api.serve_builtin_types();
    api.serve(kWidgets);
    net.listen(kApiAddress, api);
  }

  [[nodiscard]] InformerServices informer_services() {
    return {loop.executor(), loop, loop.rng(), log, metrics, peer.client};
  }

  [[nodiscard]] std::size_t lines_with(std::string_view text) const {
    std::size_t count = 0;
    for (const auto& line : lines) count += line.contains(text) ? 1 : 0;
    return count;
  }

  testing::SimLoop loop;
  std::vector<std::string> lines;
  Log log{loop, LogLevel::kDebug, [this](std::string_view line) { lines.emplace_back(line); }};
  Metrics metrics;
  testing::ScriptedApi api{loop.executor(), loop};
  testing::SimNet net{loop};
  Peer peer{loop, net, "peer"};
};

}  // namespace dynamod::runtime

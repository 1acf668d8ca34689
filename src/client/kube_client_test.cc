// Calls against a scripted API server: what goes out, what comes back, and what each refusal
// becomes.
#include "client/kube_client.h"

#include "client/rate_limit.h"
#include "kube/lease.h"
#include "testing/scripted_api.h"
#include "testing/sim_loop.h"
#include "testing/sim_net.h"

namespace dynamod::client {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Kind = Error::Kind;
using kube::Lease;

const std::string kApiAddress = "127.0.0.1:80";

class KubeClientTest : public ::testing::Test {
 protected:
  KubeClientTest() {
    api.serve_builtin_types();
    net.listen(kApiAddress, api);
  }

  static ClusterAccess access(std::shared_ptr<Credentials> credentials = no_credentials()) {
    ClusterAccess result;
    result.server = {.scheme = "http", .host = "127.0.0.1", .port = 80, .target = "/"};
    result.credentials = std::move(credentials);
    return result;
  }

  static Lease lease(const std::string& name, const std::string& holder) {
    Lease result;
    result.metadata.ns = "ns";
    result.metadata.name = name;
    result.spec.holder_identity = holder;
    return result;
  }

  template <class T>
  Result<T> run(Async<T> call) {
    return loop.await(std::move(call));
  }

  Result<std::vector<kube::WatchEvent>> read_events(std::size_t count, const std::string& version) {
    const WatchQuery query{{.ns = "ns"}, version, 60s};
    auto stream = run(client.watch(Lease::kType, query));
    if (!stream) return std::unexpected(stream.error());
    std::vector<kube::WatchEvent> events;
    while (events.size() < count) {
      auto event = run(stream->next());
      if (!event) return std::unexpected(event.error());
      if (!*event) break;
      events.push_back(**std::move(event));
    }
    return events;
  }

  testing::SimLoop loop;
  testing::ScriptedApi api{loop.executor(), loop};
  testing::SimNet net{loop};
  KubeClient client{net, loop, access()};
};

TEST_F(KubeClientTest, CreatesAndGetsTypedObjects) {
  const auto created = run(client.create(lease("a", "me")));
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_FALSE(created->metadata.uid.empty());
  const auto read = run(client.get<Lease>({"ns", "a"}));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, *created);
}

TEST_F(KubeClientTest, NamesCallObjectAndReasonInErrors) {
  const auto read = run(client.get<Lease>({"ns", "absent"}));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, Kind::kNotFound);
  EXPECT_THAT(read.error().message, HasSubstr("get leases.coordination.k8s.io ns/absent"));
  EXPECT_THAT(read.error().message, HasSubstr("\"absent\" not found"));
  (void)run(client.create(lease("a", "me")));
  EXPECT_EQ(run(client.create(lease("a", "me"))).error().kind, Kind::kAlreadyExists);
}

TEST_F(KubeClientTest, ListsAllPages) {
  for (int i = 0; i < 1001; ++i) (void)run(client.create(lease("l" + std::to_string(i), "me")));
  const auto leases = run(client.list<Lease>({.ns = "ns"}));
  ASSERT_TRUE(leases);
  EXPECT_EQ(leases->size(), 1001u);
  EXPECT_EQ(api.count("list leases"), 3u);
  EXPECT_EQ(run(client.list<Lease>({.ns = "other"}))->size(), 0u);
  EXPECT_EQ(run(client.list<Lease>({.ns = "ns", .field_selector = "metadata.name=l7"}))->size(),
            1u);
}

TEST_F(KubeClientTest, PatchesMergeAndHonourThePreconditionInTheBody) {
  const auto created = run(client.create(lease("a", "me")));
  const json::value patch = {{"spec", {{"holderIdentity", "you"}}}};
  const PatchOptions at{.resource_version = created->metadata.resource_version};
  const auto patched = run(client.merge_patch<Lease>({"ns", "a"}, patch, at));
  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(patched->spec.holder_identity, "you");
  EXPECT_EQ(run(client.merge_patch<Lease>({"ns", "a"}, patch, at)).error().kind, Kind::kConflict);
  const PatchOptions other{.uid = "another"};
  EXPECT_EQ(run(client.merge_patch<Lease>({"ns", "a"}, patch, other)).error().kind,
            Kind::kConflict);
}

TEST_F(KubeClientTest, PatchesTheStatusSubresourceAlone) {
  api.put(
      {{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", {{"namespace", "ns"}, {"name", "p"}}}});
  constexpr kube::ResourceType kPods{"", "v1", "pods", "Pod"};
  const json::value patch = {{"spec", {{"x", 1}}}, {"status", {{"phase", "Running"}}}};
  const auto patched =
      run(client.merge_patch(kPods, {"ns", "p"}, patch, {.subresource = "status"}));
  ASSERT_TRUE(patched);
  EXPECT_EQ(string_at(*patched, "status.phase"), "Running");
  EXPECT_EQ(find_json(*patched, "spec"), nullptr);
  EXPECT_EQ(api.count("patch pods/status"), 1u);
}

TEST_F(KubeClientTest, AppliesUnderAFieldManager) {
  json::value document = {
      {"apiVersion", "v1"},
      {"kind", "Service"},
      {"metadata", {{"namespace", "ns"}, {"name", "s"}, {"labels", {{"a", "1"}, {"b", "2"}}}}}};
  constexpr kube::ResourceType kServices{"", "v1", "services", "Service"};
  ASSERT_TRUE(run(client.apply(kServices, document, {})));
  document.get_object()["metadata"].get_object()["labels"] = {{"a", "1"}};
  const auto applied = run(client.apply(kServices, document, {}));
  ASSERT_TRUE(applied);
  EXPECT_EQ(find_json(*applied, "metadata.labels.b"), nullptr) << "what we no longer say goes";
  document.get_object()["metadata"].get_object()["labels"] = {{"a", "9"}};
  const ApplyOptions polite{.field_manager = "other", .on_conflict = OnConflict::kFail};
  EXPECT_EQ(run(client.apply(kServices, document, polite)).error().kind, Kind::kConflict);
  const ApplyOptions forced{.field_manager = "other"};
  EXPECT_EQ(string_at(*run(client.apply(kServices, document, forced)), "metadata.labels.a"), "9");
}

TEST_F(KubeClientTest, RemovesWithPreconditions) {
  const auto created = run(client.create(lease("a", "me")));
  EXPECT_EQ(run(client.remove<Lease>({"ns", "a"}, {.uid = "another"})).error().kind,
            Kind::kConflict);
  EXPECT_EQ(run(client.remove<Lease>({"ns", "a"}, {.resource_version = "1"})).error().kind,
            Kind::kConflict);
  const RemoveOptions right{.uid = created->metadata.uid, .propagation = "Background"};
  EXPECT_TRUE(run(client.remove<Lease>({"ns", "a"}, right)));
  EXPECT_EQ(run(client.remove<Lease>({"ns", "a"})).error().kind, Kind::kNotFound);
}

TEST_F(KubeClientTest, KeepsHowLongTheServerWantsUsToWait) {
  api.add_fault({.times = 1, .status = 429, .retry_after_s = 7});
  const auto read = run(client.get<Lease>({"ns", "a"}));
  EXPECT_EQ(read.error().kind, Kind::kRateLimited);
  EXPECT_EQ(read.error().retry_after, 7s);
  EXPECT_EQ(net.calls(kApiAddress), 1u) << "nothing is retried";
}

TEST_F(KubeClientTest, GivesUpAtItsDeadline) {
  net.set_fault(kApiAddress, {.kind = testing::SimFault::Kind::kHang});
  const auto read = run(client.get<Lease>({"ns", "a"}));
  EXPECT_EQ(read.error().kind, Kind::kTimeout);
  EXPECT_EQ(loop.now().time_since_epoch(), 30s);
}

TEST_F(KubeClientTest, WatchesFromAPosition) {
  const auto first = run(client.create(lease("a", "me")));
  (void)run(client.create(lease("b", "me")));
  (void)run(client.remove<Lease>({"ns", "a"}));
  const auto events = read_events(2, first->metadata.resource_version);
  ASSERT_TRUE(events) << events.error().message;
  EXPECT_EQ((*events)[0].type, kube::WatchEvent::Type::kAdded);
  EXPECT_EQ(string_at((*events)[0].object, "metadata.name"), "b");
  EXPECT_EQ((*events)[1].type, kube::WatchEvent::Type::kDeleted);
}

TEST_F(KubeClientTest, AWatchEndsInOrderAfterItsLimitWithABookmarkBefore) {
  const auto first = run(client.create(lease("a", "me")));
  const auto events = read_events(9, first->metadata.resource_version);
  ASSERT_TRUE(events) << events.error().message;
  ASSERT_EQ(events->size(), 1u);
  EXPECT_EQ((*events)[0].type, kube::WatchEvent::Type::kBookmark);
}

TEST_F(KubeClientTest, AWatchFromTooLongAgoIsGone) {
  (void)run(client.create(lease("a", "me")));
  api.compact();
  const auto events = read_events(1, "1000");
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().kind, Kind::kGone);
  EXPECT_THAT(events.error().message, HasSubstr("watch leases.coordination.k8s.io"));
}

TEST_F(KubeClientTest, SeesWhetherATypeIsServed) {
  EXPECT_EQ(run(client.serves(Lease::kType)), true);
  EXPECT_EQ(run(client.serves({"nvidia.com", "v1alpha1", "dynamomodels", "DynamoModel"})), false);
  EXPECT_EQ(run(client.serves({"", "v1", "nothings", "Nothing"})), false);
  api.set_stopped(true);
  EXPECT_EQ(run(client.serves(Lease::kType)).error().kind, Kind::kUnavailable);
}

// Gives t1, then t2 when t1 was refused.
class TwoTokens final : public Credentials {
 public:
  [[nodiscard]] Async<std::string> authorization() override {
    co_return refusals == 0 ? "Bearer t1" : "Bearer t2";
  }

  bool refused(const std::string&) override { return refusals++ == 0; }

  int refusals = 0;
};

TEST_F(KubeClientTest, AsksOnceMoreWithNewCredentialsAfterA401) {
  const auto credentials = std::make_shared<TwoTokens>();
  KubeClient authorized(net, loop, access(credentials));
  api.require_token("t2");
  EXPECT_TRUE(run(authorized.create(lease("a", "me"))));
  api.require_token("t3");
  const auto read = run(authorized.get<Lease>({"ns", "a"}));
  EXPECT_EQ(read.error().kind, Kind::kUnauthorized);
}

TEST_F(KubeClientTest, APathPrefixGoesBeforeEveryPath) {
  ClusterAccess prefixed = access();
  prefixed.server.target = "/clusters/x";
  KubeClient behind_proxy(net, loop, prefixed);
  const auto read = run(behind_proxy.get<Lease>({"ns", "a"}));
  EXPECT_EQ(read.error().kind, Kind::kNotFound);
  EXPECT_EQ(api.counts().size(), 0u) << "the scripted API has no such path";
}

TEST_F(KubeClientTest, AnAnswerThatIsNoObjectIsAnError) {
  class Page final : public http::Handler {
    [[nodiscard]] Async<http::Response> handle(http::Request) override {
      co_return http::text_response(200, "<html>proxy</html>");
    }
  };

  Page page;
  net.listen(kApiAddress, page);
  KubeClient lost(net, loop, access());
  EXPECT_EQ(run(lost.get<Lease>({"ns", "a"})).error().kind, Kind::kInternal);
  EXPECT_EQ(run(lost.list<Lease>({})).error().kind, Kind::kInternal);
}

TEST(RateLimiter, GivesABurstAndThenTheRate) {
  testing::SimLoop loop;
  RateLimiter limiter(loop, {.per_second = 2, .burst = 3});
  for (int i = 0; i < 3; ++i) loop.await(limiter.admit());
  EXPECT_EQ(loop.now().time_since_epoch(), 0s);
  for (int i = 0; i < 4; ++i) loop.await(limiter.admit());
  EXPECT_EQ(loop.now().time_since_epoch(), 2s);
  loop.run_for(1h);
  for (int i = 0; i < 3; ++i) loop.await(limiter.admit());
  EXPECT_EQ(loop.now().time_since_epoch(), 1h + 2s);
}

}  // namespace
}  // namespace dynamod::client

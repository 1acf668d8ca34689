// A copy that follows the API server through everything a watch can suffer.
#include "runtime/informer.h"

#include <map>

#include "runtime/runtime_fixture.h"

namespace dynamod::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using State = Contact::State;

std::string describe(const std::shared_ptr<const Widget>& object) {
  return object ? object->spec.color : std::string("-");
}

class InformerTest : public RuntimeTest {
 protected:
  explicit InformerTest(std::uint64_t seed = 1) : RuntimeTest(seed) {
    informer.add_index(
        "color", [](const Widget& object) { return std::vector<std::string>{object.spec.color}; });
    informer.on_change([this](const auto& before, const auto& now) {
      const auto& some = now ? now : before;
      changes.push_back(some->metadata.name + " " + describe(before) + ">" + describe(now));
    });
  }

  void TearDown() override { loop.await(informer.stop()); }

  void start_and_sync() {
    informer.start();
    loop.await(informer.wait_synced());
    loop.run_for(1s);
  }

  [[nodiscard]] std::vector<std::string> take_changes() { return std::exchange(changes, {}); }

  [[nodiscard]] std::string color_of(const std::string& name) const {
    return describe(informer.find({"ns", name}));
  }

  // What the API server has, as the informer should have it.
  [[nodiscard]] bool equals_server() const {
    const auto objects = api.all("widgets");
    if (objects.size() != informer.size()) return false;
    for (const auto& object : objects) {
      const auto copy = informer.find({"ns", string_at(object, "metadata.name")});
      if (!copy || copy->metadata.resource_version != string_at(object, "metadata.resourceVersion"))
        return false;
    }
    return true;
  }

  std::vector<std::string> changes;
  Informer<Widget> informer{informer_services(), {}};
};

TEST_F(InformerTest, ListsThenFollows) {
  api.put(widget("a", "red"));
  start_and_sync();
  EXPECT_TRUE(informer.synced());
  EXPECT_THAT(take_changes(), ElementsAre("a ->red"));
  api.put(widget("b", "blue"));
  api.put(widget("a", "green"));
  api.remove("widgets", "ns", "b");
  loop.run_for(1s);
  EXPECT_THAT(take_changes(), ElementsAre("b ->blue", "a red>green", "b blue>-"));
  EXPECT_EQ(color_of("a"), "green");
  EXPECT_EQ(informer.find({"ns", "b"}), nullptr);
  EXPECT_EQ(api.count("list widgets"), 1u);
}

TEST_F(InformerTest, ListsInPagesOfFiveHundred) {
  for (int i = 0; i < 1201; ++i) api.put(widget("w" + std::to_string(i), "red"));
  start_and_sync();
  EXPECT_EQ(informer.size(), 1201u);
  EXPECT_EQ(api.count("list widgets"), 3u);
}

TEST_F(InformerTest, KeepsIndexesOfOldAndNewValues) {
  api.put(widget("a", "red"));
  api.put(widget("b", "red"));
  start_and_sync();
  EXPECT_EQ(informer.by_index("color", "red").size(), 2u);
  api.put(widget("a", "blue"));
  loop.run_for(1s);
  ASSERT_EQ(informer.by_index("color", "red").size(), 1u);
  EXPECT_EQ(informer.by_index("color", "red")[0]->metadata.name, "b");
  EXPECT_EQ(informer.by_index("color", "blue").size(), 1u);
  EXPECT_THAT(informer.by_index("color", "black"), IsEmpty());
}

TEST_F(InformerTest, SeesOnlyWhatItsSelectorMatches) {
  Informer<Widget> reds(informer_services(), {.ns = "ns", .label_selector = "color=red"});
  api.put(widget("a", "red"));
  api.put(widget("b", "blue"));
  reds.start();
  loop.await(reds.wait_synced());
  EXPECT_EQ(reds.size(), 1u);
  api.put(widget("b", "red"));
  api.put(widget("a", "blue"));
  loop.run_for(1s);
  ASSERT_EQ(reds.size(), 1u);
  EXPECT_EQ(reds.all()[0]->metadata.name, "b");
  loop.await(reds.stop());
}

TEST_F(InformerTest, ResumesAfterACutWithoutMissingOrRepeatingAChange) {
  api.put(widget("a", "red"));
  start_and_sync();
  (void)take_changes();
  api.cut_watches();
  loop.settle();
  api.put(widget("a", "green"));
  api.put(widget("b", "blue"));
  loop.run_for(2s);
  EXPECT_THAT(take_changes(), ElementsAre("a red>green", "b ->blue"));
  EXPECT_EQ(api.count("list widgets"), 1u);
  EXPECT_THAT(metrics.text(),
              HasSubstr("dynamod_watch_restarts_total{resource=\"widgets.test.dev\"} 1"));
}

TEST_F(InformerTest, RenewsItsWatchInOrderWithoutCallingThatABreak) {
  api.put(widget("a", "red"));
  start_and_sync();
  loop.run_for(5min);
  EXPECT_NEAR(static_cast<double>(api.count("watch widgets")), 10, 2);
  EXPECT_EQ(api.count("list widgets"), 1u);
  EXPECT_THAT(metrics.text(),
              HasSubstr("dynamod_watch_restarts_total{resource=\"widgets.test.dev\"} 0"));
  EXPECT_LE(loop.now() - *informer.contact().last_contact, kWatchLimit);
}

TEST_F(InformerTest, ListsAgainWhenItsPositionIsTooOldAndReportsTheDifferences) {
  api.put(widget("a", "red"));
  api.put(widget("b", "red"));
  start_and_sync();
  (void)take_changes();
  peer.set_fault(Fault::kRefuse);
  api.cut_watches();
  loop.settle();
  api.remove("widgets", "ns", "b");
  api.put(widget("a", "green"));
  api.put(widget("c", "blue"));
  api.compact();
  peer.set_fault(Fault::kNone);
  loop.run_for(20s);
  EXPECT_THAT(take_changes(), ElementsAre("b red>-", "a red>green", "c ->blue"));
  EXPECT_EQ(api.count("list widgets"), 2u);
}

// An idle kind beside a busy one: without bookmarks its position would grow too old.
TEST_F(InformerTest, BookmarksKeepItsPositionYoung) {
  api.put(widget("a", "red"));
  start_and_sync();
  for (int i = 0; i < 20; ++i) {
    api.put({{"apiVersion", "v1"},
             {"kind", "Pod"},
             {"metadata", {{"namespace", "ns"}, {"name", std::to_string(i)}}}});
    loop.run_for(30s);
  }
  api.compact();
  api.cut_watches();
  loop.run_for(1min);
  EXPECT_LE(api.count("list widgets"), 2u);
  EXPECT_EQ(color_of("a"), "red");
}

TEST_F(InformerTest, StartsAListAgainThatGrewTooOldBetweenPages) {
  for (int i = 0; i < 700; ++i) api.put(widget("w" + std::to_string(i), "red"));
  api.add_fault({.verb = "list", .resource = "widgets", .delay = 1s});
  api.add_fault({.verb = "list", .resource = "widgets", .delay = 1s});
  informer.start();
  loop.run_for(1500ms);
  api.compact();
  loop.await(informer.wait_synced());
  EXPECT_EQ(informer.size(), 700u);
  EXPECT_EQ(changes.size(), 700u);
}

TEST_F(InformerTest, DropsRepeatedAndLateEvents) {
  api.set_repeated_events(true);
  start_and_sync();
  api.put(widget("a", "red"));
  api.put(widget("a", "green"));
  api.remove("widgets", "ns", "a");
  api.put(widget("b", "blue"));
  loop.run_for(1s);
  EXPECT_THAT(take_changes(), ElementsAre("a ->red", "a red>green", "a green>-", "b ->blue"));
}

TEST_F(InformerTest, TellsRefusedFromUnreachableFromAbsent) {
  api.put(widget("a", "red"));
  start_and_sync();
  EXPECT_EQ(informer.contact().state, State::kConnected);

  struct Case {
    int status;
    State state;
  };

  for (const Case& c :
       {Case{403, State::kRefused}, Case{500, State::kUnreachable}, Case{404, State::kAbsent}}) {
    api.add_fault({.times = 1, .status = c.status});
    api.cut_watches();
    EXPECT_TRUE(loop.run_until([&] { return informer.contact().state == c.state; }, 10s))
        << c.status;
    ASSERT_TRUE(informer.contact().last_error);
    EXPECT_THAT(informer.contact().last_error->message, HasSubstr("a scripted fault"));
    EXPECT_EQ(color_of("a"), "red") << "what was copied is kept";
    EXPECT_TRUE(loop.run_until([&] { return informer.contact().state == State::kConnected; }, 1min))
        << c.status;
    EXPECT_FALSE(informer.contact().last_error);
    loop.run_for(1s);
  }
}

TEST_F(InformerTest, ATypeThatIsNotServedIsAbsentUntilItIs) {
  api.withdraw("widgets");
  informer.start();
  loop.await(informer.wait_synced());
  EXPECT_FALSE(informer.synced());
  EXPECT_EQ(informer.contact().state, State::kAbsent);
  const auto sent = net.calls(kApiAddress);
  loop.run_for(5min);
  EXPECT_LE(net.calls(kApiAddress) - sent, 20u);
  api.serve(kWidgets);
  api.put(widget("a", "red"));
  loop.run_for(1min);
  EXPECT_TRUE(informer.synced());
  EXPECT_EQ(color_of("a"), "red");
  EXPECT_EQ(lines_with("does not serve"), 1u);
}

TEST_F(InformerTest, BreaksOffAWatchThatFellSilent) {
  start_and_sync();
  loop.run_for(5s);
  api.cut_watches();
  peer.set_fault(Fault::kHang);
  const SteadyTime cut = loop.now();
  EXPECT_TRUE(
      loop.run_until([&] { return informer.contact().state == State::kUnreachable; }, 1min));
  loop.run_for(1min);
  EXPECT_GE(loop.now() - *informer.contact().last_contact, 60s);
  EXPECT_LE(*informer.contact().last_contact, cut);
  peer.set_fault(Fault::kNone);
  EXPECT_TRUE(loop.run_until([&] { return informer.contact().state == State::kConnected; }, 1min));
}

TEST_F(InformerTest, WaitsAsLongAsTheServerAsks) {
  api.add_fault({.verb = "list", .times = 1, .status = 429, .retry_after_s = 17});
  informer.start();
  loop.await(informer.wait_synced());
  EXPECT_GE(loop.now().time_since_epoch(), 17s);
  EXPECT_LE(loop.now().time_since_epoch(), 18s);
}

TEST_F(InformerTest, DoesNotHammerAServerThatIsDown) {
  api.set_stopped(true);
  informer.start();
  loop.run_for(1min);
  EXPECT_LE(net.calls(kApiAddress), 30u);
  api.set_stopped(false);
  loop.await(informer.wait_synced());
  EXPECT_TRUE(informer.synced());
}

// As some proxies do: each watch ends, in order, in the moment it began.
class ShortWatches final : public http::Handler {
 public:
  explicit ShortWatches(http::Handler& api) : api_(api) {}

  Async<http::Response> handle(http::Request request) override {
    static constexpr std::string_view kLimit = "timeoutSeconds=";
    const auto place = request.target.find(kLimit);
    if (place != std::string::npos) {
      const auto number = place + kLimit.size();
      const auto end = std::min(request.target.find('&', number), request.target.size());
      request.target.replace(number, end - number, "0");
    }
    return api_.handle(std::move(request));
  }

 private:
  http::Handler& api_;
};

TEST_F(InformerTest, AWatchThatEndsAtOnceIsResumedAtOnceTheFirstTimeAlone) {
  ShortWatches proxy(api);
  net.close(kApiAddress);
  net.listen(kApiAddress, proxy);
  informer.start();
  loop.await(informer.wait_synced());
  loop.run_for(50ms);
  EXPECT_EQ(api.count("watch widgets"), 2u);
  loop.run_for(5min);
  EXPECT_LE(api.count("watch widgets"), 130u) << "it must not spin";
  api.put(widget("a", "red"));
  loop.run_for(1min);
  EXPECT_TRUE(equals_server());
  EXPECT_EQ(api.count("list widgets"), 1u);
}

TEST_F(InformerTest, CountsWhatAnIndexGives) {
  api.put(widget("a", "red"));
  api.put(widget("b", "red"));
  start_and_sync();
  EXPECT_EQ(informer.count("color", "red"), 2u);
  api.put(widget("b", "blue"));
  loop.run_for(1s);
  EXPECT_EQ(informer.count("color", "red"), 1u);
  EXPECT_EQ(informer.count("color", "green"), 0u);
}

TEST_F(InformerTest, AnObjectThatCannotBeReadWhollyStopsNothing) {
  json::value odd = widget("odd", "red");
  odd.get_object()["spec"] = {{"color", 7}};
  api.put(odd);
  api.put(widget("a", "red"));
  start_and_sync();
  EXPECT_EQ(informer.size(), 2u);
  EXPECT_EQ(color_of("odd"), "");
  EXPECT_EQ(lines_with("fields that cannot be read"), 1u);
}

TEST_F(InformerTest, AnObjectMadeAnewWhileAwayIsOneChange) {
  api.put(widget("a", "red"));
  start_and_sync();
  (void)take_changes();
  peer.set_fault(Fault::kRefuse);
  api.cut_watches();
  loop.settle();
  const std::string old_uid = informer.find({"ns", "a"})->metadata.uid;
  api.remove("widgets", "ns", "a");
  api.put(widget("a", "blue"));
  api.compact();
  peer.set_fault(Fault::kNone);
  loop.run_for(20s);
  EXPECT_THAT(take_changes(), ElementsAre("a red>blue"));
  EXPECT_NE(informer.find({"ns", "a"})->metadata.uid, old_uid);
}

// Everything at once, at random: in the end the copy equals the server, and the changes it told add
// up.
class InformerSim : public InformerTest, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  InformerSim() : InformerTest(GetParam()) {
    informer.on_change([this](const auto& before, const auto& now) {
      const auto& some = now ? now : before;
      auto& known = told[some->metadata.name];
      EXPECT_EQ(known, before) << "each change begins where the last one ended";
      known = now;
    });
  }

  void disturb() {
    const auto name = "w" + std::to_string(loop.rng().between(0, 5));
    switch (loop.rng().between(0, 9)) {
      case 0:
        api.cut_watches();
        break;
      case 1:
        api.compact();
        break;
      case 2:
        api.add_fault({.times = 2, .status = 500});
        break;
      case 3:
        api.add_fault({.times = 1, .status = 429, .retry_after_s = 1});
        break;
      case 4:
        peer.set_fault(loop.rng().between(0, 1) == 0 ? Fault::kNone : Fault::kRefuse);
        break;
      case 5:
        api.set_repeated_events(loop.rng().between(0, 1) == 0);
        break;
      case 6:
        if (api.find("widgets", "ns", name)) api.remove("widgets", "ns", name);
        break;
      default:
        api.put(widget(name, "c" + std::to_string(loop.rng().between(0, 99))));
    }
  }

  std::map<std::string, std::shared_ptr<const Widget>> told;
};

TEST_P(InformerSim, ConvergesAndToldEveryChangeOnce) {
  informer.start();
  for (int i = 0; i < 300; ++i) {
    disturb();
    loop.run_for(std::chrono::milliseconds(loop.rng().between(0, 800)));
  }
  peer.set_fault(Fault::kNone);
  api.clear_faults();
  loop.run_for(30s);
  EXPECT_TRUE(equals_server());
  for (const auto& [name, object] : told) EXPECT_EQ(object, informer.find({"ns", name})) << name;
}

INSTANTIATE_TEST_SUITE_P(Seeds, InformerSim, ::testing::Range<std::uint64_t>(1, 51));

}  // namespace
}  // namespace dynamod::runtime

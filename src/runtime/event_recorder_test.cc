// Events: one object for each thing said, repeats counted, nothing ever waits.
#include "runtime/event_recorder.h"

#include "runtime/runtime_fixture.h"

namespace dynamod::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::StartsWith;

class EventRecorderTest : public RuntimeTest {
 protected:
  EventRecorderTest() { recorder.start(); }

  void TearDown() override { loop.await(recorder.stop()); }

  static kube::ObjectReference about(const std::string& name) {
    return {.api_version = "test.dev/v1",
            .kind = "Widget",
            .ns = "ns",
            .name = name,
            .uid = "u-" + name,
            .resource_version = ""};
  }

  void say(const std::string& note, const std::string& name = "a") {
    recorder.record(about(name), EventType::kWarning, "NotReady", note);
  }

  [[nodiscard]] json::value only_event() const {
    const auto events = api.all("events");
    EXPECT_EQ(events.size(), 1u);
    return events.empty() ? json::value(json::object()) : events.front();
  }

  [[nodiscard]] static int count_of(const json::value& event) {
    const json::value* count = find_json(event, "series.count");
    return count == nullptr ? 1 : count->to_number<int>();
  }

  EventRecorder recorder{{loop.executor(), loop, loop.rng(), log, metrics, peer.client},
                         {.controller = "dynamod.dev/operator", .instance = "pod-1"}};
};

TEST_F(EventRecorderTest, WritesWhatKubectlShows) {
  say("Found 1 of 2");
  loop.run_for(1s);
  const json::value event = only_event();
  EXPECT_THAT(string_at(event, "metadata.name"), StartsWith("a."));
  EXPECT_EQ(string_at(event, "metadata.namespace"), "ns");
  EXPECT_EQ(string_at(event, "regarding.kind"), "Widget");
  EXPECT_EQ(string_at(event, "regarding.uid"), "u-a");
  EXPECT_EQ(string_at(event, "type"), "Warning");
  EXPECT_EQ(string_at(event, "reason"), "NotReady");
  EXPECT_EQ(string_at(event, "note"), "Found 1 of 2");
  EXPECT_EQ(string_at(event, "action"), "Reconcile");
  EXPECT_EQ(string_at(event, "eventTime"), "2026-01-02T03:00:00.000000Z");
  EXPECT_EQ(string_at(event, "reportingController"), "dynamod.dev/operator");
  EXPECT_EQ(string_at(event, "reportingInstance"), "pod-1");
  EXPECT_EQ(find_json(event, "series"), nullptr);
}

TEST_F(EventRecorderTest, CountsRepeatsInOneObjectWithFewWrites) {
  for (int i = 0; i < 100; ++i) {
    say("the same");
    loop.run_for(1s);
  }
  loop.run_for(30s);
  const json::value event = only_event();
  EXPECT_EQ(count_of(event), 100);
  EXPECT_EQ(string_at(event, "series.lastObservedTime"), "2026-01-02T03:01:39.000000Z");
  EXPECT_EQ(api.count("create events"), 1u);
  EXPECT_LE(api.count("patch events"), 4u);
}

TEST_F(EventRecorderTest, ADifferentNoteOrObjectIsAnotherEvent) {
  say("one");
  say("two");
  say("one", "b");
  loop.run_for(1s);
  EXPECT_EQ(api.all("events").size(), 3u);
}

TEST_F(EventRecorderTest, ARepeatAfterALongTimeIsANewEvent) {
  say("the same");
  loop.run_for(11min);
  say("the same");
  loop.run_for(1s);
  EXPECT_EQ(api.all("events").size(), 2u);
}

TEST_F(EventRecorderTest, WritesAgainWhatTheServerForgot) {
  say("the same");
  loop.run_for(1min);
  api.remove("events", "ns", string_at(only_event(), "metadata.name"));
  say("the same");
  loop.run_for(1s);
  EXPECT_EQ(count_of(only_event()), 2);
}

TEST_F(EventRecorderTest, SurvivesAnOutageAndALostAnswer) {
  peer.set_fault(Fault::kRefuse);
  say("refused");
  loop.run_for(5s);
  EXPECT_TRUE(api.all("events").empty());
  peer.set_fault(Fault::kResetAfter);
  loop.run_for(20s);
  peer.set_fault(Fault::kNone);
  loop.run_for(1min);
  EXPECT_EQ(count_of(only_event()), 1);
}

TEST_F(EventRecorderTest, DropsWhatTheServerWillNeverTake) {
  api.add_fault({.verb = "create", .resource = "events", .times = 1, .status = 403});
  say("forbidden");
  loop.run_for(10min);
  EXPECT_EQ(api.count("create events"), 1u);
  EXPECT_EQ(lines_with("An event could not be written"), 1u);
  EXPECT_THAT(metrics.text(), ::testing::HasSubstr("dynamod_events_dropped_total 1"));
}

TEST_F(EventRecorderTest, CutsALongNoteAtACharacter) {
  std::string note;
  for (int i = 0; i < 400; ++i) note += "\xe2\x82\xac";  // 3 bytes each
  say(note);
  loop.run_for(1s);
  const std::string written = string_at(only_event(), "note");
  EXPECT_LE(written.size(), kube::kEventNoteMax);
  EXPECT_THAT(written, ::testing::EndsWith("\xe2\x82\xac..."));
}

TEST_F(EventRecorderTest, IsBounded) {
  peer.set_fault(Fault::kRefuse);
  for (std::size_t i = 0; i < kEventSeriesMax + 10; ++i) say(std::to_string(i));
  EXPECT_THAT(metrics.text(), ::testing::HasSubstr("dynamod_events_dropped_total 10"));
}

TEST_F(EventRecorderTest, DrainWritesWhatWaits) {
  say("the same");
  loop.run_for(1s);
  say("the same");
  loop.await(recorder.drain(8s));
  EXPECT_EQ(count_of(only_event()), 2);
  EXPECT_LE(loop.now().time_since_epoch(), 2s);
}

TEST_F(EventRecorderTest, EventsOfClusterScopedObjectsGoToDefault) {
  kube::ObjectReference node = about("node-1");
  node.ns = "";
  recorder.record(node, EventType::kNormal, "Seen", "hello");
  loop.run_for(1s);
  EXPECT_EQ(string_at(only_event(), "metadata.namespace"), "default");
}

}  // namespace
}  // namespace dynamod::runtime

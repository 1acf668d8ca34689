// Metrics and their text.
#include "base/metrics.h"

#include <gmock/gmock.h>

namespace dynamod::base {
namespace {

using ::testing::HasSubstr;

TEST(Metrics, PrintsFamiliesAndLabelsInOrder) {
  Metrics metrics;
  metrics.gauge("z_depth", "Depth").set(2.5);
  metrics.counter("a_total", "Things", {{"result", "ok"}}).add(3);
  metrics.counter("a_total", "ignored", {{"result", "failed \"x\"\n"}}).add();
  EXPECT_EQ(metrics.text(),
            "# HELP a_total Things\n"
            "# TYPE a_total counter\n"
            "a_total{result=\"failed \\\"x\\\"\\n\"} 1\n"
            "a_total{result=\"ok\"} 3\n"
            "# HELP z_depth Depth\n"
            "# TYPE z_depth gauge\n"
            "z_depth 2.5\n");
}

TEST(Metrics, GivesTheSameMetricForTheSameLabels) {
  Metrics metrics;
  metrics.counter("c_total", "C", {{"a", "1"}}).add();
  metrics.counter("c_total", "C", {{"a", "1"}}).add(2);
  EXPECT_EQ(metrics.counter("c_total", "C", {{"a", "1"}}).value(), 3);
  EXPECT_EQ(metrics.counter("c_total", "C", {{"a", "2"}}).value(), 0);
  auto gauge = metrics.gauge("g", "G");
  gauge.set(5);
  gauge.add(-2);
  EXPECT_EQ(metrics.gauge("g", "G").value(), 3);
}

TEST(Metrics, CountsHistogramsInBuckets) {
  Metrics metrics;
  auto seconds = metrics.histogram("load_seconds", "Loads", {0.5, 1}, {{"k", "v"}});
  seconds.observe(0.25);
  seconds.observe(0.75);
  seconds.observe(9);
  const auto text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# TYPE load_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("load_seconds_count{k=\"v\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("load_seconds_sum{k=\"v\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("load_seconds_bucket{k=\"v\",le=\"0.5\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("load_seconds_bucket{k=\"v\",le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("load_seconds_bucket{k=\"v\",le=\"+Inf\"} 3\n"));
}

}  // namespace
}  // namespace dynamod::base

// Metrics in Prometheus' text format. prometheus-cpp holds them; we serve the text ourselves (http/observability.h).
// A handle is cheap to use and valid as long as its Metrics.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace prometheus {
class Registry;
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace dynamod::base {

using MetricLabels = std::map<std::string, std::string>;

class CounterMetric {
 public:
  explicit CounterMetric(prometheus::Counter& counter) : counter_(&counter) {}
  void add(double amount = 1);
  [[nodiscard]] double value() const;

 private:
  prometheus::Counter* counter_;
};

class GaugeMetric {
 public:
  explicit GaugeMetric(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  void set(double value);
  void add(double amount);
  [[nodiscard]] double value() const;

 private:
  prometheus::Gauge* gauge_;
};

class HistogramMetric {
 public:
  explicit HistogramMetric(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  void observe(double value);

 private:
  prometheus::Histogram* histogram_;
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same name and labels give the same metric. `help` of the first call counts.
  CounterMetric counter(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  GaugeMetric gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  HistogramMetric histogram(const std::string& name, const std::string& help, const std::vector<double>& buckets,
                            const MetricLabels& labels = {});

  // The exposition text, "text/plain; version=0.0.4".
  [[nodiscard]] std::string text() const;

 private:
  struct Families;
  std::shared_ptr<prometheus::Registry> registry_;
  std::unique_ptr<Families> families_;
};

}  // namespace dynamod::base

// Metrics over prometheus-cpp's core, and their text in a stable order.
#include "base/metrics.h"

#include <algorithm>
#include <unordered_map>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace dynamod::base {

void CounterMetric::add(double amount) {
  counter_->Increment(amount);
}

double CounterMetric::value() const {
  return counter_->Value();
}

void GaugeMetric::set(double value) {
  gauge_->Set(value);
}

void GaugeMetric::add(double amount) {
  gauge_->Increment(amount);
}

double GaugeMetric::value() const {
  return gauge_->Value();
}

void HistogramMetric::observe(double value) {
  histogram_->Observe(value);
}

// The families by name: a name is given to prometheus-cpp once, so the first help text counts.
struct Metrics::Families {
  template <class Metric>
  using ByName = std::unordered_map<std::string, prometheus::Family<Metric>*>;

  template <class Metric, class Builder>
  static prometheus::Family<Metric>& find(ByName<Metric>& known, prometheus::Registry& registry,
                                          Builder builder, const std::string& name,
                                          const std::string& help) {
    auto& family = known[name];
    if (!family) family = &builder.Name(name).Help(help).Register(registry);
    return *family;
  }

  ByName<prometheus::Counter> counters;
  ByName<prometheus::Gauge> gauges;
  ByName<prometheus::Histogram> histograms;
};

Metrics::Metrics()
    : registry_(std::make_shared<prometheus::Registry>()),
      families_(std::make_unique<Families>()) {}

Metrics::~Metrics() = default;

CounterMetric Metrics::counter(const std::string& name, const std::string& help,
                               const MetricLabels& labels) {
  return CounterMetric(
      Families::find(families_->counters, *registry_, prometheus::BuildCounter(), name, help)
          .Add(labels));
}

GaugeMetric Metrics::gauge(const std::string& name, const std::string& help,
                           const MetricLabels& labels) {
  return GaugeMetric(
      Families::find(families_->gauges, *registry_, prometheus::BuildGauge(), name, help)
          .Add(labels));
}

HistogramMetric Metrics::histogram(const std::string& name, const std::string& help,
                                   const std::vector<double>& buckets, const MetricLabels& labels) {
  return HistogramMetric(
      Families::find(families_->histograms, *registry_, prometheus::BuildHistogram(), name, help)
          .Add(labels, buckets));
}

std::string Metrics::text() const {
  auto families = registry_->Collect();
  std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
  for (auto& family : families) {
    const auto by_labels = [](const prometheus::ClientMetric& a,
                              const prometheus::ClientMetric& b) {
      return std::lexicographical_compare(a.label.begin(), a.label.end(), b.label.begin(),
                                          b.label.end());
    };
    std::sort(family.metric.begin(), family.metric.end(), by_labels);
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace dynamod::base

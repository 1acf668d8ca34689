// What `kubectl get` and `-o wide` show of built-in objects: the cells of Table rows, as
// kube-apiserver prints them. Pure. Columns are in columns.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"

namespace dynamod::apiserver {

// All cells of a row, the name among them, in the order of the kind's columns; wide ones included.
// nullopt for a kind without columns of its own (it shows name and creation time).
[[nodiscard]] std::optional<json::array> print_builtin(const json::object& object,
                                                       std::string_view kind, WallTime now);

// --- shared by the printers ---

// "5s", "3m20s", "4d2h": two or three significant figures.
[[nodiscard]] std::string human_duration(Duration duration);
// The age of an RFC 3339 time; "<unknown>" for none.
[[nodiscard]] std::string age_of(std::string_view time, WallTime now);
[[nodiscard]] std::string object_age(const json::object& object, WallTime now);
// "a=b,c=d", or "<none>".
[[nodiscard]] std::string labels_text(const json::object& labels);
// A metav1.LabelSelector as text, "<none>" when it selects nothing in particular.
[[nodiscard]] std::string selector_text(const json::object& selector);
// `text`, or `otherwise` when it is empty.
[[nodiscard]] std::string text_or(std::string_view text, std::string_view otherwise);

// --- the printers with a file of their own ---

[[nodiscard]] json::array print_pod(const json::object& object, WallTime now);
[[nodiscard]] std::optional<json::array> print_workload(const json::object& object,
                                                        std::string_view kind, WallTime now);
[[nodiscard]] std::string autoscaler_metrics(const json::object& autoscaler);

}  // namespace dynamod::apiserver

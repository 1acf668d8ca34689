// CustomResourceDefinitions as objects: defaults, status, and a deletion that waits for the custom
// resources to go first.
#pragma once

#include <memory>

#include "apiserver/registry/strategy.h"

namespace dynamod::apiserver {

inline constexpr std::string_view kCrdGroup = "apiextensions.k8s.io";
inline constexpr std::string_view kCrdPlural = "customresourcedefinitions";
inline constexpr std::string_view kCrdCollection = "customresourcedefinitions.apiextensions.k8s.io";

[[nodiscard]] std::shared_ptr<const Strategy> make_crd_strategy();

}  // namespace dynamod::apiserver

// The definitions of the built-in kinds, as tools/kinds packed them (openapi.bin), unpacked.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dynamod::kube {

// Some megabytes; meant to live as long as it takes to write a document or all.
class OpenApiDefinitions {
 public:
  OpenApiDefinitions();
  OpenApiDefinitions(const OpenApiDefinitions&) = delete;
  OpenApiDefinitions& operator=(const OpenApiDefinitions&) = delete;

  // The name of the definition of a kind; "" when there is none.
  [[nodiscard]] std::string_view name_of(std::string_view group, std::string_view version,
                                         std::string_view kind) const;
  // "name":{...},"other":{...}: the definitions named, and all they refer to, sorted by name.
  [[nodiscard]] std::string with_references(const std::vector<std::string_view>& names) const;

 private:
  std::string text_;
  std::map<std::string_view, std::string_view> schemas_;  // by name; parts of text_
  std::map<std::string_view, std::string_view> kinds_;    // the JSON of group, kind and version
};

}  // namespace dynamod::kube

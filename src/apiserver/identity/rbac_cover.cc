// Which rights are covered by others: a wanted rule is broken down to single rights, and each must
// be covered by one rule that is held.
#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apiserver/identity/rbac.h"
#include "kube/go_text.h"

namespace dynamod::apiserver {

namespace {

using Texts = std::vector<std::string>;

bool has(const Texts& list, std::string_view item) {
  return std::ranges::find(list, item) != list.end();
}

bool has_all(const Texts& list, const Texts& items) {
  return std::ranges::all_of(items, [&list](const std::string& item) { return has(list, item); });
}

// Each combination of a group, a resource, a verb and (when there are any) a name; and of a path
// and a verb.
PolicyRules broken_down(const PolicyRule& rule) {
  PolicyRules parts;
  const auto add = [&parts](const std::string& group, const std::string& resource,
                            const std::string& verb, const Texts& names) {
    PolicyRule part{.verbs = {verb}, .api_groups = {group}, .resources = {resource}};
    if (names.empty()) parts.push_back(part);
    for (const std::string& name : names) {
      part.resource_names = {name};
      parts.push_back(part);
    }
  };
  for (const std::string& group : rule.api_groups)
    for (const std::string& resource : rule.resources)
      for (const std::string& verb : rule.verbs) add(group, resource, verb, rule.resource_names);
  for (const std::string& url : rule.non_resource_urls)
    for (const std::string& verb : rule.verbs)
      parts.push_back(PolicyRule{.verbs = {verb}, .non_resource_urls = {url}});
  return parts;
}

bool covers_resource(const Texts& held, const std::string& resource) {
  if (has(held, "*") || has(held, resource)) return true;
  const auto slash = resource.find('/');
  return slash != std::string::npos && has(held, "*" + resource.substr(slash));
}

bool covers_url(const Texts& held, const std::string& url) {
  return std::ranges::any_of(held, [&url](const std::string& pattern) {
    if (pattern == url) return true;
    const std::string_view prefix(pattern.data(), pattern.find_last_not_of('*') + 1);
    return pattern.ends_with('*') && url.starts_with(prefix);
  });
}

// `part` is one of broken_down().
bool covers(const PolicyRule& held, const PolicyRule& part) {
  const bool verb = has(held.verbs, "*") || has_all(held.verbs, part.verbs);
  const bool group = has(held.api_groups, "*") || has_all(held.api_groups, part.api_groups);
  const bool names =
      held.resource_names.empty() ||
      (!part.resource_names.empty() && has_all(held.resource_names, part.resource_names));
  const auto resource = [&held](const std::string& wanted) {
    return covers_resource(held.resources, wanted);
  };
  const auto url = [&held](const std::string& wanted) {
    return covers_url(held.non_resource_urls, wanted);
  };
  return verb && group && names && std::ranges::all_of(part.resources, resource) &&
         std::ranges::all_of(part.non_resource_urls, url);
}

bool is_simple(const PolicyRule& rule) {
  return rule.resource_names.size() <= 1 && rule.non_resource_urls.empty() &&
         rule.api_groups.size() == 1 && rule.resources.size() == 1;
}

}  // namespace

PolicyRules uncovered(const PolicyRules& held, const PolicyRules& wanted) {
  PolicyRules missing;
  for (const PolicyRule& rule : wanted) {
    for (PolicyRule& part : broken_down(rule)) {
      const bool covered = std::ranges::any_of(
          held, [&part](const PolicyRule& candidate) { return covers(candidate, part); });
      if (!covered) missing.push_back(std::move(part));
    }
  }
  return missing;
}

PolicyRules compacted(const PolicyRules& rules) {
  PolicyRules result;
  std::map<std::tuple<std::string, std::string, Texts>, PolicyRule> simple;
  for (const PolicyRule& rule : rules) {
    if (!is_simple(rule)) {
      result.push_back(rule);
      continue;
    }
    const std::tuple place(rule.api_groups[0], rule.resources[0], rule.resource_names);
    const auto [known, is_new] = simple.try_emplace(place, rule);
    if (is_new) continue;
    Texts& verbs = known->second.verbs;
    verbs.insert(verbs.end(), rule.verbs.begin(), rule.verbs.end());
  }
  for (auto& [place, rule] : simple) result.push_back(std::move(rule));
  return result;
}

std::string rule_text(const PolicyRule& rule) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::string_view name, const Texts& texts) {
    if (texts.empty()) return;
    std::vector<std::string> quoted;
    for (const std::string& text : texts) quoted.push_back(kube::go_quote(text));
    parts.push_back(fmt::format("{}:[{}]", name, fmt::join(quoted, " ")));
  };
  add("APIGroups", rule.api_groups);
  add("Resources", rule.resources);
  add("NonResourceURLs", rule.non_resource_urls);
  add("ResourceNames", rule.resource_names);
  add("Verbs", rule.verbs);
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

}  // namespace dynamod::apiserver

// Reading queries; the words of refusals are those of apimachinery's validation of options.
#include "apiserver/options.h"

#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "apiserver/registry/object.h"
#include "base/hash.h"

namespace dynamod::apiserver {

namespace {

using kube::Problem;

constexpr std::size_t kFieldManagerMax = 128;

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// An absent number is `none`.
Outcome<std::optional<std::int64_t>> number_option(const QueryItems& query, std::string_view key) {
  const std::string_view text = query_value(query, key);
  if (text.empty()) return std::nullopt;
  const auto number = parse_number<std::int64_t>(text);
  if (!number)
    return bad_request(
        fmt::format("strconv.ParseInt: parsing {}: invalid syntax", kube::quote(text)));
  return number;
}

void check_dry_run(const QueryItems& query, std::vector<Problem>& problems) {
  for (const auto& [key, value] : query) {
    if (key == "dryRun" && value != "All")
      problems.push_back({.path = "dryRun",
                          .kind = Problem::Kind::kNotSupported,
                          .value = fmt::format("[{}]", kube::quote(value)),
                          .detail = "supported values: \"All\""});
  }
}

bool is_printable(std::string_view text) {
  return text.find_first_of(std::string_view("\0\a\b\t\n\v\f\r\x1B\x7F", 10)) ==
         std::string_view::npos;
}

void check_manager(std::string_view manager, std::vector<Problem>& problems) {
  if (manager.size() > kFieldManagerMax)
    problems.push_back(kube::too_long("fieldManager", kFieldManagerMax));
  if (!is_printable(manager))
    problems.push_back(
        kube::invalid("fieldManager", manager, "should only contain printable characters"));
}

std::optional<FieldValidation> parse_field_validation(std::string_view text) {
  if (text.empty() || text == "Warn") return FieldValidation::kWarn;
  if (text == "Ignore") return FieldValidation::kIgnore;
  if (text == "Strict") return FieldValidation::kStrict;
  return std::nullopt;
}

Outcome<VersionMatch> parse_match(const QueryItems& query) {
  const std::string_view text = query_value(query, "resourceVersionMatch");
  if (text.empty()) return VersionMatch::kUnset;
  if (text == "Exact") return VersionMatch::kExact;
  if (text == "NotOlderThan") return VersionMatch::kNotOlderThan;
  return invalid_options("ListOptions", {kube::not_supported("resourceVersionMatch", text,
                                                             {"Exact", "NotOlderThan", ""})});
}

Problem forbidden_option(std::string_view path, std::string_view why) {
  return {.path = std::string(path), .kind = Problem::Kind::kForbidden, .detail = std::string(why)};
}

void check_watch_list(const ListOptions& options, std::vector<Problem>& problems) {
  if (options.send_initial_events) {
    if (options.match != VersionMatch::kNotOlderThan)
      problems.push_back(forbidden_option(
          "resourceVersionMatch",
          "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
    if (!options.watch)
      problems.push_back(
          forbidden_option("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    return;
  }
  if (options.match == VersionMatch::kUnset) return;
  if (options.watch) {
    problems.push_back(forbidden_option(
        "resourceVersionMatch",
        "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
    return;
  }
  if (!options.revision)
    problems.push_back(
        forbidden_option("resourceVersionMatch",
                         "resourceVersionMatch is forbidden unless resourceVersion is provided"));
  if (!options.continues.empty())
    problems.push_back(forbidden_option(
        "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
  if (options.match == VersionMatch::kExact && options.revision == Revision{0})
    problems.push_back(
        forbidden_option("resourceVersionMatch",
                         "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
}

Outcome<Propagation> parse_propagation(std::string_view text) {
  if (text.empty()) return Propagation::kDefault;
  if (text == "Background") return Propagation::kBackground;
  if (text == "Foreground") return Propagation::kForeground;
  if (text == "Orphan") return Propagation::kOrphan;
  return invalid_options("DeleteOptions",
                         {kube::not_supported("propagationPolicy", text,
                                              {"Foreground", "Background", "Orphan", "nil"})});
}

}  // namespace

Outcome<WriteOptions> parse_write_options(const QueryItems& query, std::string_view kind) {
  WriteOptions options;
  std::vector<Problem> problems;
  check_dry_run(query, problems);
  options.dry_run = !query_value(query, "dryRun").empty();
  options.field_manager = query_value(query, "fieldManager");
  check_manager(options.field_manager, problems);
  const std::string_view validation = query_value(query, "fieldValidation");
  if (const auto parsed = parse_field_validation(validation))
    options.field_validation = *parsed;
  else
    problems.push_back(
        kube::not_supported("fieldValidation", validation, {"", "Ignore", "Strict", "Warn"}));
  options.force = query_flag(query, "force");
  if (!problems.empty()) return invalid_options(kind, problems);
  return options;
}

Outcome<ListOptions> parse_list_options(const QueryItems& query) {
  ListOptions options;
  TRY(options.labels, kube::parse_label_selector(query_value(query, "labelSelector")));
  TRY(options.fields, parse_field_selector(query_value(query, "fieldSelector")));
  TRY(const auto limit, number_option(query, "limit"));
  options.limit = limit.value_or(0);
  TRY(const auto timeout, number_option(query, "timeoutSeconds"));
  options.timeout_seconds = timeout.value_or(0);
  options.continues = query_value(query, "continue");
  options.watch = query_flag(query, "watch");
  options.bookmarks = query_flag(query, "allowWatchBookmarks");
  if (!query_value(query, "sendInitialEvents").empty())
    options.send_initial_events = query_flag(query, "sendInitialEvents");
  TRY(options.match, parse_match(query));
  if (const std::string_view text = query_value(query, "resourceVersion"); !text.empty()) {
    options.revision = parse_number<Revision>(text);
    if (!options.revision)
      return bad_request(
          fmt::format("invalid resource version: resourceVersion: Invalid value: {}: "
                      "strconv.ParseUint: parsing {}: invalid syntax",
                      kube::quote(text), kube::quote(text)));
  }
  std::vector<Problem> problems;
  check_watch_list(options, problems);
  if (!problems.empty()) return invalid_options("ListOptions", problems);
  if (!options.continues.empty() && options.revision.value_or(0) != 0)
    return bad_request("specifying resource version is not allowed when using continue");
  return options;
}

Outcome<DeleteOptions> parse_delete_options(const json::object* body, const QueryItems& query) {
  DeleteOptions options;
  std::vector<Problem> problems;
  std::string propagation;
  bool orphan = false;
  if (body) {
    if (const json::value* dry_run = body->if_contains("dryRun"); dry_run && dry_run->is_array())
      options.dry_run = !dry_run->get_array().empty();
    if (const json::value* grace = body->if_contains("gracePeriodSeconds");
        grace && grace->is_int64())
      options.grace_seconds = grace->get_int64();
    options.uid = string_in(*body, "preconditions.uid");
    options.resource_version = string_in(*body, "preconditions.resourceVersion");
    propagation = string_in(*body, "propagationPolicy");
    const json::value* orphans = body->if_contains("orphanDependents");
    orphan = orphans && orphans->is_bool() && orphans->get_bool();
  } else {
    check_dry_run(query, problems);
    options.dry_run = !query_value(query, "dryRun").empty();
    TRY(options.grace_seconds, number_option(query, "gracePeriodSeconds"));
    propagation = query_value(query, "propagationPolicy");
    orphan = query_flag(query, "orphanDependents");
  }
  if (!problems.empty()) return invalid_options("DeleteOptions", problems);
  TRY(options.propagation, parse_propagation(propagation));
  if (orphan && options.propagation == Propagation::kDefault)
    options.propagation = Propagation::kOrphan;
  return options;
}

std::string encode_continue(const ContinueToken& token) {
  const json::object body{{"v", "meta.k8s.io/v1"},
                          {"rv", token.revision},
                          {"ns", token.after.ns},
                          {"name", token.after.name}};
  std::string text = encode_base64(encode_json(body));
  // Unpadded and safe in a URL, as Kubernetes' tokens are.
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

Result<ContinueToken> decode_continue(std::string_view text) {
  const auto bad = [] {
    return fail(Error::Kind::kBadRequest,
                "continue key is not valid: it was not made by this server");
  };
  std::string base64(text);
  for (char& c : base64) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (base64.size() % 4 != 0) base64 += '=';
  const auto bytes = decode_base64(base64);
  if (!bytes) return bad();
  const auto body = decode_json(*bytes);
  if (!body || !body->is_object()) return bad();
  const json::object& object = body->get_object();
  ContinueToken token{.revision = static_cast<Revision>(number_in(object, "rv")),
                      .after = {string_in(object, "ns"), string_in(object, "name")}};
  if (token.after.name.empty()) return bad();
  return token;
}

}  // namespace dynamod::apiserver

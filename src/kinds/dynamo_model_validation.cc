// The rules, one function for each field, and how they join with what the types say.
#include "kinds/dynamo_model_validation.h"

#include <algorithm>

#include "base/utf8.h"
#include "kube/decode.h"
#include "lora/discovery_slug.h"
#include "lora/source_uri.h"

namespace dynamod::kinds {

namespace {

using kube::Problem;
using kube::Verdict;

constexpr std::string_view kModelNamePath = "spec.modelName";
constexpr std::string_view kBaseModelNamePath = "spec.baseModelName";
constexpr std::string_view kModelTypePath = "spec.modelType";
constexpr std::string_view kSourcePath = "spec.source";
constexpr std::string_view kUriPath = "spec.source.uri";

struct NameRule {
  std::string_view path;
  std::size_t bytes_max;
  std::string_view advice;  // what to write instead of a name that is too long
};

constexpr NameRule kModelNameRule{kModelNamePath, kModelNameMax,
                                  R"(use a short name such as "my-org/my-adapter")"};
constexpr NameRule kBaseModelNameRule{kBaseModelNamePath, kBaseModelNameMax,
                                      "use the name in modelRef.name of the deployment"};

// The control characters of ASCII, which would break log lines, headers and terminals.
bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

// True if nothing is wrong with it by itself.
bool check_name(const NameRule& rule, const std::string& name, Verdict& verdict) {
  const std::string path(rule.path);
  if (name.empty())
    verdict.problems.push_back(kube::required(path, "must not be empty"));
  else if (name.size() > rule.bytes_max)
    verdict.problems.push_back(kube::too_long(path, rule.bytes_max, rule.advice));
  else if (has_control_character(name) || find_invalid_utf8(name) != std::string_view::npos)
    verdict.problems.push_back(
        kube::invalid(path, kube::quote(replace_invalid_utf8(name)),
                      "must be text without control characters such as line breaks or tabs"));
  else
    return true;
  return false;
}

// The name is the key of the adapter on the workers and in Dynamo's discovery.
void check_lora_name(const DynamoModelSpec& spec, Verdict& verdict) {
  const auto refuse = [&](std::string detail) {
    verdict.problems.push_back(kube::invalid(std::string(kModelNamePath),
                                             kube::quote(spec.model_name), std::move(detail)));
  };
  if (spec.model_name == spec.base_model_name)
    refuse("must differ from spec.baseModelName: workers answer that name with the base model");
  else if (lora::discovery_slug(spec.model_name).empty())
    refuse(
        "must hold at least one of a-z, A-Z, 0-9 or \"-\": workers cannot publish any other name");
}

void check_lora_source(const std::optional<ModelSource>& source, Verdict& verdict) {
  const std::string path(kUriPath);
  if (!source) {
    verdict.problems.push_back(
        kube::required(std::string(kSourcePath), R"(is required when spec.modelType is "lora")"));
    return;
  }
  const std::string& uri = source->uri;
  if (uri.empty()) {
    verdict.problems.push_back(
        kube::required(path, R"(must be specified when spec.modelType is "lora")"));
    return;
  }
  if (uri.size() > kSourceUriMax) {
    verdict.problems.push_back(kube::too_long(path, kSourceUriMax));
    return;
  }
  const auto parsed = lora::parse_source_uri(uri);
  if (!parsed) {
    verdict.problems.push_back(kube::invalid(path, kube::kRedacted, parsed.error().message));
    return;
  }
  if (parsed->scheme == lora::SourceScheme::kHttp || parsed->scheme == lora::SourceScheme::kHttps)
    verdict.warnings.emplace_back(
        "spec.source.uri: Dynamo's own workers cannot load from http:// and https://: every worker "
        "needs the dynamod "
        "agent");
}

void refuse_change(std::string_view path, std::string_view value, std::string_view warning,
                   Verdict& verdict) {
  verdict.problems.push_back(
      kube::invalid(std::string(path), kube::quote(value), std::string(kImmutableText)));
  verdict.warnings.emplace_back(warning);
}

bool names_path(const std::vector<Problem>& problems, std::string_view path) {
  return std::ranges::find(problems, path, &Problem::path) != problems.end();
}

// What the types say and what the rules say of one object. A field of the wrong type was read as
// absent: the rules have nothing to add about it; of a field that is absent the rules say more.
std::vector<Problem> merge_problems(std::vector<Problem> of_types, std::vector<Problem> of_rules) {
  std::erase_if(of_types, [&](const Problem& problem) {
    return problem.kind == Problem::Kind::kRequired && names_path(of_rules, problem.path);
  });
  for (auto& problem : of_rules)
    if (!names_path(of_types, problem.path)) of_types.push_back(std::move(problem));
  return of_types;
}

bool same_spec(const json::value& object, const json::value& old_object) {
  const json::value* spec = find_json(object, "spec");
  const json::value* old_spec = find_json(old_object, "spec");
  return spec && old_spec && equal_json(*spec, *old_spec);
}

}  // namespace

Verdict validate_spec(const DynamoModelSpec& spec) {
  Verdict verdict;
  const bool name_ok = check_name(kModelNameRule, spec.model_name, verdict);
  check_name(kBaseModelNameRule, spec.base_model_name, verdict);
  if (spec.model_type != ModelType::kLora) {
    if (spec.source)
      verdict.warnings.emplace_back(R"(spec.source is not used unless spec.modelType is "lora")");
    return verdict;
  }
  if (name_ok) check_lora_name(spec, verdict);
  check_lora_source(spec.source, verdict);
  return verdict;
}

Verdict validate_create(const DynamoModel& model) {
  return validate_spec(model.spec);
}

Verdict validate_update(const DynamoModel& old_model, const DynamoModel& model) {
  if (model.metadata.deleting() || model.spec == old_model.spec) return {};
  Verdict verdict = validate_spec(model.spec);
  if (model.spec.base_model_name != old_model.spec.base_model_name)
    refuse_change(kBaseModelNamePath, model.spec.base_model_name,
                  "Changing spec.baseModelName will break endpoint discovery", verdict);
  if (model.spec.model_type != old_model.spec.model_type)
    refuse_change(kModelTypePath, kube::enum_text(model.spec.model_type),
                  "Changing spec.modelType may cause unexpected behavior", verdict);
  return verdict;
}

Verdict validate_model_json(const json::value& object, const json::value& old_object) {
  std::vector<Problem> problems;
  const auto model = kube::from_json<DynamoModel>(object, problems);
  const bool create = old_object.is_null();
  std::vector<Problem> ignored;  // the old object is stored already
  const auto old_model = create ? DynamoModel{} : kube::from_json<DynamoModel>(old_object, ignored);
  // An unchanged spec is not looked at, so neither are its types.
  if (!create && (model.metadata.deleting() || same_spec(object, old_object))) return {};

  Verdict verdict = create ? validate_create(model) : validate_update(old_model, model);
  std::erase_if(problems, [](const Problem& problem) { return !problem.path.starts_with("spec"); });
  verdict.problems = merge_problems(std::move(problems), std::move(verdict.problems));
  return verdict;
}

}  // namespace dynamod::kinds

// Unknown parameters (profile=, stream=, charset=) are ignored: clients add new ones with time.
#include "apiserver/media_type.h"

#include <algorithm>

namespace dynamod::apiserver {

namespace {

constexpr std::string_view kMetaGroup = "meta.k8s.io";

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// "0.25" is 250; what makes no sense counts as 1.
int parse_weight(std::string_view text) {
  int weight = 0;
  int unit = 1000;
  for (const char c : text) {
    if (c == '.') continue;
    if (c < '0' || c > '9') return 1000;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return std::min(weight, 1000);
}

// Calls each(part) for the parts of `text` between `mark`s.
template <class Each>
void split(std::string_view text, char mark, Each&& each) {
  while (true) {
    const auto end = text.find(mark);
    each(trim(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

bool is_json(std::string_view type) {
  return type == kJsonType || type == "*/*" || type == "application/*";
}

std::optional<Rendering> rendering_of(const MediaType& wanted) {
  Rendering rendering;
  if (wanted.type == kYamlType)
    rendering.encoding = Encoding::kYaml;
  else if (!is_json(wanted.type))
    return std::nullopt;
  const std::string_view as = wanted.parameter("as");
  if (as.empty()) return rendering;
  const std::string_view version = wanted.parameter("v");
  if (wanted.parameter("g") != kMetaGroup || (version != "v1" && version != "v1beta1"))
    return std::nullopt;
  rendering.meta_version = version;
  if (as == "Table")
    rendering.form = Form::kTable;
  else if (as == "PartialObjectMetadata")
    rendering.form = Form::kPartialMetadata;
  else if (as == "PartialObjectMetadataList")
    rendering.form = Form::kPartialMetadataList;
  else
    return std::nullopt;
  return rendering;
}

}  // namespace

std::string_view MediaType::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

MediaType parse_media_type(std::string_view text) {
  MediaType media;
  bool first = true;
  split(text, ';', [&](std::string_view part) {
    if (std::exchange(first, false)) {
      media.type = lower(part);
      return;
    }
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return;
    std::string_view value = trim(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    const std::string key = lower(trim(part.substr(0, equals)));
    if (key == "q")
      media.weight = parse_weight(value);
    else
      media.parameters.emplace_back(key, value);
  });
  return media;
}

std::vector<MediaType> parse_accept(std::string_view header) {
  std::vector<MediaType> accepted;
  split(header, ',', [&](std::string_view part) {
    if (part.empty()) return;
    MediaType media = parse_media_type(part);
    if (media.weight == 0) return;
    // Behind those of the same weight that came before it.
    const auto place = std::ranges::find_if(
        accepted, [&](const MediaType& each) { return each.weight < media.weight; });
    accepted.insert(place, std::move(media));
  });
  if (trim(header).empty()) accepted.push_back({.type = "*/*"});
  return accepted;
}

std::optional<Rendering> choose_rendering(std::string_view accept) {
  for (const auto& wanted : parse_accept(accept))
    if (auto rendering = rendering_of(wanted)) return rendering;
  return std::nullopt;
}

std::optional<bool> wants_aggregated_discovery(std::string_view accept) {
  for (const auto& wanted : parse_accept(accept)) {
    if (!is_json(wanted.type)) continue;
    if (wanted.parameter("as").empty()) return false;
    if (wanted.parameter("g") == "apidiscovery.k8s.io" && wanted.parameter("v") == "v2" &&
        wanted.parameter("as") == "APIGroupDiscoveryList")
      return true;
  }
  return std::nullopt;
}

}  // namespace dynamod::apiserver

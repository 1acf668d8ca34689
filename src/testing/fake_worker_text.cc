// Texts of workers 0.9, 1.0, 1.3 and 1.6.
#include "testing/fake_worker_text.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/json.h"
#include "lora/lora_id.h"

namespace dynamod::testing {

namespace {

using Kind = FakeSource::Kind;

constexpr char kPlain[] = "text/plain; charset=utf-8";

// As Python's repr() of a str, for names of printable characters.
std::string python_repr(std::string_view text) {
  const bool has_single = text.contains('\'');
  const char quote = has_single && !text.contains('"') ? '"' : '\'';
  std::string repr(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') repr += '\\';
    repr += c;
  }
  return repr += quote;
}

FakeReply download_failure(FakeVersion version, std::string_view cause) {
  return error_reply(version, fmt::format("Failed to download LoRA: Download failed: {}", cause));
}

// What the engine says of an adapter that was fetched. 0.9 passes it on as it is.
FakeReply engine_failure(FakeVersion version, const std::string& name, std::string_view cause) {
  if (version == FakeVersion::k0_9) {
    return error_reply(version, fmt::format("Call to add_lora method failed: {}", cause));
  }
  return error_reply(
      version,
      fmt::format(
          "Failed to add LoRA '{}': Call to add_lora method failed: Worker failed with error "
          "'{}', please check the stack trace above for the root cause",
          name, cause),
      name);
}

FakeReply s3_failure(FakeVersion version, std::string_view cause) {
  return download_failure(
      version, fmt::format("Generic S3 error: Error performing list request: Error performing GET "
                           "http://s3.local:9000/loras?list-type=2&prefix=none%2F in 43ms - {}",
                           cause));
}

bool can_fetch(FakeVersion version, std::string_view uri) {
  if (uri.starts_with("hf://")) return version >= FakeVersion::k1_3;
  return uri.starts_with("s3://") || uri.starts_with("file://");
}

FakeReply missing(FakeVersion version, const std::string& uri) {
  if (uri.starts_with("file://")) return download_failure(version, "Local LoRA not found: " + uri);
  if (!can_fetch(version, uri) || !uri.starts_with("hf://")) {
    return download_failure(version, fmt::format("LoRA {} not found in any source", uri));
  }
  const std::string repository = uri.substr(5);
  const auto at = repository.find('@');
  const std::string revision = at == std::string::npos ? "main" : repository.substr(at + 1);
  return download_failure(version,
                          fmt::format("resolving Hugging Face repository {} at revision {}",
                                      repository.substr(0, at), revision));
}

FakeReply refused(std::string_view why, std::size_t column) {
  return plain_reply(
      422, fmt::format(
               "Failed to deserialize the JSON body into the target type: {} at line 1 column {}",
               why, column));
}

}  // namespace

FakeReply success_reply(std::string_view message, const std::string& name) {
  return {200, encode_json(json::object{{"status", "success"},
                                        {"message", message},
                                        {"lora_name", name},
                                        {"lora_id", lora::lora_id(name)}})};
}

FakeReply error_reply(FakeVersion version, std::string_view message,
                      const std::optional<std::string>& name) {
  json::object body{{"status", "error"}, {"message", message}};
  if (name) body["lora_name"] = *name;
  return {version == FakeVersion::k0_9 ? 200 : 500, encode_json(body)};
}

FakeReply list_reply(const std::map<std::string, std::string>& adapters) {
  json::object loras;
  for (const auto& [name, uri] : adapters) loras[name] = lora::lora_id(name);
  return {200, encode_json(json::object{
                   {"status", "success"}, {"loras", loras}, {"count", adapters.size()}})};
}

FakeReply no_handler_reply(FakeVersion version, std::string_view handler,
                           const std::optional<std::string>& name) {
  const std::string text =
      version == FakeVersion::k0_9
          ? fmt::format(
                "Endpoint '{}' not found in local registry. Make sure it's registered with "
                ".register_local_engine()",
                handler)
          : fmt::format(
                "LoRA management not available: no '{}' handler is registered (neither a local "
                "LoRA endpoint nor "
                "an engine update). This worker either has LoRA disabled or its backend does not "
                "support LoRA "
                "management.",
                handler);
  FakeReply reply = error_reply(version, text, name);
  reply.status = 500;  // in every version
  return reply;
}

FakeReply not_found_reply(FakeVersion version, const std::string& name,
                          const std::map<std::string, std::string>& adapters) {
  std::string available;
  for (const auto& [known, uri] : adapters) {
    if (!available.empty()) available += ", ";
    available += python_repr(known);
  }
  return error_reply(
      version, fmt::format("LoRA adapter '{}' not found. Available LoRAs: [{}]", name, available));
}

FakeReply plain_reply(int status, std::string text) {
  return {status, std::move(text), kPlain};
}

FakeReply health_reply(FakeHealth health, Duration uptime) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(uptime);
  const bool ready = health != FakeHealth::kStarting;
  const char* word = ready ? "ready" : "notready";
  json::object endpoints{{"generate", word}};
  if (health == FakeHealth::kReady) {
    for (const char* handler : {"list_loras", "load_lora", "unload_lora"}) {
      endpoints[handler] = word;
    }
  }
  const json::object body{
      {"status", word},
      {"uptime", {{"secs", seconds.count()}, {"nanos", (uptime - seconds).count()}}},
      {"endpoints", endpoints}};
  return {ready ? 200 : 503, encode_json(body), kPlain};
}

std::expected<worker::LoadRequest, FakeReply> read_load_body(std::string_view content_type,
                                                             std::string_view body) {
  if (!content_type.starts_with("application/json")) {
    return std::unexpected(
        plain_reply(415, "Expected request with `Content-Type: application/json`"));
  }
  const auto decoded = decode_json_strict(body);
  if (!decoded) {
    const char* why = body.empty() ? "EOF while parsing a value at line 1 column 0"
                                   : "key must be a string at line 1 column 2";
    return std::unexpected(
        plain_reply(400, fmt::format("Failed to parse the request body as JSON: {}", why)));
  }
  if (!decoded->value.is_object()) {
    return std::unexpected(
        refused("invalid type: null, expected struct LoadLoraRequest", body.size()));
  }
  const json::object& object = decoded->value.get_object();
  const json::value* name = object.if_contains("lora_name");
  const json::value* source = object.if_contains("source");
  if (name == nullptr) return std::unexpected(refused("missing field `lora_name`", body.size()));
  if (!name->is_string()) {
    return std::unexpected(refused("lora_name: invalid type, expected a string", body.size()));
  }
  if (source == nullptr) return std::unexpected(refused("missing field `source`", body.size()));
  const json::value* uri = source->is_object() ? source->get_object().if_contains("uri") : nullptr;
  if (uri == nullptr || !uri->is_string()) {
    return std::unexpected(refused("source: missing field `uri`", body.size() - 1));
  }
  return worker::LoadRequest{std::string(name->get_string()), std::string(uri->get_string())};
}

std::optional<FakeReply> source_failure(FakeVersion version, const worker::LoadRequest& load,
                                        const FakeSource& source, unsigned rank_max) {
  if (!can_fetch(version, load.uri)) {
    return download_failure(version, fmt::format("LoRA {} not found in any source", load.uri));
  }
  switch (source.kind) {
    case Kind::kGood:
      break;
    case Kind::kMissing:
      return missing(version, load.uri);
    case Kind::kDenied:
      return s3_failure(version,
                        "Server returned non-2xx status code: 403 Forbidden: <?xml version=\"1.0\" "
                        "encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code></Error>");
    case Kind::kDown:
      return s3_failure(
          version,
          "after 10 retries, max_retries: 10, retry_timeout: 180s  - HTTP error: error sending "
          "request");
    case Kind::kNoConfig:
      return engine_failure(
          version, load.name,
          fmt::format("Loading lora {} failed: No adapter found for /full/path/noconfig",
                      load.name));
    case Kind::kDamaged:
      return engine_failure(version, load.name,
                            "Error while deserializing header: header too large");
    case Kind::kOtherBase:
      return engine_failure(version, load.name,
                            "The size of tensor a (64) must match the size of tensor b (96) at "
                            "non-singleton dimension 1");
  }
  if (source.rank <= rank_max) return std::nullopt;
  return engine_failure(
      version, load.name,
      fmt::format("LoRA rank {} is greater than max_lora_rank {}.", source.rank, rank_max));
}

}  // namespace dynamod::testing

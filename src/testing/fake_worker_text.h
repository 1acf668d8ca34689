// The texts of stock workers, by version: what FakeWorker answers with, apart from what it does.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "worker/lora_api.h"

namespace dynamod::testing {

// The versions between answer as one of these does: 0.8 as 0.9, 1.1 and 1.2 as 1.0, 1.4 as 1.3, 1.5
// as 1.6.
enum class FakeVersion : std::uint8_t { k0_9, k1_0, k1_3, k1_6 };

struct FakeReply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

// What is behind a URI.
struct FakeSource {
  enum class Kind : std::uint8_t {
    kGood,
    kMissing,
    kDenied,
    kDown,
    kNoConfig,
    kDamaged,
    kOtherBase
  };
  Kind kind = Kind::kGood;
  unsigned rank = 8;
};

// {"status":"success","message":...,"lora_name":...,"lora_id":...}
[[nodiscard]] FakeReply success_reply(std::string_view message, const std::string& name);
// {"status":"error",...} with the version's code: 200 before 1.0, 500 since. No "lora_name" when
// `name` is nothing.
[[nodiscard]] FakeReply error_reply(FakeVersion version, std::string_view message,
                                    const std::optional<std::string>& name = std::nullopt);
[[nodiscard]] FakeReply list_reply(const std::map<std::string, std::string>& adapters);
// `handler` is "load_lora", "unload_lora" or "list_loras".
[[nodiscard]] FakeReply no_handler_reply(FakeVersion version, std::string_view handler,
                                         const std::optional<std::string>& name);
[[nodiscard]] FakeReply not_found_reply(FakeVersion version, const std::string& name,
                                        const std::map<std::string, std::string>& adapters);
[[nodiscard]] FakeReply plain_reply(int status, std::string text);
enum class FakeHealth : std::uint8_t { kStarting, kReady, kReadyWithoutLora };
[[nodiscard]] FakeReply health_reply(FakeHealth health, Duration uptime);

// The body of a POST, or the framework's refusal of it. Positions inside broken JSON are those of
// "{bad".
[[nodiscard]] std::expected<worker::LoadRequest, FakeReply> read_load_body(
    std::string_view content_type, std::string_view body);

// Why a load fails that is not about names; nothing when it works.
[[nodiscard]] std::optional<FakeReply> source_failure(FakeVersion version,
                                                      const worker::LoadRequest& load,
                                                      const FakeSource& source, unsigned rank_max);

}  // namespace dynamod::testing

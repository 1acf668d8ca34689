// The table behind meaning.h: texts of workers, in the order they are tried.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "worker/meaning.h"

namespace dynamod::worker {

enum class Said : std::uint8_t { kSuccess, kError };  // the answer's own `status`

struct TextRow {
  Said said;
  std::optional<Call> call;  // nothing: any
  // The whole message: "*" is any text, "{n}" the adapter's name.
  std::string_view pattern;
  Outcome::Kind kind;
  lora::EndpointReason reason;
  std::string_view advice;  // what to do, or ""
};

// The first row that fits. Every message fits one.
[[nodiscard]] const TextRow& find_text_row(Said said, Call call, std::string_view message,
                                           std::string_view name);

// "*" in `pattern` is any text, "{n}" is `name`.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text, std::string_view name);

}  // namespace dynamod::worker

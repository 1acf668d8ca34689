// Text of a worker's answer, made fit for status, events and log lines.
#pragma once

#include <string>
#include <string_view>

namespace dynamod::lora {

inline constexpr std::size_t kWorkerTextMax =
    512;  // one endpoint's message; a status holds hundreds of them

// At most `size_bytes_max` bytes of valid UTF-8, "..." at the end of what was cut. URIs are
// redacted, and so is `uri` wherever it stands whole (the one that was sent: an answer may repeat
// it without marks around it). White space becomes single spaces; control characters, invisible
// ones and broken UTF-8 become U+FFFD.
[[nodiscard]] std::string worker_text(std::string_view answer, std::string_view uri = {},
                                      std::size_t size_bytes_max = kWorkerTextMax);

}  // namespace dynamod::lora

// Log lines: logfmt, one event a line, to standard error (or wherever the sink writes).
//   time=2026-01-02T03:04:05.678Z level=info msg="Successfully reconciled" model=dynamo-system/my-lora lora=my-custom-lora
// Values are quoted when they need it, cut at kLogValueMax, and control characters are escaped. Callers redact secrets.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace dynamod::base {

inline constexpr std::size_t kLogValueMax = 2048;  // a worker's answer can be megabytes; a line is for people

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
[[nodiscard]] std::string_view to_string(LogLevel level);
[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view text);  // debug info warning error

struct LogField {
  std::string_view key;
  std::string value;
};

class Log {
 public:
  using Sink = std::function<void(std::string_view line)>;  // without the newline

  // `clock` outlives the log.
  Log(const Clock& clock, LogLevel level, Sink sink);

  void debug(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void info(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void warning(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  void error(std::string_view message, std::initializer_list<LogField> fields = {}) const;
  [[nodiscard]] bool enabled(LogLevel level) const { return level >= level_; }

 private:
  void write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) const;

  const Clock& clock_;
  LogLevel level_;
  Sink sink_;
};

// Writes lines to standard error through spdlog's asynchronous-free stderr sink, flushed at each line.
[[nodiscard]] Log::Sink stderr_log_sink();

}  // namespace dynamod::base

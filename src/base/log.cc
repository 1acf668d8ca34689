// Lines of logfmt, and the only file that knows spdlog.
#include "base/log.h"

#include <algorithm>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/timestamp.h"
#include "base/utf8.h"

namespace dynamod::base {

namespace {

constexpr std::string_view kCut = "...";

// C0, DEL and C1 (a terminal obeys them), and the line separators some readers split at.
bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  while (!value.empty()) {
    const auto point = first_code_point(value);
    const bool plain =
        point.length > 0 && point.value != ' ' && point.value != '"' && point.value != '=';
    if (!plain || is_control(point.value)) return true;
    value.remove_prefix(point.length);
  }
  return false;
}

void append_hex(std::string& line, char32_t value) {
  line += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) line += "0123456789abcdef"[(value >> shift) & 0xF];
}

void append_quoted(std::string& line, std::string_view value) {
  line += '"';
  while (!value.empty()) {
    auto point = first_code_point(value);
    if (point.length == 0) point = {0xFFFD, 1};
    value.remove_prefix(point.length);
    switch (point.value) {
      case '"':
        line += "\\\"";
        break;
      case '\\':
        line += "\\\\";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      case '\t':
        line += "\\t";
        break;
      default:
        if (is_control(point.value)) {
          append_hex(line, point.value);
        } else {
          append_utf8(line, point.value);
        }
    }
  }
  line += '"';
}

void append_field(std::string& line, std::string_view key, std::string_view value) {
  std::string shortened;
  if (value.size() > kLogValueMax) {
    shortened.append(cut_utf8(value, kLogValueMax - kCut.size())).append(kCut);
    value = shortened;
  }
  if (!line.empty()) line += ' ';
  line.append(key).append("=");
  if (needs_quotes(value)) {
    append_quoted(line, value);
  } else {
    line += value;
  }
}

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

Result<LogLevel> parse_log_level(std::string_view text) {
  for (const auto level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (text == to_string(level)) return level;
  }
  return fail(Error::Kind::kInvalid, "log level must be debug, info, warning or error");
}

Log::Log(const Clock& clock, LogLevel level, Sink sink)
    : clock_(clock), level_(level), sink_(std::move(sink)) {}

void Log::debug(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kDebug, message, fields);
}

void Log::info(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kInfo, message, fields);
}

void Log::warning(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kWarning, message, fields);
}

void Log::error(std::string_view message, std::initializer_list<LogField> fields) const {
  write(LogLevel::kError, message, fields);
}

void Log::write(LogLevel level, std::string_view message,
                std::initializer_list<LogField> fields) const {
  if (!enabled(level)) return;
  std::string line;
  append_field(line, "time", format_milli_time(clock_.wall()));
  append_field(line, "level", to_string(level));
  append_field(line, "msg", message);
  for (const auto& field : fields) append_field(line, field.key, field.value);
  sink_(line);
}

Log::Sink stderr_log_sink() {
  auto logger = std::make_shared<spdlog::logger>("dynamod",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->flush_on(spdlog::level::trace);
  return [logger](std::string_view line) {
    logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  };
}

}  // namespace dynamod::base

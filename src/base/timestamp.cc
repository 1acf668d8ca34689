// Printing and reading of RFC 3339 times over std::chrono's civil calendar.
#include "base/timestamp.h"

#include <charconv>

#include <fmt/format.h>

#include "base/utf8.h"

namespace dynamod::base {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr std::size_t kFractionDigitsMax = 9;
constexpr std::size_t kQuotedMax = 64;  // what an error repeats of a text from outside

struct Civil {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<nanoseconds> time;
};

Civil to_civil(WallTime time) {
  const auto day = std::chrono::floor<days>(time);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<nanoseconds>(time - day)};
}

std::string format_seconds(const Civil& civil) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(civil.date.year()),
                     static_cast<unsigned>(civil.date.month()),
                     static_cast<unsigned>(civil.date.day()), civil.time.hours().count(),
                     civil.time.minutes().count(), civil.time.seconds().count());
}

// Takes fixed fields off the front of a text; once one does not fit, nothing else does.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}

  int number(std::size_t digits, int low, int high) {
    int value = 0;
    const auto field = rest_.substr(0, digits);
    if (field.size() != digits || field.find_first_not_of("0123456789") != std::string_view::npos) {
      good_ = false;
      return low;
    }
    std::from_chars(field.data(), field.data() + field.size(), value);
    rest_.remove_prefix(digits);
    good_ = good_ && value >= low && value <= high;
    return value;
  }

  char one_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) {
      good_ = false;
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  nanoseconds fraction() {
    if (!rest_.starts_with('.')) return {};
    rest_.remove_prefix(1);
    const auto digits = rest_.substr(0, rest_.find_first_not_of("0123456789"));
    good_ = good_ && !digits.empty() && digits.size() <= kFractionDigitsMax;
    nanoseconds::rep value = 0;
    for (std::size_t i = 0; i < kFractionDigitsMax; ++i)
      value = value * 10 + (i < digits.size() ? digits[i] - '0' : 0);
    rest_.remove_prefix(digits.size());
    return nanoseconds(value);
  }

  seconds offset() {
    const char sign = one_of("Zz+-");
    if (sign == 'Z' || sign == 'z' || !good_) return {};
    const hours hour(number(2, 0, 23));
    one_of(":");
    const seconds size = hour + minutes(number(2, 0, 59));
    return sign == '-' ? -size : size;
  }

  [[nodiscard]] bool done() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace

std::string format_time(WallTime time) {
  return format_seconds(to_civil(time)) + "Z";
}

std::string format_micro_time(WallTime time) {
  const Civil civil = to_civil(time);
  return fmt::format("{}.{:06}Z", format_seconds(civil), civil.time.subseconds().count() / 1'000);
}

std::string format_milli_time(WallTime time) {
  const Civil civil = to_civil(time);
  return fmt::format("{}.{:03}Z", format_seconds(civil),
                     civil.time.subseconds().count() / 1'000'000);
}

Result<WallTime> parse_time(std::string_view text) {
  Fields fields(text);
  const std::chrono::year year(fields.number(4, 0, 9999));
  fields.one_of("-");
  const std::chrono::month month(static_cast<unsigned>(fields.number(2, 1, 12)));
  fields.one_of("-");
  const std::chrono::year_month_day date(
      year, month, std::chrono::day(static_cast<unsigned>(fields.number(2, 1, 31))));
  fields.one_of("Tt");
  const hours hour(fields.number(2, 0, 23));
  fields.one_of(":");
  const minutes minute(fields.number(2, 0, 59));
  fields.one_of(":");
  const seconds second(std::min(fields.number(2, 0, 60), 59));
  const nanoseconds fraction = fields.fraction();
  const seconds offset = fields.offset();
  if (!fields.done() || !date.ok()) {
    return fail(Error::Kind::kInvalid,
                "\"" + replace_invalid_utf8(cut_utf8(text, kQuotedMax)) +
                    "\" is no time: write it like 2026-01-02T03:04:05Z (RFC 3339)");
  }
  const seconds since_epoch =
      std::chrono::sys_days(date).time_since_epoch() + hour + minute + second - offset;
  // Whole days at the start, because printing goes by days; a second of room for the fraction at
  // the end.
  constexpr seconds kEarliest = std::chrono::duration_cast<days>(Duration::min());
  constexpr seconds kLatest = std::chrono::duration_cast<seconds>(Duration::max()) - seconds(1);
  if (since_epoch < kEarliest || since_epoch > kLatest) {
    return fail(Error::Kind::kInvalid,
                "\"" + std::string(text) + "\" is outside of the years 1678 to 2261");
  }
  return WallTime(since_epoch + fraction);
}

}  // namespace dynamod::base

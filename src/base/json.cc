// Decoding of JSON: Boost.JSON's SAX parser with a handler of ours that builds values and sees
// duplicate keys. Also reading at a path and comparison by value. Encoding is in json_encode.cc.
#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <utility>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>

#include "base/go_number.h"
#include "base/utf8.h"

namespace dynamod::base {

namespace {

constexpr std::size_t kDuplicatesMax = 100;  // as Kubernetes reports; a hostile body has a million
constexpr std::size_t kUsualWidth = 64;      // finished values that wait at a time, in most objects
constexpr std::size_t kPathMax = 1024;       // paths are for people, keys may be megabytes

// The first block of a short-lived document: about what its values take, so that most need no
// second one.
constexpr std::size_t kValueBytesPerTextByte = 3;
constexpr std::size_t kBlockBytesMin = 512;
constexpr std::size_t kBlockBytesMax = std::size_t{256} * 1024;

// What the parser calls. Finished values wait on one stack until their container closes, so each
// container is allocated once, in its final size.
class Builder {
 public:
  static constexpr auto max_object_size = static_cast<std::size_t>(-1);
  static constexpr auto max_array_size = static_cast<std::size_t>(-1);
  static constexpr auto max_key_size = static_cast<std::size_t>(-1);
  static constexpr auto max_string_size = static_cast<std::size_t>(-1);

  Builder(std::string_view text, json::storage_ptr storage)
      : text_(text), storage_(std::move(storage)) {
    values_.reserve(kUsualWidth);
    keys_.reserve(kUsualWidth);
    frames_.reserve(kUsualWidth);
  }

  bool on_document_begin(json::error_code&) { return true; }

  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) { return open(Kind::kObject); }

  bool on_object_end(std::size_t size, json::error_code&) {
    json::object object(storage_);
    object.reserve(size);
    const std::size_t first_value = values_.size() - size;
    const std::size_t first_key = keys_.size() - size;
    for (std::size_t i = 0; i < size; ++i) {
      const json::string_view key = keys_[first_key + i];
      const auto [place, inserted] = object.emplace(key, nullptr);
      place->value() = std::move(values_[first_value + i]);
      if (!inserted) [[unlikely]]
        note_duplicate(key);
    }
    values_.resize(first_value);
    keys_.resize(first_key);
    frames_.pop_back();
    return push(std::move(object));
  }

  bool on_array_begin(json::error_code&) { return open(Kind::kArray); }

  bool on_array_end(std::size_t size, json::error_code&) {
    json::array array(storage_);
    array.reserve(size);
    const std::size_t first = values_.size() - size;
    for (std::size_t i = 0; i < size; ++i) array.push_back(std::move(values_[first + i]));
    values_.resize(first);
    frames_.pop_back();
    return push(std::move(array));
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    parts_.append(part.data(), part.size());
    return true;
  }

  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    // A key without escapes lies in the input as it is; only the others need a place of their own.
    if (parts_.empty() && std::less_equal<>()(text_.data(), part.data()) &&
        std::less<>()(part.data(), text_.data() + text_.size())) {
      keys_.push_back(part);
      return true;
    }
    parts_.append(part.data(), part.size());
    keys_.emplace_back(escaped_keys_.emplace_back(std::exchange(parts_, {})));
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    parts_.append(part.data(), part.size());
    return true;
  }

  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    if (parts_.empty()) return push(part);
    parts_.append(part.data(), part.size());
    push(json::string_view(parts_));
    parts_.clear();
    return true;
  }

  // The whole text is given at once, so a number never comes in parts.
  bool on_number_part(json::string_view, json::error_code&) { return true; }

  bool on_int64(std::int64_t number, json::string_view, json::error_code&) { return push(number); }

  bool on_uint64(std::uint64_t number, json::string_view, json::error_code&) {
    return push(number);
  }

  // Boost 1.81 may be one unit in the last place off, so the digits are read again.
  bool on_double(double, json::string_view digits, json::error_code& error) {
    const auto number = parse_go_decimal(digits);
    if (number) return push(*number);
    error = json::error::not_exact;
    return false;
  }

  bool on_bool(bool value, json::error_code&) { return push(value); }

  bool on_null(json::error_code&) { return push(nullptr); }

  bool on_comment_part(json::string_view, json::error_code&) { return true; }

  bool on_comment(json::string_view, json::error_code&) { return true; }

  [[nodiscard]] DecodedJson take() { return {std::move(values_.front()), std::move(duplicates_)}; }

 private:
  enum class Kind : std::uint8_t { kObject, kArray };

  // An open container: where its values and keys begin.
  struct Frame {
    Kind kind;
    std::size_t first_value;
  };

  bool open(Kind kind) {
    frames_.push_back({kind, values_.size()});
    return true;
  }

  template <class T>
  bool push(T&& value) {
    values_.emplace_back(std::forward<T>(value), storage_);
    return true;
  }

  // `key` occurred twice in the object that just closed; its frame is still the last one. The keys
  // of the objects around it are each the last that was pushed before the next object's own keys.
  void note_duplicate(std::string_view key) {
    if (duplicates_.size() >= kDuplicatesMax) return;
    std::string path;
    std::size_t keys_end = 0;
    for (std::size_t depth = 0; depth + 1 < frames_.size(); ++depth) {
      const std::size_t size = frames_[depth + 1].first_value - frames_[depth].first_value;
      if (frames_[depth].kind == Kind::kArray) {
        path.append("[").append(std::to_string(size)).append("]");
        continue;
      }
      keys_end += size + 1;  // the values that are finished, and the one that is being read
      step_into(path, keys_[keys_end - 1]);
    }
    step_into(path, key);
    if (path.size() > kPathMax) path = "..." + path.substr(path.size() - kPathMax);
    if (duplicates_.empty() || duplicates_.back() != path) duplicates_.push_back(std::move(path));
  }

  static void step_into(std::string& path, std::string_view key) {
    if (!path.empty()) path += '.';
    path += cut_utf8(key, kPathMax);
  }

  std::string_view text_;
  json::storage_ptr storage_;
  std::string parts_;  // of a string or key that has escapes
  std::vector<json::value> values_;
  std::vector<json::string_view> keys_;
  std::deque<std::string> escaped_keys_;
  std::vector<Frame> frames_;
  std::vector<std::string> duplicates_;
};

Error decode_error(const json::error_code& code, std::size_t offset) {
  std::string what = code.message();
  if (code == json::error::not_exact) what = "a number is larger than any double";
  if (code == json::error::syntax) what = "syntax error or invalid UTF-8";
  if (code == json::error::too_deep) what = "too deeply nested";
  const auto kind =
      code == json::error::too_deep ? Error::Kind::kTooLarge : Error::Kind::kBadRequest;
  return {kind, "invalid JSON at byte " + std::to_string(offset) + ": " + what};
}

bool equal_numbers(double a, std::int64_t b) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  return a >= -kLimit && a < kLimit && std::trunc(a) == a && static_cast<std::int64_t>(a) == b;
}

bool equal_numbers(double a, std::uint64_t b) {
  constexpr double kLimit = 18446744073709551616.0;  // 2^64
  return a >= 0 && a < kLimit && std::trunc(a) == a && static_cast<std::uint64_t>(a) == b;
}

bool equal_numbers(const json::value& a, const json::value& b) {
  if (a.is_double() && b.is_double()) return a.get_double() == b.get_double();
  if (b.is_double()) return equal_numbers(b, a);
  if (a.is_double()) {
    return b.is_int64() ? equal_numbers(a.get_double(), b.get_int64())
                        : equal_numbers(a.get_double(), b.get_uint64());
  }
  if (a.is_int64() && b.is_int64()) return a.get_int64() == b.get_int64();
  if (a.is_uint64() && b.is_uint64()) return a.get_uint64() == b.get_uint64();
  return a.is_int64() ? std::cmp_equal(a.get_int64(), b.get_uint64())
                      : std::cmp_equal(a.get_uint64(), b.get_int64());
}

bool equal_objects(const json::object& a, const json::object& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a) {
    const json::value* other = b.if_contains(key);
    if (!other || !equal_json(value, *other)) return false;
  }
  return true;
}

bool equal_arrays(const json::array& a, const json::array& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!equal_json(a[i], b[i])) return false;
  }
  return true;
}

}  // namespace

Result<DecodedJson> decode_json_strict(std::string_view text, JsonLimits limits,
                                       JsonMemory memory) {
  if (text.size() > limits.size_bytes_max) {
    return fail(Error::Kind::kTooLarge, "JSON of " + std::to_string(text.size()) +
                                            " bytes is over the limit of " +
                                            std::to_string(limits.size_bytes_max));
  }
  json::parse_options options;
  options.max_depth = limits.depth_max;
  json::storage_ptr storage;
  if (memory == JsonMemory::kShortLived) {
    storage = json::make_shared_resource<json::monotonic_resource>(
        std::clamp(text.size() * kValueBytesPerTextByte, kBlockBytesMin, kBlockBytesMax));
  }
  json::basic_parser<Builder> parser(options, text, std::move(storage));
  json::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (!error && used < text.size()) error = json::error::extra_data;
  if (error) return std::unexpected(decode_error(error, used));
  return parser.handler().take();
}

Result<json::value> decode_json(std::string_view text, JsonLimits limits, JsonMemory memory) {
  TRY(auto decoded, decode_json_strict(text, limits, memory));
  if (!decoded.duplicates.empty()) {
    return fail(Error::Kind::kBadRequest,
                "invalid JSON: duplicate field \"" + decoded.duplicates.front() + "\"");
  }
  return std::move(decoded.value);
}

bool equal_json(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return equal_numbers(a, b);
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case json::kind::object:
      return equal_objects(a.get_object(), b.get_object());
    case json::kind::array:
      return equal_arrays(a.get_array(), b.get_array());
    case json::kind::string:
      return a.get_string() == b.get_string();
    case json::kind::bool_:
      return a.get_bool() == b.get_bool();
    default:
      return true;
  }
}

const json::value* find_json(const json::value& value, std::string_view path) {
  const json::value* at = &value;
  while (at && !path.empty()) {
    if (path.front() == '[') {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(path.data() + 1, path.data() + path.size(), index);
      if (error != std::errc{} || end == path.data() + path.size() || *end != ']') return nullptr;
      path.remove_prefix(static_cast<std::size_t>(end - path.data()) + 1);
      const json::array* array = at->if_array();
      at = array && index < array->size() ? &(*array)[index] : nullptr;
    } else {
      const auto key = path.substr(0, path.find_first_of(".["));
      path.remove_prefix(key.size());
      const json::object* object = at->if_object();
      at = object ? object->if_contains(key) : nullptr;
    }
    if (path.starts_with('.')) path.remove_prefix(1);
  }
  return at;
}

std::string string_at(const json::value& value, std::string_view path) {
  const json::value* found = find_json(value, path);
  if (!found || !found->is_string()) return "";
  return std::string(found->get_string());
}

}  // namespace dynamod::base

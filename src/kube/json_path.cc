// Evaluation and printing of JSONPath templates, as client-go does it: its results keep what it
// found before an error, which [?(...)] without operator relies on.
#include "kube/json_path.h"

#include <deque>
#include <optional>

#include <fmt/format.h>

#include "kube/go_text.h"
#include "kube/json_path_program.h"

namespace dynamod::kube {

namespace {

// Unions and ".." multiply what they find; no sensible path comes near.
constexpr std::size_t kFoundMax = 1'000'000;

using Values = std::vector<const json::value*>;

struct Found {
  Values values = {};
  std::optional<Error> error = {};
};

template <class... Args>
Error refusal(fmt::format_string<Args...> text, Args&&... args) {
  return {.kind = Error::Kind::kInvalid, .message = fmt::format(text, std::forward<Args>(args)...)};
}

// --- comparison ---

Error incomparable() {
  return refusal("incompatible types for comparison");
}

// Go's int64 or float64: beyond int64 it decodes to a float.
bool is_real(const json::value& value) {
  return value.is_double() || value.is_uint64();
}

bool is_basic(const json::value& value) {
  return !value.is_null() && !value.is_object() && !value.is_array();
}

bool same_type(const json::value& a, const json::value& b) {
  return a.kind() == b.kind() || (is_real(a) && is_real(b));
}

Result<bool> equal(const json::value& a, const json::value& b) {
  if (!is_basic(a) || !is_basic(b)) return std::unexpected(refusal("invalid type for comparison"));
  if (!same_type(a, b)) return std::unexpected(incomparable());
  return a == b;
}

Result<bool> less(const json::value& a, const json::value& b) {
  if (!is_basic(a) || !is_basic(b)) return std::unexpected(refusal("invalid type for comparison"));
  if (!same_type(a, b)) return std::unexpected(incomparable());
  if (a.is_bool()) return std::unexpected(refusal("invalid type for comparison"));
  if (a.is_string()) return a.get_string() < b.get_string();
  if (a.is_int64()) return a.get_int64() < b.get_int64();
  return a.to_number<double>() < b.to_number<double>();
}

Result<bool> compare(const json::value& a, std::string_view op, const json::value& b) {
  if (op == "==") return equal(a, b);
  if (op == "!=") {
    TRY(const bool is_equal, equal(a, b));
    return !is_equal;
  }
  if (op != "<" && op != ">" && op != "<=" && op != ">=")
    return std::unexpected(refusal("unrecognized filter operator {}", op));
  TRY(const bool is_less, less(a, b));
  if (op == "<") return is_less;
  if (op == ">=") return !is_less;
  TRY(const bool is_equal, equal(a, b));
  return op == "<=" ? is_less || is_equal : !is_less && !is_equal;
}

// --- slices ---

struct Bounds {
  std::size_t first = 0;
  std::size_t last = 0;
};

// nullopt: an empty slice.
Result<std::optional<Bounds>> bounds_of(const PathSlice& slice, std::size_t size) {
  const auto length = static_cast<std::int64_t>(size);
  std::int64_t first = slice.first.value_or(0);
  if (first < 0) first += length;
  std::int64_t last = slice.last.value_or(length);
  if (last < 0 || (last == 0 && slice.is_index)) last += length;
  if (first == last) return std::nullopt;
  if (first >= length || first < 0)
    return std::unexpected(
        refusal("array index out of bounds: index {}, length {}", first, length));
  if (last > length || last < 0)
    return std::unexpected(
        refusal("array index out of bounds: index {}, length {}", last - 1, length));
  if (first > last)
    return std::unexpected(
        refusal("starting index {} is greater than ending index {}", first, last));
  return Bounds{static_cast<std::size_t>(first), static_cast<std::size_t>(last)};
}

// --- evaluation ---

class Evaluation {
 public:
  explicit Evaluation(MissingKeys missing) : missing_(missing) {}

  using Groups = std::vector<std::vector<json::value>>;

  // The parts from `begin`, with `root` as "@" and "$". In a range it ends at its {end}.
  Result<Groups> run(const std::vector<JsonPathNodes>& parts, std::size_t begin,
                     const json::value& root) {
    Groups groups;
    for (std::size_t i = begin; i < parts.size(); ++i) {
      Found found = walk({&root}, parts[i]);
      if (found.error) return std::unexpected(*std::move(found.error));
      if (ends_ > 0 && ends_ <= depth_) {
        --ends_;
        last_end_ = i;
        return groups;
      }
      if (begins_ == 0) {
        CHECK_OK(count(found.values.size()));
        groups.push_back(copies(found.values));
        continue;
      }
      --begins_;
      ++depth_;
      static const json::value kNothing;
      // Without anything to range over it is still read, to find its end.
      const bool is_empty = found.values.empty();
      if (is_empty) found.values.push_back(&kNothing);
      for (const json::value* value : found.values) {
        TRY(Groups round, run(parts, i + 1, *value));
        if (is_empty) continue;
        groups.insert(groups.end(), std::make_move_iterator(round.begin()),
                      std::make_move_iterator(round.end()));
      }
      --depth_;
      if (last_end_ && *last_end_ > i) i = *last_end_;
    }
    return groups;
  }

 private:
  Result<> count(std::size_t more) {
    found_ += more;
    if (found_ <= kFoundMax) return {};
    return fail(Error::Kind::kTooLarge, "the path finds too many values");
  }

  static std::vector<json::value> copies(const Values& values) {
    std::vector<json::value> all;
    for (const json::value* value : values) all.push_back(*value);
    return all;
  }

  Found walk(Values values, const JsonPathNodes& nodes) {
    for (const JsonPathNode& node : nodes) {
      Found found = std::visit([&](const auto& step) { return take(values, step); }, node.step);
      if (auto counted = count(found.values.size()); !counted) found.error = counted.error();
      if (found.error) return found;
      values = std::move(found.values);
    }
    return {.values = std::move(values)};
  }

  // --- one step ---

  Found take(const Values& input, const PathLiteral& literal) {
    made_.push_back(literal.value);
    // A text is there once, whatever there is; a number for each.
    return {.values = Values(literal.value.is_string() ? 1 : input.size(), &made_.back())};
  }

  Found take(const Values& input, const PathField& field) {
    Found found;
    for (const json::value* value : input) {
      const json::object* object = value->if_object();
      const json::value* inner = object ? object->if_contains(field.name) : nullptr;
      if (inner) found.values.push_back(inner);
    }
    if (found.values.empty() && !input.empty() && missing_ == MissingKeys::kRefuse)
      found.error = refusal("{} is not found", field.name);
    return found;
  }

  // Fields, elements or (as numbers) the bytes of a text.
  Values children(const json::value& value) {
    Values inner;
    if (const json::object* object = value.if_object())
      for (const auto& [name, field] : *object) inner.push_back(&field);
    if (const json::array* list = value.if_array())
      for (const json::value& element : *list) inner.push_back(&element);
    if (const json::string* text = value.if_string())
      for (const char c : *text) {
        made_.emplace_back(std::int64_t{static_cast<unsigned char>(c)});
        inner.push_back(&made_.back());
      }
    return inner;
  }

  Found take(const Values& input, const PathWildcard&) {
    Found found;
    for (const json::value* value : input) {
      const Values inner = children(*value);
      found.values.insert(found.values.end(), inner.begin(), inner.end());
    }
    return found;
  }

  Found take(const Values& input, const PathRecursive&) {
    Found found;
    for (const json::value* value : input) descend(*value, found.values);
    return found;
  }

  static bool is_empty(const json::value& value) {
    if (const json::object* object = value.if_object()) return object->empty();
    if (const json::array* list = value.if_array()) return list->empty();
    const json::string* text = value.if_string();
    return !text || text->empty();
  }

  // Everything that holds something, itself included.
  static void descend(const json::value& value, Values& all) {
    if (is_empty(value)) return;
    all.push_back(&value);
    if (const json::object* object = value.if_object())
      for (const auto& [name, field] : *object) descend(field, all);
    if (const json::array* list = value.if_array())
      for (const json::value& element : *list) descend(element, all);
  }

  Found take(const Values& input, const PathKeyword& keyword) {
    if (keyword.name == "range") {
      ++begins_;
      return {.values = input};
    }
    if (keyword.name != "end")
      return {.values = input, .error = refusal("unrecognized identifier {}", keyword.name)};
    if (depth_ == 0) return {.error = refusal("not in range, nothing to end")};
    ++ends_;
    return {};
  }

  Found take(const Values& input, const PathSlice& slice) {
    Found found;
    for (const json::value* value : input) {
      if (value->is_null()) continue;
      const json::array* list = value->if_array();
      if (!list)
        return {.values = input, .error = refusal("{} is not array or slice", go_type(*value))};
      const auto bounds = bounds_of(slice, list->size());
      if (!bounds) return {.values = input, .error = bounds.error()};
      if (!*bounds) return found;
      const std::int64_t step = slice.step.value_or(1);
      if (step <= 0) return {.values = input, .error = refusal("step must be > 0")};
      const std::size_t last = (*bounds)->last;
      for (std::size_t i = (*bounds)->first; i < last; i += static_cast<std::size_t>(step)) {
        found.values.push_back(&(*list)[i]);
        if (static_cast<std::size_t>(step) >= last - i) break;
      }
    }
    return found;
  }

  Found take(const Values& input, const PathUnion& all) {
    Found found;
    for (const JsonPathNodes& part : all.parts) {
      Found some = walk(input, part);
      if (some.error) return {.values = input, .error = std::move(some.error)};
      found.values.insert(found.values.end(), some.values.begin(), some.values.end());
    }
    return found;
  }

  Found take(const Values& input, const PathFilter& filter) {
    Found found;
    for (const json::value* value : input) {
      const json::array* list = value->if_array();
      if (!list)
        return {
            .values = input,
            .error = refusal("{} is not array or slice and cannot be filtered", go_text(*value))};
      for (const json::value& element : *list) {
        auto passes = this->passes(element, filter);
        if (!passes) return {.values = input, .error = std::move(passes).error()};
        if (*passes) found.values.push_back(&element);
      }
    }
    return found;
  }

  Result<bool> passes(const json::value& element, const PathFilter& filter) {
    Found left = walk({&element}, filter.left);
    if (filter.op.empty()) return !left.values.empty();
    if (left.error) return std::unexpected(*std::move(left.error));
    if (left.values.empty()) return false;
    if (left.values.size() > 1)
      return std::unexpected(refusal("can only compare one element at a time"));
    Found right = walk({&element}, filter.right);
    if (right.error) return std::unexpected(*std::move(right.error));
    if (right.values.empty()) return false;
    if (right.values.size() > 1)
      return std::unexpected(refusal("can only compare one element at a time"));
    return compare(*left.values.front(), filter.op, *right.values.front());
  }

  MissingKeys missing_;
  std::deque<json::value> made_ = {};  // values that stand in the template, not in the object
  std::size_t found_ = 0;
  int begins_ = 0;
  int ends_ = 0;
  int depth_ = 0;  // of ranges
  std::optional<std::size_t> last_end_ = {};
};

}  // namespace

Result<JsonPath> JsonPath::parse(std::string_view text) {
  TRY(JsonPathProgram program, parse_json_path(text));
  return JsonPath(std::make_shared<const JsonPathProgram>(std::move(program)));
}

Result<std::vector<std::vector<json::value>>> JsonPath::find(const json::value& object,
                                                             MissingKeys missing) const {
  return Evaluation(missing).run(program_->parts, 0, object);
}

Result<std::string> JsonPath::print(const json::value& object, MissingKeys missing) const {
  TRY(const auto groups, find(object, missing));
  std::string text;
  for (const auto& group : groups) {
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (i > 0) text += ' ';
      text += json_path_text(group[i]);
    }
  }
  return text;
}

std::string json_path_text(const json::value& value) {
  if (value.is_null()) return "null";
  return value.is_object() || value.is_array() ? go_json(value) : go_text(value);
}

}  // namespace dynamod::kube

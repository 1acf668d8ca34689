// JSON Patch as kube-apiserver applies it. Where it departs from RFC 6902: "replace" of a field
// that is not there adds it, "test" takes an absent field for null, "add" without a value adds
// null, negative indices count from the end, numbers are equal only if written alike (1 is
// not 1.0), and whatever stands before the first slash of a path is ignored.
#include "kube/patch/json_patch.h"

#include <charconv>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace dynamod::kube {

namespace {

// How much "copy" may add to a document: kube-apiserver's limit, which is that of a request.
constexpr std::size_t kCopySizeMax = kJsonSizeMax;

constexpr std::string_view kMissing = "missing value";

template <class... Args>
std::unexpected<Error> refuse(fmt::format_string<Args...> text, Args&&... args) {
  return fail(Error::Kind::kInvalid, fmt::format(text, std::forward<Args>(args)...));
}

// --- decoding ---

std::string_view json_type(const json::value& value) {
  if (value.is_object()) return "object";
  if (value.is_array()) return "array";
  if (value.is_string()) return "string";
  return value.is_bool() ? "bool" : "number";
}

std::unexpected<Error> mistyped(std::string_view type, std::string_view where,
                                std::string_view wanted) {
  return fail(Error::Kind::kBadRequest,
              fmt::format("error decoding patch: json: cannot unmarshal {} into Go {} of type {}",
                          type, where, wanted));
}

Result<std::optional<std::string>> text_field(const json::object& operation,
                                              std::string_view name) {
  const json::value* value = operation.if_contains(name);
  if (!value || value->is_null()) return std::nullopt;
  if (!value->is_string())
    return mistyped(json_type(*value), fmt::format("struct field jsonPatchOp.{}", name), "string");
  return std::string(value->get_string());
}

Result<PatchOperation> decode_operation(const json::object& fields) {
  PatchOperation operation;
  TRY(auto op, text_field(fields, "op"));
  operation.op = std::move(op).value_or("unknown");
  TRY(operation.path, text_field(fields, "path"));
  TRY(operation.from, text_field(fields, "from"));
  if (const json::value* value = fields.if_contains("value")) operation.value = *value;
  return operation;
}

bool is_known(std::string_view name) {
  return name == "op" || name == "path" || name == "from" || name == "value";
}

// --- where an operation works ---

// The last step of a path: `key` in `holder`, which is an object or an array. No holder: the path
// leads nowhere.
struct Place {
  json::value* holder = nullptr;
  std::string key = {};
};

// RFC 6901: "~1" is a slash, "~0" a tilde.
std::string decode_key(std::string_view step) {
  std::string key;
  for (std::size_t i = 0; i < step.size(); ++i) {
    const std::string_view two = step.substr(i, 2);
    if (two == "~1" || two == "~0") {
      key += two == "~1" ? '/' : '~';
      ++i;
    } else {
      key += step[i];
    }
  }
  return key;
}

// As Go's strconv.Atoi.
Result<std::int64_t> parse_index(std::string_view key) {
  std::string_view digits = key;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  std::int64_t index = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, index);
  if (code == std::errc::result_out_of_range)
    return refuse("strconv.Atoi: parsing \"{}\": value out of range", key);
  if (code != std::errc() || stop != end || digits.empty())
    return refuse("strconv.Atoi: parsing \"{}\": invalid syntax", key);
  return index;
}

// The place of `index` among `size` elements.
Result<std::size_t> resolve_index(std::int64_t index, std::size_t size) {
  const auto count = static_cast<std::int64_t>(size);
  if (index >= count || index < -count)
    return refuse("Unable to access invalid index: {}: invalid index referenced", index);
  return static_cast<std::size_t>(index < 0 ? index + count : index);
}

// Null: the field is absent or null, which are the same here.
Result<json::value*> get(const Place& place) {
  if (place.holder->is_object()) {
    json::value* value = place.holder->get_object().if_contains(place.key);
    return value && !value->is_null() ? value : nullptr;
  }
  json::array& list = place.holder->get_array();
  TRY(const std::int64_t index, parse_index(place.key));
  TRY(const std::size_t at, resolve_index(index, list.size()));
  return list[at].is_null() ? nullptr : &list[at];
}

Place find_place(json::value& document, std::string_view path) {
  const auto first = path.find('/');
  if (first == std::string_view::npos) return {};
  path.remove_prefix(first + 1);
  Place place{.holder = &document};
  for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    place.key = decode_key(path.substr(0, slash));
    const auto next = get(place);
    if (!next || !*next || !((*next)->is_object() || (*next)->is_array())) return {};
    place.holder = *next;
    path.remove_prefix(slash + 1);
  }
  place.key = decode_key(path);
  return place;
}

Result<> insert(const Place& place, json::value value) {
  if (place.holder->is_object()) {
    place.holder->get_object()[place.key] = std::move(value);
    return {};
  }
  json::array& list = place.holder->get_array();
  if (place.key == "-") {
    list.push_back(std::move(value));
    return {};
  }
  auto index = parse_index(place.key);
  if (!index)
    return std::unexpected(std::move(index).error().within(
        fmt::format("value was not a proper array index: '{}'", place.key)));
  TRY(const std::size_t at, resolve_index(*index, list.size() + 1));
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), std::move(value));
  return {};
}

Result<> erase(const Place& place) {
  if (place.holder->is_object()) {
    if (place.holder->get_object().erase(place.key) == 0)
      return refuse("Unable to remove nonexistent key: {}: {}", place.key, kMissing);
    return {};
  }
  json::array& list = place.holder->get_array();
  TRY(const std::int64_t index, parse_index(place.key));
  TRY(const std::size_t at, resolve_index(index, list.size()));
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(at));
  return {};
}

// Equal as texts, but for the order of fields.
bool equal_written(const json::value& a, const json::value& b) {
  if (a.is_object() && b.is_object()) {
    const json::object& fields = a.get_object();
    const json::object& others = b.get_object();
    if (fields.size() != others.size()) return false;
    for (const auto& [name, value] : fields) {
      const json::value* other = others.if_contains(name);
      if (!other || !equal_written(value, *other)) return false;
    }
    return true;
  }
  if (a.is_array() && b.is_array()) {
    const json::array& list = a.get_array();
    const json::array& others = b.get_array();
    if (list.size() != others.size()) return false;
    for (std::size_t i = 0; i < list.size(); ++i)
      if (!equal_written(list[i], others[i])) return false;
    return true;
  }
  return a.is_double() == b.is_double() && equal_json(a, b);
}

// --- the operations ---

class Application {
 public:
  explicit Application(json::value document) : document_(std::move(document)) {}

  Result<> run(const PatchOperation& operation) {
    if (operation.op == "add") return add(operation);
    if (operation.op == "remove") return remove(operation);
    if (operation.op == "replace") return replace(operation);
    if (operation.op == "move") return move(operation);
    if (operation.op == "test") return test(operation);
    if (operation.op == "copy") return copy(operation);
    return refuse("Unexpected kind: {}", operation.op);
  }

  json::value take() && { return std::move(document_); }

 private:
  static Result<std::string> path_of(const PatchOperation& operation) {
    if (operation.path) return *operation.path;
    const bool is_short =
        operation.op == "add" || operation.op == "remove" || operation.op == "copy";
    return refuse("{} operation failed to decode path: {}{}", operation.op,
                  is_short ? "" : "operation missing path field: ", kMissing);
  }

  static Result<std::string> from_of(const PatchOperation& operation) {
    if (operation.from) return *operation.from;
    return refuse("{} operation failed to decode from: operation, missing from field: {}",
                  operation.op, kMissing);
  }

  // `action` and `path` say where in the error.
  static Result<> within(Result<> done, std::string_view action, std::string_view path) {
    if (done) return done;
    return std::unexpected(
        std::move(done).error().within(fmt::format("error in {} for path: '{}'", action, path)));
  }

  Result<> add(const PatchOperation& operation) {
    TRY(const std::string path, path_of(operation));
    const Place place = find_place(document_, path);
    if (!place.holder)
      return refuse("add operation does not apply: doc is missing path: \"{}\": {}", path,
                    kMissing);
    return within(insert(place, operation.value.value_or(nullptr)), "add", path);
  }

  Result<> remove(const PatchOperation& operation) {
    TRY(const std::string path, path_of(operation));
    const Place place = find_place(document_, path);
    if (!place.holder)
      return refuse("remove operation does not apply: doc is missing path: \"{}\": {}", path,
                    kMissing);
    return within(erase(place), "remove", path);
  }

  Result<> replace(const PatchOperation& operation) {
    TRY(const std::string path, path_of(operation));
    const json::value value = operation.value.value_or(nullptr);
    if (path.empty()) {
      if (!value.is_object() && !value.is_array())
        return refuse("replace operation value must be object or array");
      document_ = value;
      return {};
    }
    const Place place = find_place(document_, path);
    if (!place.holder)
      return refuse("replace operation does not apply: doc is missing path: {}: {}", path,
                    kMissing);
    if (place.holder->is_object()) {
      place.holder->get_object()[place.key] = value;
      return {};
    }
    const auto index = parse_index(place.key);
    json::array& list = place.holder->get_array();
    const auto at = index ? resolve_index(*index, list.size()) : std::unexpected(index.error());
    if (!at)
      return refuse("replace operation does not apply: doc is missing key: {}: {}", path, kMissing);
    list[*at] = value;
    return {};
  }

  Result<> move(const PatchOperation& operation) {
    TRY(const std::string from, from_of(operation));
    const Place source = find_place(document_, from);
    if (!source.holder)
      return refuse("move operation does not apply: doc is missing from path: {}: {}", from,
                    kMissing);
    const auto found = get(source);
    if (!found) return within(std::unexpected(found.error()), "move", source.key);
    json::value value = *found ? **found : json::value(nullptr);
    CHECK_OK(within(erase(source), "move", source.key));

    TRY(const std::string path, path_of(operation));
    const Place target = find_place(document_, path);
    if (!target.holder)
      return refuse("move operation does not apply: doc is missing destination path: {}: {}", path,
                    kMissing);
    return within(insert(target, std::move(value)), "move", path);
  }

  Result<> copy(const PatchOperation& operation) {
    TRY(const std::string from, from_of(operation));
    const Place source = find_place(document_, from);
    if (!source.holder)
      return refuse("copy operation does not apply: doc is missing from path: {}: {}", from,
                    kMissing);
    const auto found = get(source);
    if (!found) return refuse("error in copy for from: '{}': {}", from, found.error().message);
    json::value value = *found ? **found : json::value(nullptr);

    TRY(const std::string path, path_of(operation));
    const Place target = find_place(document_, path);
    if (!target.holder)
      return refuse("copy operation does not apply: doc is missing destination path: {}: {}", path,
                    kMissing);
    if (*found) copied_ += encode_json(value).size();
    if (copied_ > kCopySizeMax)
      return refuse(
          "Unable to complete the copy, the accumulated size increase of copy is {}, "
          "exceeding the limit {}",
          copied_, kCopySizeMax);
    auto done = insert(target, std::move(value));
    if (done) return done;
    return std::unexpected(std::move(done).error().within("error while adding value during copy"));
  }

  Result<> test(const PatchOperation& operation) {
    TRY(const std::string path, path_of(operation));
    const json::value expected = operation.value.value_or(nullptr);
    const json::value* actual = &document_;
    if (!path.empty()) {
      const Place place = find_place(document_, path);
      if (!place.holder)
        return refuse("test operation does not apply: is missing path: {}: {}", path, kMissing);
      const auto found = get(place);
      if (!found) return within(std::unexpected(found.error()), "test", path);
      actual = *found;
    }
    const bool equal = actual ? equal_written(*actual, expected) : expected.is_null();
    if (!equal) return refuse("testing value {} failed: test failed", path);
    return {};
  }

  json::value document_;
  std::size_t copied_ = 0;
};

}  // namespace

Result<DecodedJsonPatch> decode_json_patch(const json::value& body) {
  DecodedJsonPatch decoded;
  if (body.is_null()) return decoded;
  if (!body.is_array()) return mistyped(json_type(body), "value", "[]handlers.jsonPatchOp");
  const json::array& list = body.get_array();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].is_null()) {
      decoded.operations.push_back({.op = "unknown"});
      continue;
    }
    if (!list[i].is_object()) return mistyped(json_type(list[i]), "value", "handlers.jsonPatchOp");
    TRY(PatchOperation operation, decode_operation(list[i].get_object()));
    decoded.operations.push_back(std::move(operation));
    for (const auto& [name, value] : list[i].get_object())
      if (!is_known(name))
        decoded.unknown_fields.push_back(fmt::format("[{}].{}", i, std::string_view(name)));
  }
  if (decoded.operations.size() > kPatchOperationsMax)
    return fail(Error::Kind::kTooLarge,
                fmt::format("The allowed maximum operations in a JSON patch is {}, got {}",
                            kPatchOperationsMax, decoded.operations.size()));
  return decoded;
}

Result<json::value> apply_json_patch(json::value target, const JsonPatch& patch) {
  Application application(std::move(target));
  for (const PatchOperation& operation : patch) CHECK_OK(application.run(operation));
  return std::move(application).take();
}

}  // namespace dynamod::kube

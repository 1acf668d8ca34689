// Messages into JSON by the rows of the table; what Go omits or adds is left to canonical.cc.
#include "kube/builtin/protobuf.h"

#include <bit>
#include <chrono>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/timestamp.h"
#include "base/utf8.h"
#include "kube/builtin/canonical_value.h"
#include "kube/builtin/table.h"
#include "kube/builtin/wire.h"

namespace dynamod::kube {

namespace {

constexpr std::string_view kMagic("k8s\0", 4);

// Two bytes make an element of a list, and each costs some hundred bytes of JSON: more than this is
// no object.
constexpr std::size_t kValuesMax = 300'000;

std::unexpected<Error> wrong_wire(const WireField& field) {
  return fail(Error::Kind::kBadRequest, fmt::format("proto: wrong wireType = {} for field {}",
                                                    std::to_underlying(field.type), field.number));
}

Result<std::string_view> bytes_of(const WireField& field) {
  if (field.type != WireType::kBytes) return wrong_wire(field);
  return field.bytes;
}

Result<std::uint64_t> integer_of(const WireField& field) {
  if (field.type != WireType::kVarint) return wrong_wire(field);
  return field.integer;
}

std::string text_of(std::string_view bytes) {
  return replace_invalid_utf8(bytes);
}

// The last field of that number in `message`, as protobuf has it; empty bytes when there is none.
Result<std::string_view> bytes_in(std::string_view message, std::uint32_t number) {
  std::string_view found;
  for (WireReader reader(message); !reader.done();) {
    TRY(const auto field, reader.next());
    if (field.number == number) {
      TRY(found, bytes_of(field));
    }
  }
  return found;
}

Result<json::value> scalar(const TypeRow& type, const WireField& field) {
  if (type.shape == Shape::kDouble) {
    if (field.type != WireType::kFixed64) return wrong_wire(field);
    return std::bit_cast<double>(field.integer);
  }
  TRY(const auto integer, integer_of(field));
  switch (type.shape) {
    case Shape::kBool:
      return integer != 0;
    case Shape::kInt32:
      return static_cast<std::int32_t>(integer);
    case Shape::kUint32:
      return static_cast<std::uint32_t>(integer);
    default:
      return static_cast<std::int64_t>(integer);
  }
}

bool is_scalar(Shape shape) {
  return shape <= Shape::kDouble;
}

Result<json::value> time_value(Shape shape, std::string_view bytes) {
  if (bytes.empty()) return nullptr;  // Go's zero time
  std::int64_t seconds = 0;
  std::int64_t nanos = 0;
  for (WireReader reader(bytes); !reader.done();) {
    TRY(const auto field, reader.next());
    if (field.number > 2) continue;
    TRY(const auto integer, integer_of(field));
    (field.number == 1 ? seconds : nanos) = static_cast<std::int64_t>(integer);
  }
  // What WallTime holds: the years 1678 to 2261.
  constexpr std::int64_t kSecondsMax = 9'200'000'000;
  if (seconds < -kSecondsMax || seconds > kSecondsMax || nanos < 0 || nanos > 999'999'999)
    return fail(Error::Kind::kBadRequest, fmt::format("proto: no time: {}.{:09}", seconds, nanos));
  const WallTime time(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanos));
  return json::value(shape == Shape::kTime ? format_time(time) : format_micro_time(time));
}

Result<json::value> int_or_string(std::string_view bytes) {
  std::uint64_t type = 0;
  std::uint64_t number = 0;
  std::string_view text;
  for (WireReader reader(bytes); !reader.done();) {
    TRY(const auto field, reader.next());
    if (field.number == 3) {
      TRY(text, bytes_of(field));
    } else if (field.number < 3) {
      TRY((field.number == 1 ? type : number), integer_of(field));
    }
  }
  if (type == 0) return static_cast<std::int32_t>(number);
  return json::value(text_of(text));
}

class Decoder {
 public:
  Result<json::object> message(std::string_view bytes, const TypeRow& type, int depth);

 private:
  Result<> fields(std::string_view bytes, const TypeRow& type, json::object& out, int depth);
  Result<> add(const WireField& wire, const FieldRow& field, json::object& out, int depth);
  Result<json::value> value(const WireField& wire, const TypeRow& type, int depth);
  Result<json::value> bytes_value(std::string_view bytes, const TypeRow& type, int depth);
  Result<> add_element(const WireField& wire, const TypeRow& element, json::array& out, int depth);
  Result<> add_entry(std::string_view entry, const TypeRow& element, json::object& out, int depth);
  Result<json::value> raw(std::string_view bytes);
  Result<json::value> schema_union(std::string_view bytes, const TypeRow& type, int depth);
  Result<> count();

  std::size_t values_ = 0;
};

Result<> Decoder::count() {
  if (++values_ > kValuesMax)
    return fail(Error::Kind::kTooLarge, fmt::format("proto: more than {} values", kValuesMax));
  return {};
}

Result<json::object> Decoder::message(std::string_view bytes, const TypeRow& type, int depth) {
  json::object out;
  CHECK_OK(fields(bytes, type, out, depth));
  return out;
}

Result<> Decoder::fields(std::string_view bytes, const TypeRow& type, json::object& out,
                         int depth) {
  if (depth > kProtobufDepthMax)
    return fail(Error::Kind::kTooLarge,
                fmt::format("proto: messages nest more than {} deep", kProtobufDepthMax));
  const auto rows = fields_of(type);
  std::size_t at = 0;  // fields come in order, nearly always
  for (WireReader reader(bytes); !reader.done();) {
    TRY(const auto wire, reader.next());
    std::size_t tried = 0;
    while (tried < rows.size() && rows[at].number != wire.number) {
      at = at + 1 == rows.size() ? 0 : at + 1;
      ++tried;
    }
    if (tried == rows.size()) continue;  // of a newer client
    CHECK_OK(add(wire, rows[at], out, depth));
  }
  return {};
}

Result<> Decoder::add(const WireField& wire, const FieldRow& field, json::object& out, int depth) {
  CHECK_OK(count());
  const auto& type = kTable.types[field.type];
  if ((field.flags & kFieldInline) != 0) {
    TRY(const auto bytes, bytes_of(wire));
    return fields(bytes, type, out, depth + 1);
  }
  auto& slot = out[table_text(field.name)];
  if (type.shape == Shape::kList) {
    if (!slot.is_array()) slot.emplace_array();
    return add_element(wire, kTable.types[type.argument], slot.get_array(), depth);
  }
  if (type.shape == Shape::kMap) {
    if (!slot.is_object()) slot.emplace_object();
    TRY(const auto entry, bytes_of(wire));
    return add_entry(entry, kTable.types[type.argument], slot.get_object(), depth);
  }
  TRY(slot, value(wire, type, depth));
  return {};
}

Result<> Decoder::add_element(const WireField& wire, const TypeRow& element, json::array& out,
                              int depth) {
  if (!is_scalar(element.shape) || element.shape == Shape::kDouble ||
      wire.type != WireType::kBytes) {
    TRY(auto one, value(wire, element, depth));
    out.push_back(std::move(one));
    return {};
  }
  // Numbers may be packed into one field.
  for (WireReader packed(wire.bytes); !packed.done();) {
    CHECK_OK(count());
    TRY(const auto integer, packed.varint());
    TRY(auto one, scalar(element, {.number = wire.number, .integer = integer}));
    out.push_back(std::move(one));
  }
  return {};
}

Result<> Decoder::add_entry(std::string_view entry, const TypeRow& element, json::object& out,
                            int depth) {
  std::string key;
  json::value content = element.shape == Shape::kString ? json::value("") : json::value(nullptr);
  for (WireReader reader(entry); !reader.done();) {
    TRY(const auto field, reader.next());
    if (field.number == 1) {
      TRY(const auto bytes, bytes_of(field));
      key = text_of(bytes);
    } else if (field.number == 2) {
      TRY(content, value(field, element, depth));
    }
  }
  out[key] = std::move(content);
  return {};
}

Result<json::value> Decoder::value(const WireField& wire, const TypeRow& type, int depth) {
  CHECK_OK(count());
  if (is_scalar(type.shape)) return scalar(type, wire);
  TRY(const auto bytes, bytes_of(wire));
  return bytes_value(bytes, type, depth + 1);
}

Result<json::value> Decoder::bytes_value(std::string_view bytes, const TypeRow& type, int depth) {
  switch (type.shape) {
    case Shape::kString:
      return json::value(text_of(bytes));
    case Shape::kBytes:
      return json::value(encode_base64(bytes));
    case Shape::kTime:
    case Shape::kMicroTime:
      return time_value(type.shape, bytes);
    case Shape::kIntOrString:
      return int_or_string(bytes);
    case Shape::kQuantity: {
      TRY(const auto text, bytes_in(bytes, 1));
      return json::value(text.empty() ? "0" : text_of(text));
    }
    case Shape::kRaw:
    case Shape::kRawObject:
      return raw(bytes);
    case Shape::kSchemaOrBool:
    case Shape::kSchemaOrArray:
    case Shape::kSchemaOrStrings:
      return schema_union(bytes, type, depth);
    case Shape::kMessage:
      return message(bytes, type, depth);
    default:
      break;
  }
  // A list in a message of its own.
  json::array out;
  for (WireReader reader(bytes); !reader.done();) {
    TRY(const auto field, reader.next());
    if (field.number == 1) CHECK_OK(add_element(field, kTable.types[type.argument], out, depth));
  }
  return out;
}

Result<json::value> Decoder::raw(std::string_view bytes) {
  TRY(const auto text, bytes_in(bytes, 1));
  if (text.empty()) return nullptr;
  TRY(auto decoded, decode_json_strict(text));
  return std::move(decoded.value);
}

// JSONSchemaPropsOrBool{1 allows, 2 schema}, ...OrArray{1 schema, 2 schemas},
// ...OrStringArray{1 schema, 2 strings}.
Result<json::value> Decoder::schema_union(std::string_view bytes, const TypeRow& type, int depth) {
  const auto& schema_type = kTable.types[type.argument];
  const std::uint32_t schema_number = type.shape == Shape::kSchemaOrBool ? 2 : 1;
  json::value schema;
  json::array list;
  bool allows = false;
  for (WireReader reader(bytes); !reader.done();) {
    TRY(const auto field, reader.next());
    CHECK_OK(count());
    if (field.number == schema_number) {
      TRY(const auto inner, bytes_of(field));
      TRY(schema, message(inner, schema_type, depth));
    } else if (field.number == 1) {
      TRY(const auto integer, integer_of(field));
      allows = integer != 0;
    } else if (field.number == 2) {
      TRY(const auto inner, bytes_of(field));
      if (type.shape == Shape::kSchemaOrStrings) {
        list.emplace_back(text_of(inner));
      } else {
        TRY(auto one, message(inner, schema_type, depth));
        list.emplace_back(std::move(one));
      }
    }
  }
  if (!list.empty()) return list;
  if (type.shape == Shape::kSchemaOrBool && schema.is_null()) return allows;
  return schema;
}

struct Envelope {
  std::string api_version;
  std::string kind;
  std::string_view content;
};

// runtime.Unknown: 1 TypeMeta{1 apiVersion, 2 kind}, 2 raw, 3 contentEncoding, 4 contentType.
Result<Envelope> open_envelope(std::string_view body) {
  TRY(const auto type_meta, bytes_in(body, 1));
  TRY(const auto encoding, bytes_in(body, 3));
  if (!encoding.empty())
    return fail(Error::Kind::kBadRequest,
                fmt::format("content encoding \"{}\" is not supported", text_of(encoding)));
  Envelope envelope;
  TRY(const auto api_version, bytes_in(type_meta, 1));
  TRY(const auto kind, bytes_in(type_meta, 2));
  TRY(envelope.content, bytes_in(body, 2));
  envelope.api_version = text_of(api_version);
  envelope.kind = text_of(kind);
  return envelope;
}

}  // namespace

bool is_protobuf(std::string_view body) {
  return body.starts_with(kMagic);
}

Result<json::object> decode_protobuf(std::string_view body) {
  if (body.size() > kProtobufSizeMax)
    return fail(Error::Kind::kTooLarge,
                fmt::format("the body is larger than {} bytes", kProtobufSizeMax));
  if (!is_protobuf(body))
    return fail(Error::Kind::kBadRequest,
                "provided data does not appear to be a protobuf message, expected prefix "
                "[107 56 115 0]");
  TRY(const auto envelope, open_envelope(body.substr(kMagic.size())));
  const auto* type = find_kind(envelope.api_version, envelope.kind);
  if (!type)
    return fail(Error::Kind::kNotFound,
                fmt::format("no kind \"{}\" is registered for version \"{}\"", envelope.kind,
                            envelope.api_version));
  TRY(auto object, Decoder().message(envelope.content, *type, 0));
  object["kind"] = envelope.kind;
  object["apiVersion"] = envelope.api_version;
  return canonical_object(std::move(object), *type, nullptr);
}

}  // namespace dynamod::kube

// The form of the generated table (table_data.cc): rows of numbers without pointers, so that it
// stays in read-only pages nobody touches before a kind is asked for. Only this folder reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "kube/schema/schema.h"

namespace dynamod::kube {

// What a Go type looks like in JSON.
enum class Shape : std::uint8_t {
  kBool,
  kInt32,
  kInt64,
  kUint32,
  kDouble,
  kString,
  kBytes,
  kTime,
  kMicroTime,
  kQuantity,
  kIntOrString,
  kRaw,              // any JSON
  kRawObject,        // any JSON object: RawExtension, FieldsV1
  kSchemaOrBool,     // JSONSchemaPropsOr...
  kSchemaOrArray,    //
  kSchemaOrStrings,  //
  kMessage,
  kList,
  kWrappedList,  // a list that has a message of its own around it in protobuf
  kMap,          // keys are strings
};

// Where a text starts in kTableTexts; 0 is "".
using TextAt = std::uint32_t;

struct TypeRow {
  Shape shape;
  std::uint16_t
      argument;  // kMessage: its message; lists, maps and kSchemaOr...: the element's type
  TextAt name;   // as Go's decoder prints it: "v1.Container"
};

struct MessageRow {
  std::uint16_t first_field;
  std::uint16_t field_count;
  std::uint8_t atomic;  // x-kubernetes-map-type of the whole type
};

inline constexpr std::uint8_t kFieldPointer = 1;
inline constexpr std::uint8_t kFieldOmitEmpty = 2;
inline constexpr std::uint8_t kFieldOmitZero = 4;
inline constexpr std::uint8_t kFieldInline = 8;

struct FieldRow {
  TextAt name;           // in JSON
  std::uint16_t number;  // in protobuf; 0: it is not sent
  std::uint16_t type;
  std::uint16_t facts;
  std::uint8_t flags;
};

inline constexpr std::uint8_t kFactRequired = 1;
inline constexpr std::uint8_t kFactMerge = 2;
inline constexpr std::uint8_t kFactRetainKeys = 4;
inline constexpr std::uint8_t kFactReplace = 8;
inline constexpr std::uint8_t kFactAtomicMap = 16;
inline constexpr std::uint8_t kFactGranularMap = 32;  // overrides that of the type

// What OpenAPI says of a field; row 0 says nothing.
struct FactRow {
  std::uint8_t flags;
  TextAt merge_key;
  TextAt default_value;  // JSON
  std::uint16_t first_key;
  std::uint8_t key_count;
  ListType list_type;
};

// Sorted by apiVersion, then kind.
struct KindRow {
  TextAt api_version;
  TextAt kind;
  std::uint16_t type;
};

struct Table {
  std::span<const TypeRow> types;
  std::span<const MessageRow> messages;
  std::span<const FieldRow> fields;
  std::span<const FactRow> facts;
  std::span<const TextAt> keys;
  std::span<const KindRow> kinds;
};

extern const Table kTable;
extern const char kTableTexts[];
extern const std::string_view kTableRelease;

// Each text stands behind one byte with its length.
[[nodiscard]] inline std::string_view table_text(TextAt at) {
  return {kTableTexts + at + 1, static_cast<unsigned char>(kTableTexts[at])};
}

[[nodiscard]] inline std::span<const FieldRow> fields_of(const TypeRow& message) {
  const auto& row = kTable.messages[message.argument];
  return kTable.fields.subspan(row.first_field, row.field_count);
}

// Null when the kind is unknown. Options of requests (DeleteOptions, ...) are of every apiVersion.
[[nodiscard]] const TypeRow* find_kind(std::string_view api_version, std::string_view kind);

// metav1.ObjectMeta.
[[nodiscard]] const TypeRow& object_meta_type();

}  // namespace dynamod::kube

// Where a reader of Go types is in an object, and how Go's decoders say it.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "kube/builtin/table.h"

namespace dynamod::kube {

// A chain on the stack, made into text only for a problem.
struct Place {
  const Place* parent = nullptr;
  std::string_view field = {};  // a field or a key; "" for an element of a list
  std::size_t index = 0;
  const TypeRow* owner = nullptr;  // the message the field is of; null for keys and elements

  // "spec.containers[0].image", as strict decoding prints it.
  [[nodiscard]] std::string path() const;
};

// "string", "number", ...: what Go calls a JSON value.
[[nodiscard]] std::string value_word(const json::value& value);

// `json: cannot unmarshal string into Go struct field Container.spec.containers.image of type X`;
// `place` is null for the whole object.
[[nodiscard]] std::unexpected<Error> wrong_type(const Place* place, const TypeRow& type,
                                                std::string_view word);

}  // namespace dynamod::kube

// Hash and names of a base model.
#include "lora/base_model.h"

#include "base/hash.h"

namespace dynamod::lora {

std::string base_model_hash(std::string_view name) {
  return sha256_hex(name).substr(0, 8);
}

std::string base_model_service(std::string_view name) {
  return "dynamo-model-" + base_model_hash(name);
}

}  // namespace dynamod::lora

// From YAML trees to JSON values: aliases are expanded and counted, merge keys applied, keys made
// strings. The tree comes from yaml_tree.cc, the meaning of scalars from yaml_scalar.cc, output is
// in yaml_encode.cc.
#include "base/yaml.h"

#include <cmath>
#include <unordered_map>
#include <utility>

#include "base/yaml_scalar.h"
#include "base/yaml_tree.h"

namespace dynamod::base {

namespace {

constexpr std::size_t kTextUnit =
    64;  // this many bytes of text count as one value, or aliases of long text go free

bool is_merge(const YamlNode& key) {
  if (key.kind != YamlNode::Kind::kScalar || key.text != "<<") return false;
  return key.tag.empty() || key.tag == std::string(kYamlTagPrefix) + "merge";
}

class Converter {
 public:
  explicit Converter(const YamlLimits& limits) : limits_(limits) {}

  Result<json::value> convert(const YamlNode& node) {
    CHECK_OK(count(node, node.text));
    switch (node.kind) {
      case YamlNode::Kind::kScalar:
        return convert_scalar(node);
      case YamlNode::Kind::kSequence:
        return convert_sequence(node);
      case YamlNode::Kind::kAlias:
        return follow(node, [&](const YamlNode& target) { return convert(target); });
      case YamlNode::Kind::kMapping:
        break;
    }
    json::object object;
    CHECK_OK(fill(node, object));
    return json::value(std::move(object));
  }

 private:
  // Lines where this mapping's own keys stand: they may override merged ones, but not each other.
  using OwnKeys = std::unordered_map<std::string, int>;

  class Depth {
   public:
    explicit Depth(std::size_t& depth) : depth_(depth) { ++depth_; }

    ~Depth() { --depth_; }

    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    std::size_t& depth_;
  };

  Result<> count(const YamlNode& node, std::string_view text) {
    count_ += 1 + text.size() / kTextUnit;
    if (count_ > limits_.nodes_max) {
      return std::unexpected(yaml_error(
          Error::Kind::kTooLarge, node,
          "more than " + std::to_string(limits_.nodes_max) + " values once aliases are expanded"));
    }
    if (depth_ > limits_.depth_max)
      return std::unexpected(yaml_error(Error::Kind::kTooLarge, node, "too deeply nested"));
    return {};
  }

  static Result<json::value> convert_scalar(const YamlNode& node) {
    auto value = resolve_yaml_scalar(node.tag, node.text);
    if (!value) return std::unexpected(yaml_error(value.error().kind, node, value.error().message));
    if (value->is_double() && !std::isfinite(value->get_double())) {
      return std::unexpected(yaml_error(Error::Kind::kBadRequest, node,
                                        node.text + " has no JSON form; quote it if it is text"));
    }
    return value;
  }

  Result<json::value> convert_sequence(const YamlNode& node) {
    const Depth depth(depth_);
    json::array array;
    array.reserve(node.children.size());
    for (const YamlNode* child : node.children) {
      TRY(json::value value, convert(*child));
      array.push_back(std::move(value));
    }
    return json::value(std::move(array));
  }

  // Calls `use` with the node that `alias` stands for, unless that node contains the alias.
  template <class Use>
  auto follow(const YamlNode& alias, Use use) -> decltype(use(alias)) {
    for (const YamlNode* open : expanding_) {
      if (open == &alias) {
        return std::unexpected(
            yaml_error(Error::Kind::kBadRequest, alias, "the anchored value contains itself"));
      }
    }
    const Depth depth(depth_);
    expanding_.push_back(&alias);
    auto result = use(*alias.target);
    expanding_.pop_back();
    return result;
  }

  Result<> fill(const YamlNode& mapping, json::object& out) {
    const Depth depth(depth_);
    OwnKeys own;
    for (std::size_t i = 0; i + 1 < mapping.children.size(); i += 2) {
      const YamlNode& key = *mapping.children[i];
      const YamlNode& value = *mapping.children[i + 1];
      if (is_merge(key)) {
        CHECK_OK(merge(value, out));
      } else {
        CHECK_OK(set(key, value, own, out));
      }
    }
    return {};
  }

  Result<> set(const YamlNode& key, const YamlNode& value, OwnKeys& own, json::object& out) {
    TRY(std::string name, key_text(key));
    CHECK_OK(count(key, name));
    const auto [first, inserted] = own.emplace(name, key.line);
    if (!inserted) {
      return std::unexpected(yaml_error(
          Error::Kind::kBadRequest, key,
          "duplicate key \"" + name + "\" (first on line " + std::to_string(first->second) + ")"));
    }
    TRY(json::value converted, convert(value));
    out[name] = std::move(converted);
    return {};
  }

  static Result<std::string> key_text(const YamlNode& key) {
    const YamlNode& node = key.kind == YamlNode::Kind::kAlias ? *key.target : key;
    if (node.kind != YamlNode::Kind::kScalar) {
      return std::unexpected(yaml_error(Error::Kind::kBadRequest, key, "a key must be a scalar"));
    }
    auto name = resolve_yaml_key(node.tag, node.text);
    if (!name) return std::unexpected(yaml_error(name.error().kind, key, name.error().message));
    return name;
  }

  // As go-yaml does it: in the order of the text, so keys that stand before << are overridden by
  // it, and of a sequence the first mapping wins.
  Result<> merge(const YamlNode& value, json::object& out) {
    if (value.kind != YamlNode::Kind::kSequence) return merge_one(value, out);
    for (auto item = value.children.rbegin(); item != value.children.rend(); ++item) {
      CHECK_OK(merge_one(**item, out));
    }
    return {};
  }

  Result<> merge_one(const YamlNode& value, json::object& out) {
    CHECK_OK(count(value, ""));
    const YamlNode& node = value.kind == YamlNode::Kind::kAlias ? *value.target : value;
    if (node.kind != YamlNode::Kind::kMapping) {
      return std::unexpected(yaml_error(Error::Kind::kBadRequest, value,
                                        "<< needs a mapping or a sequence of mappings"));
    }
    if (&node == &value) return fill(node, out);
    return follow(value, [&](const YamlNode& target) { return fill(target, out); });
  }

  const YamlLimits& limits_;
  std::size_t count_ = 0;
  std::size_t depth_ = 0;
  std::vector<const YamlNode*> expanding_;  // aliases on the way here
};

}  // namespace

Result<std::vector<json::value>> decode_yaml_stream(std::string_view text, YamlLimits limits) {
  TRY(const auto documents, parse_yaml(text, limits));
  Converter converter(limits);
  std::vector<json::value> values;
  for (const auto& document : documents) {
    TRY(json::value value, converter.convert(*document.root));
    if (!value.is_null()) values.push_back(std::move(value));
  }
  return values;
}

Result<json::value> decode_yaml(std::string_view text, YamlLimits limits) {
  TRY(auto values, decode_yaml_stream(text, limits));
  if (values.size() != 1) {
    return fail(Error::Kind::kBadRequest, "invalid YAML: " + std::to_string(values.size()) +
                                              " documents, where one is expected");
  }
  return std::move(values.front());
}

}  // namespace dynamod::base

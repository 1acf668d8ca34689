// From text to tree over yaml-cpp's event interface. yaml-cpp throws; nothing of that leaves this
// file.
#include "base/yaml_tree.h"

#include <algorithm>
#include <spanstream>
#include <unordered_map>
#include <utility>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/yaml_text.h"

namespace dynamod::base {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Leaves the parser from inside a callback.
struct Stopped {
  Error error;
};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const YamlLimits& limits) : text_(text), limits_(limits) {}

  // yaml-cpp also starts a document where text goes on after a complete value; the dashes are
  // required here.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!documents_.empty() && !rest(mark).starts_with("---")) {
      stop(Error::Kind::kBadRequest, mark,
           "text after the end of the document (is a --- line missing?)");
    }
    documents_.emplace_back();
    anchors_.clear();
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_null(mark);
    add(YamlNode::Kind::kScalar, mark, "?", anchor);  // plain and empty
  }

  void OnAnchor(const YAML::Mark& mark, const std::string& name) override {
    constexpr std::string_view kAllowed =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
    if (name.find_first_not_of(kAllowed) == std::string::npos) return;
    stop(Error::Kind::kBadRequest, mark, "an anchor may have letters, digits, '_' and '-'");
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(YamlNode::Kind::kAlias, mark, "", 0).target = anchors_.at(anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (keeps_folded_end(rest(mark))) {
      stop(Error::Kind::kBadRequest, mark,
           "folded text that keeps its empty last lines (>+) is not supported: use |+ or >");
    }
    if (is_lone_quote(rest(mark))) stop(Error::Kind::kBadRequest, mark, "a quote is not closed");
    add(YamlNode::Kind::kScalar, mark, tag, anchor).text = mend_yaml_escapes(value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(YamlNode::Kind::kSequence, mark, tag, anchor, style);
  }

  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(YamlNode::Kind::kMapping, mark, tag, anchor, style);
  }

  void OnMapEnd() override { open_.pop_back(); }

  [[nodiscard]] std::deque<YamlDocument> take() { return std::move(documents_); }

 private:
  struct Open {
    YamlNode* node;
    YAML::EmitterStyle::value style;
  };

  [[noreturn]] static void stop(Error::Kind kind, const YAML::Mark& mark, std::string_view what) {
    throw Stopped{yaml_error_at(kind, mark.line + 1, mark.column + 1, what)};
  }

  // The text from `mark` on.
  [[nodiscard]] std::string_view rest(const YAML::Mark& mark) const {
    return text_.substr(std::min(static_cast<std::size_t>(mark.pos), text_.size()));
  }

  // yaml-cpp finds nothing, and so null, where libyaml finds an error or text.
  void check_null(const YAML::Mark& mark) const {
    if (open_.empty()) return;
    const Open& parent = open_.back();
    const char next = rest(mark).empty() ? '\0' : rest(mark).front();
    if (parent.node->kind == YamlNode::Kind::kSequence) {
      if (next == ',') stop(Error::Kind::kBadRequest, mark, "a value is missing before the comma");
      return;
    }
    if (parent.node->children.size() % 2 == 0) return;
    const auto pos = static_cast<std::size_t>(mark.pos);
    if (parent.style == YAML::EmitterStyle::Block && mark.pos == last_pos_) {
      stop(Error::Kind::kBadRequest, mark, "a ':' is missing after this key");
    }
    const bool flow_end = next == ',' || next == ']' || next == '}';
    if (flow_end && pos >= 2 && text_[pos - 1] == ':' && text_[pos - 2] != '"' &&
        text_[pos - 2] != '\'') {
      stop(Error::Kind::kBadRequest, mark,
           "write a space after the ':', or quotes around the text that ends with it");
    }
  }

  YamlNode& add(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor) {
    if (++count_ > limits_.nodes_max) {
      stop(Error::Kind::kTooLarge, mark,
           "more than " + std::to_string(limits_.nodes_max) + " values");
    }
    YamlDocument& document = documents_.back();
    YamlNode& node = document.nodes.emplace_back();
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    node.tag = tag == "?" ? "" : tag;
    last_pos_ = mark.pos;
    if (anchor != 0) anchors_[anchor] = &node;
    if (open_.empty()) {
      document.root = &node;
    } else {
      open_.back().node->children.push_back(&node);
    }
    return node;
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor, YAML::EmitterStyle::value style) {
    open_.push_back({&add(kind, mark, tag, anchor), style});
    if (open_.size() > limits_.depth_max) stop(Error::Kind::kTooLarge, mark, "too deeply nested");
  }

  std::string_view text_;
  const YamlLimits& limits_;
  std::deque<YamlDocument> documents_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, const YamlNode*> anchors_;
  std::size_t count_ = 0;
  int last_pos_ = -1;  // where the node added last starts
};

}  // namespace

Error yaml_error(Error::Kind kind, const YamlNode& at, std::string_view what) {
  return yaml_error_at(kind, at.line, at.column, what);
}

Result<std::deque<YamlDocument>> parse_yaml(std::string_view text, const YamlLimits& limits) {
  if (text.size() > limits.size_bytes_max) {
    return fail(Error::Kind::kTooLarge, "YAML of " + std::to_string(text.size()) +
                                            " bytes is over the limit of " +
                                            std::to_string(limits.size_bytes_max));
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  CHECK_OK(check_yaml_text(text));
  // yaml-cpp takes a quoted scalar that is cut off after a line break as whole; an end marker
  // inside of it is an error. White space after the last line break means nothing.
  const auto trimmed = text.substr(0, text.find_last_not_of(" \t") + 1);
  std::string ended(trimmed.ends_with('\n') ? trimmed : text);
  if (ended.ends_with('\n')) ended += "...\n";
  TreeBuilder builder(ended, limits);
  try {
    std::ispanstream stream{std::span<const char>(ended)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (Stopped& stopped) {
    return std::unexpected(std::move(stopped.error));
  } catch (const YAML::DeepRecursion& error) {
    return std::unexpected(yaml_error_at(Error::Kind::kTooLarge, error.mark.line + 1,
                                         error.mark.column + 1, "too deeply nested"));
  } catch (const YAML::Exception& error) {
    return std::unexpected(yaml_error_at(Error::Kind::kBadRequest, error.mark.line + 1,
                                         error.mark.column + 1, error.msg));
  }
  return builder.take();
}

}  // namespace dynamod::base

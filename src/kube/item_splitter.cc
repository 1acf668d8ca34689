// A machine over bytes: inside a string, in the envelope, or in the items.
#include "kube/item_splitter.h"

#include <utility>

#include <fmt/format.h>

namespace dynamod::kube {

namespace {

constexpr std::size_t kRootDepth = 1;   // inside the document's braces
constexpr std::size_t kItemsDepth = 2;  // inside the brackets of "items"

bool is_blank(char byte) {
  return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

bool opens(char byte) {
  return byte == '{' || byte == '[';
}

bool closes(char byte) {
  return byte == '}' || byte == ']';
}

std::unexpected<Error> no_list(std::string_view why) {
  return fail(Error::Kind::kInternal, fmt::format("the answer is no list: {}", why));
}

}  // namespace

Result<std::vector<std::string>> ListSplitter::feed(std::string_view piece) {
  std::vector<std::string> items;
  std::size_t at = 0;
  while (at < piece.size()) {
    if (in_string_) {
      TRY(at, take_string(piece, at));
      continue;
    }
    CHECK_OK(take_byte(piece[at], items));
    ++at;
  }
  return items;
}

// The rest of a string, as far as the piece has it, in one step.
Result<std::size_t> ListSplitter::take_string(std::string_view piece, std::size_t at) {
  std::size_t end = at;
  while (end < piece.size() && in_string_) {
    if (escaped_) {
      escaped_ = false;
      ++end;
      continue;
    }
    end = piece.find_first_of("\"\\", end);
    if (end == std::string_view::npos) {
      end = piece.size();
      break;
    }
    if (piece[end] == '\\')
      escaped_ = true;
    else
      in_string_ = false;
    ++end;
  }
  CHECK_OK(keep(piece.substr(at, end - at)));
  return end;
}

Result<> ListSplitter::take_byte(char byte, std::vector<std::string>& items) {
  switch (place_) {
    case Place::kBefore:
      if (is_blank(byte)) return {};
      if (byte != '{') return no_list("it does not begin with {");
      place_ = Place::kEnvelope;
      return take_envelope_byte(byte);
    case Place::kEnvelope:
      return take_envelope_byte(byte);
    case Place::kItems:
      return take_item_byte(byte, items);
    case Place::kAfter:
      if (is_blank(byte)) return {};
      return no_list("something follows its end");
  }
  return {};
}

// Blanks between the tokens are not kept, so that a key can be told by what the envelope ends with.
Result<> ListSplitter::take_envelope_byte(char byte) {
  if (is_blank(byte)) return {};
  const bool items_begin =
      depth_ == kRootDepth && byte == '[' &&
      (envelope_.ends_with("{\"items\":") || envelope_.ends_with(",\"items\":"));
  CHECK_OK(keep(std::string_view(&byte, 1)));
  if (byte == '"') in_string_ = true;
  if (opens(byte)) ++depth_;
  if (closes(byte) && --depth_ == 0) place_ = Place::kAfter;
  if (items_begin) place_ = Place::kItems;
  return {};
}

Result<> ListSplitter::take_item_byte(char byte, std::vector<std::string>& items) {
  const bool between = depth_ == kItemsDepth;
  if (between && byte == ']') {
    if (!item_.empty()) end_item(items);
    --depth_;
    place_ = Place::kEnvelope;
    return keep("]");
  }
  if (between && byte == ',') {
    if (item_.empty()) return no_list("an item is missing");
    end_item(items);
    return {};
  }
  if (between && is_blank(byte)) return {};
  if (byte == '"') in_string_ = true;
  if (opens(byte)) ++depth_;
  if (closes(byte)) --depth_;
  return keep(std::string_view(&byte, 1));
}

// To the part of the document that is being read.
Result<> ListSplitter::keep(std::string_view bytes) {
  const bool in_items = place_ == Place::kItems;
  std::string& part = in_items ? item_ : envelope_;
  const std::size_t bytes_max = in_items ? item_bytes_max_ : kListEnvelopeMax;
  if (part.size() + bytes.size() > bytes_max)
    return fail(Error::Kind::kTooLarge,
                fmt::format("{} of the list is larger than {} bytes",
                            in_items ? "an item" : "the metadata", bytes_max));
  part.append(bytes);
  return {};
}

void ListSplitter::end_item(std::vector<std::string>& items) {
  items.push_back(std::move(item_));
  item_.clear();
}

Result<ListMetadata> ListSplitter::finish() const {
  if (place_ != Place::kAfter) return no_list("it ends in the middle");
  const auto envelope = decode_json(envelope_);
  if (!envelope) return no_list(envelope.error().message);
  const json::value* remaining = find_json(*envelope, "metadata.remainingItemCount");
  const std::int64_t* count = remaining ? remaining->if_int64() : nullptr;
  return ListMetadata{.resource_version = string_at(*envelope, "metadata.resourceVersion"),
                      .continue_token = string_at(*envelope, "metadata.continue"),
                      .remaining_item_count = count ? *count : 0};
}

Result<std::vector<std::string>> LineSplitter::feed(std::string_view piece) {
  std::vector<std::string> lines;
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    if (rest_.size() + part.size() > line_bytes_max_)
      return fail(Error::Kind::kTooLarge,
                  fmt::format("a line of the watch is larger than {} bytes", line_bytes_max_));
    rest_.append(part);
    if (end == std::string_view::npos) break;
    if (!rest_.empty()) lines.push_back(std::exchange(rest_, {}));
    piece.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace dynamod::kube

// Cuts the answers of list and watch into objects while they arrive, so that memory is bounded by
// one object and not by the answer. The cutting looks only at strings and brackets; each piece is
// then parsed by decode_json.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace dynamod::kube {

// etcd refuses objects over 1.5 MB; their JSON is at most twice as long.
inline constexpr std::size_t kItemBytesMax = kJsonSizeMax;
// All of a list but its items: kind, apiVersion and metadata.
inline constexpr std::size_t kListEnvelopeMax = std::size_t{64} * 1024;

struct ListMetadata {
  std::string resource_version;
  std::string continue_token;  // "" on the last page
  std::int64_t remaining_item_count = 0;
};

// One List response. Feed the pieces of the body as they come, then finish().
class ListSplitter {
 public:
  explicit ListSplitter(std::size_t item_bytes_max = kItemBytesMax)
      : item_bytes_max_(item_bytes_max) {}

  // The texts of the items that are complete with this piece, in order. Errors: kTooLarge, or
  // kInternal for what is no list; final.
  [[nodiscard]] Result<std::vector<std::string>> feed(std::string_view piece);
  // Error kInternal if the document is not complete or its envelope is no JSON.
  [[nodiscard]] Result<ListMetadata> finish() const;

 private:
  enum class Place : std::uint8_t { kBefore, kEnvelope, kItems, kAfter };

  [[nodiscard]] Result<std::size_t> take_string(std::string_view piece, std::size_t at);
  [[nodiscard]] Result<> take_byte(char byte, std::vector<std::string>& items);
  [[nodiscard]] Result<> take_envelope_byte(char byte);
  [[nodiscard]] Result<> take_item_byte(char byte, std::vector<std::string>& items);
  [[nodiscard]] Result<> keep(std::string_view bytes);
  void end_item(std::vector<std::string>& items);

  std::size_t item_bytes_max_;
  std::string envelope_;  // the document without its items
  std::string item_;      // the item that is not complete
  Place place_ = Place::kBefore;
  std::size_t depth_ = 0;  // open brackets, of the whole document
  bool in_string_ = false;
  bool escaped_ = false;
};

// Lines of a watch: one JSON document each, ended by '\n'.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t line_bytes_max = kItemBytesMax)
      : line_bytes_max_(line_bytes_max) {}

  // The lines that are complete with this piece, without their ends and without empty ones. Error
  // kTooLarge; final.
  [[nodiscard]] Result<std::vector<std::string>> feed(std::string_view piece);

  // True if a line has begun and not ended: the stream broke inside it.
  [[nodiscard]] bool inside_line() const { return !rest_.empty(); }

 private:
  std::size_t line_bytes_max_;
  std::string rest_;
};

}  // namespace dynamod::kube

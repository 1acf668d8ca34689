// The stream and the text are made of the same parts.
#include "apiserver/list_body.h"

#include <optional>
#include <utility>

namespace dynamod::apiserver {

namespace {

class ListBody final : public http::Body {
 public:
  explicit ListBody(ListAnswer list) : list_(std::move(list)) {}

  Async<std::optional<std::string>> next() override { co_return piece(); }

 private:
  Result<std::optional<std::string>> piece() {
    if (ended_) return std::nullopt;
    std::string text;
    if (told_ == 0) text = list_.renderer.list_head(list_.meta);
    while (told_ < list_.objects.size() && text.size() < kListTextMax) {
      TRY(std::string item, list_.renderer.item(*list_.objects[told_]));
      if (told_ > 0) text += ',';
      text += item;
      list_.objects[told_++].reset();
    }
    ended_ = told_ == list_.objects.size();
    if (ended_) text += list_.renderer.list_tail();
    return text;
  }

  ListAnswer list_;
  std::size_t told_ = 0;
  bool ended_ = false;
};

}  // namespace

bool is_long(const ListAnswer& list) {
  std::size_t bytes = 0;
  for (const auto& object : list.objects) bytes += object->bytes.size();
  return bytes > kListTextMax;
}

Result<std::string> list_text(const ListAnswer& list) {
  std::string text = list.renderer.list_head(list.meta);
  for (std::size_t i = 0; i < list.objects.size(); ++i) {
    TRY(std::string item, list.renderer.item(*list.objects[i]));
    if (i > 0) text += ',';
    text += item;
  }
  text += list.renderer.list_tail();
  return text;
}

std::unique_ptr<http::Body> make_list_body(ListAnswer list) {
  return std::make_unique<ListBody>(std::move(list));
}

}  // namespace dynamod::apiserver

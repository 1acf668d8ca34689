// A long list as a stream: made piece by piece as the client pulls, so that ten thousand objects
// hold nobody up.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "apiserver/render.h"
#include "http/message.h"

namespace dynamod::apiserver {

struct ListAnswer {
  Renderer renderer;
  ListMeta meta = {};
  std::vector<ObjectPtr> objects = {};
};

// Lists smaller than this are one text, with a Content-Length.
inline constexpr std::size_t kListTextMax = std::size_t{128} * 1024;

[[nodiscard]] bool is_long(const ListAnswer& list);
[[nodiscard]] Result<std::string> list_text(const ListAnswer& list);
[[nodiscard]] std::unique_ptr<http::Body> make_list_body(ListAnswer list);

}  // namespace dynamod::apiserver

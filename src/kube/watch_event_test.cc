// Lines of a watch, good and bad.
#include "kube/watch_event.h"

#include <gmock/gmock.h>

namespace dynamod::kube {

namespace {

TEST(WatchEvent, KnowsItsTypes) {
  const std::pair<std::string_view, WatchEvent::Type> cases[] = {
      {"ADDED", WatchEvent::Type::kAdded},
      {"MODIFIED", WatchEvent::Type::kModified},
      {"DELETED", WatchEvent::Type::kDeleted},
      {"BOOKMARK", WatchEvent::Type::kBookmark},
      {"ERROR", WatchEvent::Type::kError}};
  for (const auto& [name, type] : cases) {
    const auto event =
        parse_watch_event(fmt::format(R"({{"type":"{}","object":{{"a":1}}}})", name));
    ASSERT_TRUE(event) << name;
    EXPECT_EQ(event->type, type);
    EXPECT_EQ(encode_json(event->object), R"({"a":1})");
  }
}

TEST(WatchEvent, RefusesWhatIsNone) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"type":"ADDED"})", "watch event: it has no object"},
      {R"({"type":"ADDED","object":1})", "watch event: it has no object"},
      {R"([1])", "watch event: it has no object"},
      {R"({"type":"NEW","object":{}})", R"(watch event: type "NEW" is not known)"},
      {R"({"object":{}})", R"(watch event: type "" is not known)"},
  };
  for (const auto& [line, message] : cases)
    EXPECT_EQ(parse_watch_event(line).error(),
              (Error{Error::Kind::kInternal, std::string(message)}));
  EXPECT_EQ(parse_watch_event(R"({"type":)").error().kind, Error::Kind::kInternal);
}

}  // namespace

}  // namespace dynamod::kube

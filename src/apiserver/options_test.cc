// Queries and DeleteOptions into options; what is wrong with them in Kubernetes' words.
#include "apiserver/options.h"

namespace dynamod::apiserver {

namespace {

using ::testing::HasSubstr;

template <class T>
std::string message_of(const Outcome<T>& outcome) {
  if (outcome) return "";
  return std::string(outcome.error().status.at("message").as_string());
}

}  // namespace

TEST(WriteOptions, AreReadFromTheQuery) {
  const auto options = parse_write_options(
      {{"dryRun", "All"}, {"fieldManager", "me"}, {"fieldValidation", "Strict"}, {"force", "true"}},
      "PatchOptions");
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->dry_run);
  EXPECT_EQ(options->field_manager, "me");
  EXPECT_EQ(options->field_validation, FieldValidation::kStrict);
  EXPECT_TRUE(options->force);
}

TEST(WriteOptions, RefuseWhatMakesNoSense) {
  EXPECT_THAT(message_of(parse_write_options({{"dryRun", "Some"}}, "CreateOptions")),
              HasSubstr(R"(CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value)"));
  EXPECT_THAT(message_of(parse_write_options({{"fieldValidation", "No"}}, "CreateOptions")),
              HasSubstr("fieldValidation"));
  EXPECT_THAT(
      message_of(parse_write_options({{"fieldManager", std::string(129, 'a')}}, "CreateOptions")),
      HasSubstr("fieldManager"));
}

TEST(ListOptions, RefuseWhatDoesNotFitTogether) {
  const std::pair<QueryItems, const char*> rows[] = {
      {{{"limit", "x"}}, "invalid syntax"},
      {{{"resourceVersionMatch", "Exact"}}, "forbidden unless resourceVersion is provided"},
      {{{"resourceVersionMatch", "Exact"}, {"resourceVersion", "0"}},
       "forbidden for resourceVersion"},
      {{{"resourceVersionMatch", "NotOlderThan"}, {"resourceVersion", "1"}, {"watch", "1"}},
       "forbidden for watch"},
      {{{"sendInitialEvents", "true"}, {"watch", "1"}}, "requires setting resourceVersionMatch"},
      {{{"continue", "x"}, {"resourceVersion", "5"}}, "not allowed when using continue"},
      {{{"fieldSelector", "a"}}, "invalid selector"},
  };
  for (const auto& [query, text] : rows)
    EXPECT_THAT(message_of(parse_list_options(query)), HasSubstr(text));
}

TEST(DeleteOptions, AreReadFromTheBodyOrElseTheQuery) {
  const json::object body{{"gracePeriodSeconds", 0},
                          {"propagationPolicy", "Foreground"},
                          {"preconditions", {{"uid", "u"}}}};
  const auto from_body = parse_delete_options(&body, {{"gracePeriodSeconds", "9"}});
  ASSERT_TRUE(from_body);
  EXPECT_EQ(from_body->grace_seconds, 0);
  EXPECT_EQ(from_body->propagation, Propagation::kForeground);
  EXPECT_EQ(from_body->uid, "u");
  const auto from_query = parse_delete_options(nullptr, {{"gracePeriodSeconds", "9"}});
  ASSERT_TRUE(from_query);
  EXPECT_EQ(from_query->grace_seconds, 9);
}

TEST(ContinueToken, ComesBackAsItWas) {
  const ContinueToken token{.revision = 7, .after = {"ns", "name"}};
  EXPECT_EQ(decode_continue(encode_continue(token)), token);
  for (const char* wrong : {"", "!!!", "e30", "eyJuYW1lIjoxfQ"})
    EXPECT_FALSE(decode_continue(wrong)) << wrong;
}

TEST(FieldSelector, ComparesWhatTheObjectOffers) {
  StoredObject object{.key = {"ns", "a"}};
  object.fields = {{"status.phase", "Running"}};
  const auto matches = [&](std::string_view text) {
    const auto selector = parse_field_selector(text);
    return selector && selector->matches(object);
  };
  EXPECT_TRUE(matches("metadata.name=a"));
  EXPECT_TRUE(matches("metadata.name==a,status.phase!=Failed"));
  EXPECT_FALSE(matches("status.phase=Failed"));
  EXPECT_TRUE(matches("spec.nodeName="));
  EXPECT_TRUE(matches(""));
  EXPECT_FALSE(parse_field_selector("a=b=c"));
  EXPECT_TRUE(parse_field_selector(R"(a=b\,c\=d)"));
  EXPECT_FALSE(check_fields(*parse_field_selector("spec.x=1"), {"status.phase"}));
}

}  // namespace dynamod::apiserver

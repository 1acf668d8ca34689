// What selectors match, how they print, and where they are wrong.
#include "kube/selector.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace dynamod::kube {

namespace {

LabelSelector parsed(std::string_view text) {
  auto selector = parse_label_selector(text);
  EXPECT_TRUE(selector) << text << ": " << selector.error().message;
  return selector.value_or(LabelSelector());
}

TEST(LabelSelector, Matches) {
  const Labels labels = {{"app", "x"}, {"tier", "a"}, {"example.com/role", ""}};

  const struct {
    std::string_view selector;
    bool matches;
  } cases[] = {
      {"", true},
      {"app", true},
      {"other", false},
      {"!app", false},
      {"!other", true},
      {"app=x", true},
      {"app==x", true},
      {"app=y", false},
      {"app!=y", true},
      {"app!=x", false},
      {"other!=x", true},  // an absent label is unequal
      {"tier in (a, b)", true},
      {"tier in (b)", false},
      {"tier notin (a,b)", false},
      {"other notin (a)", true},
      {"other in (a)", false},
      {"example.com/role=", true},
      {"example.com/role in (,x)", true},
      {" app = x , tier in ( a , b ) , !other ", true},
      {"app=x,tier=b", false},
  };

  for (const auto& [selector, matches] : cases)
    EXPECT_EQ(parsed(selector).matches(labels), matches) << selector;
}

TEST(LabelSelector, PrintsSortedByKey) {
  EXPECT_EQ(parsed("b notin (z, y,z),!d,a==x,c,e!=f").text(), "a=x,b notin (y,z),c,!d,e!=f");
  EXPECT_EQ(parsed("in in (in),notin").text(), "in=in,notin");
  EXPECT_EQ(LabelSelector().text(), "");
  EXPECT_EQ(LabelSelector::equals("a.b/c", "d").text(), "a.b/c=d");
  EXPECT_EQ(LabelSelector::exists("a.b/c").text(), "a.b/c");
}

TEST(LabelSelector, RefusesWhatIsNoSelectorAndSaysWhere) {
  const struct {
    std::string_view selector;
    std::string_view message;
  } cases[] = {
      {"=x", "label selector: expected a label key such as app or example.com/app at byte 0"},
      {"app=x,", "label selector: expected a label key such as app or example.com/app at byte 6"},
      {"app in x", "label selector: expected '(' at byte 7"},
      {"app in (x", "label selector: expected ',' or ')' at byte 9"},
      {"app x", "label selector: expected ',' or the end at byte 4"},
      {"app>5", "label selector: expected ',' or the end at byte 3"},
      {"-app", "label selector: expected a label key such as app or example.com/app at byte 0"},
      {"app=-x",
       "label selector: expected a label value of at most 63 letters, digits, '-', '_' and '.' at "
       "byte 4"},
      {"a/b/c", "label selector: expected a label key such as app or example.com/app at byte 0"},
      {"!", "label selector: expected a label key such as app or example.com/app at byte 1"},
  };

  for (const auto& [selector, message] : cases) {
    const auto refused = parse_label_selector(selector);
    ASSERT_FALSE(refused) << selector;
    EXPECT_EQ(refused.error(), (Error{Error::Kind::kBadRequest, std::string(message)})) << selector;
  }
}

RC_GTEST_PROP(LabelSelector, PrintsWhatParsesToTheSame, ()) {
  const auto word =
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(std::string("abz09"))));
  const auto requirement = rc::gen::exec([word] {
    const std::string key = *word;
    const auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(word));
    std::string set;
    for (const auto& value : values) set.append(set.empty() ? "" : ",").append(value);
    const std::string forms[] = {key,
                                 "!" + key,
                                 key + "=" + values[0],
                                 key + "!=" + values[0],
                                 key + " in (" + set + ")",
                                 key + " notin (" + set + ")"};
    return forms[*rc::gen::inRange<std::size_t>(0, std::size(forms))];
  });
  std::string text;
  for (const auto& part :
       *rc::gen::resize(8, rc::gen::container<std::vector<std::string>>(requirement)))
    text.append(text.empty() ? "" : ",").append(part);

  const auto once = parse_label_selector(text);
  RC_ASSERT(once.has_value());
  const auto again = parse_label_selector(once->text());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *once);
}

TEST(LabelKey, HasADnsPrefixAndAShortName) {
  const std::string longest(63, 'a');
  for (const std::string& key :
       {std::string("a"), std::string("A.b_c-9"), std::string("x.io/a"), "x.io/" + longest})
    EXPECT_TRUE(is_label_key(key)) << key;
  for (const std::string& key : {std::string(""), std::string("/a"), std::string("a/"),
                                 std::string("X.io/a"), std::string("x..io/a"), std::string("a b"),
                                 longest + "a", std::string("_a"), std::string(254, 'x') + "/a"})
    EXPECT_FALSE(is_label_key(key)) << key;
}

TEST(LabelValue, MayBeEmptyButNotLong) {
  EXPECT_TRUE(is_label_value(""));
  EXPECT_TRUE(is_label_value(std::string(63, 'a')));
  EXPECT_FALSE(is_label_value(std::string(64, 'a')));
  EXPECT_FALSE(is_label_value("Qwen/Qwen3"));
}

}  // namespace

}  // namespace dynamod::kube

// Lists and watches cut at every place; random lists come back whole.
#include "kube/item_splitter.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

namespace dynamod::kube {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Split {
  std::vector<std::string> items;
  ListMetadata metadata;
};

// In pieces of `piece_bytes`.
Result<Split> split_list(std::string_view text, std::size_t piece_bytes,
                         std::size_t item_bytes_max = kItemBytesMax) {
  ListSplitter splitter(item_bytes_max);
  Split split;
  for (std::size_t at = 0; at < text.size(); at += piece_bytes) {
    TRY(auto items, splitter.feed(text.substr(at, piece_bytes)));
    for (auto& item : items) split.items.push_back(std::move(item));
  }
  TRY(split.metadata, splitter.finish());
  return split;
}

TEST(ListSplitter, CutsAtAnyPieceSize) {
  constexpr std::string_view kList =
      R"({"kind":"PodList", "metadata": {"resourceVersion":"42","continue":"next",
      "remainingItemCount":7,"items":["no"]}, "items" : [ {"a":"]},{\"","b":[1,{"items":[2]}]} , {"c":"\\"},3,"x,y"],
      "z":[1]} )";
  for (std::size_t piece = 1; piece <= kList.size(); ++piece) {
    const auto split = split_list(kList, piece);
    ASSERT_TRUE(split) << piece << ": " << split.error().message;
    EXPECT_THAT(split->items, ElementsAre(R"({"a":"]},{\"","b":[1,{"items":[2]}]})",
                                          R"({"c":"\\"})", "3", R"("x,y")"));
    EXPECT_EQ(split->metadata.resource_version, "42");
    EXPECT_EQ(split->metadata.continue_token, "next");
    EXPECT_EQ(split->metadata.remaining_item_count, 7);
  }
}

TEST(ListSplitter, GivesAnItemAsSoonAsItIsComplete) {
  ListSplitter splitter;
  EXPECT_THAT(splitter.feed(R"({"items":[{"a":1},{"b")").value(), ElementsAre(R"({"a":1})"));
  EXPECT_THAT(splitter.feed(":2}]").value(), ElementsAre(R"({"b":2})"));
}

TEST(ListSplitter, TakesListsWithoutItems) {
  for (const std::string_view text :
       {R"({"items":[]})", R"({"items":null})", R"({"metadata":{}})", "{}", " {} \n",
        R"({"items":[ ],"metadata":{"resourceVersion":""}})"}) {
    const auto split = split_list(text, 3);
    ASSERT_TRUE(split) << text << ": " << split.error().message;
    EXPECT_THAT(split->items, IsEmpty()) << text;
    EXPECT_EQ(split->metadata.resource_version, "") << text;
  }
}

TEST(ListSplitter, IsNotMisledByStringsThatLookLikeTheKey) {
  const auto split =
      split_list(R"({"a":",\"items\":[","b\"items":[1,2],"c":"items","items":[3]})", 1);
  ASSERT_TRUE(split) << split.error().message;
  EXPECT_THAT(split->items, ElementsAre("3"));
}

TEST(ListSplitter, RefusesWhatIsNoList) {
  const struct {
    std::string_view text;
    std::string_view message;
  } cases[] = {
      {"", "the answer is no list: it ends in the middle"},
      {"[1]", "the answer is no list: it does not begin with {"},
      {"<html>", "the answer is no list: it does not begin with {"},
      {R"({"items":[{"a":1},)", "the answer is no list: it ends in the middle"},
      {R"({"items":["a)", "the answer is no list: it ends in the middle"},
      {R"({"items":[,1]})", "the answer is no list: an item is missing"},
      {"{}{}", "the answer is no list: something follows its end"},
  };

  for (const auto& [text, message] : cases) {
    const auto split = split_list(text, 2);
    ASSERT_FALSE(split) << text;
    EXPECT_EQ(split.error(), (Error{Error::Kind::kInternal, std::string(message)})) << text;
  }
  EXPECT_EQ(split_list(R"({"metadata":})", 2).error().kind, Error::Kind::kInternal);
}

TEST(ListSplitter, LimitsItemsAndEnvelope) {
  EXPECT_TRUE(split_list(R"({"items":["345678"]})", 5, 8));
  const auto item = split_list(R"({"items":["3456789"]})", 5, 8);
  EXPECT_EQ(item.error(),
            (Error{Error::Kind::kTooLarge, "an item of the list is larger than 8 bytes"}));
  const auto envelope =
      split_list(R"({"a":")" + std::string(kListEnvelopeMax, 'x') + R"("})", 1000);
  EXPECT_EQ(envelope.error(),
            (Error{Error::Kind::kTooLarge, "the metadata of the list is larger than 65536 bytes"}));
}

rc::Gen<json::value> any_json() {
  return rc::gen::exec([] {
    json::object object;
    for (const auto& [key, text] : *rc::gen::arbitrary<std::map<std::string, std::string>>())
      object[key] = json::array{text, json::object{{"items", json::array{1, text}}}};
    return json::value(object);
  });
}

RC_GTEST_PROP(ListSplitter, GivesBackWhateverWasListed, ()) {
  const auto items = *rc::gen::resize(8, rc::gen::container<std::vector<json::value>>(any_json()));
  const json::value list = {{"metadata", {{"resourceVersion", "9"}}},
                            {"items", json::array(items.begin(), items.end())}};
  const auto split = split_list(encode_json(list), *rc::gen::inRange<std::size_t>(1, 50));
  RC_ASSERT(split.has_value());
  RC_ASSERT(split->items.size() == items.size());
  for (std::size_t i = 0; i < items.size(); ++i)
    RC_ASSERT(split->items[i] == encode_json(items[i]));
  RC_ASSERT(split->metadata.resource_version == "9");
}

TEST(LineSplitter, CutsAtAnyPieceSize) {
  constexpr std::string_view kStream = "one\n\ntwo\r\n\nthree";
  for (std::size_t piece = 1; piece <= kStream.size(); ++piece) {
    LineSplitter splitter;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < kStream.size(); at += piece)
      for (auto& line : splitter.feed(kStream.substr(at, piece)).value())
        lines.push_back(std::move(line));
    EXPECT_THAT(lines, ElementsAre("one", "two\r"));
    EXPECT_TRUE(splitter.inside_line());
  }
}

TEST(LineSplitter, LimitsALine) {
  LineSplitter splitter(4);
  EXPECT_THAT(splitter.feed("1234\n12").value(), ElementsAre("1234"));
  EXPECT_EQ(splitter.feed("345").error(),
            (Error{Error::Kind::kTooLarge, "a line of the watch is larger than 4 bytes"}));
}

}  // namespace

}  // namespace dynamod::kube

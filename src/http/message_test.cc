// Headers, bodies, requests and responses as values.
#include "http/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/sim_loop.h"

namespace dynamod::http {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using testing::SimLoop;

// Two pieces and then an end or an error.
class PiecesBody final : public Body {
 public:
  explicit PiecesBody(std::vector<Result<std::string>> pieces) : pieces_(std::move(pieces)) {}

  Async<std::optional<std::string>> next() override {
    if (at_ == pieces_.size()) co_return std::nullopt;
    CO_TRY(std::string piece, std::move(pieces_[at_++]));
    co_return piece;
  }

 private:
  std::vector<Result<std::string>> pieces_;
  std::size_t at_ = 0;
};

Result<std::string> read_pieces(std::vector<Result<std::string>> pieces, std::size_t limit) {
  SimLoop loop;
  return loop.await(read_all(std::make_unique<PiecesBody>(std::move(pieces)), limit));
}

TEST(Headers, CompareNamesWithoutCase) {
  const Headers headers{{"Content-Type", "text/plain"}, {"X-A", "1"}};
  EXPECT_EQ(headers.get("content-type"), "text/plain");
  EXPECT_EQ(headers.find("CONTENT-TYPE"), "text/plain");
  EXPECT_EQ(headers.find("Content"), std::nullopt);
  EXPECT_EQ(headers.get("absent"), "");
}

TEST(Headers, SetReplacesAllOfThatNameAndAddKeepsThem) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  headers.add("A", "4");
  EXPECT_EQ(headers.fields().size(), 4);
  headers.set("a", "5");
  EXPECT_THAT(headers.fields(), ElementsAre(Pair("b", "2"), Pair("a", "5")));
  headers.remove("B");
  EXPECT_THAT(headers.fields(), ElementsAre(Pair("a", "5")));
}

TEST(Request, SplitsItsTargetAtTheFirstQuestionMark) {
  Request request;
  request.target = "/a%20b/c?x=1?y=2";
  EXPECT_EQ(request.path(), "/a%20b/c");
  EXPECT_EQ(request.query(), "x=1?y=2");
  request.target = "/only";
  EXPECT_EQ(request.path(), "/only");
  EXPECT_EQ(request.query(), "");
}

TEST(ReadAll, JoinsThePieces) {
  EXPECT_EQ(read_pieces({"ab", "c"}, 3), "abc");
}

TEST(ReadAll, TakesNoBodyAsEmpty) {
  SimLoop loop;
  EXPECT_EQ(loop.await(read_all(nullptr, 0)), "");
  EXPECT_EQ(loop.await(read_all(text_body(""), 0)), "");
}

TEST(ReadAll, RefusesMoreThanTheLimit) {
  const auto all = read_pieces({"ab", "cd"}, 3);
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().kind, Error::Kind::kTooLarge);
  EXPECT_EQ(all.error().message, "the body is larger than the 3 bytes allowed");
}

TEST(ReadAll, GivesTheErrorOfTheBody) {
  const Error broken{Error::Kind::kMayHaveArrived, "cut"};
  EXPECT_EQ(read_pieces({"ab", std::unexpected(broken)}, 99), std::unexpected(broken));
}

TEST(TextBody, KnowsItsSizeAndIsReadOnce) {
  SimLoop loop;
  const auto body = text_body("abc");
  EXPECT_EQ(body->size(), 3);
  const auto all = loop.await(body->next());
  ASSERT_TRUE(all);
  EXPECT_EQ(*all, "abc");
  EXPECT_EQ(body->size(), 0);
  const auto end = loop.await(body->next());
  ASSERT_TRUE(end);
  EXPECT_EQ(*end, std::nullopt);
}

TEST(Response, OfTextCarriesItsType) {
  const Response text = text_response(503, "no");
  EXPECT_EQ(text.status, 503);
  EXPECT_EQ(text.headers.get("content-type"), "text/plain");
  EXPECT_EQ(json_response(200, "{}").headers.get("content-type"), "application/json");
}

}  // namespace
}  // namespace dynamod::http

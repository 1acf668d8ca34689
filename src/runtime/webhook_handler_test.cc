// Admission reviews in and out.
#include "runtime/webhook_handler.h"

#include "runtime/runtime_fixture.h"

namespace dynamod::runtime {
namespace {

using ::testing::HasSubstr;

constexpr const char* kPath = "/validate-widgets";

class WebhookHandlerTest : public RuntimeTest {
 protected:
  WebhookHandlerTest() {
    handler.add(kPath, "Widget", [](const kube::AdmissionRequest& request) {
      kube::AdmissionResponse response;
      response.allowed = string_at(request.object, "spec.color") != "ugly";
      if (!response.allowed)
        response.status = {{"reason", "Invalid"}, {"message", "spec.color: ugly"}, {"code", 422}};
      response.warnings = {"mind the gap"};
      return response;
    });
  }

  http::Response post(std::string body, const std::string& path = kPath,
                      const std::string& method = "POST") {
    http::Request request;
    request.method = method;
    request.target = path + "?timeout=10s";
    request.body = http::text_body(std::move(body));
    return *loop.await(handler.handle(std::move(request)));
  }

  std::string text_of(http::Response response) {
    return *loop.await(http::read_all(std::move(response.body), 1 << 20));
  }

  static std::string review(const std::string& color) {
    const json::value value = {
        {"apiVersion", "admission.k8s.io/v1"},
        {"kind", "AdmissionReview"},
        {"request",
         {{"uid", "u-1"},
          {"kind", {{"group", "test.dev"}, {"version", "v1"}, {"kind", "Widget"}}},
          {"name", "a"},
          {"namespace", "ns"},
          {"operation", "CREATE"},
          {"userInfo", {{"username", "eve"}}},
          {"object", widget("a", color)}}}};
    return encode_json(value);
  }

  WebhookHandler handler{loop, log, metrics};
};

TEST_F(WebhookHandlerTest, AllowsWithWarnings) {
  http::Response response = post(review("red"));
  EXPECT_EQ(response.status, 200);
  const json::value answer = *decode_json(text_of(std::move(response)));
  EXPECT_EQ(string_at(answer, "kind"), "AdmissionReview");
  EXPECT_EQ(string_at(answer, "response.uid"), "u-1");
  EXPECT_TRUE(find_json(answer, "response.allowed")->get_bool());
  EXPECT_EQ(string_at(answer, "response.warnings[0]"), "mind the gap");
  EXPECT_THAT(metrics.text(),
              HasSubstr("dynamo_operator_webhook_requests_total{operation=\"CREATE\","
                        "resource_type=\"Widget\",result=\"allowed\"} 1"));
}

TEST_F(WebhookHandlerTest, DeniesWithTheStatusAndCountsTheReason) {
  http::Response response = post(review("ugly"));
  EXPECT_EQ(response.status, 200);
  const json::value answer = *decode_json(text_of(std::move(response)));
  EXPECT_FALSE(find_json(answer, "response.allowed")->get_bool());
  EXPECT_EQ(string_at(answer, "response.status.message"), "spec.color: ugly");
  EXPECT_THAT(
      metrics.text(),
      HasSubstr("dynamo_operator_webhook_denials_total{operation=\"CREATE\",reason=\"Invalid\","
                "resource_type=\"Widget\"} 1"));
  EXPECT_EQ(
      lines_with(
          "msg=\"Denied by admission\" resource=Widget object=ns/a operation=CREATE user=eve"),
      1u);
}

TEST_F(WebhookHandlerTest, RefusesWhatIsNoReview) {
  EXPECT_EQ(post(review("red"), "/elsewhere").status, 404);
  EXPECT_EQ(post(review("red"), kPath, "GET").status, 405);
  EXPECT_EQ(post("{}").status, 400);
  EXPECT_EQ(post("no json").status, 400);
  EXPECT_EQ(post(std::string(kAdmissionReviewMax + 1, ' ')).status, 413);
}

}  // namespace
}  // namespace dynamod::runtime

// Vectors of Kubernetes, and the bodies nobody should send.
#include "kube/builtin/protobuf.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"

namespace dynamod::kube {
namespace {

// A field of wire type 2.
std::string field(int number, std::string_view content) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  auto size = content.size();
  for (; size >= 0x80; size >>= 7) out += static_cast<char>(0x80 | (size & 0x7F));
  out += static_cast<char>(size);
  return out.append(content);
}

std::string body(std::string_view api_version, std::string_view kind, std::string_view content) {
  return std::string("k8s\0", 4) + field(1, field(1, api_version) + field(2, kind)) +
         field(2, content);
}

std::string decoded(std::string_view bytes) {
  const auto object = decode_protobuf(bytes);
  return object ? encode_json(*object) : "error: " + object.error().message;
}

TEST(DecodeProtobuf, MakesTheJsonOfTheOfficialVectors) {
  std::ifstream vectors("testdata/protobuf.txt");
  std::string bytes;
  std::string expected;
  std::getline(vectors, bytes);  // the comment
  int count = 0;
  while (std::getline(vectors, bytes) && std::getline(vectors, expected)) {
    const auto object = decode_protobuf(*decode_base64(bytes));
    ASSERT_TRUE(object) << object.error().message;
    EXPECT_TRUE(equal_json(*object, *decode_json(expected))) << expected << encode_json(*object);
    ++count;
  }
  EXPECT_EQ(count, 9);
}

TEST(DecodeProtobuf, TakesOptionsUnderAnyGroup) {
  EXPECT_EQ(decoded(body("nvidia.com/v1alpha1", "DeleteOptions", field(4, "Background"))),
            R"({"kind":"DeleteOptions","apiVersion":"nvidia.com/v1alpha1",)"
            R"("propagationPolicy":"Background"})");
}

TEST(DecodeProtobuf, SkipsFieldsOfNewerClients) {
  EXPECT_EQ(decoded(body("v1", "ConfigMap", field(9, "later") + field(1, field(1, "n")))),
            R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"n"}})");
}

TEST(DecodeProtobuf, ReplacesBytesThatAreNoText) {
  EXPECT_EQ(
      decoded(body("v1", "ConfigMap", field(1, field(1, "a\xFF")))),
      "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\xEF\xBF\xBD\"}}");
}

TEST(DecodeProtobuf, RefusesWhatIsNoMessage) {
  const std::pair<std::string, std::string_view> rows[] = {
      {"{}",
       "error: provided data does not appear to be a protobuf message, expected prefix "
       "[107 56 115 0]"},
      {std::string("k8s\0\x0A\x7F", 6), "error: proto: unexpected end of the message"},
      {std::string("k8s\0\x0B", 5), "error: proto: illegal wireType 3"},
      {std::string("k8s\0\x00\x01", 6), "error: proto: illegal tag 0 (wire type 0)"},
      {body("v1", "ConfigMap", "\x08\x01"), "error: proto: wrong wireType = 0 for field 1"},
      {body("v1", "Nothing", ""), "error: no kind \"Nothing\" is registered for version \"v1\""},
      {body("nvidia.com/v1", "DynamoModel", ""),
       "error: no kind \"DynamoModel\" is registered for version \"nvidia.com/v1\""},
      {body("v1", "ConfigMap", "") + field(3, "gzip"),
       "error: content encoding \"gzip\" is not supported"},
  };
  for (const auto& [bytes, error] : rows) EXPECT_EQ(decoded(bytes), error);
}

TEST(DecodeProtobuf, HasLimits) {
  EXPECT_EQ(decode_protobuf(std::string(kProtobufSizeMax + 1, 'k')).error().kind,
            Error::Kind::kTooLarge);

  std::string deep;  // JSONSchemaProps.not, again and again
  for (int i = 0; i < kProtobufDepthMax + 10; ++i)
    deep = "\xE2\x01" + field(1, deep).substr(1);  // field 28 has a tag of two bytes
  const auto schema = field(1, deep);
  const auto version = field(4, schema);
  EXPECT_EQ(decode_protobuf(body("apiextensions.k8s.io/v1", "CustomResourceDefinition",
                                 field(2, field(7, version))))
                .error()
                .kind,
            Error::Kind::kTooLarge);

  std::string many;  // empty containers
  for (int i = 0; i < 400'000; ++i) many += field(2, "");
  EXPECT_EQ(decode_protobuf(body("v1", "Pod", field(2, many))).error().kind,
            Error::Kind::kTooLarge);
}

}  // namespace
}  // namespace dynamod::kube

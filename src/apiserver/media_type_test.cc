// What Accept headers of real clients choose.
#include "apiserver/media_type.h"

namespace dynamod::apiserver {

TEST(ChooseRendering, TakesTheBestThatIsSpoken) {
  struct Row {
    const char* accept;
    std::optional<Rendering> rendering;
  };

  const Rendering table{.form = Form::kTable};
  const Rendering old_table{.form = Form::kTable, .meta_version = "v1beta1"};
  const Rendering partial{.form = Form::kPartialMetadata};
  const Row rows[] = {
      {"", Rendering{}},
      {"*/*", Rendering{}},
      {"application/json", Rendering{}},
      {"application/vnd.kubernetes.protobuf,application/json", Rendering{}},
      {"application/vnd.kubernetes.protobuf", std::nullopt},
      {"text/html", std::nullopt},
      {"application/yaml", Rendering{.encoding = Encoding::kYaml}},
      {"application/json;as=Table;v=v1;g=meta.k8s.io,application/json", table},
      {"application/json;as=Table;v=v1beta1;g=meta.k8s.io", old_table},
      {"application/json;as=Table;v=v9;g=meta.k8s.io,application/json", Rendering{}},
      {"application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1", partial},
      {"application/json;q=0.1,application/json;as=Table;v=v1;g=meta.k8s.io;q=0.9", table},
      {"application/json;stream=watch;profile=nopeer", Rendering{}},
      {"application/json;q=0", std::nullopt},
  };
  for (const Row& row : rows) EXPECT_EQ(choose_rendering(row.accept), row.rendering) << row.accept;
}

TEST(WantsAggregatedDiscovery, FollowsTheOrderOfTheClient) {
  EXPECT_EQ(wants_aggregated_discovery(
                "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
                "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
                "application/json"),
            true);
  EXPECT_EQ(wants_aggregated_discovery(
                "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
                "application/json"),
            false);
  EXPECT_EQ(wants_aggregated_discovery(""), false);
  EXPECT_EQ(wants_aggregated_discovery("text/html"), std::nullopt);
}

TEST(ParseMediaType, ReadsParametersInQuotesAndAnyCase) {
  const MediaType media = parse_media_type("Application/JSON; Charset=\"utf-8\"; q=0.25");
  EXPECT_EQ(media.type, "application/json");
  EXPECT_EQ(media.parameter("charset"), "utf-8");
  EXPECT_EQ(media.weight, 250);
}

}  // namespace dynamod::apiserver

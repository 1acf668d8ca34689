// Lookups, the order of groups and versions, discovery documents, and the generic strategy.
#include "apiserver/registry/registry.h"

#include "apiserver/registry/discovery.h"
#include "apiserver/registry/object.h"
#include "apiserver/registry/strategy.h"

namespace dynamod::apiserver {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Resource custom(std::string_view group, std::string_view version, std::string_view plural,
                std::string_view kind) {
  Resource resource{.group = std::string(group),
                    .version = std::string(version),
                    .plural = std::string(plural),
                    .singular = "thing",
                    .kind = std::string(kind),
                    .list_kind = std::string(kind) + "List",
                    .verbs = kube::kVerbGet | kube::kVerbList,
                    .origin = Origin::kCustom};
  resource.collection = resource.resource_name();
  resource.storage_api_version = resource.api_version();
  resource.strategy = generic_strategy();
  return resource;
}

Resource builtin(std::string_view group, std::string_view version, std::string_view plural) {
  const auto* found = kube::find_builtin_resource(group, version, plural);
  EXPECT_NE(found, nullptr) << plural;
  return resource_from(*found);
}

std::vector<std::string> group_names(const Registry& registry) {
  std::vector<std::string> names;
  for (const auto& group : registry.groups()) names.push_back(group.group);
  return names;
}

WriteContext context_of(const Resource& resource, const Caller& caller,
                        std::string_view subresource = "") {
  return {.resource = resource, .caller = caller, .now = {}, .subresource = subresource};
}

json::object parsed(std::string_view text) {
  auto value = decode_json(text);
  EXPECT_TRUE(value) << text;
  return value->as_object();
}

}  // namespace

TEST(Registry, FindsByNameAndByKind) {
  Registry registry;
  registry.add(builtin("", "v1", "pods"));
  registry.add(builtin("apps", "v1", "deployments"));
  ASSERT_NE(registry.find("apps", "v1", "deployments"), nullptr);
  EXPECT_EQ(registry.find("apps", "v1", "pods"), nullptr);
  EXPECT_EQ(registry.find_kind("apps/v1", "Deployment")->plural, "deployments");
  EXPECT_EQ(registry.find_any("", "pods")->kind, "Pod");
  EXPECT_TRUE(registry.serves("apps", "v1"));
  EXPECT_FALSE(registry.serves("apps", "v2"));
}

TEST(Registry, CustomGroupsStandBehindBuiltinOnesByName) {
  Registry registry;
  registry.add(builtin("", "v1", "pods"));
  registry.add(builtin("apps", "v1", "deployments"));
  registry.add(custom("z.dev", "v1", "things", "Thing"));
  registry.add(custom("a.dev", "v1", "things", "Thing"));
  EXPECT_THAT(group_names(registry), ElementsAre("", "apps", "a.dev", "z.dev"));
}

TEST(Registry, VersionsOfCustomGroupsFollowTheOrder) {
  Registry registry([](std::string_view a, std::string_view b) { return a > b; });
  registry.add(custom("a.dev", "v1", "things", "Thing"));
  registry.add(custom("a.dev", "v3", "things", "Thing"));
  registry.add(custom("a.dev", "v2", "things", "Thing"));
  EXPECT_THAT(registry.groups().front().versions, ElementsAre("v3", "v2", "v1"));
  EXPECT_EQ(registry.find_any("a.dev", "things")->version, "v3");
}

TEST(Registry, RemovingTheLastResourceRemovesItsGroup) {
  Registry registry;
  registry.add(custom("a.dev", "v1", "things", "Thing"));
  const auto before = registry.generation();
  EXPECT_TRUE(registry.remove("a.dev", "things"));
  EXPECT_FALSE(registry.remove("a.dev", "things"));
  EXPECT_THAT(registry.groups(), IsEmpty());
  EXPECT_GT(registry.generation(), before);
}

TEST(Registry, HasEveryBuiltinResource) {
  Registry registry;
  for (const auto& each : kube::builtin_resources()) registry.add(resource_from(each));
  EXPECT_EQ(registry.all().size(), kube::builtin_resources().size());
  for (const auto& resource : registry.all())
    EXPECT_TRUE(resource->schema != nullptr) << resource->resource_name();
}

TEST(Discovery, ListsResourcesWithTheirSubresources) {
  Registry registry;
  registry.add(builtin("apps", "v1", "deployments"));
  const auto document = api_resource_list(registry, "apps", "v1");
  EXPECT_EQ(string_in(document, "groupVersion"), "apps/v1");
  std::vector<std::string> names;
  for (const auto& row : document.at("resources").as_array())
    names.push_back(string_in(row.as_object(), "name"));
  EXPECT_THAT(names, ElementsAre("deployments", "deployments/scale", "deployments/status"));
  EXPECT_THAT(api_resource_list(registry, "apps", "v2"), IsEmpty());
}

TEST(Discovery, AggregatedFormHasTheCoreGroupUnderApiAlone) {
  Registry registry;
  registry.add(builtin("", "v1", "pods"));
  registry.add(builtin("apps", "v1", "deployments"));
  const auto core = aggregated_discovery(registry, DiscoveryRoot::kCore);
  const auto groups = aggregated_discovery(registry, DiscoveryRoot::kGroups);
  ASSERT_EQ(core.at("items").as_array().size(), 1U);
  ASSERT_EQ(groups.at("items").as_array().size(), 1U);
  EXPECT_EQ(string_at(groups, "items[0].metadata.name"), "apps");
  EXPECT_EQ(string_at(groups, "items[0].versions[0].resources[0].scope"), "Namespaced");
}

TEST(Discovery, AGroupNamesItsPreferredVersion) {
  Registry registry;
  registry.add(builtin("apps", "v1", "deployments"));
  EXPECT_EQ(string_in(api_group(registry, "apps"), "preferredVersion.groupVersion"), "apps/v1");
  EXPECT_THAT(api_group(registry, "none"), IsEmpty());
}

TEST(GenericStrategy, AnUpdateKeepsStatusAndCountsChangesOfSpec) {
  const Resource resource = builtin("apps", "v1", "deployments");
  const Caller caller;
  const auto old =
      parsed(R"({"metadata":{"generation":3},"spec":{"replicas":1},"status":{"replicas":1}})");
  auto object = parsed(R"({"metadata":{"labels":{"a":"b"}},"spec":{"replicas":1}})");
  ASSERT_TRUE(resource.strategy->prepare_update(object, old, context_of(resource, caller)));
  EXPECT_EQ(number_in(object, "metadata.generation"), 3);
  EXPECT_EQ(number_in(object, "status.replicas"), 1);

  object = parsed(R"({"metadata":{},"spec":{"replicas":2}})");
  ASSERT_TRUE(resource.strategy->prepare_update(object, old, context_of(resource, caller)));
  EXPECT_EQ(number_in(object, "metadata.generation"), 4);
}

TEST(GenericStrategy, AStatusWriteKeepsAllElse) {
  const Resource resource = builtin("apps", "v1", "deployments");
  const Caller caller;
  const auto old = parsed(R"({"metadata":{"labels":{"a":"b"}},"spec":{"replicas":1}})");
  auto object = parsed(R"({"metadata":{},"spec":{"replicas":9},"status":{"replicas":1}})");
  ASSERT_TRUE(
      resource.strategy->prepare_update(object, old, context_of(resource, caller, "status")));
  EXPECT_EQ(number_in(object, "spec.replicas"), 1);
  EXPECT_EQ(string_in(object, "metadata.labels.a"), "b");
  EXPECT_EQ(number_in(object, "status.replicas"), 1);
}

}  // namespace dynamod::apiserver

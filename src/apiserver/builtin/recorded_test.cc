// Built-in kinds held against what kube-apiserver said to the same objects (testdata/record): each
// step of each case goes through its strategy as the pipeline would take it.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "apiserver/builtin/builtin_fixture.h"
#include "base/timestamp.h"

namespace dynamod::apiserver {
namespace {

constexpr std::size_t kAnswersMax = std::size_t{16} << 20;

json::value read_answers() {
  std::ifstream file("testdata/answers.json");
  std::stringstream text;
  text << file.rdbuf();
  auto value = decode_json(text.str(), {.size_bytes_max = kAnswersMax});
  DYN_ASSERT(value.has_value());
  return *std::move(value);
}

// Where Kubernetes says what a Go parser said, or names the group of its internal type: only the
// fields with problems are the same.
const std::set<std::string, std::less<>> kOwnWords = {"secret for docker",
                                                      "new event without what it needs"};
// Where Kubernetes walks a map, in no order.
const std::set<std::string, std::less<>> kInNoOrder = {"config map with bad keys",
                                                       "pod with many faults"};

// RFC 7386.
void merge(json::object& target, const json::object& patch) {
  for (const auto& [name, value] : patch) {
    if (value.is_null())
      target.erase(name);
    else if (value.is_object())
      merge(make_object(target, name), value.get_object());
    else
      target[name] = value;
  }
}

// --- masks: what differs from run to run ---

void mask_metadata(json::object& object) {
  json::object& metadata = make_object(object, "metadata");
  for (const std::string_view field :
       {"uid", "creationTimestamp", "resourceVersion", "managedFields"})
    metadata.erase(field);
}

// Addresses and ports that no client asked for.
void mask_allocated(json::object& object, const json::object& sent) {
  json::object* const spec = find_object(object, "spec");
  if (spec == nullptr || text_in(object, "kind") != "Service") return;
  const json::object& wanted = object_in(sent, "spec");
  if (text_in(wanted, "clusterIP").empty() && text_in(*spec, "clusterIP").starts_with("10.")) {
    (*spec)["clusterIP"] = "<address>";
    (*spec)["clusterIPs"] = json::array{"<address>"};
  }
  for_each_object(*spec, "ports", [&](json::object& port) {
    const auto number = integer_in(port, "nodePort");
    bool asked = false;
    for_each_object(wanted, "ports", [&](const json::object& other) {
      asked = asked || integer_in(other, "nodePort") == number;
    });
    if (number != 0 && !asked) port["nodePort"] = "<port>";
  });
}

// Times of the server; the corpus has older ones.
bool is_time_of_run(std::string_view text) {
  const auto time = parse_time(text);
  return time && *time >= testing::kSimStart;
}

bool is_age(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  bool digits = false;
  for (const char c : text) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (!digit && (!digits || std::string_view("smhdy").find(c) == std::string_view::npos))
      return false;
    digits = digit;
  }
  return !text.empty() && !digits;
}

std::string masked_cell(std::string_view cell) {
  if (is_age(cell)) return "<age>";
  if (is_time_of_run(cell)) return "<time>";
  const auto ago = cell.find(" ago)");
  const auto open = cell.rfind('(', ago);
  if (ago == std::string_view::npos || open == std::string_view::npos) return std::string(cell);
  return fmt::format("{}(<age>{}", cell.substr(0, open), cell.substr(ago));
}

json::array masked(json::array cells) {
  for (json::value& cell : cells)
    if (cell.is_string()) cell = json::string(masked_cell(std::string_view(cell.get_string())));
  return cells;
}

// Where Kubernetes shows what a client may not change, it adds a diff of its own Go structs, or
// shows one.
void cut_go_structs(json::value& text) {
  std::string words(text.as_string());
  words.resize(std::min(words.find("\n@@"), words.size()));
  const auto from = words.find(": {");
  const auto to = words.rfind("}: ");
  if (from != std::string::npos && to != std::string::npos)
    words.replace(from + 2, to - from - 1, "{}");
  text = json::string(words);
}

void mask_status(json::object& status) {
  if (text_in(status, "kind") != "Status") return;
  cut_go_structs(status["message"]);
  for_each_object(make_object(status, "details"), "causes",
                  [](json::object& cause) { cut_go_structs(cause["message"]); });
}

void sort_causes(json::object& status) {
  status.erase("message");  // the same in one line
  std::ranges::sort(make_array(make_object(status, "details"), "causes"), {},
                    [](const json::value& cause) { return encode_json(cause); });
}

void keep_fields_alone(json::object& status) {
  status.erase("message");
  json::object& details = make_object(status, "details");
  details.erase("group");
  for_each_object(details, "causes", [](json::object& cause) { cause.erase("message"); });
}

void mask_times(json::value& value) {
  if (value.is_object())
    for (auto& [key, field] : value.get_object()) mask_times(field);
  if (value.is_array())
    for (json::value& element : value.get_array()) mask_times(element);
  if (value.is_string() && is_time_of_run(std::string_view(value.get_string()))) value = "<time>";
}

struct Step {
  std::string_view entry;  // of which case
  const json::object& sent;
  const json::object& answer;
  bool refused = false;
};

json::object masked(json::object object, const Step& step) {
  mask_metadata(object);
  if (step.refused) {
    mask_status(object);
    if (kInNoOrder.contains(step.entry)) sort_causes(object);
    if (kOwnWords.contains(step.entry)) keep_fields_alone(object);
    return object;
  }
  mask_allocated(object, step.sent);
  json::value whole = std::move(object);
  mask_times(whole);
  return std::move(whole.get_object());
}

void expect_step(const Outcome& outcome, const Step& step) {
  ASSERT_EQ(outcome.refused, step.refused)
      << encode_json(outcome.object) << "\ntheirs: " << encode_json(step.answer);
  if (step.refused && !outcome.object.contains("details")) {
    EXPECT_EQ(text_in(outcome.object, "message"), text_in(step.answer, "message"));
    return;
  }
  const json::object ours = masked(outcome.object, step);
  const json::object theirs = masked(step.answer, step);
  EXPECT_TRUE(equal_json(ours, theirs))
      << "ours:   " << encode_json(ours) << "\ntheirs: " << encode_json(theirs);
}

// A signing request says who asked for it.
Caller caller_in(const json::object& answer) {
  const json::object& spec = object_in(answer, "spec");
  Caller caller{.name = std::string(text_in(spec, "username")),
                .uid = "",
                .groups = texts_in(spec, "groups"),
                .extra = {}};
  const json::object& extra = object_in(spec, "extra");
  for (const auto& [key, values] : extra) caller.extra[key] = texts_in(extra, key);
  return caller;
}

// Jobs label their pods with it.
std::string_view uid_in(const json::object& answer) {
  const json::object& labels = object_in(object_in(answer, "metadata"), "labels");
  const auto uid = text_in(labels, "batch.kubernetes.io/controller-uid");
  return uid.empty() ? "6b0d2a54-0000-4000-8000-000000000000" : uid;
}

void expect_row(const World& world, const Resource& resource, const json::object& object,
                const json::object& entry) {
  const json::array ours = masked(world.row(resource, object, std::chrono::seconds(3)));
  const json::array theirs = masked(entry.at("table").at("cells").get_array());
  EXPECT_TRUE(equal_json(ours, theirs))
      << "ours:   " << encode_json(ours) << "\ntheirs: " << encode_json(theirs);
  EXPECT_TRUE(equal_json(resource.strategy->row_conditions(object),
                         array_in(entry.at("table").get_object(), "conditions")));
}

void replay(World& world, const json::object& entry) {
  const Resource& resource = world.resource_at(text_in(entry, "at"));
  const std::string_view ns =
      text_in(entry, "at").find("/t2/") == std::string_view::npos ? "t" : "t2";
  const json::object& first = entry.at("steps").at(0).get_object();
  if (resource.kind == "CertificateSigningRequest")
    world.become(caller_in(object_in(first, "answer")));
  json::object state;
  bool shown = false;
  for (const json::value& element : entry.at("steps").get_array()) {
    const json::object& step = element.get_object();
    const json::object& sent = step.at("sent").get_object();
    const auto at = text_in(step, "at");
    SCOPED_TRACE(fmt::format("{} {} {}", text_in(step, "verb"), at, encode_json(sent)));
    if (at == "scale") continue;  // the pipeline's part, for all kinds
    json::object object = state;
    merge(object, sent);
    const bool creates = text_in(step, "verb") == "create";
    Outcome outcome = creates ? world.create(resource, sent, ns, uid_in(object_in(step, "answer")))
                              : world.update(resource, std::move(object), state, at);
    expect_step(outcome, {.entry = text_in(entry, "case"),
                          .sent = sent,
                          .answer = object_in(step, "answer"),
                          .refused = integer_in(step, "code") >= 400});
    if (!outcome.refused) state = std::move(outcome.object);
    shown = shown || at == "status";
    if (at == "status") expect_row(world, resource, state, entry);
  }
  if (!shown && entry.contains("table")) expect_row(world, resource, state, entry);
}

TEST(Recorded, EveryStepEndsAsOnKubernetes) {
  World world;
  world.services.service_range = "10.0.0.0/16";  // as the harness of tests/e2e has it
  world.serve();
  const json::value answers = read_answers();
  for (const json::value& value : answers.get_array()) {
    const json::object& entry = value.get_object();
    SCOPED_TRACE(text_in(entry, "case"));
    replay(world, entry);
  }
  EXPECT_GT(answers.get_array().size(), 100U);
}

TEST(Recorded, EveryResourceHasTheColumnsOfKubernetesAndACellForEach) {
  const World world;
  for (const Resource& resource : world.resources()) {
    if (resource.is_virtual()) continue;
    SCOPED_TRACE(resource.resource_name());
    EXPECT_FALSE(resource.columns.empty());
    const json::object object{{"metadata", {{"name", "n"}}}};
    const auto cells = resource.strategy->cells(object, resource, world.now());
    EXPECT_EQ(cells ? cells->size() : 0, resource.columns.size());
  }
}

}  // namespace
}  // namespace dynamod::apiserver

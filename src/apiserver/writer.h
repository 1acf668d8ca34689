// What a write does to the store, decided in one step from what is decided there already: create,
// update (PUT, every kind of PATCH, subresources) and delete. Plain functions; only finish() waits.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apiserver/api_request.h"

namespace dynamod::apiserver {

struct PlannedWrite {
  json::object object = {};         // as answered, in the version of the request
  std::optional<Write> write = {};  // none: a dry run, or nothing changed
  bool created = false;
  bool removed = false;  // nothing is left of the object
};

// The new object from the current one (in the version of the request), and what strict decoding
// complains about.
struct Edited {
  json::object object = {};
  std::vector<std::string> complaints = {};
};

using Edit = std::function<Outcome<Edited>(const json::object& current)>;

// How managedFields of a write are kept.
enum class Tracking : std::uint8_t {
  kUpdate,  // fields that changed become the manager's
  kDone,    // server-side apply has done it
};

struct UpdatePlan {
  ObjectPtr current = {};
  Edit edit = {};
  WriteOptions options = {};
  Tracking tracking = Tracking::kUpdate;
};

class Writer {
 public:
  // `core` outlives the writer.
  explicit Writer(const Core& core) : core_(core) {}

  // `object` is decoded, no more. `tracking` is kDone for the create of an apply.
  [[nodiscard]] Outcome<PlannedWrite> create(ApiRequest& request, const WriteOptions& options,
                                             Edited body,
                                             Tracking tracking = Tracking::kUpdate) const;
  [[nodiscard]] Outcome<PlannedWrite> update(ApiRequest& request, const UpdatePlan& plan) const;
  [[nodiscard]] Outcome<PlannedWrite> remove(ApiRequest& request, const DeleteOptions& options,
                                             const ObjectPtr& current) const;

  // Commits; the answer's object when it is durable.
  [[nodiscard]] Task<Outcome<json::object>> finish(PlannedWrite planned) const;
  // Why a commit failed, to its client.
  [[nodiscard]] Refused not_written(const Error& error) const;

 private:
  struct Update;

  [[nodiscard]] Outcome<> check_namespace(const ApiRequest& request, std::string_view name) const;
  [[nodiscard]] Outcome<> name_object(ApiRequest& request, json::object& object) const;
  void fill_new_metadata(const ApiRequest& request, json::object& object) const;
  [[nodiscard]] Outcome<> admit(ApiRequest& request, kube::Operation operation,
                                const json::object* object, const json::object* old,
                                bool dry_run) const;
  [[nodiscard]] Outcome<PlannedWrite> write_update(ApiRequest& request, Update& update) const;
  // A dry run plans no Write; the object is answered in the same order all the same.
  [[nodiscard]] Outcome<PlannedWrite> plan_write(const Resource& resource, json::object object,
                                                 bool dry_run) const;
  [[nodiscard]] Outcome<PlannedWrite> write_removal(ApiRequest& request, json::object object,
                                                    bool dry_run) const;
  [[nodiscard]] std::string new_uid() const;
  [[nodiscard]] std::string name_suffix() const;

  const Core& core_;
};

}  // namespace dynamod::apiserver

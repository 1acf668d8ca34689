// Files that are generated from code and committed: a test compares them with the generator. To
// accept a change, run the test with DYNAMOD_UPDATE_GENERATED=1 and read the difference before
// committing it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/env.h"
#include "base/files.h"

namespace dynamod::testing {

// "" if the file holds `generated`, else a sentence with the first line that differs. `path` is
// relative to the test's folder. When updating, `generated` is written first.
[[nodiscard]] inline std::string differs_from_committed(const std::string& path,
                                                        std::string_view generated) {
  const auto files = make_real_files();
  if (!Env::of_process().get("DYNAMOD_UPDATE_GENERATED").empty())
    (void)files->write(path, generated);
  const auto committed = files->read(path);
  if (!committed) return committed.error().message;
  if (*committed == generated) return "";
  const auto ends = std::ranges::mismatch(*committed, generated);
  const auto line = 1 + std::count(committed->begin(), ends.in1, '\n');
  return path + ": line " + std::to_string(line) +
         " is not what is generated: run this test with DYNAMOD_UPDATE_GENERATED=1";
}

}  // namespace dynamod::testing

// The version, from CMake's project().
#include "cli/version.h"

namespace dynamod::cli {

std::string version_text() {
  return std::string("dynamod ") + DYNAMOD_VERSION;
}

}  // namespace dynamod::cli

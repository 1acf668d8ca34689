// The order among claims on one adapter name.
#include "controllers/model/ownership.h"

#include <algorithm>
#include <tuple>

namespace dynamod::controllers::model {

std::optional<std::size_t> owner_of(const std::string& slug, const std::vector<Claim>& claims) {
  std::optional<std::size_t> best;
  bool best_holds = false;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const Claim& claim = claims[i];
    const bool holds = std::ranges::find(claim.held, slug) != claim.held.end();
    const bool wants = claim.slug == slug && !claim.deleting;
    if (!holds && !wants) continue;
    const auto rank = [](bool incumbent, const Claim& c) {
      return std::tuple(!incumbent, c.created, c.object);
    };
    if (best && rank(best_holds, claims[*best]) < rank(holds, claim)) continue;
    best = i;
    best_holds = holds;
  }
  return best;
}

}  // namespace dynamod::controllers::model

#include "interpolate/magnitudes.h"

#include <algorithm>

namespace fieldzip {
namespace {

constexpr size_t kMostInterval = 1 << 13;

}  // namespace

Magnitudes::Magnitudes(const InterpolationNetworks& networks) : counts_(kContexts), intervals_(kContexts) {
  for (size_t context = 0; context < kContexts; ++context) {
    const uint32_t own = magnitudesOf(context);
    counts_[context] = networks.priors[context];
    // What the context has no place for is escaped.
    for (size_t m = own; m < kMagnitudes; ++m) counts_[context][m] = 0;
    totals_[context] = 0;
    for (const uint32_t count : counts_[context]) totals_[context] += count;
    renew(context);
  }
}

void Magnitudes::rowEnds(size_t symbols) {
  sinceRenewal_ += symbols;
  if (sinceRenewal_ < interval_) return;
  sinceRenewal_ = 0;
  interval_ = std::min(2 * interval_, kMostInterval);
  for (size_t context = 0; context < kContexts; ++context) {
    if (totals_[context] != renewedAt_[context]) renew(context);
  }
}

void Magnitudes::renew(size_t context) {
  auto& counts = counts_[context];
  const uint32_t own = magnitudesOf(context);
  uint32_t total = totals_[context];
  if (total > kMostTotal) {
    total = 0;
    for (size_t m = 0; m <= kMagnitudes; ++m) {
      if (m < own || m == kMagnitudes) total += counts[m] = counts[m] / 2 + 1;
    }
  }
  totals_[context] = renewedAt_[context] = total;
  // Every place has at least 1, the number 0 what is left.
  auto& [first, hints] = intervals_[context];
  const uint32_t places = 2 * own;
  const uint64_t factor = (uint64_t{(1U << kIntervalBits) - places} << 32) / total;
  std::array<uint32_t, kMagnitudes + 1> widths{};
  uint32_t others = 0;
  for (uint32_t m = 1; m < own; ++m) {
    widths[m] = 1 + static_cast<uint32_t>((counts[m] * factor) >> 33);
    others += 2 * widths[m];
  }
  const uint32_t escape = 1 + static_cast<uint32_t>((counts[kMagnitudes] * factor) >> 32);
  first[0] = 0;
  uint32_t at = (1U << kIntervalBits) - others - escape;
  for (uint32_t place = 1; place < places; ++place) {
    first[place] = at;
    at += place + 1 < places ? widths[(place + 1) / 2] : escape;
  }
  std::fill(first.begin() + places, first.end(), at);
  size_t place = 0;
  for (uint32_t slot = 0; slot < hints.size(); ++slot) {
    while (first[place + 1] <= slot << 8) ++place;
    hints[slot] = static_cast<uint8_t>(place);
  }
}

}  // namespace fieldzip

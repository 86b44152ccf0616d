// The states of trellis-coded quantisation (trellis.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace fieldzip {

inline constexpr size_t kTrellisStates = 8;
// By state and parity of n. Odd states have the points halfway between integers.
inline constexpr uint8_t kTrellisNext[kTrellisStates][2] = {{0, 1}, {2, 3}, {5, 4}, {7, 6}, {1, 0}, {3, 2}, {4, 5}, {6, 7}};

}  // namespace fieldzip

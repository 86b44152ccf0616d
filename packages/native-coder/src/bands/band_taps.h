// The neighbours that a band's filter looks at. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <array>
#include <cstddef>

#include "bands/band_task.h"
#include "predict/lanes16.h"

namespace fieldzip::FIELDZIP_LANES {

// Neighbours of a filter, row by row.
struct BandTaps {
  struct Box {
    int plane, top, bottom, left, right;  // plane 0 is the band itself, 1 the low-pass, 2 and 3 the bands beside it
  };
  std::array<Box, 6> boxes;
  size_t count;
};
// Of near filters, and of wide ones.
inline constexpr std::array<std::array<BandTaps, kOrientations>, 2> kBandTaps{{
    {{
        {{{{0, 0, 0, -3, -1}, {0, -1, -1, -3, 3}, {0, -2, -2, -2, 2}, {1, -2, 2, -2, 3}}}, 4},
        {{{{0, 0, 0, -3, -1}, {0, -1, -1, -3, 3}, {0, -2, -2, -2, 2}, {1, -2, 2, -2, 3}, {2, -2, 1, -1, 2}}}, 5},
        {{{{0, 0, 0, -3, -1}, {0, -1, -1, -3, 3}, {0, -2, -2, -2, 2}, {1, -1, 2, -1, 2}, {2, -1, 2, -1, 1}, {3, -1, 1, -1, 2}}}, 6},
    }},
    {{
        {{{{0, 0, 0, -5, -1}, {0, -1, -1, -5, 3}, {0, -2, -2, -4, 4}, {0, -3, -3, -3, 3}, {1, -2, 2, -3, 4}}}, 5},
        {{{{0, 0, 0, -5, -1}, {0, -1, -1, -5, 3}, {0, -2, -2, -3, 3}, {1, -2, 2, -2, 3}, {2, -2, 1, -2, 3}}}, 5},
        {{{{0, 0, 0, -5, -1}, {0, -1, -1, -5, 3}, {0, -2, -2, -3, 3}, {1, -2, 2, -2, 3}, {2, -1, 2, -2, 2}, {3, -2, 2, -1, 2}}}, 6},
    }},
}};

template <size_t kOrientation, BandFilterKind kFilter, typename Each>
inline void eachBandTap(Each&& each) {
  constexpr BandTaps taps = kBandTaps[kFilter == BandFilterKind::wide ? 1 : 0][kOrientation];
  size_t k = 0;
  unrolled<6>([&](auto b) {
    if constexpr (b < taps.count) {
      constexpr BandTaps::Box box = taps.boxes[b];
      for (int y = box.top; y <= box.bottom; ++y) {
        for (int x = box.left; x <= box.right; ++x) each(k++, box.plane, y, x);
      }
    }
  });
}
template <size_t kOrientation, BandFilterKind kFilter>
inline constexpr size_t kBandTapCount = [] {
  const BandTaps& taps = kBandTaps[kFilter == BandFilterKind::wide ? 1 : 0][kOrientation];
  size_t count = 0;
  for (size_t b = 0; b < taps.count; ++b) {
    const auto& box = taps.boxes[b];
    count += static_cast<size_t>((box.bottom - box.top + 1) * (box.right - box.left + 1));
  }
  return count;
}();

}  // namespace fieldzip::FIELDZIP_LANES

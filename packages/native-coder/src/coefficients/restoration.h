// What a tile gains after its last level: every value moves a little towards what those around it make of it, by a linear filter that the
// encoder fits to the tile's error and sends. Steps are as fine for frequencies that hardly occur as for those that do, so that there the
// error outweighs what is said: a filter takes it away again, as the in-loop filters of video codecs do (Wiener; Tsai et al. 2013).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coefficients/levels.h"
#include "predict/bytes.h"
#include "predict/lockstep_walk.h"

namespace fieldzip {

// A tap adds up the values so far below, above, right and left of a site: two, or four.
struct RestorationTap {
  uint8_t down, along;

  constexpr uint32_t values() const { return (down == 0 ? 1U : 2U) * (along == 0 ? 1U : 2U); }
};
inline constexpr size_t kRestorationReach = 6, kRestorationTaps = (kRestorationReach + 1) * (kRestorationReach + 2) / 2 - 1;
// Row by row, those of a diamond.
inline constexpr auto kRestorationShape = [] {
  std::array<RestorationTap, kRestorationTaps> taps{};
  size_t k = 0;
  for (size_t down = 0; down <= kRestorationReach; ++down) {
    for (size_t along = down == 0 ? 1 : 0; down + along <= kRestorationReach; ++along) taps[k++] = {static_cast<uint8_t>(down), static_cast<uint8_t>(along)};
  }
  return taps;
}();

// In smaller tiles it would not pay for its weights.
inline constexpr size_t kLeastRestored = 1 << 12;

struct Restoration {
  static constexpr int kMostShift = 24;
  static constexpr int32_t kGreatestWeight = 1 << 24;  // so that a float has each

  size_t filters = 0;            // 0 for none; 1; or 4, by the parity of row and column: 2 * (row mod 2) + column mod 2
  int shift = 0;
  std::vector<int32_t> weights;  // of each filter, of each tap, in 2^-shift

  void write(std::vector<uint8_t>& out) const;
  // With so many filters. Throws CorruptStream.
  static Restoration read(ByteReader& in, size_t filters);
};

template <typename T>
struct RestorationTask {
  std::span<const T> values;      // of the tile
  std::span<const uint8_t> mask;  // empty, or not 0 where a value counts for nothing
  GridSize size;
  double step, offset;
  std::span<const T> decoded;     // in steps
};

// The filters that save the most bytes, or none, if an octave of the error is worth so many bits. No number depends on threads or instructions.
template <typename T>
Restoration fitRestoration(const RestorationTask<T>& task, double bitsOfOctave, size_t threads, Isa isa = bestIsa());

// In steps: from `decoded` to `restored`, which must be another array. Values beyond the tile are as those at its end.
template <typename T>
void restoreTile(const Restoration& restoration, std::span<const T> decoded, GridSize size, std::span<T> restored, size_t threads, Isa isa = bestIsa());

}  // namespace fieldzip

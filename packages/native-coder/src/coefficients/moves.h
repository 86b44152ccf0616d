// What an encoder within a bound changes of the finest level's integers. Each is the nearest to its coefficient, or next to it: a
// neighbour where that brings more values within the bound than it costs bits, since each that misses has to be corrected.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "coefficients/levels.h"
#include "coefficients/restoration.h"
#include "predict/lockstep_walk.h"

namespace fieldzip {

template <typename T>
struct MovesTask {
  std::span<const T> values;  // of the tile
  std::span<const uint8_t> mask;  // empty, or not 0 where a miss counts for nothing
  GridSize size;
  double step, offset, bound;
  float lambda;              // what a bit is worth in squared steps, where no value misses
  std::array<float, 2> delta;
  std::span<const T> low;    // A_1 as decoded, in steps
  std::span<const T> details;  // of level 1, in steps, as in A_0
  bool mayRestore = false;     // whether the tile may be restored in the end: misses are then looked for where it is
};

struct Moves {
  std::vector<int8_t> by;   // how far from the nearest integer each is, as in A_0: -1, 0 or 1; 0 at A_1's sites
  Restoration restoration;  // of the tile, before anything is moved
};

// In tiles of fewer rows or columns nothing is moved.
inline constexpr uint32_t kLeastMovedSide = 16;

// No number depends on threads or instructions. Throws std::invalid_argument for a smaller tile.
template <typename T>
Moves movesWithin(const MovesTask<T>& task, size_t threads, Isa isa = bestIsa());

}  // namespace fieldzip

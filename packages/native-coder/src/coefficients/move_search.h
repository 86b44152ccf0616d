// The search for moves in some rows of a tile, compiled for what the processor has. All give the same moves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "predict/lockstep_walk.h"

namespace fieldzip {

// Errors are in units of the ramp between a value that is well within the bound and one that misses it by so much that it may as
// well miss it by more: what lies on the ramp counts in part.
inline constexpr float kRampFrom = 0.87F, kRampTo = 1.18F;  // in bounds
inline constexpr float kErrorUnits = 1 / (kRampTo - kRampFrom);  // a bound
// Of masked values and of what lies beyond the tile: no move changes what it counts.
inline constexpr float kNoMatter = 1e9F;

// A detail changes as many values each way.
inline constexpr size_t kPatchReach = 4, kPatchSide = 2 * kPatchReach + 1, kPatchStride = 16;
struct Patch {
  alignas(64) float weights[kPatchSide][kPatchStride];  // 0 beyond the side
};

// An integer's bits: about so many over what is around it for each unit of its magnitude, and one if it is not 0. What is around are
// the magnitudes of its neighbours in its band, those beside it counted twice.
inline constexpr float kBitsAround = 14, kBitsFrom = 3;

template <typename T>
struct MoveField {
  size_t rows, columns;
  size_t stride;                // of the errors
  float* errors;
  const T* details;
  int8_t* moves;
  const uint8_t* surroundings;  // of each detail
  const std::array<Patch, 3>* patches;
  std::array<float, 2> delta;
  float errorOfStep;
};

namespace lanes_portable {
template <typename T>
void searchMoves(const MoveField<T>& field, size_t firstRow, size_t endRow);
}
#ifdef FIELDZIP_WIDE_LANES
namespace lanes_avx2 {
template <typename T>
void searchMoves(const MoveField<T>& field, size_t firstRow, size_t endRow);
}
namespace lanes_avx512 {
template <typename T>
void searchMoves(const MoveField<T>& field, size_t firstRow, size_t endRow);
}
#endif

// For what misses the bound in rows from `firstRow` to before `endRow`. Errors and moves change up to kMoveReach rows further.
inline constexpr size_t kSiteReach = 1, kMoveReach = kPatchReach + kSiteReach;
template <typename T>
void searchMoves(Isa isa, const MoveField<T>& field, size_t firstRow, size_t endRow) {
#ifdef FIELDZIP_WIDE_LANES
  if (isa == Isa::avx512) return lanes_avx512::searchMoves(field, firstRow, endRow);
  if (isa == Isa::avx2) return lanes_avx2::searchMoves(field, firstRow, endRow);
#endif
  (void)isa;
  lanes_portable::searchMoves(field, firstRow, endRow);
}

}  // namespace fieldzip

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

// What a coefficient adds to the values along one dimension: as many each way, but for the ends, where what would lie beyond is
// folded back.
inline constexpr size_t kLineReach = 4, kLineSide = 2 * kLineReach + 1;
struct Line {
  alignas(64) float weights[16];  // 0 from the side on
  size_t first;                   // the value that the first weight is for, near an end
};

// The lines of a dimension, of low-pass samples (even) and details (odd).
class Lines {
 public:
  // At least kLineSide long.
  explicit Lines(size_t length);

  // Of a coefficient; `first` is where its line starts.
  const Line& at(size_t place, size_t& first) const {
    const bool low = place < kLineReach, high = place + kLineReach >= length_;
    const Line& line = low ? ends_[0][place] : high ? ends_[1][length_ - 1 - place] : middle_[place % 2];
    first = low || high ? line.first : place - kLineReach;
    return line;
  }

 private:
  size_t length_;
  std::array<Line, 2> middle_;
  std::array<std::array<Line, kLineReach>, 2> ends_;
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
  const Lines* down;            // the lines of a column, and of a row
  const Lines* along;
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

// For what misses the bound in rows from `firstRow` to before `endRow`. Errors and moves change up to kMoveReach rows further, near the ends of
// the tile up to where a line ends.
inline constexpr size_t kSiteReach = 1, kMoveReach = kLineReach + kSiteReach;
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

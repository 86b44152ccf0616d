// The walk with a network, sixteen rows in lockstep (lockstep.h), compiled for what the processor has. All give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "predict/lane_rans.h"
#include "predict/perceptron.h"
#include "predict/plan.h"
#include "predict/vectors.h"
#include "predict/walk.h"

// Other compilers make the portable one.
#if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__) && !defined(__clang__) && defined(FIELDZIP_VECTORS)
#define FIELDZIP_WIDE_LANES 1
#endif

namespace fieldzip {

// Narrower tiles would make rows wait for each other, and a tile of few rows has too few for them.
inline constexpr size_t kLeastLockstepColumns = 128, kLeastLockstepRows = 32;

// Integers of either type: they are touched once a value, and a walk for each type would take twice as long to compile.
class LatticeCells {
 public:
  explicit LatticeCells(int32_t* cells) : narrow_(cells) {}
  explicit LatticeCells(int64_t* cells) : wide_(cells) {}
  int64_t get(size_t i) const { return narrow_ != nullptr ? narrow_[i] : wide_[i]; }
  void set(size_t i, int64_t value) {
    if (narrow_ != nullptr) narrow_[i] = static_cast<int32_t>(value);
    else wide_[i] = value;
  }

 private:
  int32_t* narrow_ = nullptr;
  int64_t* wide_ = nullptr;
};

struct LockstepTile {
  const Plan& plan;
  const Perceptron& network;
  LatticeCells cells;
  const uint8_t* mask;  // null: everything is known
  size_t rows, columns;
  int64_t range;
};

namespace lanes_portable {
template <typename Coder>
void walkLockstep(const LockstepTile& tile, Coder& coder);
}
#ifdef FIELDZIP_WIDE_LANES
namespace lanes_avx2 {
template <typename Coder>
void walkLockstep(const LockstepTile& tile, Coder& coder);
}
namespace lanes_avx512 {
template <typename Coder>
void walkLockstep(const LockstepTile& tile, Coder& coder);
}
#endif

// As walk(), for tiles of at least as many columns and rows.
template <typename Coder>
void walkLockstep(Isa isa, const LockstepTile& tile, Coder& coder) {
#ifdef FIELDZIP_WIDE_LANES
  if (isa == Isa::avx512) return lanes_avx512::walkLockstep(tile, coder);
  if (isa == Isa::avx2) return lanes_avx2::walkLockstep(tile, coder);
#endif
  (void)isa;
  lanes_portable::walkLockstep(tile, coder);
}

}  // namespace fieldzip

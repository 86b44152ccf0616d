// The walk with a network, sixteen rows in lockstep (lockstep.h), compiled for what the processor has. All give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "predict/lane_rans.h"
#include "predict/perceptron.h"
#include "predict/plan.h"
#include "predict/walk.h"

// Other compilers make the portable one.
#if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__) && !defined(__clang__)
#define FIELDZIP_WIDE_LANES 1
#endif

namespace fieldzip {

// Narrower tiles would make rows wait for each other, and a tile of few rows has too few for them.
inline constexpr size_t kLeastLockstepColumns = 128, kLeastLockstepRows = 32;

namespace lanes_portable {
template <typename T, typename Coder>
void walkLockstep(const Plan& plan, const Perceptron& network, Coder& coder, T* lattice, const uint8_t* mask, size_t rows, size_t columns, int64_t range);
}
#ifdef FIELDZIP_WIDE_LANES
namespace lanes_avx2 {
template <typename T, typename Coder>
void walkLockstep(const Plan& plan, const Perceptron& network, Coder& coder, T* lattice, const uint8_t* mask, size_t rows, size_t columns, int64_t range);
}
namespace lanes_avx512 {
template <typename T, typename Coder>
void walkLockstep(const Plan& plan, const Perceptron& network, Coder& coder, T* lattice, const uint8_t* mask, size_t rows, size_t columns, int64_t range);
}
#endif

// As walk(), for tiles of at least as many columns and rows.
template <typename T, typename Coder>
void walkLockstep(Isa isa, const Plan& plan, const Perceptron& network, Coder& coder, T* lattice, const uint8_t* mask, size_t rows,
                  size_t columns, int64_t range) {
#ifdef FIELDZIP_WIDE_LANES
  if (isa == Isa::avx512) return lanes_avx512::walkLockstep(plan, network, coder, lattice, mask, rows, columns, range);
  if (isa == Isa::avx2) return lanes_avx2::walkLockstep(plan, network, coder, lattice, mask, rows, columns, range);
#endif
  (void)isa;
  lanes_portable::walkLockstep(plan, network, coder, lattice, mask, rows, columns, range);
}

}  // namespace fieldzip

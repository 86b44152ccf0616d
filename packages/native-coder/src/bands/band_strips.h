// The walk of a strip for the processor at hand.
#pragma once

#include <memory>

#include "bands/band_network.h"
#include "bands/band_task.h"
#include "predict/lane_rans.h"
#include "predict/lockstep_walk.h"

namespace fieldzip {

namespace lanes_portable {
template <typename Coder>
std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork& network, BandForm form, Coder& coder);
void takeByTrellis(const float* coefficients, const uint8_t* missing, size_t rows, size_t columns, int32_t* integers);
}
#ifdef FIELDZIP_WIDE_LANES
namespace lanes_avx2 {
template <typename Coder>
std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork& network, BandForm form, Coder& coder);
void takeByTrellis(const float* coefficients, const uint8_t* missing, size_t rows, size_t columns, int32_t* integers);
}
namespace lanes_avx512 {
template <typename Coder>
std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork& network, BandForm form, Coder& coder);
void takeByTrellis(const float* coefficients, const uint8_t* missing, size_t rows, size_t columns, int32_t* integers);
}
#endif

// Network and coder must stay until the strip is done. An encoder's form is that of tables.
template <typename Coder>
std::unique_ptr<BandStrip> makeBandStrip(Isa isa, const BandNetwork& network, BandForm form, Coder& coder) {
#ifdef FIELDZIP_WIDE_LANES
  if (isa == Isa::avx512) return lanes_avx512::makeBandStrip(network, form, coder);
  if (isa == Isa::avx2) return lanes_avx2::makeBandStrip(network, form, coder);
#endif
  (void)isa;
  return lanes_portable::makeBandStrip(network, form, coder);
}

// Of rows of coefficients in steps, the integers that a trellis takes (band_trellis.h). All instruction sets take the same.
inline void takeByTrellis(Isa isa, const float* coefficients, const uint8_t* missing, size_t rows, size_t columns, int32_t* integers) {
#ifdef FIELDZIP_WIDE_LANES
  if (isa == Isa::avx512) return lanes_avx512::takeByTrellis(coefficients, missing, rows, columns, integers);
  if (isa == Isa::avx2) return lanes_avx2::takeByTrellis(coefficients, missing, rows, columns, integers);
#endif
  (void)isa;
  lanes_portable::takeByTrellis(coefficients, missing, rows, columns, integers);
}

}  // namespace fieldzip

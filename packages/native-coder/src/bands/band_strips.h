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
std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork& network, Coder& coder);
}
#ifdef FIELDZIP_WIDE_LANES
namespace lanes_avx2 {
template <typename Coder>
std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork& network, Coder& coder);
}
namespace lanes_avx512 {
template <typename Coder>
std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork& network, Coder& coder);
}
#endif

// Network and coder must stay until the strip is done.
template <typename Coder>
std::unique_ptr<BandStrip> makeBandStrip(Isa isa, const BandNetwork& network, Coder& coder) {
#ifdef FIELDZIP_WIDE_LANES
  if (isa == Isa::avx512) return lanes_avx512::makeBandStrip(network, coder);
  if (isa == Isa::avx2) return lanes_avx2::makeBandStrip(network, coder);
#endif
  (void)isa;
  return lanes_portable::makeBandStrip(network, coder);
}

}  // namespace fieldzip

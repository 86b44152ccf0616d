// What band_strips.h declares, for one instruction set.
#include "bands/band_walk.h"

namespace fieldzip::FIELDZIP_LANES {

template <typename Coder>
std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork& network, Coder& coder) {
  return std::make_unique<BandStripOf<Coder>>(network, coder);
}
template std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork&, LaneEncoder&);
template std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork&, LaneDecoder&);

}  // namespace fieldzip::FIELDZIP_LANES

// What band_strips.h declares, for one instruction set.
#include "bands/band_trellis.h"
#include "bands/band_walk.h"

namespace fieldzip::FIELDZIP_LANES {

template <typename Coder>
std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork& network, BandForm form, Coder& coder) {
  // None is written by shapes any more.
  if constexpr (Coder::kDecodes) {
    if (form == BandForm::shapes) return std::make_unique<BandStripOf<Coder, BandForm::shapes>>(network, coder);
  }
  (void)form;
  return std::make_unique<BandStripOf<Coder, BandForm::tables>>(network, coder);
}
template std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork&, BandForm, LaneEncoder&);
template std::unique_ptr<BandStrip> makeBandStrip(const BandNetwork&, BandForm, LaneDecoder&);

void takeByTrellis(const float* coefficients, const uint8_t* missing, size_t rows, size_t columns, int32_t* integers) {
  BandTrellis().take(coefficients, missing, rows, columns, integers);
}

}  // namespace fieldzip::FIELDZIP_LANES

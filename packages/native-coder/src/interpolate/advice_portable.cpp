#include "interpolate/advice.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "predict/lockstep_walk.h"

#define FIELDZIP_LANES lanes_advice_portable
#define FIELDZIP_LANE_WIDTH 4
#include "interpolate/advice_lanes.h"

namespace fieldzip {

template <typename Real>
void advise(bool second, const AdviceRow<Real>& row) {
#ifdef FIELDZIP_WIDE_LANES
  if (bestIsa() == Isa::avx512) return lanes_advice_avx512::advise(second, row);
  if (bestIsa() == Isa::avx2) return lanes_advice_avx2::advise(second, row);
#endif
  lanes_advice_portable::advise(second, row);
}

template void advise(bool, const AdviceRow<float>&);
template void advise(bool, const AdviceRow<double>&);

}  // namespace fieldzip

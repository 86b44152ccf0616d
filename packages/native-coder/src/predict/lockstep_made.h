// What lockstep_walk.h declares, for one instruction set.
#include "predict/lockstep.h"

namespace fieldzip::FIELDZIP_LANES {

#define FIELDZIP_WALK(T, Coder) \
  template void walkLockstep(const Plan&, const Perceptron&, Coder&, T*, const uint8_t*, size_t, size_t, int64_t)
FIELDZIP_WALK(int32_t, LaneEncoder);
FIELDZIP_WALK(int64_t, LaneEncoder);
FIELDZIP_WALK(int32_t, LaneDecoder);
FIELDZIP_WALK(int64_t, LaneDecoder);
#undef FIELDZIP_WALK

}  // namespace fieldzip::FIELDZIP_LANES

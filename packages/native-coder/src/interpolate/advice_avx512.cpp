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

#ifdef FIELDZIP_WIDE_LANES
// Only what is included below is compiled for these instructions: nothing that others call.
#define FIELDZIP_LANES lanes_advice_avx512
#define FIELDZIP_LANE_WIDTH 16
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,prefer-vector-width=512")
#include "interpolate/advice_lanes.h"
#pragma GCC pop_options
#endif

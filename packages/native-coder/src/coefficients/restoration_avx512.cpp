#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "coefficients/restoration_rows.h"

#ifdef FIELDZIP_WIDE_LANES
// Only what is included below is compiled for these instructions: nothing that others call.
#define FIELDZIP_LANES lanes_avx512
#define FIELDZIP_LANE_WIDTH 16
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,prefer-vector-width=512")
#include "coefficients/restoration_lanes.h"
#pragma GCC pop_options
#endif

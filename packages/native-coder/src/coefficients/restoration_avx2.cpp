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
#define FIELDZIP_LANES lanes_avx2
#define FIELDZIP_LANE_WIDTH 8
#pragma GCC push_options
#pragma GCC target("avx2")
#include "coefficients/restoration_lanes.h"
#pragma GCC pop_options
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "bands/band_strips.h"
#include "coefficients/coefficient_model.h"
#include "predict/network_coder.h"
#include "predict/residuals.h"

#ifdef FIELDZIP_WIDE_LANES
// Only what is included below is compiled for these instructions: nothing that others call.
#define FIELDZIP_LANES lanes_avx2
#define FIELDZIP_LANE_WIDTH 8
#pragma GCC push_options
#pragma GCC target("avx2")
#include "bands/band_made.h"
#pragma GCC pop_options
#endif

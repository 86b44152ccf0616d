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
#define FIELDZIP_LANES lanes_avx512
#define FIELDZIP_LANE_WIDTH 16
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,prefer-vector-width=512")
#include "bands/band_made.h"
#pragma GCC pop_options
#endif

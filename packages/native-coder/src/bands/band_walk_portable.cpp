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

#define FIELDZIP_LANES lanes_portable
#define FIELDZIP_LANE_WIDTH 4
#include "bands/band_made.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "coefficients/restoration_rows.h"

#define FIELDZIP_LANES lanes_portable
#define FIELDZIP_LANE_WIDTH 4
#include "coefficients/restoration_lanes.h"

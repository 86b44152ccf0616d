#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "coefficients/coefficient_model.h"
#include "coefficients/move_search.h"
#include "coefficients/quantised.h"

#define FIELDZIP_LANES lanes_portable
#define FIELDZIP_LANE_WIDTH 4
#include "coefficients/move_lanes.h"

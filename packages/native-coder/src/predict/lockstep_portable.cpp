#include "predict/lockstep_walk.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

#include "predict/lane_rans.h"
#include "predict/network_coder.h"

#define FIELDZIP_LANES lanes_portable
#define FIELDZIP_LANE_WIDTH 4
#include "predict/lockstep_made.h"

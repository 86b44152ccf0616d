// Floating-point values within a bound: a coarse grid first, then the points between, each predicted from those around it; what is
// left is coded in steps of twice the bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "interpolate/networks.h"

namespace fieldzip {

// What all present values lie between, ends included; encoder and decoder need the same.
struct ValueInterval {
  double minimum, maximum;
};

// `mask` is empty, or above 0 where a value is missing: it is not coded, and must be finite all the same. `restored` gets what the decoder
// will give. No bytes if the bound is too near the precision of the type, or so small a part of the interval that numbers would not
// have 32 bits. With networks fewer bytes, in more time. At most so many threads work, this one included; no byte depends on it. The stream
// holds neither shape nor mask nor interval. Throws std::invalid_argument when lengths do not agree.
template <typename T>
std::vector<uint8_t> encodeInterpolated(std::span<const T> values, std::span<const uint8_t> mask, size_t rows, size_t columns,
                                        const ValueInterval& interval, double bound, std::span<T> restored, size_t threads = 1,
                                        const InterpolationNetworks* networks = nullptr);

// Throws CorruptStream as well, also where the stream needs networks and there are none; the values are then meaningless.
template <typename T>
void decodeInterpolated(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                        const ValueInterval& interval, std::span<T> values, const InterpolationNetworks* networks = nullptr);

}  // namespace fieldzip

// Floating-point values within a bound: a coarse grid first, then the points between, each predicted from those around it; what is
// left is coded in steps of twice the bound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace fieldzip {

struct InterpolateOptions {
  double bound = 0;
  double offset = 0;      // near the middle of the values
  double halfRange = 0;   // no present value is further from it
};

// `mask` is empty, or above 0 where a value is missing. `restored` gets what the decoder will give. Empty if the bound is too small for it.
template <typename T>
std::vector<uint8_t> encodeInterpolated(std::span<const T> values, std::span<const uint8_t> mask, size_t rows, size_t columns,
                                        const InterpolateOptions& options, std::span<T> restored);
template <typename T>
void decodeInterpolated(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns, double offset,
                        std::span<T> values);

}  // namespace fieldzip

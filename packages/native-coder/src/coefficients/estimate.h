// What a tile would cost at a step, without coding it: the entropy of its quantised coefficients, given how large their
// neighbours are. For comparing steps and codecs, not for promises.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fieldzip {

struct CoefficientEstimate {
  double bits;          // of the whole tile; the network needs some tenths less
  double squaredError;  // of the whole tile, in squared steps
};

// `values` is rows x columns and finite. Large tiles are sampled in patches. Throws std::invalid_argument; where coefficients
// do not fit, bits are infinite. At most so many threads work, this one included; no number depends on it.
template <typename T>
void estimateCoefficients(std::span<const T> values, uint32_t rows, uint32_t columns, std::span<const double> steps,
                          std::span<CoefficientEstimate> estimates, size_t threads = 1);

}  // namespace fieldzip

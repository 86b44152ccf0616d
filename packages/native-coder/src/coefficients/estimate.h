// What a tile would cost at a step, without coding it: the entropy of its quantised coefficients, given how large their
// neighbours are. For comparing steps and codecs, not for promises.
#pragma once

#include <cstdint>
#include <span>

namespace fieldzip {

struct CoefficientEstimate {
  double bits;          // of the whole tile; the network needs some tenths less
  double squaredError;  // of the whole tile, in squared steps
};

// `values` is rows x columns and finite. Large tiles are sampled in patches. Throws std::invalid_argument; where coefficients
// do not fit, bits are infinite.
template <typename T>
void estimateCoefficients(std::span<const T> values, uint32_t rows, uint32_t columns, std::span<const double> steps,
                          std::span<CoefficientEstimate> estimates);

}  // namespace fieldzip

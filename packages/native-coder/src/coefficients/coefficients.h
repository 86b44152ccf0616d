// The wavelet codec's coefficients: a tile is transformed, and its details are coded level by level, coarse to fine, each
// level in two passes. Before a pass the caller takes inputs(), runs the network on them, and hands what it gives to
// code(). Encoder and decoder go through the same passes and see the same inputs.
//
//   3 bytes      step, the top 24 bits of a double
//   3 bytes      offset, likewise: what is subtracted from the values
//   2 bytes      signed: how far below 1, and below greater magnitudes, they are reconstructed, in 1/64 of a step
//   4 or more    the low-pass's plan (low_pass.h): prediction and shift, level, the first value; the top bit of the first byte
//                is set where details are quantised by a trellis (trellis.h)
//   the rest     one interval stream: the low-pass, and all passes; nothing for a single value
//
// docs/format.md has it in full. All throw std::invalid_argument for misuse.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "coefficients/levels.h"

namespace fieldzip {

// The step is so small for these values that their coefficients do not fit.
class StepTooSmall : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

// What is known of the values: reconstructions are clamped to it.
struct ValueRange {
  double lowest = -std::numeric_limits<double>::infinity(), highest = std::numeric_limits<double>::infinity();
};

// The step as the stream holds it: rounded down to 13 significant bits. 0 for what is no step.
double storedStep(double step);

class CoefficientCoder {
 public:
  virtual ~CoefficientCoder() = default;

  virtual size_t passes() const = 0;
  // The shape of the next pass's inputs; nothing after the last. The pass before must have been coded.
  virtual std::optional<PassShape> next() = 0;
  // [channels][rows][columns] of the pass, as bytes or without their zero point of 128.
  virtual void inputs(std::span<uint8_t> target) = 0;
  virtual void inputs(std::span<float> target) = 0;
  // Codes the pass with the network's parameters, [18][rows][columns]. May throw CorruptStream when it decodes.
  virtual void code(std::span<const uint8_t> parameters) = 0;
};

template <typename T>
class CoefficientEncoder : public CoefficientCoder {
 public:
  struct Finished {
    std::vector<uint8_t> bytes;
    double squaredError;  // in squared steps, over the sites that are not masked, of the reconstruction in T
  };
  // After the last pass. `values` and `mask` (empty, or not 0 where a value counts for nothing) as the encoder was made
  // with; `reconstruction` is what a decoder will give.
  virtual Finished finish(std::span<const T> values, std::span<const uint8_t> mask, std::span<T> reconstruction) = 0;
};

template <typename T>
class CoefficientDecoder : public CoefficientCoder {
 public:
  // After the last pass. Throws CorruptStream if the stream does not end here.
  virtual void finish(std::span<T> reconstruction) = 0;
};

// `values` is rows x columns and finite. `lambda`: squared steps that a bit is worth, 0 to round every coefficient to the
// nearest. `trellis`: 2 to 5 % fewer bytes at the same error, but at the lowest rates, for 80 ns a value more. Throws StepTooSmall.
template <typename T>
std::unique_ptr<CoefficientEncoder<T>> makeCoefficientEncoder(std::span<const T> values, uint32_t rows, uint32_t columns,
                                                              double step, double lambda, ValueRange range, bool trellis = false);

// `bytes` must stay until the decoder has finished. Throws CorruptStream.
template <typename T>
std::unique_ptr<CoefficientDecoder<T>> makeCoefficientDecoder(std::span<const uint8_t> bytes, uint32_t rows, uint32_t columns,
                                                              ValueRange range);

}  // namespace fieldzip

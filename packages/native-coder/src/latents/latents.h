// Latents of a hyperprior codec: C planes of H8 x W8 values, each with a scale and a mean from an integer network.
//
// Coding order: plane by plane, in a plane row by row, sites that are not valid left out. Parameters, latents and the
// stream are then all walked from front to back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cdf/table_set.h"

namespace fieldzip {

struct LatentShape {
  enum class Layout : uint8_t {
    all,      // every latent is coded
    blocks8,  // 64 channels; channel (row % 8) * 8 + col % 8 holds pixel (row, col) of a height x width slice
  };

  uint32_t channels;
  uint32_t gridHeight;
  uint32_t gridWidth;
  Layout layout;
  uint32_t height;  // blocks8 only
  uint32_t width;
  bool scaleOnly;  // params hold the scale planes only and every mean is 0

  size_t plane() const { return static_cast<size_t>(gridHeight) * gridWidth; }
  size_t size() const { return plane() * channels; }
  size_t paramsSize() const { return size() * (scaleOnly ? 1 : 2); }
};

// Beyond 2^24 a float no longer holds every integer.
inline constexpr int32_t kMaxLatent = 1 << 24;

// mean = (m - 128) / 32 * s_i, in eighths, halves rounded up.
inline int32_t latentMean8(const ScaleInfo& scale, uint32_t m) {
  return static_cast<int32_t>(((static_cast<int64_t>(m) - 128) * scale.q16 + (1 << 17)) >> 18);
}

// All of these throw std::invalid_argument when a length does not belong to the shape.

// q, as floats; 0 where there is no latent. `prices` has for each channel what a squared error of 1 costs, in bits; 0 rounds
// half to even. Otherwise q is the cheaper of that and its neighbour one step nearer to the mean. NaN becomes 0.
void quantiseLatents(const TableSet& tables, const LatentShape& shape, std::span<const float> y,
                     std::span<const uint8_t> params, std::span<const float> prices, std::span<float> q);

// Bits that encodeLatents would spend on these values, without the stream's few fixed bytes.
double latentBits(const TableSet& tables, const LatentShape& shape, std::span<const float> q,
                  std::span<const uint8_t> params);

// Quantises as above into `q` and codes that.
std::vector<uint8_t> encodeLatents(const TableSet& tables, const LatentShape& shape, std::span<const float> y,
                                   std::span<const uint8_t> params, std::span<const float> prices, std::span<float> q);

// Throws CorruptStream as well.
void decodeLatents(const TableSet& tables, const LatentShape& shape, std::span<const uint8_t> bytes,
                   std::span<const uint8_t> params, std::span<float> q);

}  // namespace fieldzip

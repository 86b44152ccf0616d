// The CDF 9/7 wavelet by lifting, in place and interleaved: a coefficient stays at its pixel's position. Level l works on
// the sub-lattice of stride 2^l; even positions become low-pass, odd ones high-pass. Low-pass has a DC gain of sqrt(2) a
// dimension, which makes the transform nearly orthonormal. Ends are extended by whole-sample symmetry at each level's own
// ends. Along a dimension that has one sample at a level nothing is done. Forward: rows, then columns.
//
// Plain IEEE operations in a fixed order, never contracted: the same bits on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fieldzip {

inline constexpr uint32_t kMaxWaveletLevels = 31;

// `data` is height x width, row-major. Throws std::invalid_argument when it is not, or for more than 31 levels. At most so many
// threads work, this one included; no bit depends on it.
template <typename T>
void waveletForward(std::span<T> data, uint32_t height, uint32_t width, uint32_t levels, size_t threads = 1);
template <typename T>
void waveletInverse(std::span<T> data, uint32_t height, uint32_t width, uint32_t levels, size_t threads = 1);

// Interleaved coefficients to 64 planes at 1/8 resolution: channel (row % 8) * 8 + col % 8, times that channel's gain, 0
// where the slice has no pixel. `latents` is 64 x ceil(height / 8) x ceil(width / 8).
void toLatents(std::span<const float> coefficients, uint32_t height, uint32_t width, std::span<const float> gains,
               std::span<float> latents);
void fromLatents(std::span<const float> latents, uint32_t height, uint32_t width, std::span<const float> inverseGains,
                 std::span<float> coefficients);

}  // namespace fieldzip

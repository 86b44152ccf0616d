#include <algorithm>
#include <stdexcept>

#include "wavelet/wavelet.h"

namespace fieldzip {
namespace {

struct Grid {
  size_t height;
  size_t width;
};

Grid checkedGrid(uint32_t height, uint32_t width, size_t coefficients, size_t gains, size_t latents) {
  if (height == 0 || width == 0 || coefficients != static_cast<size_t>(height) * width) {
    throw std::invalid_argument("the coefficients' length must be height * width");
  }
  const Grid grid{(static_cast<size_t>(height) + 7) / 8, (static_cast<size_t>(width) + 7) / 8};
  if (latents != 64 * grid.height * grid.width) {
    throw std::invalid_argument("the latents' length must be 64 * ceil(height / 8) * ceil(width / 8)");
  }
  if (gains != 64) throw std::invalid_argument("64 gains are needed");
  return grid;
}

}  // namespace

void toLatents(std::span<const float> coefficients, uint32_t height, uint32_t width, std::span<const float> gains,
               std::span<float> latents) {
  const Grid grid = checkedGrid(height, width, coefficients.size(), gains.size(), latents.size());
  const size_t plane = grid.height * grid.width;
  std::fill(latents.begin(), latents.end(), 0.0F);
  for (size_t row = 0; row < height; ++row) {
    for (size_t phase = 0; phase < std::min<size_t>(8, width); ++phase) {
      const size_t channel = (row % 8) * 8 + phase;
      const float gain = gains[channel];
      const float* in = coefficients.data() + row * width + phase;
      float* out = latents.data() + channel * plane + (row / 8) * grid.width;
      const size_t blocks = (width - phase + 7) / 8;
      for (size_t x = 0; x < blocks; ++x) out[x] = in[8 * x] * gain;
    }
  }
}

void fromLatents(std::span<const float> latents, uint32_t height, uint32_t width, std::span<const float> inverseGains,
                 std::span<float> coefficients) {
  const Grid grid = checkedGrid(height, width, coefficients.size(), inverseGains.size(), latents.size());
  const size_t plane = grid.height * grid.width;
  for (size_t row = 0; row < height; ++row) {
    for (size_t phase = 0; phase < std::min<size_t>(8, width); ++phase) {
      const size_t channel = (row % 8) * 8 + phase;
      const float gain = inverseGains[channel];
      const float* in = latents.data() + channel * plane + (row / 8) * grid.width;
      float* out = coefficients.data() + row * width + phase;
      const size_t blocks = (width - phase + 7) / 8;
      for (size_t x = 0; x < blocks; ++x) out[8 * x] = in[x] * gain;
    }
  }
}

}  // namespace fieldzip

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "mask/mask.h"

namespace fieldzip {
namespace {

// One level of the pyramid: values, and 1 where the value comes from present sites.
struct Level {
  size_t height;
  size_t width;
  std::vector<double> value;
  std::vector<uint8_t> known;
};

// Averages of the known among each 2 x 2 sites.
Level reduce(const Level& fine) {
  Level coarse{(fine.height + 1) / 2, (fine.width + 1) / 2, {}, {}};
  coarse.value.assign(coarse.height * coarse.width, 0.0);
  coarse.known.assign(coarse.height * coarse.width, 0);
  for (size_t r = 0; r < coarse.height; ++r) {
    for (size_t c = 0; c < coarse.width; ++c) {
      int known = 0;
      double samples[4];
      for (size_t y = 2 * r; y < std::min(2 * r + 2, fine.height); ++y) {
        for (size_t x = 2 * c; x < std::min(2 * c + 2, fine.width); ++x) {
          if (fine.known[y * fine.width + x]) samples[known++] = fine.value[y * fine.width + x];
        }
      }
      if (known == 0) continue;
      // Divided before it is summed: the sum of huge values would overflow.
      double mean = 0;
      for (int i = 0; i < known; ++i) mean += samples[i] / known;
      coarse.value[r * coarse.width + c] = mean;
      coarse.known[r * coarse.width + c] = 1;
    }
  }
  return coarse;
}

// Bilinear from the coarse level, every site of which has a value by now.
void expand(const Level& coarse, Level& fine) {
  for (size_t r = 0; r < fine.height; ++r) {
    const size_t r0 = r / 2;
    const size_t r1 = r % 2 == 0 ? (r0 == 0 ? 0 : r0 - 1) : std::min(r0 + 1, coarse.height - 1);
    for (size_t c = 0; c < fine.width; ++c) {
      if (fine.known[r * fine.width + c]) continue;
      const size_t c0 = c / 2;
      const size_t c1 = c % 2 == 0 ? (c0 == 0 ? 0 : c0 - 1) : std::min(c0 + 1, coarse.width - 1);
      const double* near = coarse.value.data() + r0 * coarse.width;
      const double* far = coarse.value.data() + r1 * coarse.width;
      fine.value[r * fine.width + c] =
          (near[c0] * 0.5625 + near[c1] * 0.1875) + (far[c0] * 0.1875 + far[c1] * 0.0625);
    }
  }
}

// Each unknown site becomes the mean of its four neighbours, in reading order; the border is mirrored.
void relax(Level& level) {
  const size_t h = level.height, w = level.width;
  for (size_t r = 0; r < h; ++r) {
    double* row = level.value.data() + r * w;
    const double* above = level.value.data() + (r > 0 ? r - 1 : std::min<size_t>(1, h - 1)) * w;
    const double* below = level.value.data() + (r + 1 < h ? r + 1 : h - std::min<size_t>(2, h)) * w;
    for (size_t c = 0; c < w; ++c) {
      if (level.known[r * w + c]) continue;
      const double left = row[c > 0 ? c - 1 : std::min<size_t>(1, w - 1)];
      const double right = row[c + 1 < w ? c + 1 : w - std::min<size_t>(2, w)];
      row[c] = (above[c] * 0.25 + below[c] * 0.25) + (left * 0.25 + right * 0.25);
    }
  }
}

constexpr int kRelaxations = 12;

}  // namespace

template <typename T>
void fillMissing(std::span<T> values, std::span<const uint8_t> classes, uint32_t height, uint32_t width) {
  if (height == 0 || width == 0 || values.size() != static_cast<size_t>(height) * width) {
    throw std::invalid_argument("the values' length must be height * width");
  }
  if (classes.size() != values.size()) throw std::invalid_argument("the classes' length must be height * width");

  std::vector<Level> levels(1);
  Level& base = levels[0];
  base = {height, width, std::vector<double>(values.size(), 0.0), std::vector<uint8_t>(values.size(), 0)};
  // Copied, because the caller may share the memory with a thread that changes it.
  std::vector<uint8_t> missing(classes.size());
  double low = 0, high = 0;
  bool any = false, hole = false;
  for (size_t i = 0; i < values.size(); ++i) {
    missing[i] = classes[i] != 0;
    hole |= missing[i] != 0;
    if (missing[i] != 0) continue;
    const double value = static_cast<double>(values[i]);
    if (!std::isfinite(value)) continue;
    base.value[i] = value;
    base.known[i] = 1;
    low = any ? std::min(low, value) : value;
    high = any ? std::max(high, value) : value;
    any = true;
  }
  if (!hole) return;
  if (any) {
    while (levels.back().height > 1 || levels.back().width > 1) levels.push_back(reduce(levels.back()));
    for (size_t l = levels.size() - 1; l-- > 0;) {
      expand(levels[l + 1], levels[l]);
      for (int i = 0; i < kRelaxations; ++i) relax(levels[l]);
    }
  }
  // The averages may leave the range by a rounding error. The casts back are exact at both ends, being values of type T.
  for (size_t i = 0; i < values.size(); ++i) {
    if (missing[i] != 0) values[i] = any ? static_cast<T>(std::clamp(levels[0].value[i], low, high)) : T{0};
  }
}

template void fillMissing<float>(std::span<float>, std::span<const uint8_t>, uint32_t, uint32_t);
template void fillMissing<double>(std::span<double>, std::span<const uint8_t>, uint32_t, uint32_t);

}  // namespace fieldzip

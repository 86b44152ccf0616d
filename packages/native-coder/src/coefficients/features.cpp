#include "coefficients/features.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace fieldzip {
namespace {

// The first i with 8 log2(1 + (i + 1/2) / 128) rounded to 1, 2 ... 8.
constexpr int kSteps[8] = {6, 18, 31, 45, 61, 78, 97, 117};

constexpr std::array<uint8_t, 2 * kCompandHalf> makeCompand() {
  std::array<uint8_t, 2 * kCompandHalf> table{};
  for (int32_t i = 0; i <= kCompandEnd; ++i) {
    int value = 8 * (i / 128);
    for (const int step : kSteps) value += i % 128 >= step ? 1 : 0;
    if (value > 127) value = 127;
    table[static_cast<size_t>(i)] = static_cast<uint8_t>(128 + value);
    table[static_cast<size_t>(kCompandHalf + i)] = static_cast<uint8_t>(128 - value);
  }
  return table;
}

constexpr std::array<uint8_t, 2 * kCompandHalf> kCompandTable = makeCompand();

constexpr std::array<uint8_t, 129> makeSmallCompand() {
  std::array<uint8_t, 129> table{};
  for (int32_t q = -64; q <= 64; ++q) table[static_cast<size_t>(q + 64)] = kCompandTable[static_cast<size_t>(compandIndex(static_cast<float>(q)))];
  return table;
}

}  // namespace

const std::array<uint8_t, 2 * kCompandHalf> kCompand = kCompandTable;
const std::array<uint8_t, 129> kSmallCompand = makeSmallCompand();

namespace {

template <typename T>
void featuresOf(std::span<const T> low, GridSize size, uint32_t level, std::span<uint8_t> planes) {
  const GridSize blocks = blockGrid(size);
  const size_t width = 2 * static_cast<size_t>(blocks.columns), stride = width + 3;
  const T least = *std::min_element(low.begin(), low.end());
  const T unit = static_cast<T>(std::ldexp(1.0, -static_cast<int>(level)));

  // One column repeated on the left and as many as are looked at on the right.
  std::vector<T> padded(stride * size.rows);
  for (size_t r = 0; r < size.rows; ++r) {
    const T* from = low.data() + r * size.columns;
    T* to = padded.data() + r * stride;
    to[0] = from[0];
    std::copy_n(from, size.columns, to + 1);
    std::fill(to + 1 + size.columns, to + stride, from[size.columns - 1]);
  }
  const auto rowAt = [&](ptrdiff_t r) {
    const ptrdiff_t inside = std::clamp<ptrdiff_t>(r, 0, static_cast<ptrdiff_t>(size.rows) - 1);
    return padded.data() + static_cast<size_t>(inside) * stride + 1;
  };

  std::vector<int32_t> indices(width);
  for (size_t i = 0; i < 2 * static_cast<size_t>(blocks.rows); ++i) {
    const ptrdiff_t r = static_cast<ptrdiff_t>(i);
    const T *above = rowAt(r - 1), *here = rowAt(r), *below = rowAt(r + 1), *second = rowAt(r + 2);
    const size_t firstPlane = (i % 2) * 2 * kSiteFeatures;
    const auto feature = [&](size_t index, auto value) {
      int32_t* to = indices.data();
      for (size_t k = 0; k < width; ++k) to[k] = compandIndex(static_cast<float>(value(static_cast<ptrdiff_t>(k))));
      uint8_t* even = planes.data() + (firstPlane + index) * blocks.size() + (i / 2) * blocks.columns;
      uint8_t* odd = even + kSiteFeatures * blocks.size();
      for (size_t k = 0; k < blocks.columns; ++k) {
        even[k] = kCompand[static_cast<size_t>(to[2 * k])];
        odd[k] = kCompand[static_cast<size_t>(to[2 * k + 1])];
      }
    };
    feature(0, [&](ptrdiff_t k) { return here[k + 1] - here[k]; });
    feature(1, [&](ptrdiff_t k) { return below[k] - here[k]; });
    feature(2, [&](ptrdiff_t k) { return (here[k + 1] - T{2} * here[k]) + here[k - 1]; });
    feature(3, [&](ptrdiff_t k) { return (below[k] - T{2} * here[k]) + above[k]; });
    feature(4, [&](ptrdiff_t k) { return ((here[k + 2] - T{3} * here[k + 1]) + T{3} * here[k]) - here[k - 1]; });
    feature(5, [&](ptrdiff_t k) { return ((second[k] - T{3} * below[k]) + T{3} * here[k]) - above[k]; });
    feature(6, [&](ptrdiff_t k) { return ((below[k + 1] - here[k + 1]) - below[k]) + here[k]; });
    feature(7, [&](ptrdiff_t k) { return (here[k] - least) * unit; });
  }
}

#ifdef FIELDZIP_AVX2
// Twice as fast, and nothing of it is called by others. No multiplication is fused, so the bits are the same.
template <typename T>
__attribute__((target("avx2"), flatten, noinline)) void featuresAvx2(std::span<const T> low, GridSize size, uint32_t level,
                                                                     std::span<uint8_t> planes) {
  featuresOf(low, size, level, planes);
}
#endif

}  // namespace

template <typename T>
void lowPassFeatures(Isa isa, std::span<const T> low, GridSize size, uint32_t level, std::span<uint8_t> planes) {
#ifdef FIELDZIP_AVX2
  if (isa == Isa::avx2) return featuresAvx2(low, size, level, planes);
#endif
  (void)isa;
  featuresOf(low, size, level, planes);
}

template void lowPassFeatures<float>(Isa, std::span<const float>, GridSize, uint32_t, std::span<uint8_t>);
template void lowPassFeatures<double>(Isa, std::span<const double>, GridSize, uint32_t, std::span<uint8_t>);

}  // namespace fieldzip

// What restoration_rows.h declares, for one instruction set.
#include <array>
#include <cstddef>
#include <type_traits>

#include "coefficients/restoration_rows.h"
#include "predict/lanes16.h"

namespace fieldzip::FIELDZIP_LANES {

template <typename T>
using Lanes = std::conditional_t<std::is_same_v<T, float>, F16, D16>;
inline F16 asFloat(const F16& x) { return x; }
inline F16 asFloat(const D16& x) { return narrow(x); }

// Of the row itself, and the sums of those one, two ... above and below, each at its first value.
template <typename T>
using LinesAround = std::array<const T*, kRestorationReach + 1>;
template <typename T>
inline LinesAround<T> linesOf(const RestorationRows<T>& rows) {
  LinesAround<T> lines;
  lines[0] = rows.rows[kRestorationReach] + kLanes;
  for (size_t down = 1; down <= kRestorationReach; ++down) {
    const T *above = rows.rows[kRestorationReach - down], *below = rows.rows[kRestorationReach + down];
    T* to = rows.sums + down * rows.stride;
    for (size_t i = 0; i < rows.stride; i += kLanes) (Lanes<T>::load(above + i) + Lanes<T>::load(below + i)).store(to + i);
    lines[down] = to + kLanes;
  }
  return lines;
}

// The values of a tap, together.
template <typename T, size_t kTap>
inline Lanes<T> tapAt(const LinesAround<T>& lines, size_t column) {
  constexpr RestorationTap tap = kRestorationShape[kTap];
  const T* line = lines[tap.down] + column;
  if constexpr (tap.along == 0) return Lanes<T>::load(line);
  else return Lanes<T>::load(line - tap.along) + Lanes<T>::load(line + tap.along);
}

template <typename T>
[[gnu::always_inline]] inline Lanes<T> restoredAt(const LinesAround<T>& lines, const RestorationWeights<T>& weights, size_t column) {
  const Lanes<T> middle = Lanes<T>::load(lines[0] + column);
  std::array<Lanes<T>, 4> sums{};
  unrolled<kRestorationTaps>([&](auto k) { sums[k % 4] = sums[k % 4] + tapAt<T, k>(lines, column) * Lanes<T>::load(weights[k].data()); });
  return middle + (((sums[0] + sums[1]) + (sums[2] + sums[3])) + middle * Lanes<T>::load(weights[kRestorationTaps].data()));
}

template <typename T>
void restoreRow(const RestorationRows<T>& rows, const RestorationWeights<T>& weights, size_t columns, T* to) {
  const LinesAround<T> lines = linesOf(rows);
  size_t column = 0;
  for (; column + kLanes <= columns; column += kLanes) restoredAt(lines, weights, column).store(to + column);
  if (column == columns) return;
  T last[kLanes];
  restoredAt(lines, weights, column).store(last);
  for (size_t i = 0; column < columns; ++i, ++column) to[column] = last[i];
}

template <typename T>
void sampleRow(const RestorationRows<T>& rows, const float* errors, const float* shares, size_t columns, std::array<FitSums, 2>& sums) {
  const LinesAround<T> lines = linesOf(rows);
  alignas(64) float taps[kFitStride * kLanes] = {}, samples[kLanes * kFitStride];
  for (size_t column = 0; column < columns; column += kLanes) {
    const Lanes<T> middle = Lanes<T>::load(lines[0] + column);
    const F16 share = F16::load(shares + column);
    // From the one in the middle.
    unrolled<kRestorationTaps>([&](auto k) {
      (asFloat(tapAt<T, k>(lines, column) - middle * static_cast<T>(kRestorationShape[k].values())) * share).store(taps + k * kLanes);
    });
    (F16::load(errors + column) * share).store(taps + kRestorationTaps * kLanes);
    for (size_t k = 0; k < kFitStride; k += kLanes) transpose(taps + k * kLanes, samples + k, kFitStride);
    for (size_t parity = 0; parity < 2; ++parity) {
      for (size_t i = 0; i < kFitSize; i += 4) {
        float* to = sums[parity].data() + i * kFitStride;
        F16 products[4][2];
        unrolled<4>([&](auto row) { unrolled<2>([&](auto half) { products[row][half] = F16::load(to + row * kFitStride + half * kLanes); }); });
        for (size_t lane = parity; lane < kLanes; lane += 2) {
          const float* sample = samples + lane * kFitStride;
          const F16 low = F16::load(sample), high = F16::load(sample + kLanes);
          unrolled<4>([&](auto row) {
            const F16 own = F16::all(sample[i + row]);
            products[row][0] = products[row][0] + own * low;
            products[row][1] = products[row][1] + own * high;
          });
        }
        unrolled<4>([&](auto row) { unrolled<2>([&](auto half) { products[row][half].store(to + row * kFitStride + half * kLanes); }); });
      }
    }
  }
}

template void restoreRow<float>(const RestorationRows<float>&, const RestorationWeights<float>&, size_t, float*);
template void restoreRow<double>(const RestorationRows<double>&, const RestorationWeights<double>&, size_t, double*);
template void sampleRow<float>(const RestorationRows<float>&, const float*, const float*, size_t, std::array<FitSums, 2>&);
template void sampleRow<double>(const RestorationRows<double>&, const float*, const float*, size_t, std::array<FitSums, 2>&);

}  // namespace fieldzip::FIELDZIP_LANES

#include "wavelet/wavelet.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "threads/threads.h"
#include "wavelet/wavelet_constants.h"
#include "wide_loops.h"

namespace fieldzip {
namespace {

// target += c * (a + b), the one operation of all lifting steps.
template <typename T>
inline void lift(T* target, const T* a, const T* b, T c, size_t n) {
  for (size_t i = 0; i < n; ++i) target[i] = target[i] + c * (a[i] + b[i]);
}

template <typename T>
inline void scale(T* target, T c, size_t n) {
  for (size_t i = 0; i < n; ++i) target[i] = target[i] * c;
}

// ---- Rows: split into even and odd samples, lift, and put back.

template <typename T>
class RowLifter {
 public:
  explicit RowLifter(size_t width)
      : evens_((width + 1) / 2), odds_(width / 2), evenStore_(evens_ + 1), oddStore_(odds_ + 2) {}

  void forward(T* row) {
    T* even = evenStore_.data();
    T* odd = oddStore_.data() + 1;
    split(row);
    liftOdd(even, odd, Lifting<T>::alpha);
    liftEven(even, odd, Lifting<T>::beta);
    liftOdd(even, odd, Lifting<T>::gamma);
    liftEven(even, odd, Lifting<T>::delta);
    merge(row, Lifting<T>::zeta, Lifting<T>::inverseZeta);
  }

  void inverse(T* row) {
    T* even = evenStore_.data();
    T* odd = oddStore_.data() + 1;
    split(row);
    scale(even, Lifting<T>::inverseZeta, evens_);
    scale(odd, Lifting<T>::zeta, odds_);
    liftEven(even, odd, -Lifting<T>::delta);
    liftOdd(even, odd, -Lifting<T>::gamma);
    liftEven(even, odd, -Lifting<T>::beta);
    liftOdd(even, odd, -Lifting<T>::alpha);
    merge(row, T{1}, T{1});
  }

 private:
  // Odd sample i lies between even samples i and i + 1; past the end the row is mirrored.
  void liftOdd(T* even, T* odd, T c) {
    even[evens_] = even[evens_ - 1];
    lift(odd, even, even + 1, c, odds_);
  }
  void liftEven(T* even, T* odd, T c) {
    odd[-1] = odd[0];
    odd[odds_] = odd[odds_ - 1];
    lift(even, odd - 1, odd, c, evens_);
  }
  void split(const T* row) {
    T* even = evenStore_.data();
    T* odd = oddStore_.data() + 1;
    for (size_t i = 0; i < odds_; ++i) {
      even[i] = row[2 * i];
      odd[i] = row[2 * i + 1];
    }
    if (evens_ > odds_) even[odds_] = row[2 * odds_];
  }
  void merge(T* row, T low, T high) {
    const T* even = evenStore_.data();
    const T* odd = oddStore_.data() + 1;
    for (size_t i = 0; i < odds_; ++i) {
      row[2 * i] = even[i] * low;
      row[2 * i + 1] = odd[i] * high;
    }
    if (evens_ > odds_) row[2 * odds_] = even[odds_] * low;
  }

  size_t evens_;
  size_t odds_;
  std::vector<T> evenStore_;
  std::vector<T> oddStore_;
};

// ---- Columns: whole row segments at a time. The four steps follow each other down the slice a few rows apart, so that
// a row is still in the cache when the next step needs it; each sample sees the same operations in the same order as if
// the steps went over the whole slice one after the other.

// Wide enough for long vector loops, narrow enough that the seven rows in flight stay in a level-2 cache.
constexpr size_t kStripBytes = 16384;

template <typename T>
class ColumnLifter {
 public:
  ColumnLifter(T* data, size_t height, size_t stride, size_t columns)
      : data_(data), height_(static_cast<ptrdiff_t>(height)), stride_(static_cast<ptrdiff_t>(stride)), columns_(columns) {}

  void forward() {
    for (ptrdiff_t r = 1; r < height_ + 4; r += 2) {
      step(r, Lifting<T>::alpha);
      step(r - 1, Lifting<T>::beta);
      step(r - 2, Lifting<T>::gamma);
      step(r - 3, Lifting<T>::delta);
      scaleRow(r - 3, Lifting<T>::zeta);
      scaleRow(r - 4, Lifting<T>::inverseZeta);
    }
  }
  void inverse() {
    for (ptrdiff_t r = 0; r < height_ + 3; r += 2) {
      scaleRow(r, Lifting<T>::inverseZeta);
      scaleRow(r + 1, Lifting<T>::zeta);
      step(r, -Lifting<T>::delta);
      step(r - 1, -Lifting<T>::gamma);
      step(r - 2, -Lifting<T>::beta);
      step(r - 3, -Lifting<T>::alpha);
    }
  }

 private:
  bool inside(ptrdiff_t r) const { return r >= 0 && r < height_; }
  T* row(ptrdiff_t r) { return data_ + r * stride_; }
  void step(ptrdiff_t r, T c) {
    if (!inside(r)) return;
    const ptrdiff_t above = r > 0 ? r - 1 : 1;
    const ptrdiff_t below = r + 1 < height_ ? r + 1 : r - 1;
    lift(row(r), row(above), row(below), c, columns_);
  }
  void scaleRow(ptrdiff_t r, T c) {
    if (inside(r)) scale(row(r), c, columns_);
  }

  T* data_;
  ptrdiff_t height_;
  ptrdiff_t stride_;
  size_t columns_;
};

// Fewer values are not worth a thread.
constexpr size_t kLeastOfThread = 1 << 17;

template <typename T, typename Apply>
void forEachStrip(T* data, size_t height, size_t width, size_t threads, Apply apply) {
  constexpr size_t strip = kStripBytes / sizeof(T);
  forEachPart(width, (kLeastOfThread + height - 1) / height, threads, [&](size_t first, size_t last) {
    runWide([&] {
      for (size_t c = first; c < last; c += strip) apply(ColumnLifter<T>(data + c, height, width, std::min(strip, last - c)));
    });
  });
}

template <typename T, typename Apply>
void forEachRow(T* data, size_t height, size_t width, size_t threads, Apply apply) {
  forEachPart(height, (kLeastOfThread + width - 1) / width, threads, [&](size_t first, size_t last) {
    RowLifter<T> lifter(width);
    runWide([&] {
      for (size_t r = first; r < last; ++r) apply(lifter, data + r * width);
    });
  });
}

// ---- Levels: the low-pass samples move to a dense copy, so that a deep level does not stride through the whole slice.

template <typename T>
std::vector<T> gatherLow(const T* data, size_t height, size_t width) {
  const size_t lowHeight = (height + 1) / 2, lowWidth = (width + 1) / 2;
  std::vector<T> low(lowHeight * lowWidth);
  for (size_t r = 0; r < lowHeight; ++r) {
    for (size_t c = 0; c < lowWidth; ++c) low[r * lowWidth + c] = data[2 * r * width + 2 * c];
  }
  return low;
}

template <typename T>
void scatterLow(const std::vector<T>& low, T* data, size_t height, size_t width) {
  const size_t lowHeight = (height + 1) / 2, lowWidth = (width + 1) / 2;
  for (size_t r = 0; r < lowHeight; ++r) {
    for (size_t c = 0; c < lowWidth; ++c) data[2 * r * width + 2 * c] = low[r * lowWidth + c];
  }
}

template <typename T>
void forwardLevels(T* data, size_t height, size_t width, uint32_t levels, size_t threads) {
  if (levels == 0 || (height == 1 && width == 1)) return;
  if (width > 1) forEachRow(data, height, width, threads, [](RowLifter<T>& lifter, T* row) { lifter.forward(row); });
  if (height > 1) forEachStrip(data, height, width, threads, [](ColumnLifter<T> columns) { columns.forward(); });
  if (levels == 1) return;
  std::vector<T> low = gatherLow(data, height, width);
  forwardLevels(low.data(), (height + 1) / 2, (width + 1) / 2, levels - 1, threads);
  scatterLow(low, data, height, width);
}

template <typename T>
void inverseLevels(T* data, size_t height, size_t width, uint32_t levels, size_t threads) {
  if (levels == 0 || (height == 1 && width == 1)) return;
  if (levels > 1) {
    std::vector<T> low = gatherLow(data, height, width);
    inverseLevels(low.data(), (height + 1) / 2, (width + 1) / 2, levels - 1, threads);
    scatterLow(low, data, height, width);
  }
  if (height > 1) forEachStrip(data, height, width, threads, [](ColumnLifter<T> columns) { columns.inverse(); });
  if (width > 1) forEachRow(data, height, width, threads, [](RowLifter<T>& lifter, T* row) { lifter.inverse(row); });
}

void checkWavelet(size_t size, uint32_t height, uint32_t width, uint32_t levels) {
  if (height == 0 || width == 0 || size != static_cast<size_t>(height) * width) {
    throw std::invalid_argument("the data's length must be height * width");
  }
  if (levels > kMaxWaveletLevels) throw std::invalid_argument("a wavelet has at most 31 levels");
}

}  // namespace

template <typename T>
void waveletForward(std::span<T> data, uint32_t height, uint32_t width, uint32_t levels, size_t threads) {
  checkWavelet(data.size(), height, width, levels);
  forwardLevels(data.data(), height, width, levels, threads);
}

template <typename T>
void waveletInverse(std::span<T> data, uint32_t height, uint32_t width, uint32_t levels, size_t threads) {
  checkWavelet(data.size(), height, width, levels);
  inverseLevels(data.data(), height, width, levels, threads);
}

template void waveletForward<float>(std::span<float>, uint32_t, uint32_t, uint32_t, size_t);
template void waveletForward<double>(std::span<double>, uint32_t, uint32_t, uint32_t, size_t);
template void waveletInverse<float>(std::span<float>, uint32_t, uint32_t, uint32_t, size_t);
template void waveletInverse<double>(std::span<double>, uint32_t, uint32_t, uint32_t, size_t);

}  // namespace fieldzip

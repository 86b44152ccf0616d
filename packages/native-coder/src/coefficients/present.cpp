#include "coefficients/present.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "mask/mask.h"
#include "threads/threads.h"
#include "wavelet/wavelet_constants.h"

namespace fieldzip {
namespace {

// Fewer values are not worth a thread.
constexpr size_t kLeastOfThread = 1 << 15;

// Some samples, and which of them take part: those whose mark is 0.
template <typename T>
struct Samples {
  T* values;
  const uint8_t* marks;
};

// target += c * (a + b) for those that have a neighbour on either side; one that is not there is the other. No branches, which nobody
// could foretell.
template <typename T>
inline void liftPresent(Samples<T> target, Samples<T> a, Samples<T> b, T c, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const bool hasA = a.marks[i] == 0, hasB = b.marks[i] == 0;
    const T first = hasA ? a.values[i] : b.values[i], second = hasB ? b.values[i] : a.values[i];
    const T lifted = target.values[i] + c * (first + second);
    target.values[i] = (target.marks[i] == 0) & (hasA | hasB) ? lifted : target.values[i];
  }
}

// Even samples at the end: one that was lifted by nothing gets the gain of a constant, which the others have by then.
template <typename T>
inline void scaleEven(T* values, const uint8_t* before, const uint8_t* behind, T c, T alone, size_t n) {
  for (size_t i = 0; i < n; ++i) values[i] = values[i] * ((before[i] != 0) & (behind[i] != 0) ? alone : c);
}

// ---- Rows: split into even and odd samples, as in wavelet.cpp.

template <typename T>
class PresentRow {
 public:
  explicit PresentRow(size_t width)
      : evens_((width + 1) / 2), odds_(width / 2), even_(evens_ + 1), odd_(odds_ + 2), evenMarks_(evens_ + 1, 1), oddMarks_(odds_ + 2, 1) {}

  void forward(T* row, const uint8_t* marks) {
    split(row, marks, T{1});
    liftOdd(Lifting<T>::alpha);
    liftEven(Lifting<T>::beta);
    liftOdd(Lifting<T>::gamma);
    liftEven(Lifting<T>::delta);
    scaleEven(even_.data(), oddMarks_.data(), oddMarks_.data() + 1, Lifting<T>::zeta, Lifting<T>::gain, evens_);
    merge(row, Lifting<T>::inverseZeta);
  }
  void inverse(T* row, const uint8_t* marks) {
    split(row, marks, Lifting<T>::zeta);
    scaleEven(even_.data(), oddMarks_.data(), oddMarks_.data() + 1, Lifting<T>::inverseZeta, Lifting<T>::inverseGain, evens_);
    liftEven(-Lifting<T>::delta);
    liftOdd(-Lifting<T>::gamma);
    liftEven(-Lifting<T>::beta);
    liftOdd(-Lifting<T>::alpha);
    merge(row, T{1});
  }

 private:
  // Before the first odd sample and behind the last of both there is none.
  Samples<T> even(size_t from) { return {even_.data() + from, evenMarks_.data() + from}; }
  Samples<T> odd(size_t from) { return {odd_.data() + from, oddMarks_.data() + from}; }
  void liftOdd(T c) { liftPresent(odd(1), even(0), even(1), c, odds_); }
  void liftEven(T c) { liftPresent(even(0), odd(0), odd(1), c, evens_); }
  void split(const T* row, const uint8_t* marks, T high) {
    for (size_t i = 0; i < odds_; ++i) {
      even_[i] = row[2 * i];
      odd_[i + 1] = row[2 * i + 1] * high;
      evenMarks_[i] = marks[2 * i];
      oddMarks_[i + 1] = marks[2 * i + 1];
    }
    if (evens_ == odds_) return;
    even_[odds_] = row[2 * odds_];
    evenMarks_[odds_] = marks[2 * odds_];
  }
  void merge(T* row, T high) const {
    for (size_t i = 0; i < odds_; ++i) {
      row[2 * i] = even_[i];
      row[2 * i + 1] = odd_[i + 1] * high;
    }
    if (evens_ > odds_) row[2 * odds_] = even_[odds_];
  }

  size_t evens_, odds_;
  std::vector<T> even_, odd_;
  std::vector<uint8_t> evenMarks_, oddMarks_;
};

// ---- Columns: the four steps follow each other down the tile a few rows apart, as in wavelet.cpp.

template <typename T>
class PresentColumns {
 public:
  PresentColumns(T* data, const uint8_t* marks, size_t height, size_t width, size_t first, size_t last)
      : data_(data + first), marks_(marks + first), height_(static_cast<ptrdiff_t>(height)), width_(static_cast<ptrdiff_t>(width)), count_(last - first), none_(count_, 1) {}

  void forward() {
    for (ptrdiff_t r = 1; r < height_ + 4; r += 2) {
      step(r, Lifting<T>::alpha);
      step(r - 1, Lifting<T>::beta);
      step(r - 2, Lifting<T>::gamma);
      step(r - 3, Lifting<T>::delta);
      scaleEvenRow(r - 3, Lifting<T>::zeta, Lifting<T>::gain);
      scaleRow(r - 4, Lifting<T>::inverseZeta);
    }
  }
  void inverse() {
    for (ptrdiff_t r = 0; r < height_ + 3; r += 2) {
      scaleEvenRow(r, Lifting<T>::inverseZeta, Lifting<T>::inverseGain);
      scaleRow(r + 1, Lifting<T>::zeta);
      step(r, -Lifting<T>::delta);
      step(r - 1, -Lifting<T>::gamma);
      step(r - 2, -Lifting<T>::beta);
      step(r - 3, -Lifting<T>::alpha);
    }
  }

 private:
  bool inside(ptrdiff_t r) const { return r >= 0 && r < height_; }
  // A row beyond the ends is one that is not there.
  Samples<T> row(ptrdiff_t r) { return inside(r) ? Samples<T>{data_ + r * width_, marks_ + r * width_} : Samples<T>{data_, none_.data()}; }
  void step(ptrdiff_t r, T c) {
    if (inside(r)) liftPresent(row(r), row(r - 1), row(r + 1), c, count_);
  }
  void scaleEvenRow(ptrdiff_t r, T c, T alone) {
    if (inside(r)) scaleEven(row(r).values, row(r - 1).marks, row(r + 1).marks, c, alone, count_);
  }
  void scaleRow(ptrdiff_t r, T c) {
    if (!inside(r)) return;
    T* values = data_ + r * width_;
    for (size_t i = 0; i < count_; ++i) values[i] = values[i] * c;
  }

  T* data_;
  const uint8_t* marks_;
  ptrdiff_t height_, width_;
  size_t count_;
  std::vector<uint8_t> none_;
};

template <typename T, typename Apply>
void alongRows(T* data, const uint8_t* marks, GridSize size, size_t threads, Apply apply) {
  if (size.columns == 1) return;
  forEachPart(size.rows, kLeastOfThread / size.columns, threads, [&](size_t first, size_t last) {
    PresentRow<T> row(size.columns);
    for (size_t r = first; r < last; ++r) apply(row, data + r * size.columns, marks + r * size.columns);
  });
}

template <typename T, typename Apply>
void alongColumns(T* data, const uint8_t* marks, GridSize size, size_t threads, Apply apply) {
  if (size.rows == 1) return;
  forEachPart(size.columns, kLeastOfThread / size.rows, threads, [&](size_t first, size_t last) {
    // As many at once as leave the rows in flight in a cache.
    constexpr size_t kStrip = 2048;
    for (size_t c = first; c < last; c += kStrip) {
      PresentColumns<T> columns(data, marks, size.rows, size.columns, c, std::min(c + kStrip, last));
      apply(columns);
    }
  });
}

// How far from a lonely site others are looked for.
constexpr size_t kReach = 8;

}  // namespace

PresentLevels::PresentLevels(std::span<const uint8_t> mask, uint32_t rows, uint32_t columns) : sizes_(levelSizes(rows, columns)) {
  if (mask.size() != sizes_[0].size()) throw std::invalid_argument("the mask must have rows * columns entries");
  sites_.resize(sizes_.size());
  lonely_.resize(sizes_.size());
  for (size_t level = 0; level < sizes_.size(); ++level) {
    const size_t height = sizes_[level].rows, width = sizes_[level].columns;
    std::vector<uint8_t>& sites = sites_[level];
    sites.resize(height * width);
    for (size_t r = 0; r < height; ++r) {
      for (size_t c = 0; c < width; ++c) {
        const size_t at = r * width + c;
        sites[at] = level == 0 ? (mask[at] != 0 ? kMissing : uint8_t{0})
                               : static_cast<uint8_t>(sites_[level - 1][2 * (r * sizes_[level - 1].columns + c)] & kMissing);
      }
    }
    if (level + 1 == sizes_.size()) break;
    // First those of one odd coordinate, whose neighbours along it have none, then those of two.
    const auto alone = [&](size_t at, size_t place, size_t extent, size_t stride) {
      return place % 2 != 0 && sites[at - stride] != 0 && (place + 1 == extent || sites[at + stride] != 0);
    };
    for (const size_t odds : {size_t{1}, size_t{2}}) {
      for (size_t r = 0; r < height; ++r) {
        for (size_t c = odds - r % 2; c < width && r % 2 + c % 2 == odds; c += 2) {
          const size_t at = r * width + c;
          if (sites[at] == 0 && (alone(at, c, width, 1) || alone(at, r, height, width))) {
            sites[at] = kLonely;
            lonely_[level].push_back(static_cast<uint32_t>(at));
          }
        }
      }
    }
  }
}

template <typename T>
T PresentLevels::near(size_t level, const T* data, size_t site) const {
  const size_t height = sizes_[level].rows, width = sizes_[level].columns, row = site / width, column = site % width;
  for (size_t reach = 1; reach <= kReach; ++reach) {
    T sum = 0;
    size_t count = 0;
    for (size_t r = row - std::min(row, reach); r <= std::min(row + reach, height - 1); ++r) {
      for (size_t c = column - std::min(column, reach); c <= std::min(column + reach, width - 1); ++c) {
        if (sites_[level][r * width + c] != 0) continue;
        sum = sum + data[r * width + c];
        ++count;
      }
    }
    if (count > 0) return sum / static_cast<T>(count);
  }
  return T{0};
}

template <typename T>
void PresentLevels::forward(size_t level, std::span<T> data, size_t threads) const {
  const GridSize size = sizes_[level - 1];
  const std::vector<uint8_t>& sites = sites_[level - 1];
  const std::vector<uint32_t>& lonely = lonely_[level - 1];
  std::vector<T> distances(lonely.size());
  for (size_t k = 0; k < lonely.size(); ++k) distances[k] = data[lonely[k]] - near(level - 1, data.data(), lonely[k]);
  alongRows(data.data(), sites.data(), size, threads, [](auto& row, T* values, const uint8_t* marks) { row.forward(values, marks); });
  alongColumns(data.data(), sites.data(), size, threads, [](auto& columns) { columns.forward(); });
  for (size_t i = 0; i < sites.size(); ++i) data[i] = sites[i] == kMissing ? T{0} : data[i];
  for (size_t k = 0; k < lonely.size(); ++k) data[lonely[k]] = distances[k];
}

template <typename T>
void PresentLevels::inverse(size_t level, std::span<T> data, std::span<const T> coarse, size_t threads) const {
  const GridSize size = sizes_[level - 1], half = sizes_[level];
  const std::vector<uint8_t>& sites = sites_[level - 1];
  const std::vector<uint32_t>& lonely = lonely_[level - 1];
  std::vector<T> distances(lonely.size());
  for (size_t k = 0; k < lonely.size(); ++k) distances[k] = data[lonely[k]];
  alongColumns(data.data(), sites.data(), size, threads, [](auto& columns) { columns.inverse(); });
  alongRows(data.data(), sites.data(), size, threads, [](auto& row, T* values, const uint8_t* marks) { row.inverse(values, marks); });
  for (size_t k = 0; k < lonely.size(); ++k) data[lonely[k]] = near(level - 1, data.data(), lonely[k]) + distances[k];
  forEachPart(size.rows, kLeastOfThread / size.columns, threads, [&](size_t first, size_t last) {
    for (size_t r = first; r < last; ++r) {
      const T* above = coarse.data() + r / 2 * half.columns;
      const T* below = coarse.data() + std::min<size_t>((r + 1) / 2, half.rows - 1) * half.columns;
      const size_t begin = r * size.columns;
      for (size_t c = 0; c < size.columns; ++c) {
        if (sites[begin + c] != kMissing) continue;
        const size_t left = c / 2, right = std::min<size_t>((c + 1) / 2, half.columns - 1);
        // The low-pass has twice the gain.
        data[begin + c] = ((above[left] + above[right]) + (below[left] + below[right])) * T{0.125};
      }
    }
  });
}

template <typename T>
void PresentLevels::close(size_t level, std::span<T> data) const {
  fillMissing(data, sites_[level], sizes_[level].rows, sizes_[level].columns);
}

template void PresentLevels::close<float>(size_t, std::span<float>) const;
template void PresentLevels::close<double>(size_t, std::span<double>) const;
template void PresentLevels::forward<float>(size_t, std::span<float>, size_t) const;
template void PresentLevels::forward<double>(size_t, std::span<double>, size_t) const;
template void PresentLevels::inverse<float>(size_t, std::span<float>, std::span<const float>, size_t) const;
template void PresentLevels::inverse<double>(size_t, std::span<double>, std::span<const double>, size_t) const;

}  // namespace fieldzip

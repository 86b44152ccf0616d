// What encoder and decoder of a tile share: the order of the passes, the reconstruction that grows level by level, and the
// network's inputs.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "coefficients/coefficients.h"
#include "coefficients/features.h"
#include "wavelet/wavelet.h"

namespace fieldzip {

template <typename T>
class Tile {
 public:
  Tile(uint32_t rows, uint32_t columns) : sizes_(levelSizes(rows, columns)), level_(sizes_.size() - 1) {}

  size_t levels() const { return sizes_.size() - 1; }
  GridSize sizeAt(size_t level) const { return sizes_[level]; }
  size_t level() const { return level_; }

  // The reconstructed low-pass of the last level, in steps: what the first pass starts from.
  void start(std::vector<T> low) {
    low_ = std::move(low);
    if (level_ > 0) openLevel();
  }

  std::optional<PassShape> next() {
    if (open_) throw std::invalid_argument("the pass before has not been coded");
    if (level_ == 0) return std::nullopt;
    open_ = true;
    return shape();
  }

  template <typename Input>
  void inputs(std::span<Input> target) {
    requireOpen();
    if (target.size() != shape().size()) throw std::invalid_argument("the inputs must have channels * rows * columns elements");
    if (!prepared_[phase_]) prepare();
    if constexpr (sizeof(Input) == 1) {
      std::copy_n(inputs_.begin(), target.size(), target.begin());
    } else {
      for (size_t i = 0; i < target.size(); ++i) target[i] = static_cast<float>(static_cast<int>(inputs_[i]) - 128);
    }
  }

  // Calls each(detail's index in A_(level-1), mean, level, tail) for every coefficient of the pass, in the order of the
  // stream. It returns the coefficient's integer and its reconstruction.
  template <typename Each>
  void code(std::span<const uint8_t> parameters, Each each) {
    requireOpen();
    const GridSize sites = sizes_[level_], finer = sizes_[level_ - 1], blocks = blockGrid(sites);
    const size_t plane = blocks.size();
    if (parameters.size() != kParameterChannels * plane) {
      throw std::invalid_argument("the parameters must have 18 * rows * columns elements");
    }
    for (auto& row : surprises_) row.assign(blocks.columns + 1, 0);
    for (size_t blockRow = 0; blockRow < blocks.rows; ++blockRow) {
      for (size_t s = 0; s < 2; ++s) {
        const Site site = kPhaseSites[phase_][s];
        const size_t i = 2 * blockRow + site.row;
        if (i >= sites.rows) continue;
        for (size_t o = 0; o < kOrientations; ++o) {
          const size_t row = 2 * i + kOrientationOffset[o].row, shift = kOrientationOffset[o].column;
          if (row >= finer.rows) continue;
          const uint8_t* mean = parameters.data() + (s * 9 + o * 3) * plane + blockRow * blocks.columns;
          int32_t* q = q_[o].data() + i * sites.columns;
          uint8_t* above = surprises_[s * kOrientations + o].data();
          uint32_t west = 0, northWest = 0;
          for (size_t j = site.column, k = 0; j < sites.columns && 2 * j + shift < finer.columns; j += 2, ++k) {
            const size_t at = row * finer.columns + 2 * j + shift;
            const uint32_t north = above[k], around = 2 * (west + north) + northWest + above[k + 1];
            const auto [integer, value, surprise] = each(at, mean[k], mean[plane + k], mean[2 * plane + k], around);
            q[j] = integer;
            finer_[at] = value;
            northWest = north;
            above[k] = static_cast<uint8_t>(surprise);
            west = surprise;
          }
        }
      }
    }
    open_ = false;
    if (++phase_ == 2) closeLevel();
  }

  // A_0, when all passes are done.
  std::vector<T>& result() {
    if (open_ || level_ != 0) throw std::invalid_argument("there are passes left");
    return low_;
  }

 private:
  PassShape shape() const {
    const GridSize blocks = blockGrid(sizes_[level_]);
    return {kInputChannels[phase_], blocks.rows, blocks.columns};
  }
  void requireOpen() const {
    if (!open_) throw std::invalid_argument("there is no pass to code");
  }

  void openLevel() {
    for (auto& plane : q_) plane.assign(sizes_[level_].size(), 0);
    finer_.assign(sizes_[level_ - 1].size(), T{0});
    prepared_ = {};
    phase_ = 0;
  }

  void closeLevel() {
    const GridSize sites = sizes_[level_], finer = sizes_[level_ - 1];
    for (size_t i = 0; i < sites.rows; ++i) {
      const T* from = low_.data() + i * sites.columns;
      T* to = finer_.data() + 2 * i * finer.columns;
      for (size_t j = 0; j < sites.columns; ++j) to[2 * j] = from[j];
    }
    waveletInverse(std::span<T>(finer_), finer.rows, finer.columns, 1);
    std::swap(low_, finer_);
    std::swap(parents_, q_);
    if (--level_ > 0) openLevel();
  }

  void prepare() {
    const GridSize sites = sizes_[level_], blocks = blockGrid(sites);
    const size_t plane = blocks.size();
    if (!prepared_[0]) {
      // Phase 1 comes after phase 0, but its caller need not have asked for the inputs of that.
      inputs_.resize(kInputChannels[1] * plane);
      lowPassFeatures(std::span<const T>(low_), sites, static_cast<uint32_t>(level_), std::span<uint8_t>(inputs_).first(32 * plane));
      for (size_t o = 0; o < kOrientations; ++o) {
        uint8_t* to = inputs_.data() + (32 + o) * plane;
        if (parents_[o].empty()) {
          std::fill_n(to, plane, uint8_t{128});
        } else {
          for (size_t k = 0; k < plane; ++k) to[k] = compand(parents_[o][k]);
        }
      }
      std::fill_n(inputs_.data() + 35 * plane, plane, static_cast<uint8_t>(128 + 16 * std::min<size_t>(level_, 7)));
      prepared_[0] = true;
    }
    if (phase_ == 1) {
      for (size_t s = 0; s < 2; ++s) {
        const Site site = kPhaseSites[0][s];
        for (size_t o = 0; o < kOrientations; ++o) {
          uint8_t* to = inputs_.data() + (36 + s * kOrientations + o) * plane;
          for (size_t r = 0; r < blocks.rows; ++r) {
            const size_t i = 2 * r + site.row;
            const int32_t* from = q_[o].data() + i * sites.columns;
            for (size_t k = 0; k < blocks.columns; ++k) {
              const size_t j = 2 * k + site.column;
              to[r * blocks.columns + k] = i < sites.rows && j < sites.columns ? compand(from[j]) : uint8_t{128};
            }
          }
        }
      }
      prepared_[1] = true;
    }
  }

  std::vector<GridSize> sizes_;
  size_t level_;  // whose details come next; 0: all are done
  size_t phase_ = 0;
  bool open_ = false;
  std::array<bool, 2> prepared_{};
  std::vector<T> low_;    // A_level, reconstructed, in steps
  std::vector<T> finer_;  // A_(level-1) before its synthesis: details at their places
  std::array<std::vector<int32_t>, kOrientations> q_, parents_;
  std::vector<uint8_t> inputs_;
  std::array<std::vector<uint8_t>, 2 * kOrientations> surprises_;
};

// Steps back to values.
template <typename T>
class Dequantiser {
 public:
  Dequantiser(double step, double offset, ValueRange range)
      : step_(step),
        offset_(offset),
        lowest_(std::max(range.lowest, static_cast<double>(std::numeric_limits<T>::lowest()))),
        highest_(std::min(range.highest, static_cast<double>(std::numeric_limits<T>::max()))) {}

  T operator()(T inSteps) const {
    const double value = static_cast<double>(inSteps) * step_ + offset_;
    return static_cast<T>(value < lowest_ ? lowest_ : value < highest_ ? value : highest_);
  }

 private:
  double step_, offset_, lowest_, highest_;
};

}  // namespace fieldzip

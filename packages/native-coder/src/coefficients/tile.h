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
#include "large_allocator.h"
#include "wavelet/wavelet.h"

namespace fieldzip {

// The details of one orientation at one site of a row of blocks.
struct DetailRow {
  size_t lane;  // which site of the pass, times 3, and the orientation
  size_t count;
  size_t at;  // where in A_(level-1) the first is; the others follow four columns apart
  const uint8_t *means, *levels, *tails;
  uint8_t* surprises;  // of the row above, and then of this one; a 0 behind the last
};

// Calls each(k, surroundings) for the details of a row; it returns the surprise.
template <typename Each>
[[gnu::always_inline]] inline void alongRow(const DetailRow& row, Each each) {
  uint8_t* above = row.surprises;
  uint32_t west = 0, northWest = 0;
  for (size_t k = 0; k < row.count; ++k) {
    const uint32_t north = above[k], surprise = each(k, 2 * (west + north) + northWest + above[k + 1]);
    northWest = north;
    above[k] = static_cast<uint8_t>(surprise);
    west = surprise;
  }
}

template <typename T>
class Tile {
 public:
  Tile(uint32_t rows, uint32_t columns) : sizes_(levelSizes(rows, columns)), level_(sizes_.size() - 1) {}

  size_t levels() const { return sizes_.size() - 1; }
  GridSize sizeAt(size_t level) const { return sizes_[level]; }
  size_t level() const { return level_; }

  // The reconstructed low-pass of the last level, in steps: what the first pass starts from. An encoder has its details, of
  // level l as in A_(l-1), at the places where their reconstruction will be.
  void start(LargeVector<T> low, std::vector<LargeVector<T>> details = {}) {
    low_ = std::move(low);
    details_ = std::move(details);
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
    if (!prepared_) prepare();
    if constexpr (sizeof(Input) == 1) {
      std::copy_n(inputs_.begin(), target.size(), target.begin());
    } else {
      for (size_t i = 0; i < target.size(); ++i) target[i] = static_cast<float>(static_cast<int>(inputs_[i]) - 128);
    }
  }

  // Calls code(row, contexts, details, told) for every row of the pass, in the order of the stream. It puts what the network
  // is told of the details, and their reconstruction in every fourth of `details`, where an encoder's own are.
  template <typename Code>
  void code(std::span<const uint8_t> parameters, Code code) {
    requireOpen();
    const GridSize sites = sizes_[level_], finer = sizes_[level_ - 1], blocks = blockGrid(sites);
    const size_t plane = blocks.size();
    if (parameters.size() != kParameterChannels * plane) {
      throw std::invalid_argument("the parameters must have 18 * rows * columns elements");
    }
    for (auto& row : surprises_) row.assign(blocks.columns + 1, 0);
    contexts_.resize(blocks.columns);
    for (size_t blockRow = 0; blockRow < blocks.rows; ++blockRow) {
      for (size_t s = 0; s < 2; ++s) {
        const Site site = kPhaseSites[phase_][s];
        const size_t i = 2 * blockRow + site.row;
        if (i >= sites.rows) continue;
        for (size_t o = 0; o < kOrientations; ++o) {
          const size_t row = 2 * i + kOrientationOffset[o].row, shift = kOrientationOffset[o].column;
          if (row >= finer.rows) continue;
          const size_t column = 2 * site.column + shift;
          if (column >= finer.columns) continue;
          const uint8_t* means = parameters.data() + (s * 9 + o * 3) * plane + blockRow * blocks.columns;
          const DetailRow detailRow{s * kOrientations + o, (finer.columns - column + 3) / 4, row * finer.columns + column, means, means + plane, means + 2 * plane,
                                    surprises_[s * kOrientations + o].data()};
          for (size_t k = 0; k < detailRow.count; ++k) contexts_[k] = contextOf(detailRow.levels[k], detailRow.tails[k]);
          // What the second phase is told of the first, and the next level of this one.
          uint8_t* told = phase_ == 0 ? inputs_.data() + (36 + s * kOrientations + o) * plane + blockRow * blocks.columns : untold_.data();
          uint8_t* known = known_[o].data() + i * sites.columns + site.column;
          code(detailRow, contexts_.data(), finer_.data() + detailRow.at, told);
          for (size_t k = 0; k < detailRow.count; ++k) known[2 * k] = told[k];
        }
      }
    }
    open_ = false;
    if (++phase_ == 2) closeLevel();
  }

  // A_0, when all passes are done.
  const LargeVector<T>& result() const {
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

  // Sites at the ends of the tile have not all three details: what is not there is told as 0.
  void openLevel() {
    const size_t plane = blockGrid(sizes_[level_]).size();
    for (auto& known : known_) known.assign(sizes_[level_].size(), kCompandedZero);
    if (details_.empty()) {
      finer_.assign(sizes_[level_ - 1].size(), T{0});
    } else {
      finer_ = std::move(details_[level_]);
    }
    inputs_.resize(kInputChannels[1] * plane);
    std::fill(inputs_.begin() + static_cast<ptrdiff_t>(kInputChannels[0] * plane), inputs_.end(), kCompandedZero);
    untold_.resize(blockGrid(sizes_[level_]).columns);
    prepared_ = false;
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
    std::swap(parents_, known_);
    if (--level_ > 0) openLevel();
  }

  void prepare() {
    const GridSize sites = sizes_[level_];
    const size_t plane = blockGrid(sites).size();
    lowPassFeatures(bestIsa(), std::span<const T>(low_), sites, static_cast<uint32_t>(level_), std::span<uint8_t>(inputs_).first(32 * plane));
    for (size_t o = 0; o < kOrientations; ++o) {
      uint8_t* to = inputs_.data() + (32 + o) * plane;
      // The parents' sites are this level's blocks.
      parents_[o].empty() ? std::fill_n(to, plane, kCompandedZero) : std::copy_n(parents_[o].data(), plane, to);
    }
    std::fill_n(inputs_.data() + 35 * plane, plane, static_cast<uint8_t>(128 + 16 * std::min<size_t>(level_, 7)));
    prepared_ = true;
  }

  std::vector<GridSize> sizes_;
  size_t level_;  // whose details come next; 0: all are done
  size_t phase_ = 0;
  bool open_ = false;
  bool prepared_ = false;  // whether inputs_ holds what both phases are given
  LargeVector<T> low_;    // A_level, reconstructed, in steps
  LargeVector<T> finer_;  // A_(level-1) before its synthesis: details at their places
  std::vector<LargeVector<T>> details_;  // of the levels to come, if known
  // The details of this level's sites and of the level above, as the network is told of them.
  std::array<std::vector<uint8_t>, kOrientations> known_, parents_;
  std::vector<uint8_t> inputs_, untold_;
  std::vector<uint16_t> contexts_;
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

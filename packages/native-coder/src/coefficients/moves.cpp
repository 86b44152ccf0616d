#include "coefficients/moves.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "coefficients/coefficient_model.h"
#include "coefficients/move_search.h"
#include "coefficients/quantised.h"
#include "coefficients/restoration.h"
#include "large_allocator.h"
#include "threads/threads.h"
#include "wavelet/wavelet.h"
#include "wide_loops.h"

namespace fieldzip {
namespace {

// Rows are searched in strips of that many and more, then where two of them meet.
constexpr size_t kStripRows = 64;
static_assert(kStripRows > 4 * kMoveReach);
// In large tiles a second takes more time than it saves bytes.
// Of a value, what an octave of the error costs at about a bit a value, in bits.
constexpr double kUsualOctave = 0.35;
size_t sweepsOf(GridSize size) { return size.size() < size_t{1} << 18 ? 2 : 1; }

// What a low-pass sample and a detail add to the values around them, far from all ends.
std::array<std::array<float, kLineSide>, 2> makeWeights() {
  constexpr size_t kLength = 32, kMiddle = 16;
  std::array<std::array<float, kLineSide>, 2> weights{};
  for (size_t odd = 0; odd < 2; ++odd) {
    std::array<float, kLength> line{};
    line[kMiddle + odd] = 1;
    waveletInverse(std::span<float>(line), 1, kLength, 1);
    std::copy_n(line.begin() + kMiddle + odd - kLineReach, kLineSide, weights[odd].begin());
  }
  return weights;
}

// Magnitudes beyond count as this one, so that a byte holds what is around.
constexpr int32_t kGreatestAround = 15;

// Of magnitudes or of sums of them, so many rows, each with room at its ends.
class Ring {
 public:
  static constexpr size_t kRows = 5, kPad = 2;

  explicit Ring(size_t columns) : stride_(columns + 2 * kPad), cells_(kRows * stride_) {}
  uint8_t* row(size_t r) { return cells_.data() + r % kRows * stride_ + kPad; }

 private:
  size_t stride_;
  std::vector<uint8_t> cells_;
};

}  // namespace

Lines::Lines(size_t length) : length_(length), middle_{}, ends_{} {
  static const auto weights = makeWeights();
  const auto add = [](Line& line, size_t odd, ptrdiff_t place) {
    for (size_t i = 0; i < kLineSide; ++i) {
      const ptrdiff_t from = static_cast<ptrdiff_t>(line.first + i) - place + static_cast<ptrdiff_t>(kLineReach);
      if (from >= 0 && from < static_cast<ptrdiff_t>(kLineSide)) line.weights[i] += weights[odd][static_cast<size_t>(from)];
    }
  };
  for (size_t odd = 0; odd < 2; ++odd) std::copy(weights[odd].begin(), weights[odd].end(), middle_[odd].weights);
  const auto last = static_cast<ptrdiff_t>(length) - 1;
  for (size_t end = 0; end < 2; ++end) {
    for (size_t i = 0; i < kLineReach; ++i) {
      Line& line = ends_[end][i];
      const ptrdiff_t place = end == 0 ? static_cast<ptrdiff_t>(i) : last - static_cast<ptrdiff_t>(i), beyond = 2 * (end == 0 ? 0 : last) - place;
      line.first = end == 0 ? 0 : length - kLineSide;
      add(line, static_cast<size_t>(place) % 2, place);
      if (beyond != place) add(line, static_cast<size_t>(place) % 2, beyond);
    }
  }
}

namespace {

template <typename T>
class Mover {
 public:
  Mover(const MovesTask<T>& task, size_t threads, Isa isa) : task_(task), threads_(threads), isa_(isa), rows_(task.size.rows), columns_(task.size.columns) {}

  Moves run() {
    moves_.assign(task_.size.size(), 0);
    surroundings_.resize(task_.size.size());
    decoded_.resize(task_.size.size());
    eachStrip([&](size_t first, size_t end) { runWide([&] { start(first, end); }); });
    waveletInverse(std::span<T>(decoded_), task_.size.rows, task_.size.columns, 1, threads_);
    if (task_.mayRestore) restore();
    // A vector may reach beyond the columns.
    stride_ = (columns_ + 31) / 16 * 16;
    errors_.resize(rows_ * stride_);
    const Lines down(rows_), along(columns_);
    const MoveField<T> field{rows_, columns_, stride_, errors_.data(), task_.details.data(), moves_.data(), surroundings_.data(), &down, &along, task_.delta,
                             static_cast<float>(task_.step / task_.bound) * kErrorUnits};
    const size_t strips = stripCount(), sweeps = sweepsOf(task_.size);
    eachStrip([&](size_t first, size_t end) {
      runWide([&] { findErrors(first, end); });
      const size_t from = first == 0 ? 0 : first + kMoveReach, to = end == rows_ ? end : end - kMoveReach;
      for (size_t sweep = 0; sweep < sweeps; ++sweep) searchMoves(isa_, field, from, to);
    });
    forEachOf(strips - 1, threads_, [&](size_t i) {
      const size_t seam = (i + 1) * rows_ / strips;
      for (size_t sweep = 0; sweep < sweeps; ++sweep) searchMoves(isa_, field, seam - kMoveReach, seam + kMoveReach);
    });
    return {std::move(moves_), std::move(restoration_)};
  }

 private:
  size_t stripCount() const { return std::max<size_t>(rows_ / kStripRows, 1); }
  template <typename Each>
  void eachStrip(Each each) const {
    const size_t count = stripCount();
    forEachOf(count, threads_, [&](size_t i) { each(i * rows_ / count, (i + 1) * rows_ / count); });
  }

  // The integers that are best for bits and squared error, and what is around each of its own orientation.
  void start(size_t first, size_t end) {
    const size_t columns = columns_;  // a byte that is written might be a member
    Ring magnitudes(columns);
    std::vector<uint8_t> sums(columns + 2 * Ring::kPad);
    const auto measure = [&](size_t r) {
      uint8_t* to = magnitudes.row(r);
      if (r >= rows_) {
        std::fill_n(to, columns, uint8_t{0});
        return;
      }
      const T* from = task_.details.data() + r * columns;
      for (size_t c = 0; c < columns; ++c) {
        const int32_t q = nearestInteger(from[c]), magnitude = q < 0 ? -q : q;
        to[c] = static_cast<uint8_t>(magnitude < kGreatestAround ? magnitude : kGreatestAround);
      }
    };
    for (size_t r = first < 2 ? 0 : first - 2; r < first + 2; ++r) measure(r);
    for (size_t r = first; r < end; ++r) {
      measure(r + 2);
      const uint8_t *above = magnitudes.row(r + 3), *own = magnitudes.row(r), *below = magnitudes.row(r + 2);  // five rows on is the same row
      uint8_t* sum = sums.data() + Ring::kPad;
      for (size_t c = 0; c < columns; ++c) sum[c] = static_cast<uint8_t>((above[c] + below[c]) + 2 * own[c]);
      uint8_t* around = surroundings_.data() + r * columns;
      for (size_t c = 0; c < columns; ++c) around[c] = static_cast<uint8_t>((sums[c] + sums[c + 4]) + 2 * sum[c] - 4 * own[c]);
      startRow(task_.details.data() + r * columns, around, moves_.data() + r * columns, decoded_.data() + r * columns);
      if (r % 2 == 0) {
        const T* low = task_.low.data() + r / 2 * ((columns + 1) / 2);
        for (size_t c = 0; c < columns; c += 2) decoded_[r * columns + c] = low[c / 2];
      }
    }
  }
  // An integer is moved towards 0 where that saves more bits than the squared error is worth.
  void startRow(const T* wanted, const uint8_t* around, int8_t* moves, T* decoded) const {
    const size_t columns = columns_;
    const float delta[2] = {task_.delta[0], task_.delta[1]};
    const float lambda = task_.lambda;
    for (size_t c = 0; c < columns; ++c) {
      const int32_t q = nearestInteger(wanted[c]), magnitude = q < 0 ? -q : q;
      const T size = std::abs(wanted[c]);
      const bool one = magnitude == 1;
      const float off = static_cast<float>(size - static_cast<T>(magnitude)), nearer = one ? delta[0] : delta[1];
      const float more = one ? (1 - nearer) * (2 * off + (1 + nearer)) : 2 * off + (1 + 2 * nearer);
      const float share = static_cast<float>(around[c]) + kBitsFrom;
      const float saved = lambda * (one ? kBitsAround + share : kBitsAround);
      const int32_t by = (more * share < saved ? 1 : 0) & (magnitude > 0 ? 1 : 0), left = magnitude - by;
      const T moved = static_cast<T>(left) - static_cast<T>(left == 1 ? delta[0] : delta[1]), known = left == 0 ? T{0} : moved;
      moves[c] = static_cast<int8_t>(q < 0 ? by : -by);
      decoded[c] = q < 0 ? -known : known;
    }
  }

  // As if nothing were moved: what a move adds is hardly changed.
  void restore() {
    restoration_ = fitRestoration<T>({task_.values, task_.mask, task_.size, task_.step, task_.offset, decoded_}, kUsualOctave * static_cast<double>(task_.size.size()), threads_, isa_);
    if (restoration_.filters == 0) return;
    LargeVector<T> restored(decoded_.size());
    restoreTile<T>(restoration_, decoded_, task_.size, restored, threads_, isa_);
    decoded_ = std::move(restored);
  }

  void findErrors(size_t first, size_t end) {
    const size_t columns = columns_;
    const double unit = task_.step / task_.bound * static_cast<double>(kErrorUnits), inverse = 1 / task_.step;
    for (size_t r = first; r < end; ++r) {
      float* errors = errors_.data() + r * stride_;
      const T* decoded = decoded_.data() + r * columns_;
      const T* values = task_.values.data() + r * columns_;
      for (size_t c = 0; c < columns; ++c) {
        errors[c] = static_cast<float>((static_cast<double>(decoded[c]) - (static_cast<double>(values[c]) - task_.offset) * inverse) * unit);
      }
      if (!task_.mask.empty()) {
        const uint8_t* mask = task_.mask.data() + r * columns_;
        for (size_t c = 0; c < columns; ++c) errors[c] = mask[c] == 0 ? errors[c] : kNoMatter;
      }
      std::fill(errors + columns_, errors + stride_, kNoMatter);
    }
  }

  const MovesTask<T>& task_;
  size_t threads_;
  Isa isa_;
  size_t rows_, columns_, stride_ = 0;
  std::vector<int8_t> moves_;
  Restoration restoration_;
  LargeVector<uint8_t> surroundings_;
  LargeVector<T> decoded_;
  LargeVector<float> errors_;
};

}  // namespace

template <typename T>
Moves movesWithin(const MovesTask<T>& task, size_t threads, Isa isa) {
  if (std::min(task.size.rows, task.size.columns) < kLeastMovedSide) throw std::invalid_argument("the tile is too small for moves");
  return Mover<T>(task, threads, isa).run();
}

template Moves movesWithin<float>(const MovesTask<float>&, size_t, Isa);
template Moves movesWithin<double>(const MovesTask<double>&, size_t, Isa);

}  // namespace fieldzip

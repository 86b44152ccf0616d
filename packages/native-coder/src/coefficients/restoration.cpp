#include "coefficients/restoration.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "coefficients/restoration_rows.h"
#include "errors.h"
#include "large_allocator.h"
#include "threads/threads.h"

namespace fieldzip {
namespace {

template <typename T>
void restoreRow(Isa isa, const RestorationRows<T>& rows, const RestorationWeights<T>& weights, size_t columns, T* to) {
#ifdef FIELDZIP_WIDE_LANES
  if (isa == Isa::avx512) return lanes_avx512::restoreRow(rows, weights, columns, to);
  if (isa == Isa::avx2) return lanes_avx2::restoreRow(rows, weights, columns, to);
#endif
  (void)isa;
  lanes_portable::restoreRow(rows, weights, columns, to);
}
template <typename T>
void sampleRow(Isa isa, const RestorationRows<T>& rows, const float* errors, const float* shares, size_t columns, std::array<FitSums, 2>& sums) {
#ifdef FIELDZIP_WIDE_LANES
  if (isa == Isa::avx512) return lanes_avx512::sampleRow(rows, errors, shares, columns, sums);
  if (isa == Isa::avx2) return lanes_avx2::sampleRow(rows, errors, shares, columns, sums);
#endif
  (void)isa;
  lanes_portable::sampleRow(rows, errors, shares, columns, sums);
}

size_t wholeVectors(size_t columns) { return (columns + kRestorationLanes - 1) / kRestorationLanes * kRestorationLanes; }

// The rows around one, with what lies beyond their ends.
template <typename T>
class Surroundings {
 public:
  Surroundings(std::span<const T> tile, GridSize size)
      : tile_(tile), size_(size), stride_(wholeVectors(size.columns) + 2 * kRestorationLanes), cells_(kRows * stride_), sums_((kRestorationReach + 1) * stride_) {
    held_.fill(SIZE_MAX);
  }

  RestorationRows<T> at(size_t row) {
    RestorationRows<T> rows{{}, sums_.data(), stride_};
    const auto last = static_cast<ptrdiff_t>(size_.rows) - 1;
    for (size_t i = 0; i < rows.rows.size(); ++i) {
      const auto r = std::clamp<ptrdiff_t>(static_cast<ptrdiff_t>(row + i) - static_cast<ptrdiff_t>(kRestorationReach), 0, last);
      rows.rows[i] = held(static_cast<size_t>(r));
    }
    return rows;
  }

 private:
  static constexpr size_t kRows = 2 * kRestorationReach + 1;

  const T* held(size_t row) {
    T* to = cells_.data() + row % kRows * stride_;
    if (held_[row % kRows] == row) return to;
    held_[row % kRows] = row;
    const T* from = tile_.data() + row * size_.columns;
    std::fill_n(to, kRestorationLanes, from[0]);
    std::copy_n(from, size_.columns, to + kRestorationLanes);
    std::fill(to + kRestorationLanes + size_.columns, to + stride_, from[size_.columns - 1]);
    return to;
  }

  std::span<const T> tile_;
  GridSize size_;
  size_t stride_;
  std::vector<T> cells_, sums_;
  std::array<size_t, kRows> held_;
};

// ---- The fit.

constexpr size_t kParities = 4;
using Sums = std::array<std::array<double, kFitSize * kFitSize>, kParities>;

// Of pairs of rows as far apart, some parts of them, each of its own.
constexpr size_t kSamples = 1 << 16, kParts = 8;

template <typename T>
void addSamples(const RestorationTask<T>& task, Isa isa, size_t part, size_t apart, Sums& sums) {
  const size_t columns = task.size.columns, pairs = task.size.rows / 2, count = (pairs + apart - 1) / apart;
  Surroundings<T> surroundings(task.decoded, task.size);
  std::vector<float> errors(wholeVectors(columns)), shares(errors.size());
  std::array<FitSums, 2> ofRow;
  const double inverse = 1 / task.step;
  for (size_t pair = part * count / kParts; pair < (part + 1) * count / kParts; ++pair) {
    for (size_t parity = 0; parity < 2; ++parity) {
      const size_t row = 2 * pair * apart + parity, first = row * columns;
      for (size_t c = 0; c < columns; ++c) {
        const bool missing = !task.mask.empty() && task.mask[first + c] != 0;
        shares[c] = missing ? 0.0F : 1.0F;
        errors[c] = missing ? 0.0F : static_cast<float>((static_cast<double>(task.values[first + c]) - task.offset) * inverse - static_cast<double>(task.decoded[first + c]));
      }
      for (auto& half : ofRow) half.fill(0.0F);
      sampleRow(isa, surroundings.at(row), errors.data(), shares.data(), columns, ofRow);
      for (size_t half = 0; half < 2; ++half) {
        auto& to = sums[2 * parity + half];
        for (size_t i = 0; i < kFitSize; ++i) {
          for (size_t j = 0; j < kFitSize; ++j) to[i * kFitSize + j] += static_cast<double>(ofRow[half][i * kFitStride + j]);
        }
      }
    }
  }
}

// By Cholesky's factors.
std::array<double, kRestorationTaps> solve(const std::array<double, kFitSize * kFitSize>& sums) {
  constexpr double kRidge = 1e-5, kOfTrace = 1e-9, kLeastPivot = 1e-12;
  auto c = sums;
  double trace = 0;
  for (size_t i = 0; i < kRestorationTaps; ++i) trace += c[i * kFitSize + i];
  for (size_t i = 0; i < kRestorationTaps; ++i) c[i * kFitSize + i] += c[i * kFitSize + i] * kRidge + trace * kOfTrace + kLeastPivot;
  for (size_t k = 0; k < kRestorationTaps; ++k) {
    double* row = c.data() + k * kFitSize;
    const double inverse = 1 / std::sqrt(std::max(row[k], kLeastPivot));
    for (size_t j = k; j < kFitSize; ++j) row[j] *= inverse;
    for (size_t i = k + 1; i < kRestorationTaps; ++i) {
      const double factor = row[i];
      for (size_t j = i; j < kFitSize; ++j) c[i * kFitSize + j] -= factor * row[j];
    }
  }
  std::array<double, kRestorationTaps> solved{};
  for (size_t k = kRestorationTaps; k-- > 0;) {
    double left = c[k * kFitSize + kRestorationTaps];
    for (size_t j = k + 1; j < kRestorationTaps; ++j) left -= c[k * kFitSize + j] * solved[j];
    solved[k] = left / std::max(c[k * kFitSize + k], kLeastPivot);
  }
  return solved;
}

// Filters of these sums, one each, and the share of the squared error that they take away.
struct Fitted {
  Restoration restoration;
  double gain = 0;
};
Fitted fitTo(std::span<const std::array<double, kFitSize * kFitSize>> sums) {
  double greatest = 0, squared = 0, gained = 0;
  std::vector<double> weights;
  for (const auto& c : sums) {
    const auto solved = solve(c);
    weights.insert(weights.end(), solved.begin(), solved.end());
    squared += c.back();
    for (size_t k = 0; k < kRestorationTaps; ++k) greatest = std::max(greatest, c[k * kFitSize + k]);
  }
  if (!(squared > 0 && std::isfinite(greatest))) return {};
  Fitted out;
  // So precise that what rounding weights does is far below the error: the rougher the values, the more.
  constexpr double kPrecision = 64, kLeastShift = 6;
  const double shift = std::ceil(std::log2(kPrecision * std::sqrt(greatest / squared)));
  out.restoration.shift = static_cast<int>(std::clamp(shift, kLeastShift, static_cast<double>(Restoration::kMostShift)));
  for (const double weight : weights) {
    const double scaled = std::ldexp(weight, out.restoration.shift);
    if (!(std::abs(scaled) < Restoration::kGreatestWeight - 1)) return {};
    out.restoration.weights.push_back(static_cast<int32_t>(std::lround(scaled)));
  }
  out.restoration.filters = sums.size();
  for (size_t filter = 0; filter < sums.size(); ++filter) {
    const auto& c = sums[filter];
    const auto weight = [&](size_t k) { return std::ldexp(out.restoration.weights[filter * kRestorationTaps + k], -out.restoration.shift); };
    for (size_t i = 0; i < kRestorationTaps; ++i) {
      double with = 0;
      for (size_t j = 0; j < kRestorationTaps; ++j) with += weight(j) * c[std::min(i, j) * kFitSize + std::max(i, j)];
      gained += weight(i) * (2 * c[i * kFitSize + kRestorationTaps] - with);
    }
  }
  out.gain = gained / squared;
  return out;
}

}  // namespace

template <typename T>
Restoration fitRestoration(const RestorationTask<T>& task, double bitsOfOctave, size_t threads, Isa isa) {
  if (task.values.size() != task.size.size() || task.decoded.size() != task.size.size()) throw std::invalid_argument("a tile must have rows * columns values");
  const size_t pairs = task.size.rows / 2, apart = std::max<size_t>(task.size.size() / kSamples, 1);
  if (pairs == 0) return {};
  std::vector<Sums> parts(kParts);
  forEachOf(kParts, threads, [&](size_t part) { addSamples(task, isa, part, std::min(apart, pairs), parts[part]); });
  Sums sums{};
  std::array<std::array<double, kFitSize * kFitSize>, 1> together{};
  for (const Sums& part : parts) {
    for (size_t p = 0; p < kParities; ++p) {
      for (size_t i = 0; i < sums[p].size(); ++i) sums[p][i] += part[p][i];
    }
  }
  for (const auto& of : sums) {
    for (size_t i = 0; i < of.size(); ++i) together[0][i] += of[i];
  }
  Restoration best;
  double most = 0;
  for (const Fitted& fitted : {fitTo(together), fitTo(sums)}) {
    if (fitted.restoration.filters == 0) continue;
    std::vector<uint8_t> bytes;
    fitted.restoration.write(bytes);
    // What is fitted to samples gains less of the others, so that it must seem to save its bytes twice.
    const double saved = -0.5 * std::log2(std::max(1 - fitted.gain, 0.01)) * bitsOfOctave - 2 * 8.0 * static_cast<double>(bytes.size());
    if (saved <= most) continue;
    most = saved;
    best = fitted.restoration;
  }
  return best;
}

template <typename T>
void restoreTile(const Restoration& restoration, std::span<const T> decoded, GridSize size, std::span<T> restored, size_t threads, Isa isa) {
  if (restoration.filters == 0 || decoded.size() != size.size() || restored.size() != decoded.size() || restored.data() == decoded.data()) {
    throw std::invalid_argument("a tile must have rows * columns values, and another place for what is restored");
  }
  // Of even rows and of odd ones.
  std::array<RestorationWeights<T>, 2> weights;
  for (size_t parity = 0; parity < 2; ++parity) {
    for (size_t lane = 0; lane < kRestorationLanes; ++lane) {
      const size_t filter = restoration.filters == 1 ? 0 : 2 * parity + lane % 2;
      int64_t all = 0;
      for (size_t k = 0; k < kRestorationTaps; ++k) {
        const int32_t weight = restoration.weights[filter * kRestorationTaps + k];
        all += int64_t{weight} * kRestorationShape[k].values();
        weights[parity][k][lane] = std::ldexp(static_cast<T>(weight), -restoration.shift);
      }
      // So that where all values are the same nothing moves.
      weights[parity][kRestorationTaps][lane] = std::ldexp(static_cast<T>(-all), -restoration.shift);
    }
  }
  constexpr size_t kLeastOfThread = 1 << 17;
  forEachPart(size.rows, kLeastOfThread / size.columns, threads, [&](size_t first, size_t end) {
    Surroundings<T> surroundings(decoded, size);
    for (size_t r = first; r < end; ++r) restoreRow(isa, surroundings.at(r), weights[r % 2], size.columns, restored.data() + r * size.columns);
  });
}

void Restoration::write(std::vector<uint8_t>& out) const {
  out.push_back(static_cast<uint8_t>(shift));
  for (const int32_t weight : weights) writeSigned(weight, out);
}

Restoration Restoration::read(ByteReader& in, size_t filters) {
  Restoration out;
  out.filters = filters;
  out.shift = in.byte();
  if (out.shift > kMostShift) throw CorruptStream("the tile has an impossible restoration");
  for (size_t i = 0; i < filters * kRestorationTaps; ++i) {
    const int64_t weight = in.signedVarint();
    if (weight <= -kGreatestWeight || weight >= kGreatestWeight) throw CorruptStream("the tile has an impossible restoration");
    out.weights.push_back(static_cast<int32_t>(weight));
  }
  return out;
}

template Restoration fitRestoration<float>(const RestorationTask<float>&, double, size_t, Isa);
template Restoration fitRestoration<double>(const RestorationTask<double>&, double, size_t, Isa);
template void restoreTile<float>(const Restoration&, std::span<const float>, GridSize, std::span<float>, size_t, Isa);
template void restoreTile<double>(const Restoration&, std::span<const double>, GridSize, std::span<double>, size_t, Isa);

}  // namespace fieldzip

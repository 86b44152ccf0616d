#include "coefficients/estimate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <vector>

#include "coefficients/levels.h"
#include "threads/threads.h"
#include "values/values.h"
#include "wavelet/wavelet.h"

namespace fieldzip {
namespace {

// A tile of more than 2^17 values is seen through patches of 128 x 128, a quarter of its sites or sixteen patches.
constexpr uint32_t kPatch = 128;
constexpr size_t kWhole = 1 << 17;
constexpr uint32_t kPatchesAcross = 4;

constexpr int kExactly = 16;               // magnitudes counted one by one; beyond they are counted by octaves
constexpr int kMagnitudes = kExactly + 25;
constexpr int kClasses = 20;
constexpr float kGreatest = 1 << 28;
constexpr float kRounding = 0.4F, kLonely = 0.95F;  // a lone coefficient below that is not worth its bits

struct Patch {
  GridSize size;
  std::vector<std::vector<float>> details;  // of level l as in A_(l-1); [0] is the low-pass of the last
};

template <typename T>
Patch transformed(std::span<const T> values, uint32_t columns, uint32_t row, uint32_t column, GridSize size, double offset,
                  double unit) {
  std::vector<float> low(size.size());
  for (size_t r = 0; r < size.rows; ++r) {
    const T* from = values.data() + (row + r) * columns + column;
    for (size_t c = 0; c < size.columns; ++c) {
      low[r * size.columns + c] = static_cast<float>((static_cast<double>(from[c]) - offset) * unit);
    }
  }
  Patch patch{size, {{}}};
  const auto sizes = levelSizes(size.rows, size.columns);
  for (size_t level = 1; level < sizes.size(); ++level) {
    waveletForward(std::span<float>(low), sizes[level - 1].rows, sizes[level - 1].columns, 1);
    std::vector<float> coarse(sizes[level].size());
    for (size_t i = 0; i < sizes[level].rows; ++i) {
      for (size_t j = 0; j < sizes[level].columns; ++j) {
        coarse[i * sizes[level].columns + j] = low[2 * i * sizes[level - 1].columns + 2 * j];
      }
    }
    patch.details.push_back(std::move(low));
    low = std::move(coarse);
  }
  patch.details[0] = std::move(low);
  return patch;
}

class Counter {
 public:
  void add(size_t neighbourhood, int32_t q) {
    const size_t magnitude = static_cast<size_t>(std::abs(q));
    const size_t octave = static_cast<size_t>(std::bit_width(magnitude));
    const size_t kind = magnitude < kExactly ? magnitude : kExactly + octave - 5;
    // Classes by half octaves.
    const size_t exponent = static_cast<size_t>(std::bit_width(neighbourhood + 1)) - 1;
    const size_t half = exponent == 0 ? 0 : ((neighbourhood + 1) >> (exponent - 1)) & 1U;
    ++counts_[std::min<size_t>(2 * exponent + half, kClasses - 1)][kind];
    if (magnitude >= kExactly) rawBits_ += static_cast<double>(octave - 1);
  }

  void add(const Counter& other) {
    for (size_t c = 0; c < kClasses; ++c) {
      for (size_t kind = 0; kind < kMagnitudes; ++kind) counts_[c][kind] += other.counts_[c][kind];
    }
    rawBits_ += other.rawBits_;
  }

  double bits() const {
    double sum = rawBits_;
    for (const auto& counts : counts_) {
      double total = 0;
      for (const uint32_t count : counts) total += count;
      for (size_t kind = 0; kind < kMagnitudes; ++kind) {
        if (counts[kind] == 0) continue;
        const double count = counts[kind];
        sum += count * (std::log2(total / count) + (kind > 0 ? 1.0 : 0.0));
        // What learning a probability costs.
        sum += 0.5 * std::log2(count + 1);
      }
    }
    return sum;
  }

 private:
  std::array<std::array<uint32_t, kMagnitudes>, kClasses> counts_{};
  double rawBits_ = 0;
};

// One patch at one step; `inverse` takes its floats to steps.
bool count(const Patch& patch, float inverse, Counter& counter, double& squared) {
  const auto sizes = levelSizes(patch.size.rows, patch.size.columns);
  std::vector<int32_t> parents, here;
  GridSize parentSize{0, 0};
  for (size_t level = sizes.size() - 1; level >= 1; --level) {
    const GridSize size = sizes[level - 1];
    const std::vector<float>& details = patch.details[level];
    here.resize(size.size());
    double error = 0;
    bool fits = true;
    for (const float detail : details) fits &= std::abs(detail * inverse) < kGreatest;
    if (!fits) return false;
    for (size_t i = 0; i < details.size(); ++i) {
      const float c = details[i] * inverse;
      // A dead zone as rate-distortion optimised quantisation makes it. No branch, which nobody could foretell.
      here[i] = static_cast<int32_t>(c + std::copysign(kRounding, c));
    }
    for (size_t r = 0; r < size.rows; ++r) {
      int32_t* row = here.data() + r * size.columns;
      const int32_t* north = r >= 2 ? row - 2 * size.columns : nullptr;
      const size_t parentRow = (r / 2 / 2) * 2 + r % 2;
      const int32_t* parent = parentRow < parentSize.rows ? parents.data() + parentRow * parentSize.columns : nullptr;
      for (size_t c = r % 2 == 0 ? 1 : 0; c < size.columns; c += r % 2 == 0 ? 2 : 1) {
        size_t around = 0;
        if (c >= 2) around += 2 * static_cast<size_t>(std::abs(row[c - 2]));
        if (north != nullptr) {
          around += 2 * static_cast<size_t>(std::abs(north[c]));
          if (c >= 2) around += static_cast<size_t>(std::abs(north[c - 2]));
          if (c + 2 < size.columns) around += static_cast<size_t>(std::abs(north[c + 2]));
        }
        const size_t parentColumn = (c / 2 / 2) * 2 + c % 2;
        if (parent != nullptr && parentColumn < parentSize.columns) around += static_cast<size_t>(std::abs(parent[parentColumn]));
        const float coefficient = details[r * size.columns + c] * inverse;
        if (around == 0 && std::abs(coefficient) < kLonely) row[c] = 0;
        const float miss = coefficient - static_cast<float>(row[c]);
        error += static_cast<double>(miss * miss);
        counter.add(around, row[c]);
      }
    }
    squared += error;
    std::swap(parents, here);
    parentSize = size;
  }
  return true;
}

double lowPassBits(const Patch& patch, double inverse) {
  // Differences from the value before, as an Elias gamma code would have them.
  double bits = 0, last = 0;
  for (const float c : patch.details[0]) {
    const double q = std::floor(static_cast<double>(c) * inverse + 0.5);
    bits += 1 + 2 * std::log2(1 + std::abs(q - last));
    last = q;
  }
  return bits;
}

// What a patch says of a step.
struct Seen {
  bool fits = true;
  Counter counter;
  double squared = 0, lowPass = 0;
};

// Where a patch lies.
struct Place {
  uint32_t row, column;
  GridSize size;
};

std::vector<Place> placesOf(uint32_t rows, uint32_t columns) {
  if (static_cast<size_t>(rows) * columns <= kWhole) return {{0, 0, {rows, columns}}};
  const GridSize size{std::min(rows, kPatch), std::min(columns, kPatch)};
  const uint32_t down = std::min(kPatchesAcross, rows / size.rows), across = std::min(kPatchesAcross, columns / size.columns);
  std::vector<Place> places;
  for (uint32_t i = 0; i < down; ++i) {
    for (uint32_t j = 0; j < across; ++j) {
      const uint32_t row = down > 1 ? static_cast<uint32_t>(uint64_t{rows - size.rows} * i / (down - 1)) : (rows - size.rows) / 2;
      const uint32_t column = across > 1 ? static_cast<uint32_t>(uint64_t{columns - size.columns} * j / (across - 1)) : (columns - size.columns) / 2;
      places.push_back({row, column, size});
    }
  }
  return places;
}

}  // namespace

template <typename T>
void estimateCoefficients(std::span<const T> values, uint32_t rows, uint32_t columns, std::span<const double> steps,
                          std::span<CoefficientEstimate> estimates, size_t threads) {
  if (rows == 0 || columns == 0 || values.size() != static_cast<size_t>(rows) * columns) {
    throw std::invalid_argument("a tile must have rows * columns values");
  }
  if (estimates.size() != steps.size()) throw std::invalid_argument("every step has one estimate");
  for (const double step : steps) {
    if (!(step > 0)) throw std::invalid_argument("a step must be above 0");
  }
  const auto [least, greatest, missing] = scanValues(values, std::span<const T>());
  const double offset = least / 2 + greatest / 2, half = greatest / 2 - least / 2;
  // Patches are floats from -1 to 1 before the transform, whatever the values' magnitude.
  const double unit = half > 0 && std::isfinite(1 / half) ? 1 / half : 1.0;
  const bool finite = !missing && std::isfinite(offset) && std::isfinite(half);
  // Where all values are alike, there is nothing to take to steps.
  const auto inverseOf = [&](double step) { return half > 0 ? 1 / (step * unit) : 0.0; };

  const auto places = finite ? placesOf(rows, columns) : std::vector<Place>();
  std::vector<Seen> seen(places.size() * steps.size());
  forEachOf(places.size(), threads, [&](size_t i) {
    const auto& [row, column, size] = places[i];
    const Patch patch = transformed(values, columns, row, column, size, offset, unit);
    for (size_t k = 0; k < steps.size(); ++k) {
      Seen& here = seen[i * steps.size() + k];
      const double inverse = inverseOf(steps[k]);
      here.fits = inverse < 1e30 && count(patch, static_cast<float>(inverse), here.counter, here.squared);
      if (here.fits) here.lowPass = lowPassBits(patch, inverse);
      here.squared += static_cast<double>(patch.details[0].size()) / 12;
    }
  });
  size_t sites = 0;
  for (const Place& place : places) sites += place.size.size();
  const double scale = static_cast<double>(values.size()) / static_cast<double>(std::max<size_t>(sites, 1));
  for (size_t k = 0; k < steps.size(); ++k) {
    Seen all;
    all.fits = finite;
    for (size_t i = 0; i < places.size(); ++i) {
      const Seen& one = seen[i * steps.size() + k];
      all.fits &= one.fits;
      all.counter.add(one.counter);
      all.squared += one.squared;
      all.lowPass += one.lowPass / static_cast<double>(places.size());
    }
    // 12 bytes of head and 8 of the interval stream's state.
    estimates[k] = all.fits ? CoefficientEstimate{8 * 20 + all.lowPass + all.counter.bits() * scale, all.squared * scale}
                            : CoefficientEstimate{std::numeric_limits<double>::infinity(), 0};
  }
}

template void estimateCoefficients<float>(std::span<const float>, uint32_t, uint32_t, std::span<const double>,
                                          std::span<CoefficientEstimate>, size_t);
template void estimateCoefficients<double>(std::span<const double>, uint32_t, uint32_t, std::span<const double>,
                                           std::span<CoefficientEstimate>, size_t);

}  // namespace fieldzip

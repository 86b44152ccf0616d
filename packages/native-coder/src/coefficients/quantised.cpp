#include "coefficients/quantised.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <type_traits>
#include <utility>

#include "coefficients/tile.h"
#include "coefficients/top_bits.h"
#include "errors.h"
#include "threads/threads.h"
#include "wavelet/wavelet.h"
#include "wide_loops.h"

namespace fieldzip {
namespace {

void checkTile(size_t size, uint32_t rows, uint32_t columns) {
  if (rows == 0 || columns == 0 || size != static_cast<size_t>(rows) * columns) {
    throw std::invalid_argument("a tile must have rows * columns values");
  }
}

// In the byte of the low-pass's plan: whether details are quantised by a trellis.
constexpr uint8_t kTrellisBit = 0x80;

// Fewer values are not worth a thread.
constexpr size_t kLeastOfThread = 1 << 17;

// Numbers are looked at side by side, as a processor likes them.
constexpr size_t kAbreast = 8;

// each(first of so many, count): the count is known where it is whole.
template <typename Each>
inline void forEachAbreast(size_t first, size_t last, Each each) {
  for (; first + kAbreast <= last; first += kAbreast) each(first, kAbreast);
  if (first < last) each(first, last - first);
}

// The first of the least, and of the greatest.
template <typename T>
std::pair<T, T> rangeOf(std::span<const T> values) {
  T least[kAbreast], greatest[kAbreast];
  std::fill_n(least, kAbreast, values[0]);
  std::fill_n(greatest, kAbreast, values[0]);
  forEachAbreast(0, values.size(), [&](size_t i, size_t count) {
    for (size_t k = 0; k < count; ++k) {
      const T v = values[i + k];
      least[k] = v < least[k] ? v : least[k];
      greatest[k] = v > greatest[k] ? v : greatest[k];
    }
  });
  return {*std::min_element(least, least + kAbreast), *std::max_element(greatest, greatest + kAbreast)};
}

// Whether all magnitudes are below a limit, which a NaN is not.
template <typename T>
class AllBelow {
 public:
  explicit AllBelow(T limit) : limit_(limit) {}

  void look(const T* block) {
    for (size_t k = 0; k < kAbreast; ++k) below_[k] &= std::abs(block[k]) < limit_ ? Flag{-1} : Flag{0};
  }
  bool all() const {
    return std::all_of(below_.begin(), below_.end(), [](Flag flag) { return flag != 0; });
  }

 private:
  using Flag = std::conditional_t<sizeof(T) == 4, int32_t, int64_t>;
  T limit_;
  std::array<Flag, kAbreast> below_ = [] {
    std::array<Flag, kAbreast> all;
    all.fill(-1);
    return all;
  }();
};

// Where the coefficients that become 1, and those that become more, lie on average. Which ones those will be is known
// only when they are coded: a dead zone stands for it.
class DeltaSums {
 public:
  template <typename T>
  void add(const T* row, size_t columns, float threshold) {
    for (size_t j = 0; j < columns; j += kMost) addSome(row + j, std::min(kMost, columns - j), threshold);
  }
  void add(const DeltaSums& other) {
    for (size_t which = 0; which < 2; ++which) {
      sum_[which] += other.sum_[which];
      count_[which] += other.count_[which];
    }
    beyond_ |= other.beyond_;
  }
  // How many do not become 0; none is known of those that are great.
  size_t nonzeros() const { return beyond_ == 0 ? count_[0] + count_[1] : SIZE_MAX; }
  std::array<int8_t, 2> deltas() const {
    std::array<int8_t, 2> deltas{};
    for (size_t which = 0; which < 2; ++which) {
      const double mean = count_[which] == 0 ? 0.0 : -static_cast<double>(sum_[which]) / kOne / static_cast<double>(count_[which]);
      deltas[which] = static_cast<int8_t>(std::lround(64.0 * std::clamp(mean, -0.25, 0.5)));
    }
    return deltas;
  }

 private:
  // Distances are whole in these units, as floats from 1/2 on are.
  static constexpr float kOne = 1 << 24;
  static constexpr size_t kMost = 64 * kAbreast;  // of which no sum overflows

  template <typename T>
  void addSome(const T* row, size_t columns, float threshold) {
    int32_t offs[2][kAbreast] = {}, counts[2][kAbreast] = {}, beyond[kAbreast] = {};
    const auto take = [&](const float* magnitudes) {
      // Without a branch, which nobody could foretell: what is not counted becomes 0.
      for (size_t k = 0; k < kAbreast; ++k) {
        const int32_t counted = -static_cast<int32_t>(magnitudes[k] >= threshold) & -static_cast<int32_t>(magnitudes[k] <= 64.0F);
        const int32_t one = -static_cast<int32_t>(magnitudes[k] < 1.5F);
        const float magnitude = std::bit_cast<float>(std::bit_cast<int32_t>(magnitudes[k]) & counted);
        const float near = static_cast<float>(static_cast<int32_t>(magnitude + 0.5F));
        const int32_t off = static_cast<int32_t>((magnitude - near) * kOne);
        offs[0][k] += off & one;
        offs[1][k] += off & ~one;
        beyond[k] |= -static_cast<int32_t>(magnitudes[k] > 64.0F);
        counts[0][k] -= counted & one;
        counts[1][k] -= counted & ~one;
      }
    };
    forEachAbreast(0, columns, [&](size_t j, size_t count) {
      float magnitudes[kAbreast] = {};
      for (size_t k = 0; k < count; ++k) magnitudes[k] = std::abs(static_cast<float>(row[j + k]));
      take(magnitudes);
    });
    for (size_t which = 0; which < 2; ++which) {
      for (size_t k = 0; k < kAbreast; ++k) {
        sum_[which] += offs[which][k];
        count_[which] += static_cast<size_t>(counts[which][k]);
      }
    }
    for (const int32_t some : beyond) beyond_ |= some;
  }

  int64_t sum_[2] = {0, 0};
  size_t count_[2] = {0, 0};
  int32_t beyond_ = 0;
};

}  // namespace

double storedStep(double step) { return step > 0 && std::isfinite(step) ? topBits(step) : 0.0; }

CoefficientHead readCoefficientHead(ByteReader& reader) {
  CoefficientHead head{};
  head.step = readTopBits(reader);
  head.offset = readTopBits(reader);
  if (!(head.step > 0 && std::isfinite(head.step) && std::isfinite(head.offset))) throw CorruptStream("the tile has an impossible step");
  std::array<int8_t, 2> deltas{};
  for (int8_t& delta : deltas) {
    delta = static_cast<int8_t>(reader.byte());
    if (delta < -16 || delta > 32) throw CorruptStream("the tile has an impossible reconstruction point");
  }
  head.delta = deltasOf(deltas);
  const uint8_t kind = reader.byte();
  head.trellis = (kind & kTrellisBit) != 0;
  head.lowPass = {static_cast<LowPassPrediction>(kind & 3), static_cast<uint8_t>((kind & ~kTrellisBit) >> 2), reader.byte(), reader.signedVarint()};
  const LowPassPlan& plan = head.lowPass;
  if (plan.shift > 20 || plan.level < 64 || plan.first < -kGreatestLowPass || plan.first > kGreatestLowPass) {
    throw CorruptStream("the low-pass has an impossible plan");
  }
  return head;
}

template <typename T>
Quantised<T>::Quantised(std::span<const T> values, uint32_t rows, uint32_t columns, double wantedStep, double lambda, size_t threads, const PresentLevels* present)
    : step(storedStep(wantedStep)) {
  checkTile(values.size(), rows, columns);
  if (!(wantedStep > 0)) throw std::invalid_argument("the step must be above 0");
  if (!(lambda >= 0 && lambda <= 1000)) throw std::invalid_argument("lambda must be from 0 to 1000");
  if (!(step > 0)) throw StepTooSmall("the step is too small");
  const auto [least, greatest] = runWide([&] { return rangeOf(values); });
  offset = topBits(static_cast<double>(least) / 2 + static_cast<double>(greatest) / 2);

  const std::vector<GridSize> sizes = levelSizes(rows, columns);
  const size_t levels = sizes.size() - 1;
  low.resize(values.size());
  std::atomic<bool> fits{std::isfinite(offset)};
  forEachPart(values.size(), kLeastOfThread, threads, [&](size_t first, size_t last) {
    const bool allSmall = runWide([&] {
      AllBelow<double> small(static_cast<double>(kGreatestLowPass));
      forEachAbreast(first, last, [&](size_t i, size_t count) {
        double inSteps[kAbreast] = {};
        for (size_t k = 0; k < count; ++k) inSteps[k] = (static_cast<double>(values[i + k]) - offset) / step;
        for (size_t k = 0; k < count; ++k) low[i + k] = static_cast<T>(inSteps[k]);
        small.look(inSteps);
      });
      return small.all();
    });
    if (!allSmall) fits = false;
  });
  const auto mustFit = [&] {
    if (!fits) throw StepTooSmall("the step is too small for these values, or they are not finite");
  };
  mustFit();
  details.resize(levels + 1);
  DeltaSums sums;
  for (size_t level = 1; level <= levels; ++level) {
    const GridSize finer = sizes[level - 1], size = sizes[level];
    if (present != nullptr) {
      present->forward(level, std::span<T>(low), threads);
    } else {
      waveletForward(std::span<T>(low), finer.rows, finer.columns, 1, threads);
    }
    LargeVector<T> coarse(size.size());
    std::vector<DeltaSums> ofRows(finer.rows);
    forEachPart(size.rows, kLeastOfThread / finer.columns / 2, threads, [&](size_t first, size_t last) {
      const bool allSmall = runWide([&] {
        AllBelow<T> small(static_cast<T>(kGreatestCoefficient - 1));
        for (size_t i = 2 * first; i < std::min<size_t>(2 * last, finer.rows); ++i) {
          T* row = low.data() + i * finer.columns;
          if (i % 2 == 0) {
            T* to = coarse.data() + i / 2 * size.columns;
            for (size_t j = 0; j < size.columns; ++j) {
              to[j] = row[2 * j];
              row[2 * j] = T{0};  // so that what is left is details
            }
          }
          forEachAbreast(0, finer.columns, [&](size_t j, size_t count) {
            T block[kAbreast] = {};
            std::copy_n(row + j, count, block);
            small.look(block);
          });
          ofRows[i].add(row, finer.columns, lambda > 0 ? 0.62F : 0.5F);
        }
        return small.all();
      });
      if (!allSmall) fits = false;
    });
    for (const DeltaSums& ofRow : ofRows) sums.add(ofRow);
    details[level] = std::move(low);
    low = std::move(coarse);
  }
  if (present != nullptr) present->close(levels, std::span<T>(low));
  integers.resize(low.size());
  for (size_t i = 0; i < low.size(); ++i) {
    const double c = static_cast<double>(low[i]);
    fits = fits && std::abs(c) < static_cast<double>(kGreatestLowPass);
    integers[i] = fits ? static_cast<int64_t>(std::floor(c + 0.5)) : 0;
    low[i] = static_cast<T>(integers[i]);
  }
  mustFit();
  lowPass = planLowPass(integers, sizes[levels]);
  deltas = sums.deltas();
  nonzeros = sums.nonzeros();
}

template <typename T>
void Quantised<T>::writeHead(bool trellis, std::vector<uint8_t>& out) const {
  writeTopBits(step, out);
  writeTopBits(offset, out);
  for (const int8_t delta : deltas) out.push_back(static_cast<uint8_t>(delta));
  out.push_back(static_cast<uint8_t>(static_cast<int>(lowPass.prediction) | lowPass.shift << 2 | (trellis ? kTrellisBit : 0)));
  out.push_back(lowPass.level);
  writeSigned(lowPass.first, out);
}

template <typename T>
double Quantised<T>::restore(std::span<const T> result, std::span<const T> values, std::span<const uint8_t> mask, ValueRange range,
                             std::span<T> reconstruction, size_t threads) const {
  const Dequantiser<T> valueOf(step, offset, range);
  // Sums of blocks, so that no number of threads changes a bit.
  constexpr size_t kBlock = 1 << 16;
  std::vector<double> sums((result.size() + kBlock - 1) / kBlock);
  forEachPart(sums.size(), kLeastOfThread / kBlock, threads, [&](size_t firstBlock, size_t lastBlock) {
    runWide([&] {
      for (size_t block = firstBlock; block < lastBlock; ++block) {
        double squared = 0;
        for (size_t i = block * kBlock; i < std::min((block + 1) * kBlock, result.size()); ++i) {
          reconstruction[i] = valueOf(result[i]);
          const double error = (static_cast<double>(reconstruction[i]) - static_cast<double>(values[i])) / step;
          squared += mask.empty() || mask[i] == 0 ? error * error : 0.0;
        }
        sums[block] = squared;
      }
    });
  });
  double squared = 0;
  for (const double sum : sums) squared += sum;
  return squared;
}

template struct Quantised<float>;
template struct Quantised<double>;

}  // namespace fieldzip

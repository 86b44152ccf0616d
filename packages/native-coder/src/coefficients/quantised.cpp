#include "coefficients/quantised.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "coefficients/tile.h"
#include "coefficients/top_bits.h"
#include "errors.h"
#include "wavelet/wavelet.h"

namespace fieldzip {
namespace {

void checkTile(size_t size, uint32_t rows, uint32_t columns) {
  if (rows == 0 || columns == 0 || size != static_cast<size_t>(rows) * columns) {
    throw std::invalid_argument("a tile must have rows * columns values");
  }
}

// In the byte of the low-pass's plan: whether details are quantised by a trellis.
constexpr uint8_t kTrellisBit = 0x80;

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
Quantised<T>::Quantised(std::span<const T> values, uint32_t rows, uint32_t columns, double wantedStep, double lambda) : step(storedStep(wantedStep)) {
  checkTile(values.size(), rows, columns);
  if (!(wantedStep > 0)) throw std::invalid_argument("the step must be above 0");
  if (!(lambda >= 0 && lambda <= 1000)) throw std::invalid_argument("lambda must be from 0 to 1000");
  if (!(step > 0)) throw StepTooSmall("the step is too small");
  T least = values[0], greatest = values[0];
  for (const T v : values) {
    least = v < least ? v : least;
    greatest = v > greatest ? v : greatest;
  }
  offset = topBits(static_cast<double>(least) / 2 + static_cast<double>(greatest) / 2);

  const std::vector<GridSize> sizes = levelSizes(rows, columns);
  const size_t levels = sizes.size() - 1;
  low.resize(values.size());
  bool fits = std::isfinite(offset);
  for (size_t i = 0; i < values.size(); ++i) {
    const double inSteps = (static_cast<double>(values[i]) - offset) / step;
    const bool small = std::abs(inSteps) < static_cast<double>(kGreatestLowPass);
    fits &= small;
    low[i] = static_cast<T>(small ? inSteps : 0.0);
  }
  details.resize(levels + 1);
  for (size_t level = 1; level <= levels; ++level) {
    const GridSize finer = sizes[level - 1], size = sizes[level];
    waveletForward(std::span<T>(low), finer.rows, finer.columns, 1);
    std::vector<T> coarse(size.size());
    for (size_t i = 0; i < size.rows; ++i) {
      T* from = low.data() + 2 * i * finer.columns;
      for (size_t j = 0; j < size.columns; ++j) {
        coarse[i * size.columns + j] = from[2 * j];
        from[2 * j] = T{0};  // so that what is left is details
      }
    }
    for (const T c : low) fits &= std::abs(c) < static_cast<T>(kGreatestCoefficient - 1);
    details[level] = std::move(low);
    low = std::move(coarse);
  }
  integers.resize(low.size());
  for (size_t i = 0; i < low.size(); ++i) {
    const double c = static_cast<double>(low[i]);
    fits = fits && std::abs(c) < static_cast<double>(kGreatestLowPass);
    integers[i] = fits ? static_cast<int64_t>(std::floor(c + 0.5)) : 0;
    low[i] = static_cast<T>(integers[i]);
  }
  if (!fits) throw StepTooSmall("the step is too small for these values, or they are not finite");
  lowPass = planLowPass(integers, sizes[levels]);
  findDeltas(lambda > 0 ? 0.62F : 0.5F);
}

// Where the coefficients that become 1, and those that become more, lie on average. Which ones those will be is known
// only when they are coded: a dead zone stands for it.
template <typename T>
void Quantised<T>::findDeltas(float threshold) {
  double sum[2] = {0, 0};
  size_t count[2] = {0, 0};
  for (const auto& plane : details) {
    for (const T c : plane) {
      const float magnitude = std::abs(static_cast<float>(c));
      if (magnitude < threshold || magnitude > 64.0F) continue;
      const size_t which = magnitude < 1.5F ? 0 : 1;
      sum[which] += static_cast<double>(magnitude - static_cast<float>(std::max(static_cast<int>(magnitude + 0.5F), 1)));
      ++count[which];
    }
  }
  for (size_t which = 0; which < 2; ++which) {
    const double mean = count[which] == 0 ? 0.0 : -sum[which] / static_cast<double>(count[which]);
    deltas[which] = static_cast<int8_t>(std::lround(64.0 * std::clamp(mean, -0.25, 0.5)));
  }
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
                             std::span<T> reconstruction) const {
  const Dequantiser<T> valueOf(step, offset, range);
  double squared = 0;
  for (size_t i = 0; i < result.size(); ++i) {
    reconstruction[i] = valueOf(result[i]);
    const double error = (static_cast<double>(reconstruction[i]) - static_cast<double>(values[i])) / step;
    squared += mask.empty() || mask[i] == 0 ? error * error : 0.0;
  }
  return squared;
}

template struct Quantised<float>;
template struct Quantised<double>;

}  // namespace fieldzip

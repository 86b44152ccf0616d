#include "coefficients/coefficients.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "coefficients/coefficient_model.h"
#include "coefficients/low_pass.h"
#include "coefficients/tile.h"
#include "coefficients/top_bits.h"
#include "coefficients/trellis.h"
#include "errors.h"
#include "predict/bytes.h"
#include "predict/interval_rans.h"

namespace fieldzip {
namespace {

std::array<float, 2> deltasOf(const std::array<int8_t, 2>& bytes) {
  return {static_cast<float>(bytes[0]) / 64.0F, static_cast<float>(bytes[1]) / 64.0F};
}

void checkTile(size_t size, uint32_t rows, uint32_t columns) {
  if (rows == 0 || columns == 0 || size != static_cast<size_t>(rows) * columns) {
    throw std::invalid_argument("a tile must have rows * columns values");
  }
}

// In the byte of the low-pass's plan: whether details are quantised by a trellis.
constexpr uint8_t kTrellisBit = 0x80;

template <typename T>
int32_t nearest(T c) {
  return static_cast<int32_t>(c < T{0} ? c - T{0.5} : c + T{0.5});
}

template <typename T>
class Encoder final : public CoefficientEncoder<T> {
 public:
  Encoder(std::span<const T> values, uint32_t rows, uint32_t columns, double step, double lambda, ValueRange range, bool trellis)
      : tile_(rows, columns),
        size_(values.size()),
        step_(storedStep(step)),
        range_(range),
        lambda64_(static_cast<float>(lambda / 64)),
        trellis_(trellis) {
    checkTile(values.size(), rows, columns);
    if (!(step > 0)) throw std::invalid_argument("the step must be above 0");
    if (!(lambda >= 0 && lambda <= 1000)) throw std::invalid_argument("lambda must be from 0 to 1000");
    if (!(step_ > 0)) throw StepTooSmall("the step is too small");
    T least = values[0], greatest = values[0];
    for (const T v : values) {
      least = v < least ? v : least;
      greatest = v > greatest ? v : greatest;
    }
    offset_ = topBits(static_cast<double>(least) / 2 + static_cast<double>(greatest) / 2);

    std::vector<T> low(values.size());
    bool fits = std::isfinite(offset_);
    for (size_t i = 0; i < values.size(); ++i) {
      const double inSteps = (static_cast<double>(values[i]) - offset_) / step_;
      const bool small = std::abs(inSteps) < static_cast<double>(kGreatestLowPass);
      fits &= small;
      low[i] = static_cast<T>(small ? inSteps : 0.0);
    }
    std::vector<std::vector<T>> details(tile_.levels() + 1);
    for (size_t level = 1; level <= tile_.levels(); ++level) {
      const GridSize finer = tile_.sizeAt(level - 1), size = tile_.sizeAt(level);
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
    std::vector<int64_t> integers(low.size());
    for (size_t i = 0; i < low.size(); ++i) {
      const double c = static_cast<double>(low[i]);
      fits = fits && std::abs(c) < static_cast<double>(kGreatestLowPass);
      integers[i] = fits ? static_cast<int64_t>(std::floor(c + 0.5)) : 0;
      low[i] = static_cast<T>(integers[i]);
    }
    if (!fits) throw StepTooSmall("the step is too small for these values, or they are not finite");
    const GridSize coarsest = tile_.sizeAt(tile_.levels());
    lowPass_ = planLowPass(integers, coarsest);
    coder_.reserve(size_);
    codeLowPass(coder_, lowPass_, coarsest, integers);
    findDeltas(details);
    tile_.start(std::move(low), std::move(details));
  }

  size_t passes() const override { return 2 * tile_.levels(); }
  std::optional<PassShape> next() override { return tile_.next(); }
  void inputs(std::span<uint8_t> target) override { tile_.inputs(target); }
  void inputs(std::span<float> target) override { tile_.inputs(target); }

  void code(std::span<const uint8_t> parameters) override { trellis_ ? codeByTrellis(parameters) : codeNear(parameters); }

  typename CoefficientEncoder<T>::Finished finish(std::span<const T> values, std::span<const uint8_t> mask,
                                                  std::span<T> reconstruction) override {
    if (values.size() != size_ || reconstruction.size() != size_ || (!mask.empty() && mask.size() != size_)) {
      throw std::invalid_argument("a tile must have rows * columns values");
    }
    const std::vector<T>& result = tile_.result();
    const Dequantiser<T> valueOf(step_, offset_, range_);
    double squared = 0;
    for (size_t i = 0; i < size_; ++i) {
      reconstruction[i] = valueOf(result[i]);
      const double error = (static_cast<double>(reconstruction[i]) - static_cast<double>(values[i])) / step_;
      squared += mask.empty() || mask[i] == 0 ? error * error : 0.0;
    }
    std::vector<uint8_t> bytes;
    writeTopBits(step_, bytes);
    writeTopBits(offset_, bytes);
    for (const int8_t delta : deltas_) bytes.push_back(static_cast<uint8_t>(delta));
    bytes.push_back(static_cast<uint8_t>(static_cast<int>(lowPass_.prediction) | lowPass_.shift << 2 | (trellis_ ? kTrellisBit : 0)));
    bytes.push_back(lowPass_.level);
    writeSigned(lowPass_.first, bytes);
    if (size_ > 1) {
      const auto coded = coder_.finish();
      bytes.insert(bytes.end(), coded.begin(), coded.end());
    }
    return {std::move(bytes), squared};
  }

 private:
  void codeNear(std::span<const uint8_t> parameters) {
    const auto delta = deltasOf(deltas_);
    tile_.code(parameters, [&](const DetailRow& row, const uint16_t* contexts, T* details, uint8_t* told) {
      alongRow(row, [&](size_t k, uint32_t around) {
        const T c = details[4 * k];
        const Coded coded =
            model_.encodeNear(coder_, static_cast<float>(c), nearest(c), row.means[k], row.levels[k], contexts[k], around, lambda64_, delta);
        details[4 * k] = reconstructionOf<T>(coded.value, coded.zero, delta);
        told[k] = compandInteger(coded.value);
        return coded.surprise;
      });
    });
  }

  void codeByTrellis(std::span<const uint8_t> parameters) {
    const auto delta = deltasOf(deltas_);
    std::array<TrellisState, kLanes> states{};
    tile_.code(parameters, [&](const DetailRow& row, const uint16_t* contexts, T* details, uint8_t* told) {
      TrellisState& state = states[row.lane];
      const int32_t* integers = search_.choose(model_, state, row, contexts, details, lambda64_, delta);
      alongRow(row, [&](size_t k, uint32_t around) {
        const bool half = state.isHalf(row.levels[k]);
        const Coded coded = model_.encode(coder_, integers[k], row.means[k], row.levels[k], contexts[k], around, half);
        state.pass(row.levels[k], coded.value);
        details[4 * k] = pointOf<T>(coded, row.levels[k], half, delta);
        told[k] = toldOf(coded.value, half);
        return coded.surprise;
      });
    });
  }

  // Where the coefficients that become 1, and those that become more, lie on average. Which ones those will be is known
  // only when they are coded: a dead zone stands for it.
  void findDeltas(const std::vector<std::vector<T>>& details) {
    const float threshold = lambda64_ > 0 ? 0.62F : 0.5F;
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
      deltas_[which] = static_cast<int8_t>(std::lround(64.0 * std::clamp(mean, -0.25, 0.5)));
    }
  }

  Tile<T> tile_;
  size_t size_;
  double step_, offset_ = 0;
  ValueRange range_;
  float lambda64_;  // for logarithms in 1/64
  bool trellis_;
  std::array<int8_t, 2> deltas_{};
  LowPassPlan lowPass_;
  IntervalEncoder coder_;
  CoefficientModel model_;
  TrellisSearch search_;
};

template <typename T>
class Decoder final : public CoefficientDecoder<T> {
 public:
  Decoder(std::span<const uint8_t> bytes, uint32_t rows, uint32_t columns, ValueRange range)
      : tile_(rows, columns), range_(range) {
    if (rows == 0 || columns == 0) throw std::invalid_argument("a tile must have rows and columns");
    ByteReader reader(bytes);
    step_ = readTopBits(reader);
    offset_ = readTopBits(reader);
    if (!(step_ > 0 && std::isfinite(step_) && std::isfinite(offset_))) throw CorruptStream("the tile has an impossible step");
    std::array<int8_t, 2> deltas{};
    for (int8_t& delta : deltas) {
      delta = static_cast<int8_t>(reader.byte());
      if (delta < -16 || delta > 32) throw CorruptStream("the tile has an impossible reconstruction point");
    }
    delta_ = deltasOf(deltas);
    const uint8_t kind = reader.byte();
    trellis_ = (kind & kTrellisBit) != 0;
    const LowPassPlan plan{static_cast<LowPassPrediction>(kind & 3), static_cast<uint8_t>((kind & ~kTrellisBit) >> 2), reader.byte(), reader.signedVarint()};
    if (plan.shift > 20 || plan.level < 64 || plan.first < -kGreatestLowPass || plan.first > kGreatestLowPass) {
      throw CorruptStream("the low-pass has an impossible plan");
    }
    const auto rest = reader.rest();
    const GridSize coarsest = tile_.sizeAt(tile_.levels());
    std::vector<int64_t> integers(coarsest.size(), plan.first);
    if (rows > 1 || columns > 1) {
      coder_.emplace(rest);
      codeLowPass(*coder_, plan, coarsest, std::span<int64_t>(integers));
    } else if (!rest.empty()) {
      throw CorruptStream("the tile has bytes left over");
    }
    std::vector<T> low(integers.size());
    for (size_t i = 0; i < low.size(); ++i) low[i] = static_cast<T>(integers[i]);
    tile_.start(std::move(low));
  }

  size_t passes() const override { return 2 * tile_.levels(); }
  std::optional<PassShape> next() override { return tile_.next(); }
  void inputs(std::span<uint8_t> target) override { tile_.inputs(target); }
  void inputs(std::span<float> target) override { tile_.inputs(target); }

  void code(std::span<const uint8_t> parameters) override {
    if (!coder_) throw std::invalid_argument("there is no pass to code");
    IntervalDecoder coder = *coder_;  // its state stays in registers
    std::array<TrellisState, kLanes> states{};
    tile_.code(parameters, [&](const DetailRow& row, const uint16_t* contexts, T* details, uint8_t* told) {
      if (!trellis_) {
        alongRow(row, [&](size_t k, uint32_t around) {
          const Coded coded = model_.decode(coder, row.means[k], row.levels[k], contexts[k], around);
          details[4 * k] = reconstructionOf<T>(coded.value, coded.zero, delta_);
          told[k] = compandInteger(coded.value);
          return coded.surprise;
        });
        return;
      }
      TrellisState state = states[row.lane];
      alongRow(row, [&](size_t k, uint32_t around) {
        const bool half = state.isHalf(row.levels[k]);
        const Coded coded = model_.decode(coder, row.means[k], row.levels[k], contexts[k], around, half);
        state.pass(row.levels[k], coded.value);
        details[4 * k] = pointOf<T>(coded, row.levels[k], half, delta_);
        told[k] = toldOf(coded.value, half);
        return coded.surprise;
      });
      states[row.lane] = state;
    });
    *coder_ = coder;
  }

  void finish(std::span<T> reconstruction) override {
    const std::vector<T>& result = tile_.result();
    if (reconstruction.size() != result.size()) throw std::invalid_argument("a tile must have rows * columns values");
    if (coder_) coder_->finish();
    const Dequantiser<T> valueOf(step_, offset_, range_);
    for (size_t i = 0; i < result.size(); ++i) reconstruction[i] = valueOf(result[i]);
  }

 private:
  Tile<T> tile_;
  ValueRange range_;
  double step_ = 0, offset_ = 0;
  std::array<float, 2> delta_{};
  bool trellis_ = false;
  std::optional<IntervalDecoder> coder_;
  CoefficientModel model_;
};

}  // namespace

double storedStep(double step) { return step > 0 && std::isfinite(step) ? topBits(step) : 0.0; }

template <typename T>
std::unique_ptr<CoefficientEncoder<T>> makeCoefficientEncoder(std::span<const T> values, uint32_t rows, uint32_t columns,
                                                              double step, double lambda, ValueRange range, bool trellis) {
  checkTile(values.size(), rows, columns);
  return std::make_unique<Encoder<T>>(values, rows, columns, step, lambda, range, trellis);
}

template <typename T>
std::unique_ptr<CoefficientDecoder<T>> makeCoefficientDecoder(std::span<const uint8_t> bytes, uint32_t rows, uint32_t columns,
                                                              ValueRange range) {
  return std::make_unique<Decoder<T>>(bytes, rows, columns, range);
}

template std::unique_ptr<CoefficientEncoder<float>> makeCoefficientEncoder(std::span<const float>, uint32_t, uint32_t, double,
                                                                           double, ValueRange, bool);
template std::unique_ptr<CoefficientEncoder<double>> makeCoefficientEncoder(std::span<const double>, uint32_t, uint32_t,
                                                                            double, double, ValueRange, bool);
template std::unique_ptr<CoefficientDecoder<float>> makeCoefficientDecoder<float>(std::span<const uint8_t>, uint32_t, uint32_t,
                                                                                  ValueRange);
template std::unique_ptr<CoefficientDecoder<double>> makeCoefficientDecoder<double>(std::span<const uint8_t>, uint32_t,
                                                                                    uint32_t, ValueRange);

}  // namespace fieldzip

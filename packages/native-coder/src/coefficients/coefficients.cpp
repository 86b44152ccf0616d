#include "coefficients/coefficients.h"

#include <algorithm>
#include <array>

#include "coefficients/coefficient_model.h"
#include "coefficients/low_pass.h"
#include "coefficients/quantised.h"
#include "coefficients/tile.h"
#include "coefficients/trellis.h"
#include "errors.h"
#include "predict/bytes.h"
#include "predict/interval_rans.h"

namespace fieldzip {
namespace {

template <typename T>
class Encoder final : public CoefficientEncoder<T> {
 public:
  Encoder(std::span<const T> values, uint32_t rows, uint32_t columns, double step, double lambda, ValueRange range, bool trellis)
      : tile_(rows, columns),
        quantised_(values, rows, columns, step, lambda),
        size_(values.size()),
        range_(range),
        lambda64_(static_cast<float>(lambda / 64)),
        trellis_(trellis) {
    coder_.reserve(size_);
    codeLowPass(coder_, quantised_.lowPass, tile_.sizeAt(tile_.levels()), std::span<int64_t>(quantised_.integers));
    tile_.start(std::move(quantised_.low), std::move(quantised_.details));
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
    const double squared = quantised_.restore(tile_.result(), values, mask, range_, reconstruction);
    std::vector<uint8_t> bytes;
    quantised_.writeHead(trellis_, bytes);
    if (size_ > 1) {
      const auto coded = coder_.finish();
      bytes.insert(bytes.end(), coded.begin(), coded.end());
    }
    return {std::move(bytes), squared};
  }

 private:
  void codeNear(std::span<const uint8_t> parameters) {
    const auto delta = deltasOf(quantised_.deltas);
    tile_.code(parameters, [&](const DetailRow& row, const uint16_t* contexts, T* details, uint8_t* told) {
      alongRow(row, [&](size_t k, uint32_t around) {
        const T c = details[4 * k];
        const Coded coded =
            model_.encodeNear(coder_, static_cast<float>(c), nearestInteger(c), row.means[k], row.levels[k], contexts[k], around, lambda64_, delta);
        details[4 * k] = reconstructionOf<T>(coded.value, coded.zero, delta);
        told[k] = compandInteger(coded.value);
        return coded.surprise;
      });
    });
  }

  void codeByTrellis(std::span<const uint8_t> parameters) {
    const auto delta = deltasOf(quantised_.deltas);
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

  Tile<T> tile_;
  Quantised<T> quantised_;
  size_t size_;
  ValueRange range_;
  float lambda64_;  // for logarithms in 1/64
  bool trellis_;
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
    const CoefficientHead head = readCoefficientHead(reader);
    step_ = head.step;
    offset_ = head.offset;
    delta_ = head.delta;
    trellis_ = head.trellis;
    const LowPassPlan& plan = head.lowPass;
    const auto rest = reader.rest();
    const GridSize coarsest = tile_.sizeAt(tile_.levels());
    std::vector<int64_t> integers(coarsest.size(), plan.first);
    if (rows > 1 || columns > 1) {
      coder_.emplace(rest);
      codeLowPass(*coder_, plan, coarsest, std::span<int64_t>(integers));
    } else if (!rest.empty()) {
      throw CorruptStream("the tile has bytes left over");
    }
    LargeVector<T> low(integers.size());
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
    const LargeVector<T>& result = tile_.result();
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

template <typename T>
std::unique_ptr<CoefficientEncoder<T>> makeCoefficientEncoder(std::span<const T> values, uint32_t rows, uint32_t columns,
                                                              double step, double lambda, ValueRange range, bool trellis) {
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

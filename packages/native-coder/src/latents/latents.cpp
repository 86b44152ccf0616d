#include "latents/latents.h"

#include <stdexcept>

#include "errors.h"
#include "latents/sites.h"
#include "rans/rans.h"

namespace fieldzip {
namespace {

void require(bool condition, const char* message) {
  if (!condition) throw std::invalid_argument(message);
}

void checkShape(const TableSet& tables, const LatentShape& shape, size_t latents, std::span<const uint8_t> params) {
  require(tables.kind() == TableSet::Kind::scale, "latents are coded with scale tables");
  if (shape.layout == LatentShape::Layout::blocks8) {
    require(shape.channels == 64, "the blocks8 layout has 64 channels");
    require(shape.gridHeight == (static_cast<uint64_t>(shape.height) + 7) / 8 &&
                shape.gridWidth == (static_cast<uint64_t>(shape.width) + 7) / 8,
            "the latent grid must be the slice's size over 8, rounded up");
  }
  require(latents == shape.size(), "the latents' length must be channels * gridHeight * gridWidth");
  require(params.size() == shape.paramsSize(), "the parameters' length does not belong to the shape");
}

// The parameters as models. A mean byte of 128 is a mean of 0.
class Params {
 public:
  Params(const LatentShape& shape, std::span<const uint8_t> params)
      : scales_(params.data()), means_(shape.scaleOnly ? nullptr : params.data() + shape.size()) {}

  const ScaleInfo& scale(size_t site) const { return kScaleInfos[scales_[site] >> 2]; }
  int32_t mean8(const ScaleInfo& info, size_t site) const {
    return latentMean8(info, means_ == nullptr ? 128U : means_[site]);
  }
  SymbolModel model(size_t site) const {
    const ScaleInfo& info = scale(site);
    return scaleModel(info, mean8(info, site));
  }
  void fill(size_t site, std::span<SymbolModel> models) const {
    if (means_ == nullptr) {
      for (size_t i = 0; i < models.size(); ++i) models[i] = scaleModel(scale(site + i), 0);
    } else {
      for (size_t i = 0; i < models.size(); ++i) models[i] = model(site + i);
    }
  }

 private:
  const uint8_t* scales_;
  const uint8_t* means_;
};

// Half to even by the carry of a double's last place; a double holds any clamped latent exactly.
inline double roundHalfEven(double value) {
  constexpr double magic = 6755399441055744.0;  // 1.5 * 2^52
  return (value + magic) - magic;
}

void checkPrices(const LatentShape& shape, std::span<const float> prices) {
  require(prices.size() == shape.channels, "there must be a price for each channel");
  for (const float price : prices) require(price >= 0, "prices must be at least 0");
}

inline double clampLatent(float y) {
  const double value = y;
  if (!(value == value)) return 0;
  return std::clamp(value, static_cast<double>(-kMaxLatent), static_cast<double>(kMaxLatent));
}

int32_t chooseNearer(const TableSet& tables, const SymbolModel& model, int32_t mean8, double y, int32_t q, double price) {
  const int64_t distance8 = 8 * static_cast<int64_t>(q) - mean8;
  // A step towards the mean that would pass it and end farther away is no saving.
  if (distance8 >= -4 && distance8 <= 4) return q;
  const int32_t other = distance8 > 0 ? q - 1 : q + 1;
  const double cost = tables.bits(model, q) + price * (y - q) * (y - q);
  const double otherCost = tables.bits(model, other) + price * (y - other) * (y - other);
  return otherCost < cost ? other : q;
}

void quantiseChecked(const TableSet& tables, const LatentSites& sites, const float* y,
                     const Params& params, std::span<const float> prices, size_t plane, std::span<float> out) {
  std::fill(out.begin(), out.end(), 0.0F);
  float* q = out.data();
  sites.forEachRun(0, sites.count(), [&](size_t site, size_t, size_t length) {
    const double price = prices[site / plane];
    if (price == 0) {
      for (size_t i = site; i < site + length; ++i) q[i] = static_cast<float>(roundHalfEven(clampLatent(y[i])));
      return;
    }
    for (size_t i = site; i < site + length; ++i) {
      const double value = clampLatent(y[i]);
      const int32_t rounded = static_cast<int32_t>(roundHalfEven(value));
      const ScaleInfo& scale = params.scale(i);
      const int32_t mean8 = params.mean8(scale, i);
      q[i] = static_cast<float>(chooseNearer(tables, scaleModel(scale, mean8), mean8, value, rounded, price));
    }
  });
}

}  // namespace

void quantiseLatents(const TableSet& tables, const LatentShape& shape, std::span<const float> y,
                     std::span<const uint8_t> params, std::span<const float> prices, std::span<float> q) {
  checkShape(tables, shape, y.size(), params);
  require(q.size() == y.size(), "the output must be as long as the latents");
  checkPrices(shape, prices);
  quantiseChecked(tables, LatentSites(shape), y.data(), Params(shape, params), prices, shape.plane(), q);
}

double latentBits(const TableSet& tables, const LatentShape& shape, std::span<const float> q,
                  std::span<const uint8_t> params) {
  checkShape(tables, shape, q.size(), params);
  const LatentSites sites(shape);
  const Params models(shape, params);
  double bits = 0;
  sites.forEachRun(0, sites.count(), [&](size_t site, size_t, size_t length) {
    for (size_t i = site; i < site + length; ++i) {
      const int32_t value = static_cast<int32_t>(roundHalfEven(clampLatent(q[i])));
      bits += tables.bits(models.model(i), value);
    }
  });
  return bits;
}

std::vector<uint8_t> encodeLatents(const TableSet& tables, const LatentShape& shape, std::span<const float> y,
                                   std::span<const uint8_t> params, std::span<const float> prices, std::span<float> q) {
  checkShape(tables, shape, y.size(), params);
  require(q.size() == y.size(), "the output must be as long as the latents");
  checkPrices(shape, prices);
  const LatentSites sites(shape);
  const Params models(shape, params);
  quantiseChecked(tables, sites, y.data(), models, prices, shape.plane(), q);
  return ransEncode(tables, sites.count(),
                    [&](size_t begin, std::span<SymbolModel> chunk, std::span<int32_t> values) {
                      sites.forEachRun(begin, chunk.size(), [&](size_t site, size_t position, size_t length) {
                        models.fill(site, chunk.subspan(position, length));
                        for (size_t i = 0; i < length; ++i) {
                          values[position + i] = static_cast<int32_t>(q[site + i]);
                        }
                      });
                    });
}

void decodeLatents(const TableSet& tables, const LatentShape& shape, std::span<const uint8_t> bytes,
                   std::span<const uint8_t> params, std::span<float> q) {
  checkShape(tables, shape, q.size(), params);
  const LatentSites sites(shape);
  const Params models(shape, params);
  std::fill(q.begin(), q.end(), 0.0F);
  ransDecode(
      tables, bytes, sites.count(),
      [&](size_t begin, std::span<SymbolModel> chunk) {
        sites.forEachRun(begin, chunk.size(), [&](size_t site, size_t position, size_t length) {
          models.fill(site, chunk.subspan(position, length));
        });
      },
      [&](size_t begin, std::span<const int32_t> values) {
        sites.forEachRun(begin, values.size(), [&](size_t site, size_t position, size_t length) {
          bool outside = false;
          for (size_t i = 0; i < length; ++i) {
            const int32_t value = values[position + i];
            outside |= value < -kMaxLatent || value > kMaxLatent;
            q[site + i] = static_cast<float>(value);
          }
          if (outside) throw CorruptStream("the coded stream has a latent out of range");
        });
      });
}

}  // namespace fieldzip

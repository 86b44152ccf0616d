// What the networks of the wavelet codec's bands see, for their training.
//
//   band_sites sites KEEP < crops > sites      one coefficient in KEEP, drawn at random; of levels 3 and up one in KEEP / 4
//   band_sites priors NETWORK < crops > counts counts of every shape's bins (f64), with this network, for each orientation
//   band_sites bits NETWORK < crops            bits a value of every crop with this network
//
// Crops: one after the other, rows and columns (int32), step (f32), then the values (f32). A site: the 44 inputs, the integer
// less its base (f32), the base's level (i16), its orientation (u8), and a 0.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "../test/any_bands.h"
#include "bands/bands.h"
#include "bands/band_tile.h"
#include "coefficients/quantised.h"
#include "predict/network_coder.h"

#define FIELDZIP_LANES lanes_observed
#define FIELDZIP_LANE_WIDTH 4
#include "bands/band_walk.h"

using namespace fieldzip;

namespace {

constexpr double kLambda = 0.1;

struct NullEncoder {
  static constexpr bool kDecodes = false;
  void push(size_t, uint32_t, uint32_t, uint32_t) {}
  void pushRaw(size_t, uint64_t, uint32_t) {}
};

struct SiteWriter {
  static constexpr bool kObserves = true;
  uint32_t keep = 1, random = 1;
  size_t level = 1;

  void site(size_t orientation, const int32_t* words, float difference, int32_t base, float, float, int32_t, int32_t) {
    random = random * 1664525U + 1013904223U;
    if ((random >> 8) % (level > 2 ? std::max(1U, keep / 4) : keep) != 0) return;
    const auto own = static_cast<int16_t>(base);
    uint8_t bytes[kBandInputs + 8] = {};
    std::memcpy(bytes, words, kBandInputs);
    std::memcpy(bytes + kBandInputs, &difference, 4);
    std::memcpy(bytes + kBandInputs + 4, &own, 2);
    bytes[kBandInputs + 6] = static_cast<uint8_t>(orientation);
    std::fwrite(bytes, 1, sizeof bytes, stdout);
  }
};

struct Counter {
  static constexpr bool kObserves = true;
  size_t level = 1;
  std::vector<double> counts = std::vector<double>(kOrientations * kNetShapes * (kShapeBins + 2));

  void site(size_t orientation, const int32_t*, float, int32_t, float q, float mean, int32_t told, int32_t tail) {
    const int32_t shape = std::min(told / 4, kNetRawFromLevel / 4) * kNetTails + tail;
    const LevelInfo& info = levelInfos()[static_cast<size_t>(std::max(told - kNetToPlain, kNetLeastScale))];
    double* to = counts.data() + (orientation * kNetShapes + static_cast<size_t>(shape)) * (kShapeBins + 2);
    const double unit = std::ldexp(1.0, static_cast<int>(info.shift)), perSymbol = 64.0 * static_cast<double>(info.inverse) / 1048576.0;
    const double from = (std::floor((static_cast<double>(q) - mean) / unit + 0.5) - 0.5) * perSymbol, end = from + perSymbol;
    if (end <= -kZLimit) to[0] += 1;
    else if (from >= kZLimit) to[kShapeBins + 1] += 1;
    else {
      for (size_t bin = 0; bin < kShapeBins; ++bin) {
        const double low = std::max<double>(from, kBinEnds[bin]), high = std::min<double>(end, kBinEnds[bin + 1]);
        // Of a symbol that covers several, more is where the middle is.
        if (high > low) to[bin + 1] += weightOf(low, high) / std::max(1e-9, weightOf(from, end));
      }
    }
  }
  static double weightOf(double low, double high) {
    const auto below = [](double z) { return 1 / (1 + std::exp(-z / 46.0)); };
    return below(high) - below(low) + 1e-9 * (high - low);
  }
};

struct Crop {
  uint32_t rows = 0, columns = 0;
  float step = 0;
  std::vector<float> values;
};

bool next(Crop& crop) {
  int32_t sides[2];
  if (std::fread(sides, 4, 2, stdin) != 2 || std::fread(&crop.step, 4, 1, stdin) != 1) return false;
  crop.rows = static_cast<uint32_t>(sides[0]);
  crop.columns = static_cast<uint32_t>(sides[1]);
  crop.values.resize(static_cast<size_t>(crop.rows) * crop.columns);
  return std::fread(crop.values.data(), 4, crop.values.size(), stdin) == crop.values.size();
}

template <typename Observer>
void walk(const Crop& crop, const BandNetwork& net, Observer& observer) {
  Quantised<float> quantised(std::span<const float>(crop.values), crop.rows, crop.columns, static_cast<double>(crop.step), kLambda);
  const auto delta = deltasOf(quantised.deltas);
  BandTile<float> tile(crop.rows, crop.columns, delta);
  NullEncoder coder;
  std::vector<std::unique_ptr<BandStrip>> strips;
  strips.push_back(std::make_unique<lanes_observed::BandStripOf<NullEncoder, BandForm::tables, Observer>>(net, coder, &observer));
  LargeVector<float> wanted;
  tile.run(quantised.low, planOf(tile, quantised.details), strips, 1, [&](BandTask& task) {
    observer.level = task.level;
    wantCoefficients(task, tile, quantised.details, wanted);
    task.lambda64 = static_cast<float>(kLambda / 64);
    task.delta[0] = delta[0];
    task.delta[1] = delta[1];
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  Crop crop;
  if (what == "sites") {
    SiteWriter writer;
    writer.keep = static_cast<uint32_t>(std::max(1, std::atoi(argv[2])));
    const BandNetwork net(quietBandNetwork());
    while (next(crop)) walk(crop, net, writer);
    return 0;
  }
  if (what == "priors" || what == "bits") {
    std::ifstream file(argv[2], std::ios::binary);
    std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    if (std::string(argv[2]) == "none") bytes = quietBandNetwork();
    const BandNetwork net(bytes);
    Counter counter;
    while (next(crop)) {
      if (what == "priors") {
        walk(crop, net, counter);
      } else {
        std::vector<float> restored(crop.values.size());
        const auto coded = encodeBands<float>(net, crop.values, {}, crop.rows, crop.columns, static_cast<double>(crop.step), {kLambda, {}, 1}, restored);
        std::vector<float> again(crop.values.size());
        decodeBands<float>(net, BandForm::tables, coded.bytes, {}, crop.rows, crop.columns, {}, 1, again);
        std::printf("%zu %.5f%s\n", coded.bytes.size(), coded.squaredError / static_cast<double>(crop.values.size()), again == restored ? "" : " DIFFERS");
      }
    }
    if (what == "priors") std::fwrite(counter.counts.data(), sizeof(double), counter.counts.size(), stdout);
    return 0;
  }
  std::fprintf(stderr, "band_sites sites KEEP | priors NETWORK | bits NETWORK\n");
  return 2;
}

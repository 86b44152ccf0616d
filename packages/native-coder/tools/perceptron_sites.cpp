// What the predict codec's network sees, for its training.
//
//   perceptron_sites sites KEEP < lattices > sites      one value in KEEP, drawn at random
//   perceptron_sites priors NETWORK < lattices > counts counts of every shape's bins (f64) with this network
//
// Lattices: one after the other, rows and columns (int32), then the integers (int32), all known. A site: the 32 inputs, the
// value less its base (f32), the base's level (i16), the plan's unit (u8), and flags (u8): 1, no value is lower; 2, none higher.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "predict/interval_rans.h"
#include "predict/network_coder.h"

#define FIELDZIP_LANES lanes_observed
#define FIELDZIP_LANE_WIDTH 4
#include "predict/lockstep.h"

using namespace fieldzip;

namespace {

struct NullEncoder {
  static constexpr bool kDecodes = false;
  void push(size_t, uint32_t, uint32_t, uint32_t) {}
  void pushRaw(size_t, uint64_t, uint32_t) {}
};

struct SiteWriter {
  static constexpr bool kObserves = true;
  uint32_t keep = 1, random = 1;
  int64_t range = 0;
  int unit = 0;

  void site(const ObservedSite& s) {
    random = random * 1664525U + 1013904223U;
    if ((random >> 8) % keep != 0) return;
    const float difference = static_cast<float>(static_cast<double>(s.value) - s.base);
    const auto level = static_cast<int16_t>(s.level);
    uint8_t bytes[kNetInputs + 8];
    std::memcpy(bytes, s.inputs, kNetInputs);
    std::memcpy(bytes + kNetInputs, &difference, 4);
    std::memcpy(bytes + kNetInputs + 4, &level, 2);
    bytes[kNetInputs + 6] = static_cast<uint8_t>(unit);
    bytes[kNetInputs + 7] = static_cast<uint8_t>((s.value == 0 ? 1 : 0) | (s.value == range ? 2 : 0));
    std::fwrite(bytes, 1, sizeof bytes, stdout);
  }
};

struct Counter {
  static constexpr bool kObserves = true;
  std::vector<double> counts = std::vector<double>(kNetShapes * (kShapeBins + 2));
  std::vector<Shape> shapes;
  int64_t range = 0;

  void site(const ObservedSite& s) {
    const LevelInfo& info = levelInfos()[static_cast<size_t>(s.scale)];
    const int64_t base = s.mean64 >> kMeanBits, half = (int64_t{1} << info.shift) >> 1;
    const auto fraction = static_cast<int32_t>(s.mean64 & (kMeanOne - 1));
    const int32_t offset = kMeanOne / 2 + (info.shift == 0 ? fraction : (kMeanOne / 2 + fraction) >> info.shift);
    const int64_t symbol = (s.value - base + half) >> info.shift;
    double* to = counts.data() + static_cast<size_t>(s.shape) * (kShapeBins + 2);
    if (symbol < -info.window || symbol > info.window) {
      to[symbol < 0 ? 0 : kShapeBins + 1] += 1;
      return;
    }
    // At the edge of the range all that lies beyond belongs to the symbol, and tells nothing of the shape there.
    const Shape& shape = shapes[static_cast<size_t>(s.shape)];
    const int32_t low = cellOf(info, symbol, offset), high = cellOf(info, symbol + 1, offset);
    const double all = static_cast<double>(shape.below(high) - shape.below(low)) + 1e-9;
    for (size_t bin = kZCells[static_cast<size_t>(low)].bin; bin <= std::min<size_t>(kZCells[static_cast<size_t>(high)].bin, kShapeBins); ++bin) {
      const int32_t from = std::max(low, kBinEnds[bin - 1] + kZLimit), end = std::min(high, kBinEnds[bin] + kZLimit);
      if (end > from) to[bin] += static_cast<double>(shape.below(end) - shape.below(from)) / all;
    }
  }
};

struct Lattice {
  size_t rows = 0, columns = 0;
  std::vector<int32_t> values;
};

bool next(Lattice& lattice) {
  int32_t sides[2];
  if (std::fread(sides, 4, 2, stdin) != 2) return false;
  lattice.rows = static_cast<size_t>(sides[0]);
  lattice.columns = static_cast<size_t>(sides[1]);
  lattice.values.resize(lattice.rows * lattice.columns);
  return std::fread(lattice.values.data(), 4, lattice.values.size(), stdin) == lattice.values.size();
}

// As an encoder of balanced effort does.
template <typename Observer>
void walk(Lattice& lattice, const Perceptron& net, Observer& observer) {
  const auto [low, high] = std::minmax_element(lattice.values.begin(), lattice.values.end());
  const int32_t minimum = *low;
  const int64_t range = static_cast<int64_t>(*high) - minimum;
  if (range == 0) return;
  for (int32_t& value : lattice.values) value -= minimum;
  const LatticeView<int32_t> view{lattice.values.data(), nullptr, lattice.rows, lattice.columns};
  Plan plan = makePlan(view, kBalancedOrder);
  const Plan many = makePlan(view, 20);
  if (many.estimate < plan.estimate - 0.015) plan = many;
  plan.adapts = plan.network = plan.lockstep = plan.wide = true;
  observer.range = range;
  if constexpr (requires { observer.unit; }) observer.unit = plan.unit;
  NullEncoder coder;
  const LockstepTile tile{plan, net, LatticeCells(lattice.values.data()), nullptr, lattice.rows, lattice.columns, range};
  lanes_observed::LockstepCoder<NullEncoder, false, Observer>(tile, coder, &observer).run();
}

Perceptron emptyNetwork() {
  std::vector<uint8_t> bytes(Perceptron::byteLength());
  const auto shifts = [&](size_t from, size_t count) { std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(from), count, uint8_t{1}); };
  size_t at = 0;
  for (const auto& [in, out] : {std::pair{kNetInputs, kNetHidden1}, {kNetHidden1, kNetHidden2}, {kNetHidden2, kNetOutputs}}) {
    shifts(at + out * (in + 4), out);
    at += out * (in + 5);
  }
  return Perceptron(bytes);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  Lattice lattice;
  if (what == "sites") {
    SiteWriter writer;
    writer.keep = static_cast<uint32_t>(std::max(1, std::atoi(argv[2])));
    const Perceptron net = emptyNetwork();
    while (next(lattice)) walk(lattice, net, writer);
    return 0;
  }
  if (what == "priors") {
    std::ifstream file(argv[2], std::ios::binary);
    const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    const Perceptron net(bytes);
    Counter counter;
    for (const auto& prior : net.priors) counter.shapes.emplace_back(prior);
    while (next(lattice)) walk(lattice, net, counter);
    std::fwrite(counter.counts.data(), sizeof(double), counter.counts.size(), stdout);
    return 0;
  }
  std::fprintf(stderr, "perceptron_sites sites KEEP | priors NETWORK\n");
  return 2;
}

// What the networks of interpolation see, for their training.
//
//   interpolation_sites sites KEEP NETWORKS < fields > sites      one point in KEEP, drawn at random
//   interpolation_sites priors NETWORKS < fields > counts         counts of every context's magnitudes (f64)
//
// NETWORKS: a file, or - for networks that say nothing. Fields: one after the other, rows and columns (int32), the bound (f64), then the
// values (f32). A site: pass (u8: 0, 1), the 32 inputs, the value less its prediction in steps (f32), the level of its magnitude (i16),
// what it counts (f32).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "interpolate/advised_walk.h"
#include "interpolate/interpolate.h"

using namespace fieldzip;

namespace {

constexpr size_t kSiteBytes = 1 + kNetInputs + 4 + 2 + 4;

struct SiteWriter {
  static constexpr bool kObserves = true;
  uint32_t keep = 1, random = 1;
  float weight = 1;
  std::vector<uint32_t> words;
  std::vector<int32_t> levelsOfRow;

  uint32_t* inputs(size_t count) {
    words.resize(kNetInputs / 4 * ((count + 15) / 16 * 16));
    return words.data();
  }
  int32_t* levels(size_t count) {
    levelsOfRow.resize((count + 15) / 16 * 16);
    return levelsOfRow.data();
  }
  void row(bool second, const float* values, const float* predictions, const int32_t* contexts, size_t count) {
    const size_t stride = (count + 15) / 16 * 16;
    for (size_t j = 0; j < count; ++j) {
      random = random * 1664525U + 1013904223U;
      // Of quiet points no network is asked.
      if ((random >> 8) % keep != 0 || AdvisedContext(contexts[j]).context % kTails == kQuietTail) continue;
      uint8_t site[kSiteBytes];
      site[0] = second ? 1 : 0;
      for (size_t k = 0; k < kNetInputs; ++k) site[1 + k] = static_cast<uint8_t>(words[k / 4 * stride + j] >> (8 * (k % 4)));
      const float difference = values[j] - predictions[j];
      const auto level = static_cast<int16_t>(levelsOfRow[j]);
      std::memcpy(site + 1 + kNetInputs, &difference, 4);
      std::memcpy(site + 5 + kNetInputs, &level, 2);
      std::memcpy(site + 7 + kNetInputs, &weight, 4);
      std::fwrite(site, 1, kSiteBytes, stdout);
    }
  }
};

struct NullCoder {
  static constexpr bool kDecodes = false;
  void row(const int32_t*, int32_t*, size_t, BitWriter&) {}
};

struct Counter {
  static constexpr bool kDecodes = false;
  double weight = 1;
  std::vector<double> counts = std::vector<double>(kContexts * (kMagnitudes + 1));

  void row(const int32_t* contexts, int32_t* numbers, size_t count, BitWriter&) {
    for (size_t i = 0; i < count; ++i) {
      const AdvisedContext c(contexts[i]);
      const auto size = static_cast<uint32_t>(std::abs((numbers[i] + c.half()) >> c.raw));
      counts[c.context * (kMagnitudes + 1) + (size < magnitudesOf(c.context) ? size : kMagnitudes)] += weight;
    }
  }
};

struct Field {
  size_t rows = 0, columns = 0;
  double bound = 0;
  std::vector<float> values;
};

bool next(Field& field) {
  int32_t sides[2];
  if (std::fread(sides, 4, 2, stdin) != 2 || std::fread(&field.bound, 8, 1, stdin) != 1) return false;
  field.rows = static_cast<size_t>(sides[0]);
  field.columns = static_cast<size_t>(sides[1]);
  field.values.resize(field.rows * field.columns);
  return std::fread(field.values.data(), 4, field.values.size(), stdin) == field.values.size();
}

// A field counts as much as any other, whatever its rate: ratios are made of that.
double weightOf(const Field& field) {
  const auto [low, high] = std::minmax_element(field.values.begin(), field.values.end());
  std::vector<float> restored(field.values.size());
  const auto bytes = encodeInterpolated<float>(field.values, {}, field.rows, field.columns, {*low, *high}, field.bound, restored);
  return 1 / (8 * static_cast<double>(bytes.size()) / static_cast<double>(field.values.size()) + 0.004);
}

template <typename Coder, typename Observer>
void walk(const Field& field, const InterpolationNetworks& networks, Coder& coder, Observer* observer) {
  const auto [low, high] = std::minmax_element(field.values.begin(), field.values.end());
  AdvisedWalk<float, Coder, Observer> all(networks, {}, field.rows, field.columns, coder, observer);
  all.template give<float>(field.values, *low + (*high - *low) / 2, 1 / (2 * field.bound));
  BitWriter head, bits;
  all.run(head, bits);
}

InterpolationNetworks read(const std::string& name) {
  std::vector<uint8_t> bytes(InterpolationNetworks::byteLength());
  if (name == "-") {
    // Shifts must be 1 at least.
    for (size_t pass = 0; pass < 2; ++pass) {
      size_t at = pass * Layers::kByteLength;
      for (const auto& [in, out] : {std::pair{kNetInputs, kNetHidden1}, {kNetHidden1, kNetHidden2}, {kNetHidden2, kNetOutputs}}) {
        std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(at + out * (in + 4)), out, uint8_t{1});
        at += out * (in + 5);
      }
    }
  } else {
    std::ifstream file(name, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  return InterpolationNetworks(bytes);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  Field field;
  if (what == "sites" && argc == 4) {
    SiteWriter writer;
    writer.keep = static_cast<uint32_t>(std::max(1, std::atoi(argv[2])));
    const auto networks = read(argv[3]);
    NullCoder coder;
    while (next(field)) {
      writer.weight = static_cast<float>(weightOf(field));
      walk(field, networks, coder, &writer);
    }
    return 0;
  }
  if (what == "priors" && argc == 3) {
    const auto networks = read(argv[2]);
    Counter counter;
    while (next(field)) {
      counter.weight = weightOf(field);
      walk<Counter, NoAdviceObserver>(field, networks, counter, nullptr);
    }
    std::fwrite(counter.counts.data(), sizeof(double), counter.counts.size(), stdout);
    return 0;
  }
  std::fprintf(stderr, "interpolation_sites sites KEEP NETWORKS | priors NETWORKS\n");
  return 2;
}

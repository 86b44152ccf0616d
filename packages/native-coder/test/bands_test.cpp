// The wavelet codec's coefficients in bands: what decodes is what the encoder said, at any size, magnitude and step, whatever
// the networks say, on every instruction set and any number of threads.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "any_bands.h"
#include "bands/band_tile.h"
#include "bands/bands.h"
#include "check.h"
#include "errors.h"
#include "shape_bands.h"

using namespace fieldzip;

namespace {

template <typename T>
std::vector<T> fieldOf(int kind, uint32_t rows, uint32_t columns, double unit) {
  std::mt19937_64 random(static_cast<uint64_t>(kind));
  std::vector<T> values(static_cast<size_t>(rows) * columns);
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i % columns), y = static_cast<double>(i / columns);
    const double noise = static_cast<double>(random() % 2001) / 1000 - 1;
    const double kinds[] = {0, 50 * std::sin(0.1 * x) * std::cos(0.07 * y) + 0.05 * noise, noise, i == values.size() / 3 ? 1e6 : 0,
                            (i % columns + i / columns) % 2 == 0 ? 1.0 : -1.0, x < 20 ? 0 : 100 + noise, std::exp(8 * noise)};
    values[i] = static_cast<T>(kinds[kind] * unit);
  }
  return values;
}

// Round holes, in a tile of some waves.
std::vector<uint8_t> holesOf(uint32_t rows, uint32_t columns) {
  std::vector<uint8_t> mask(static_cast<size_t>(rows) * columns);
  for (size_t i = 0; i < mask.size(); ++i) {
    const double x = static_cast<double>(i % columns), y = static_cast<double>(i / columns);
    mask[i] = std::sin(0.31 * y) + std::cos(0.23 * x) + 0.3 * std::sin(2.1 * (x + y)) > 0.3 ? static_cast<uint8_t>(1 + i % 3) : 0;
  }
  return mask;
}

// Returns the length of the stream, 0 if the step was refused.
template <typename T>
size_t roundTrip(const BandNetwork& network, const std::vector<T>& values, uint32_t rows, uint32_t columns, double step, double lambda) {
  std::vector<T> reconstruction(values.size()), back(values.size());
  EncodedBands encoded;
  try {
    encoded = encodeBands(network, std::span<const T>(values), {}, rows, columns, step, {lambda, {}, 1}, std::span<T>(reconstruction));
  } catch (const StepTooSmall&) {
    return 0;
  }
  decodeBands(network, BandForm::tables, encoded.bytes, {}, rows, columns, {}, 1, std::span<T>(back));
  CHECK(std::memcmp(back.data(), reconstruction.data(), back.size() * sizeof(T)) == 0);
  if (lambda == 0 && step < 1e300) CHECK(encoded.squaredError / static_cast<double>(values.size()) < 0.6 || sizeof(T) == 4);
  return encoded.bytes.size();
}

template <typename T>
void coefficientsComeBack() {
  const std::pair<uint32_t, uint32_t> shapes[] = {{1, 1}, {1, 13}, {13, 1}, {1, 200}, {300, 2}, {12, 12}, {13, 25}, {50, 70}, {33, 64}, {90, 41}};
  const double units[] = {1, 1e-30, 1e30, sizeof(T) == 8 ? 1e300 : 1e37, sizeof(T) == 8 ? 1e-310 : 1e-42};
  for (uint32_t seed = 0; seed < 3; ++seed) {
    const BandNetwork network(anyBandNetwork(seed));
    for (const auto& [rows, columns] : shapes) {
      for (int kind = 0; kind < 7; ++kind) {
        const double unit = units[(static_cast<uint32_t>(kind) + rows + seed) % 5];
        const auto values = fieldOf<T>(kind, rows, columns, unit);
        for (const double coarse : {1e-3, 0.05, 0.7, 1e4}) roundTrip(network, values, rows, columns, coarse * unit, kind % 2 == 0 ? 0 : 0.12);
      }
    }
  }
}

// Coefficients of 2^29 steps, which no filter foresees.
void theGreatestComeBack() {
  const BandNetwork network(anyBandNetwork(4));
  for (const int kind : {2, 3, 6}) {
    const auto values = fieldOf<double>(kind, 60, 80, 1);
    const double greatest = *std::max_element(values.begin(), values.end());
    CHECK(roundTrip(network, values, 60, 80, greatest / 2e8, 0) > 0);
  }
}

void whatDoesNotFitIsRefused() {
  const BandNetwork network(anyBandNetwork(1));
  const auto noise = fieldOf<double>(2, 20, 20, 1);
  CHECK(roundTrip(network, noise, 20, 20, 1e-12, 0) == 0);
  CHECK(roundTrip(network, std::vector<double>(400, std::nan("")), 20, 20, 1.0, 0) == 0);
  CHECK_THROWS(roundTrip(network, noise, 20, 20, 0.0, 0), std::invalid_argument);
  CHECK_THROWS(roundTrip(network, noise, 20, 21, 1.0, 0), std::invalid_argument);
  CHECK_THROWS(BandNetwork(std::vector<uint8_t>(BandNetwork::byteLength() - 1)), std::invalid_argument);
}

// Every band is walked with a filter, near or wide, and sampled; with wide rows and narrow ones, with gaps and without.
void everyInstructionSetGivesTheSameBytes() {
  for (const auto& shape : {std::pair{70U, 143U}, {150U, 310U}, {310U, 60U}}) {
    const uint32_t rows = shape.first, columns = shape.second;
    for (uint32_t seed = 0; seed < 4; ++seed) {
      const BandNetwork network(anyBandNetwork(seed));
      const PresentLevels levels(holesOf(rows, columns), rows, columns);
      for (const int kind : {1, 2, 5}) {
        const auto values = fieldOf<float>(kind, rows, columns, 1);
        const PresentLevels* present = kind == 2 ? &levels : nullptr;
        const Quantised<float> quantised(std::span<const float>(values), rows, columns, seed % 2 == 0 ? 0.01 : 0.3, 0.1, 1, present);
        const auto walked = [&](Isa isa, auto& coder, auto&& prepare) {
          BandTile<float> tile(rows, columns, deltasOf(quantised.deltas), present);
          std::vector<std::unique_ptr<BandStrip>> strips;
          strips.push_back(makeBandStrip(isa, network, BandForm::tables, coder));
          auto plan = planOf(tile, quantised.details);
          plan.wide = seed < 2;
          if (seed % 2 != 0) plan.trellis.assign(tile.levels(), 5);
          return tile.run(quantised.low, plan, strips, 1, [&](BandTask& task) { prepare(tile, task); });
        };
        LargeVector<float> wanted;
        const auto encoded = [&](Isa isa) {
          LaneEncoder coder;
          walked(isa, coder, [&](const BandTile<float>& tile, BandTask& task) {
            wantCoefficients(task, tile, quantised.details, wanted);
            task.lambda64 = 0.1F / 64;
          });
          return coder.finish();
        };
        const auto bytes = encoded(Isa::portable);
        LargeVector<float> first;
        for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
          if (isa > bestIsa()) continue;
          CHECK(encoded(isa) == bytes);
          LaneDecoder coder(bytes);
          const auto back = walked(isa, coder, [](const BandTile<float>&, BandTask&) {});
          coder.finish();
          if (first.empty()) first = back;
          CHECK(back == first);
        }
      }
    }
  }
}

void threadsChangeNoByte() {
  // So many that even a band is worth a thread more.
  const uint32_t rows = 1030, columns = 1110;
  const BandNetwork network(anyBandNetwork(2));
  const auto values = fieldOf<float>(1, rows, columns, 1);
  std::vector<float> reconstruction(values.size());
  const auto encoded = [&](const BandOptions& options) {
    return encodeBands(network, std::span<const float>(values), {}, rows, columns, 0.05, options, std::span<float>(reconstruction)).bytes;
  };
  std::vector<std::vector<uint8_t>> streams;
  for (const bool quick : {false, true}) {
    for (const double bound : {0.0, 0.02}) {
      const auto options = [&](size_t threads) {
        BandOptions some{0.1, {}, threads};
        some.bound = bound;
        some.quick = quick;
        return some;
      };
      const auto one = encoded(options(1));
      for (const size_t threads : {2, 7}) {
        CHECK(encoded(options(threads)) == one);
        std::vector<float> back(values.size());
        decodeBands(network, BandForm::tables, one, {}, rows, columns, {}, threads, std::span<float>(back));
        CHECK(back == reconstruction);
      }
      for (const auto& other : streams) CHECK(one != other);
      streams.push_back(one);
    }
  }
}

// An error at all frequencies, where the field has few: a filter takes some of it away.
template <typename T>
void aRestoredTileIsNearer() {
  const uint32_t rows = 190, columns = 230;
  std::vector<T> values(rows * columns);
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i % columns), y = static_cast<double>(i / columns);
    values[i] = static_cast<T>(3 * std::sin(0.31 * x + 0.1 * y) + 2 * std::cos(0.43 * y) + std::sin(0.7 * x - 0.3 * y));
  }
  const BandNetwork network(quietBandNetwork());
  std::vector<T> reconstruction(values.size()), back(values.size());
  const auto encoded = encodeBands(network, std::span<const T>(values), {}, rows, columns, 0.02, {0, {}, 2}, std::span<T>(reconstruction));
  decodeBands(network, BandForm::tables, encoded.bytes, {}, rows, columns, {}, 1, std::span<T>(back));
  CHECK(std::memcmp(back.data(), reconstruction.data(), back.size() * sizeof(T)) == 0);
  // Integers next to their coefficients alone are off by 1/12.
  CHECK(encoded.squaredError / static_cast<double>(values.size()) < 0.06);
}

// Where few coefficients are not 0, a large tile has one strip and one state: as few bytes as a small one.
void aTileOfFewCoefficientsTakesFewBytes() {
  const uint32_t rows = 600, columns = 700;
  std::vector<float> values(rows * columns);
  for (size_t i = 0; i < values.size(); ++i) values[i] = i == values.size() / 3 ? 1.0F : 0.0F;
  const BandNetwork network(quietBandNetwork());
  std::vector<float> reconstruction(values.size()), back(values.size());
  const auto encoded = encodeBands(network, std::span<const float>(values), {}, rows, columns, 0.5, {0.1, {}, 2}, std::span<float>(reconstruction));
  CHECK(encoded.bytes.size() < 60);
  decodeBands(network, BandForm::tables, encoded.bytes, {}, rows, columns, {}, 1, std::span<float>(back));
  CHECK(back == reconstruction);
}

// The byte that says so, and that the tile is restored: what it does not know it refuses.
void anUnknownKindOfTileIsRefused() {
  const uint32_t rows = 190, columns = 230;
  const auto values = fieldOf<float>(1, rows, columns, 1);
  const BandNetwork network(quietBandNetwork());
  std::vector<float> reconstruction(values.size()), back(values.size());
  const auto sound = encodeBands(network, std::span<const float>(values), {}, rows, columns, 40, {0.1, {}, 1}, std::span<float>(reconstruction)).bytes;
  ByteReader reader(sound);
  readCoefficientHead(reader);
  reader.take(reader.varint());
  const size_t first = sound.size() - reader.rest().size(), levels = levelSizes(rows, columns).size() - 1;
  CHECK((sound[first] & 128) != 0 && sound[first + levels] == 8);
  const auto with = [&](size_t at, int byte) {
    auto bytes = sound;
    bytes[first + at] = static_cast<uint8_t>(byte);
    decodeBands(network, BandForm::tables, bytes, {}, rows, columns, {}, 1, std::span<float>(back));
  };
  with(levels, 8);
  CHECK(back == reconstruction);
  for (const int byte : {0, 3, 7, 11, 15, 16, 128, 255}) CHECK_THROWS(with(levels, byte), CorruptStream);
  for (size_t level = 1; level < levels; ++level) {
    CHECK_THROWS(with(level, sound[first + level] | 128), CorruptStream);
    CHECK_THROWS(with(level, sound[first + level] | 8), CorruptStream);
  }
}

// What the filter is for: a field of few frequencies is foretold by it, from what the stream holds anyway.
void theFilterLearnsAFieldOfFewFrequencies() {
  const uint32_t rows = 256, columns = 256;
  std::vector<float> values(rows * columns);
  for (size_t i = 0; i < values.size(); ++i) {
    const float x = static_cast<float>(i % columns), y = static_cast<float>(i / columns);
    values[i] = std::sin(1.9F * x + 0.6F * y) + std::sin(0.8F * x - 2.1F * y) + 0.5F * std::cos(2.6F * x + 2.2F * y);
  }
  const Quantised<float> quantised(std::span<const float>(values), rows, columns, 1e-3, 0);
  const BandNetwork network(quietBandNetwork());
  const auto bytesWith = [&](uint8_t filter, bool wide) {
    BandTile<float> tile(rows, columns, deltasOf(quantised.deltas));
    LaneEncoder coder;
    std::vector<std::unique_ptr<BandStrip>> strips;
    strips.push_back(makeBandStrip(bestIsa(), network, BandForm::tables, coder));
    LargeVector<float> wanted;
    BandTile<float>::Plan plan(tile.levels());
    plan.filters.assign(tile.levels(), filter);
    plan.wide = wide;
    tile.run(quantised.low, plan, strips, 1, [&](BandTask& task) { wantCoefficients(task, tile, quantised.details, wanted); });
    return coder.finish().size();
  };
  const size_t without = bytesWith(0, false);
  CHECK(10 * bytesWith(7, false) < 6 * without);
  CHECK(10 * bytesWith(7, true) < 6 * without);
}

// Where next to nothing is expected, sixteen zeros are one symbol: a spike in a plain costs its surroundings little.
void aPlainTakesHardlyAByte() {
  const uint32_t rows = 512, columns = 512;
  std::vector<float> values(rows * columns), reconstruction(values.size());
  values[200 * columns + 300] = 40;
  const BandNetwork network(quietBandNetwork());
  const auto bytes = encodeBands(network, std::span<const float>(values), {}, rows, columns, 1.0, {0.08, {}, 1}, std::span<float>(reconstruction)).bytes;
  CHECK(bytes.size() < 600);
  CHECK(std::abs(reconstruction[200 * columns + 300] - 40) < 2);
}

// A trellis's points are as far apart, and nearer to what is coded.
void aTrellisErrsLessForTheSameBytes() {
  const uint32_t rows = 300, columns = 260;
  const BandNetwork network(quietBandNetwork());
  const auto values = fieldOf<double>(2, rows, columns, 1);
  std::vector<double> reconstruction(values.size()), back(values.size());
  const auto encoded = [&](bool trellis) {
    return encodeBands(network, std::span<const double>(values), {}, rows, columns, 0.05, {0, {}, 1, false, trellis}, std::span<double>(reconstruction));
  };
  const EncodedBands plain = encoded(false), taken = encoded(true);
  CHECK(static_cast<double>(taken.bytes.size()) < 1.01 * static_cast<double>(plain.bytes.size()));
  CHECK(taken.squaredError < 0.82 * plain.squaredError);
  decodeBands(network, BandForm::tables, taken.bytes, {}, rows, columns, {}, 2, std::span<double>(back));
  CHECK(back == reconstruction);
}

// A double's coefficient may be far beyond what a float holds to the step: none is taken in float.
void whatIsGreatIsNotTakenByATrellis() {
  const uint32_t rows = 70, columns = 90;
  const BandNetwork network(quietBandNetwork());
  auto values = fieldOf<double>(2, rows, columns, 1);
  std::vector<double> reconstruction(values.size()), back(values.size());
  for (const double step : {1e-5, 1e-7, 4e-9}) {
    const auto encoded = encodeBands(network, std::span<const double>(values), {}, rows, columns, step, {0, {}, 1, false, true}, std::span<double>(reconstruction));
    CHECK(encoded.squaredError / static_cast<double>(values.size()) < 0.11);
    decodeBands(network, BandForm::tables, encoded.bytes, {}, rows, columns, {}, 1, std::span<double>(back));
    CHECK(back == reconstruction);
  }
}

// What the state becomes, as the document has it, in sums of bits.
void theTrellisGoesAsTold() {
  for (int32_t state = 0; state < static_cast<int32_t>(kTrellisStates); ++state) {
    for (int32_t odd = 0; odd < 2; ++odd) CHECK(lanes_of_tests::nextOfTrellis(state, odd) == kTrellisNext[state][odd]);
  }
}

// The path of least error: none of all that there are is nearer.
void theTrellisTakesTheBestPath() {
  std::mt19937 random(7);
  const size_t rows = 19, columns = 9;
  std::vector<float> coefficients(rows * columns);
  std::vector<uint8_t> missing(rows * columns);
  for (size_t i = 0; i < coefficients.size(); ++i) {
    coefficients[i] = static_cast<float>(static_cast<int32_t>(random() % 4001) - 2000) / 300.0F;
    missing[i] = random() % 6 == 0 ? 1 : 0;
  }
  const auto errorOf = [&](size_t row, const auto& integerAt) {
    float error = 0;
    int32_t state = 0;
    for (size_t i = 0; i < columns; ++i) {
      if (missing[row * columns + i] != 0) continue;
      const int32_t integer = integerAt(i, coefficients[row * columns + i] - 0.5F * static_cast<float>(state & 1));
      const float off = coefficients[row * columns + i] - (static_cast<float>(integer) + 0.5F * static_cast<float>(state & 1));
      error += off * off;
      state = kTrellisNext[state][integer & 1];
    }
    return error;
  };
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
    if (isa > bestIsa()) continue;
    std::vector<int32_t> integers(coefficients.size());
    takeByTrellis(isa, coefficients.data(), missing.data(), rows, columns, integers.data());
    for (size_t row = 0; row < rows; ++row) {
      float best = 1e9F;
      for (uint32_t path = 0; path < 1U << columns; ++path) {
        best = std::min(best, errorOf(row, [&](size_t i, float x) {
          // The two integers next to it, one of each parity.
          return static_cast<int32_t>(std::floor(x)) + static_cast<int32_t>(path >> i & 1);
        }));
      }
      CHECK(std::abs(errorOf(row, [&](size_t i, float) { return integers[row * columns + i]; }) - best) < 1e-3F);
    }
  }
}

// What was written by shapes.
void streamsByShapesDecode() {
  for (const auto& [rows, columns] : {std::pair{70U, 143U}, {33U, 64U}, {300U, 40U}}) {
    for (uint32_t seed = 0; seed < 3; ++seed) {
      const BandNetwork network(anyBandNetwork(seed));
      for (const int kind : {1, 2, 3, 6}) {
        const auto values = fieldOf<float>(kind, rows, columns, 1);
        std::vector<float> reconstruction, back(values.size());
        const auto bytes = encodeBandsByShapes(network, values, rows, columns, seed == 0 ? 0.01 : 0.4, reconstruction);
        for (const size_t threads : {1, 3}) {
          decodeBands(network, BandForm::shapes, bytes, {}, rows, columns, {}, threads, std::span<float>(back));
          CHECK(back == reconstruction);
        }
        auto cut = bytes;
        cut.resize(cut.size() - 1);
        CHECK_THROWS(decodeBands(network, BandForm::shapes, cut, {}, rows, columns, {}, 1, std::span<float>(back)), CorruptStream);
      }
    }
  }
}

template <typename T>
void whatIsMissingIsLeftOut() {
  for (const auto& shape : {std::pair{1U, 90U}, {60U, 1U}, {47U, 70U}, {120U, 150U}, {700U, 800U}}) {
    const uint32_t rows = shape.first, columns = shape.second;
    const BandNetwork network(anyBandNetwork(rows % 3));
    auto values = fieldOf<T>(1, rows, columns, 1);
    const auto mask = holesOf(rows, columns);
    // Nothing that would be foretold, so that leaving it out pays.
    for (size_t i = 0; i < values.size(); ++i) values[i] = mask[i] != 0 ? static_cast<T>(40 * std::sin(static_cast<double>(i * i % 1013))) : values[i];
    std::vector<T> reconstruction(values.size()), back(values.size()), other(values.size());
    const auto encoded = [&](bool mayLeaveOut, size_t threads) {
      return encodeBands(network, std::span<const T>(values), mask, rows, columns, 0.01, {0.1, {}, threads, mayLeaveOut}, std::span<T>(reconstruction));
    };
    const EncodedBands all = encoded(false, 1), fewer = encoded(true, 1);
    CHECK(!all.leavesOut && fewer.leavesOut);
    CHECK(fewer.bytes.size() < all.bytes.size());
    CHECK(encoded(true, 3).bytes == fewer.bytes);
    for (const size_t threads : {1, 3}) {
      decodeBands(network, BandForm::tables, fewer.bytes, mask, rows, columns, {}, threads, std::span<T>(back));
      CHECK(std::memcmp(back.data(), reconstruction.data(), back.size() * sizeof(T)) == 0);
    }
    double squared = 0, present = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      if (mask[i] != 0) continue;
      squared += std::pow(static_cast<double>(back[i]) - static_cast<double>(values[i]), 2);
      ++present;
    }
    CHECK(std::sqrt(squared / present) < 0.01);
    CHECK_THROWS(decodeBands(network, BandForm::tables, fewer.bytes, std::vector<uint8_t>(values.size() + 1), rows, columns, {}, 1, std::span<T>(back)), std::invalid_argument);
  }
}

// Where the gaps are filled so well that nothing seems to be saved, they stay filled; and a mask without gaps is none.
void whatIsWellFilledIsNotLeftOut() {
  const uint32_t rows = 80, columns = 90;
  const BandNetwork network(anyBandNetwork(1));
  std::vector<float> values(rows * columns), reconstruction(values.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % columns) * 0.5F + static_cast<float>(i / columns);
  const auto leavesOut = [&](const std::vector<uint8_t>& mask, double step) {
    return encodeBands(network, std::span<const float>(values), mask, rows, columns, step, {0, {}, 1, true}, std::span<float>(reconstruction)).leavesOut;
  };
  CHECK(!leavesOut(holesOf(rows, columns), 0.1));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * i % 1013);
  CHECK(leavesOut(holesOf(rows, columns), 0.1));
  CHECK(!leavesOut(holesOf(rows, columns), 1e5));
  CHECK(!leavesOut(std::vector<uint8_t>(values.size()), 0.1));
}

template <bool leavesOut>
void damageIsNoCrash() {
  for (const auto& [rows, columns] : {std::pair{40U, 30U}, {600U, 500U}}) {
    const BandNetwork network(anyBandNetwork(3));
    auto values = fieldOf<float>(1, rows, columns, 1);
    const auto mask = holesOf(rows, columns);
    for (size_t i = 0; i < (leavesOut ? values.size() : 0); ++i) values[i] = mask[i] != 0 ? static_cast<float>(i * i % 101) : values[i];
    std::vector<float> reconstruction(values.size());
    const auto encoded = encodeBands(network, std::span<const float>(values), mask, rows, columns, 0.5, {0, {}, 1, leavesOut}, std::span<float>(reconstruction));
    CHECK(encoded.leavesOut == leavesOut);
    const auto& sound = encoded.bytes;
    std::mt19937 random(1);
    size_t refused = 0;
    const int rounds = rows == 40 ? 3000 : 30;
    for (int i = 0; i < rounds; ++i) {
      auto bytes = sound;
      bytes[random() % std::min<size_t>(bytes.size(), i % 2 == 0 ? 40 : bytes.size())] ^= static_cast<uint8_t>(1 + random() % 255);
      if (i % 5 == 0) bytes.resize(random() % bytes.size());
      std::vector<float> back(values.size());
      try {
        decodeBands(network, BandForm::tables, bytes, leavesOut ? std::span<const uint8_t>(mask) : std::span<const uint8_t>(), rows, columns, {}, 2, std::span<float>(back));
      } catch (const CorruptStream&) {
        ++refused;
      }
    }
    CHECK(refused > static_cast<size_t>(rounds) / 2);
  }
}

}  // namespace

int main() {
  RUN(coefficientsComeBack<float>);
  RUN(coefficientsComeBack<double>);
  RUN(theGreatestComeBack);
  RUN(whatDoesNotFitIsRefused);
  RUN(everyInstructionSetGivesTheSameBytes);
  RUN(threadsChangeNoByte);
  RUN(aRestoredTileIsNearer<float>);
  RUN(aRestoredTileIsNearer<double>);
  RUN(aTileOfFewCoefficientsTakesFewBytes);
  RUN(anUnknownKindOfTileIsRefused);
  RUN(theFilterLearnsAFieldOfFewFrequencies);
  RUN(aPlainTakesHardlyAByte);
  RUN(aTrellisErrsLessForTheSameBytes);
  RUN(whatIsGreatIsNotTakenByATrellis);
  RUN(theTrellisGoesAsTold);
  RUN(theTrellisTakesTheBestPath);
  RUN(streamsByShapesDecode);
  RUN(whatIsMissingIsLeftOut<float>);
  RUN(whatIsMissingIsLeftOut<double>);
  RUN(whatIsWellFilledIsNotLeftOut);
  RUN(damageIsNoCrash<false>);
  RUN(damageIsNoCrash<true>);
  return 0;
}

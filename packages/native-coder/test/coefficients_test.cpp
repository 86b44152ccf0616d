// The wavelet codec's coefficients and corrections: what decodes is what the encoder said, at any size, magnitude and step,
// whatever the network says.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "coefficients/coefficients.h"
#include "coefficients/corrections.h"
#include "coefficients/features.h"
#include "coefficients/trellis.h"
#include "errors.h"
#include "predict/rans_writer.h"
#include "synthetic_network.h"

using namespace fieldzip;

namespace {

template <typename T>
std::vector<T> fieldOf(int kind, uint32_t rows, uint32_t columns, double unit) {
  std::mt19937_64 random(static_cast<uint64_t>(kind));
  std::vector<T> values(static_cast<size_t>(rows) * columns);
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i % columns), y = static_cast<double>(i / columns);
    const double noise = static_cast<double>(random() % 2001) / 1000 - 1;
    double value = 0;
    switch (kind) {
      case 0: value = 0; break;
      case 1: value = 50 * std::sin(0.1 * x) * std::cos(0.07 * y); break;
      case 2: value = noise; break;
      case 3: value = i == values.size() / 3 ? 1e6 : 0; break;
      case 4: value = (i % columns + i / columns) % 2 == 0 ? 1 : -1; break;
      case 5: value = x < 20 ? 0 : 100 + noise; break;
      default: value = std::exp(8 * noise); break;
    }
    values[i] = static_cast<T>(value * unit);
  }
  return values;
}

// Returns the length of the stream, 0 if the step was refused.
template <typename T>
size_t roundTrip(const std::vector<T>& values, uint32_t rows, uint32_t columns, double step, double lambda, uint32_t seed,
                 bool trellis = false) {
  std::unique_ptr<CoefficientEncoder<T>> encoder;
  try {
    encoder = makeCoefficientEncoder(std::span<const T>(values), rows, columns, step, lambda, {}, trellis);
  } catch (const StepTooSmall&) {
    return 0;
  }
  runPasses(*encoder, seed);
  std::vector<T> reconstruction(values.size()), back(values.size());
  const auto [bytes, squaredError] = encoder->finish(std::span<const T>(values), {}, std::span<T>(reconstruction));
  const auto decoder = makeCoefficientDecoder<T>(bytes, rows, columns, {});
  runPasses(*decoder, seed);
  decoder->finish(std::span<T>(back));
  CHECK(std::memcmp(back.data(), reconstruction.data(), back.size() * sizeof(T)) == 0);
  if (lambda == 0 && step < 1e300) CHECK(squaredError / static_cast<double>(values.size()) < 0.6 || sizeof(T) == 4);
  for (const double bound : {step / 8, step / 2, 3 * step}) {
    if (!(bound > 0)) continue;
    std::vector<T> said(values.size());
    const auto corrections = encodeCorrections(std::span<const T>(values), std::span<const T>(reconstruction), rows, columns, {}, bound, {}, std::span(said));
    std::vector<T> corrected = reconstruction;
    applyCorrections(corrections, std::span<T>(corrected), rows, columns, {});
    CHECK(std::memcmp(said.data(), corrected.data(), said.size() * sizeof(T)) == 0);
    for (size_t i = 0; i < values.size(); ++i) {
      CHECK(std::abs(static_cast<double>(corrected[i]) - static_cast<double>(values[i])) <= bound);
    }
  }
  return bytes.size();
}

template <typename T>
void coefficientsComeBack() {
  const std::pair<uint32_t, uint32_t> shapes[] = {{1, 1}, {1, 13}, {13, 1}, {1, 200}, {12, 12}, {13, 25}, {50, 70}, {33, 64}};
  const double units[] = {1, 1e-30, 1e30, sizeof(T) == 8 ? 1e300 : 1e37, sizeof(T) == 8 ? 1e-310 : 1e-42};
  for (const auto& [rows, columns] : shapes) {
    for (int kind = 0; kind < 7; ++kind) {
      for (const double unit : units) {
        const auto values = fieldOf<T>(kind, rows, columns, unit);
        // Only some of the combinations: the whole takes a second.
        const uint32_t seed = static_cast<uint32_t>(kind + static_cast<int>(rows)) % 3 == 0 ? 1 + rows : 0;
        for (const double coarse : {1e-3, 0.7, 1e4}) {
          for (const bool trellis : {false, true}) roundTrip(values, rows, columns, coarse * unit, kind % 2 == 0 ? 0 : 0.12, seed, trellis);
        }
      }
    }
  }
}

void whatDoesNotFitIsRefused() {
  const auto noise = fieldOf<double>(2, 20, 20, 1);
  CHECK(roundTrip(noise, 20, 20, 1e-12, 0, 0) == 0);
  CHECK(roundTrip(noise, 20, 20, 5e-324, 0, 0) == 0);
  CHECK(roundTrip(noise, 20, 20, 1e-7, 0, 0) > 0);
  CHECK(roundTrip(std::vector<double>(400, std::nan("")), 20, 20, 1.0, 0, 0) == 0);
  CHECK_THROWS(roundTrip(noise, 20, 20, 0.0, 0, 0), std::invalid_argument);
  CHECK_THROWS(roundTrip(noise, 20, 21, 1.0, 0, 0), std::invalid_argument);
}

// Rounding to the nearest alone leaves 1/12 of a squared step.
void theTrellisComesNearer() {
  const auto noise = fieldOf<float>(2, 200, 200, 1);
  double errors[2];
  for (const bool trellis : {false, true}) {
    const auto encoder = makeCoefficientEncoder(std::span<const float>(noise), 200, 200, 0.05, 0, {}, trellis);
    runPasses(*encoder, 0);
    std::vector<float> reconstruction(noise.size());
    errors[trellis ? 1 : 0] = encoder->finish(std::span<const float>(noise), {}, std::span<float>(reconstruction)).squaredError / static_cast<double>(noise.size());
  }
  CHECK(errors[0] > 0.08 && errors[1] < 0.072);
}

// So that a path can change to any other, and every step of one is a choice of two.
void everyStateIsLedToByTwo() {
  std::array<int, kTrellisStates> origins{};
  for (const auto& next : kTrellisNext) {
    CHECK(next[0] != next[1]);
    for (const uint8_t to : next) ++origins[to];
  }
  for (const int count : origins) CHECK(count == 2);
}

// More rows than are prepared at once, some of them masked, some off by more than a correction reaches; of a large tile in two halves.
template <typename T, uint32_t rows>
void threadsChangeNoCorrection() {
  const uint32_t columns = 600;
  const auto values = fieldOf<T>(2, rows, columns, 1);
  std::vector<T> base = values;
  std::vector<uint8_t> mask(values.size());
  std::mt19937 random(3);
  for (size_t i = 0; i < base.size(); ++i) {
    base[i] += static_cast<T>(static_cast<double>(random() % 2001) * 1e-6 - 1e-3);
    mask[i] = i / columns % 7 == 3 ? 1 : 0;
    if (i % 9973 == 0) base[i] = static_cast<T>(1e30);
  }
  const auto encoded = [&](size_t threads, std::span<T> corrected) {
    return encodeCorrections(std::span<const T>(values), std::span<const T>(base), rows, columns, mask, 7e-4, {true, 0, threads}, corrected);
  };
  std::vector<T> expected(values.size());
  const auto bytes = encoded(1, expected);
  CHECK(bytes.size() > 10000);
  for (const size_t threads : {1, 2, 7}) {
    std::vector<T> corrected(values.size()), applied = base;
    CHECK(encoded(threads, corrected) == bytes);
    CHECK(corrected == expected);
    applyCorrections(bytes, std::span<T>(applied), rows, columns, mask, threads);
    CHECK(applied == expected);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    CHECK(mask[i] != 0 ? expected[i] == base[i] : std::abs(static_cast<double>(expected[i]) - static_cast<double>(values[i])) <= 7e-4);
  }
  CHECK((bytes[0] & 4) == (rows == 500 ? 0 : 4));
}

// Of a large tile, whatever half has nothing to correct; and in halves that are cut short or have other bytes.
void halvesAreApart() {
  const uint32_t rows = 701, columns = 751;
  const auto values = fieldOf<float>(2, rows, columns, 1);
  std::mt19937 random(8);
  for (int which = 0; which < 4; ++which) {
    std::vector<float> base = values, corrected(values.size());
    for (size_t i = 0; i < base.size(); i += 97) {
      if ((which >> (i / columns >= rows / 2 ? 1 : 0) & 1) != 0) base[i] += 0.01F * static_cast<float>(1 + i % 3);
    }
    const auto bytes = encodeCorrections(std::span<const float>(values), std::span<const float>(base), rows, columns, {}, 7e-3, {true, 0, 2}, std::span(corrected));
    CHECK((bytes.size() == 1) == (which == 0));
    std::vector<float> applied = base;
    applyCorrections(bytes, std::span<float>(applied), rows, columns, {}, 2);
    CHECK(applied == corrected);
    for (size_t i = 0; i < values.size(); ++i) CHECK(std::abs(applied[i] - values[i]) <= 7e-3F);
    if (which == 0) continue;
    size_t refused = 0;
    for (int i = 0; i < 20; ++i) {
      auto damaged = bytes;
      i % 2 == 0 ? damaged.resize(random() % damaged.size()) : void(damaged[1 + random() % (damaged.size() - 1)] ^= static_cast<uint8_t>(1 + random() % 255));
      applied = base;
      try {
        applyCorrections(damaged, std::span<float>(applied), rows, columns, {}, 2);
      } catch (const CorruptStream&) {
        ++refused;
      }
    }
    CHECK(refused >= 10);
  }
}

// Sound streams with a byte changed, cut short, or with other parameters: an error or other values.
template <bool trellis>
void damageIsNoCrash() {
  const auto values = fieldOf<float>(1, 40, 30, 1);
  const auto encoder = makeCoefficientEncoder(std::span<const float>(values), 40, 30, 0.5, 0, {}, trellis);
  runPasses(*encoder, 0);
  std::vector<float> reconstruction(values.size());
  const auto bytes = encoder->finish(std::span<const float>(values), {}, std::span<float>(reconstruction)).bytes;
  const auto corrections = encodeCorrections(std::span<const float>(values), std::span<const float>(reconstruction), 40, 30, {}, 0.1, {});
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) {
    auto damaged = i % 2 == 0 ? bytes : corrections;
    damaged[random() % std::min<size_t>(damaged.size(), i % 4 < 2 ? 40 : damaged.size())] ^= static_cast<uint8_t>(1 + random() % 255);
    if (i % 5 == 0) damaged.resize(random() % damaged.size());
    std::vector<float> back = reconstruction;
    try {
      if (i % 2 == 0) {
        const auto decoder = makeCoefficientDecoder<float>(damaged, 40, 30, {});
        runPasses(*decoder, i % 7 == 0 ? 5 : 0);
        decoder->finish(std::span<float>(back));
      } else {
        applyCorrections(damaged, std::span<float>(back), 40, 30, {});
      }
    } catch (const CorruptStream&) {
    }
  }
}

// The table against the logarithm that the network was trained with.
void compandIsALogarithm() {
  for (const float x : {0.0F, 0.05F, 0.3F, 1.0F, 2.5F, 77.0F, 4000.0F, 1e9F, std::numeric_limits<float>::infinity()}) {
    const double expected = std::min(127.0, 8 * std::log2(1.0 + static_cast<double>(x)));
    const int up = kCompand[static_cast<size_t>(compandIndex(x))], down = kCompand[static_cast<size_t>(compandIndex(-x))];
    CHECK(std::abs(up - 128 - expected) <= 0.56);
    CHECK(up - 128 == 128 - down);
  }
}

template <typename T>
void instructionSetsGiveTheSameFeatures() {
  for (const auto& [rows, columns] : {std::pair{1U, 2U}, {2U, 1U}, {13U, 9U}, {64U, 37U}}) {
    for (int kind = 0; kind < 7; ++kind) {
      for (const double unit : {1e-3, 1.0, 1e7}) {
        const auto low = fieldOf<T>(kind, rows, columns, unit);
        const size_t size = 32 * blockGrid({rows, columns}).size();
        std::vector<uint8_t> portable(size, 1), best(size, 2);
        lowPassFeatures(Isa::portable, std::span<const T>(low), {rows, columns}, 3, std::span(portable));
        lowPassFeatures(bestIsa(), std::span<const T>(low), {rows, columns}, 3, std::span(best));
        CHECK(portable == best);
      }
    }
  }
}

// The encoder's reciprocals against the division that they stand for, at any width and state.
void reciprocalsDivide() {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    RansWriter writer;
    uint64_t state = kIntervalLow;
    std::vector<uint32_t> words;
    for (int i = 0; i < 2000; ++i) {
      const uint32_t bits = 1 + static_cast<uint32_t>(random() % 24);
      const uint64_t whole = uint64_t{1} << bits;
      const uint64_t width = i % 5 == 0 ? 1 : i % 7 == 0 ? whole : 1 + (random() % whole >> random() % bits);
      const uint64_t start = random() % (whole - width + 1);
      writer.put(start, width, bits);
      if (state >= width << (63 - bits)) {
        words.push_back(static_cast<uint32_t>(state));
        state >>= 32;
      }
      state = (state / width << bits) + state % width + start;
    }
    words.push_back(static_cast<uint32_t>(state >> 32));
    words.push_back(static_cast<uint32_t>(state));
    const auto bytes = writer.finish();
    CHECK(bytes.size() == 4 * words.size());
    for (size_t i = 0; i < bytes.size(); ++i) CHECK(bytes[i] == static_cast<uint8_t>(words[words.size() - 1 - i / 4] >> 8 * (i % 4)));
  }
}

// Steps so coarse that nearly all symbols are 0, and so fine that few are, under networks of every mood: a coder that takes
// another way for a symbol than its decoder would not come back.
void everyWayOfASymbolIsTaken() {
  for (uint32_t seed = 0; seed < 8; ++seed) {
    for (const double step : {1e-4, 0.01, 0.3, 2.0, 50.0}) {
      CHECK(roundTrip(fieldOf<float>(1, 90, 130, 1), 90, 130, step, 0.08, seed) > 0);
      CHECK(roundTrip(fieldOf<double>(5, 90, 130, 1), 90, 130, step, 0, seed) > 0);
    }
  }
}

}  // namespace

int main() {
  RUN(instructionSetsGiveTheSameFeatures<float>);
  RUN(instructionSetsGiveTheSameFeatures<double>);
  RUN(reciprocalsDivide);
  RUN(everyWayOfASymbolIsTaken);
  RUN(compandIsALogarithm);
  RUN(coefficientsComeBack<float>);
  RUN(coefficientsComeBack<double>);
  RUN(theTrellisComesNearer);
  RUN(everyStateIsLedToByTwo);
  RUN((threadsChangeNoCorrection<float, 500>));
  RUN((threadsChangeNoCorrection<double, 500>));
  RUN((threadsChangeNoCorrection<float, 900>));
  RUN((threadsChangeNoCorrection<double, 900>));
  RUN(halvesAreApart);
  RUN(whatDoesNotFitIsRefused);
  RUN(damageIsNoCrash<false>);
  RUN(damageIsNoCrash<true>);
  return 0;
}

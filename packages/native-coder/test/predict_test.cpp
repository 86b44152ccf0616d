// The predict codec's lattice coder: every lattice comes back, damage never crashes, and it compresses what it should.
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "errors.h"
#include "predict/lattice.h"

using namespace fieldzip;

namespace {

constexpr PredictEffort kEfforts[] = {PredictEffort::fast, PredictEffort::balanced, PredictEffort::best};

template <typename T>
std::vector<uint8_t> roundTrip(const std::vector<T>& lattice, const std::vector<uint8_t>& mask, size_t rows, size_t columns,
                               PredictEffort effort) {
  const auto bytes = encodeLattice(std::span<const T>(lattice), mask, rows, columns, effort);
  std::vector<T> back(lattice.size(), T{7});
  decodeLattice(bytes, mask, rows, columns, std::span<T>(back));
  for (size_t i = 0; i < lattice.size(); ++i) CHECK(back[i] == (mask.empty() || mask[i] == 0 ? lattice[i] : 0));
  return bytes;
}

// One lattice of each kind that is hard on a predictor, an escape or the arithmetic.
template <typename T>
std::vector<T> kindOf(int kind, size_t rows, size_t columns, uint32_t seed) {
  std::mt19937_64 random(seed);
  constexpr T low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
  std::vector<T> lattice(rows * columns);
  for (size_t i = 0; i < lattice.size(); ++i) {
    const size_t y = i / columns, x = i % columns;
    switch (kind) {
      case 0: lattice[i] = high; break;
      case 1: lattice[i] = (x + y) % 2 == 0 ? low : high; break;
      case 2: lattice[i] = static_cast<T>(random()); break;
      case 3: lattice[i] = i == lattice.size() / 2 ? low : high; break;
      case 4: lattice[i] = static_cast<T>(random() % 2); break;
      case 5: lattice[i] = static_cast<T>(std::lround(1000 * std::sin(0.1 * static_cast<double>(x)) * std::cos(0.07 * static_cast<double>(y)))); break;
      case 6: lattice[i] = static_cast<T>(random() % 50 == 0 ? static_cast<T>(random()) : static_cast<T>(x)); break;
      case 7: lattice[i] = static_cast<T>(-1000003 * static_cast<T>(random() % 9)); break;
      case 8: lattice[i] = x < columns / 2 ? T{0} : static_cast<T>(random() % 1000000); break;
      default: lattice[i] = static_cast<T>(T{1} << (i % (sizeof(T) * 8 - 1))); break;
    }
  }
  return lattice;
}

template <typename T>
void latticesComeBack() {
  const std::pair<size_t, size_t> shapes[] = {{1, 1}, {1, 2}, {1, 700}, {700, 1}, {2, 2}, {5, 9}, {6, 10}, {40, 33}, {90, 120}};
  for (int kind = 0; kind < 10; ++kind) {
    for (const auto& [rows, columns] : shapes) {
      const auto lattice = kindOf<T>(kind, rows, columns, static_cast<uint32_t>(kind));
      std::mt19937 random(static_cast<uint32_t>(rows));
      std::vector<uint8_t> scattered(lattice.size()), block(lattice.size()), all(lattice.size(), 2);
      for (size_t i = 0; i < lattice.size(); ++i) {
        scattered[i] = random() % 3 == 0 ? 1 : 0;
        block[i] = i / columns < rows / 2 || i % columns > columns / 2 ? 1 : 0;
      }
      for (const PredictEffort effort : kEfforts) {
        roundTrip(lattice, {}, rows, columns, effort);
        roundTrip(lattice, scattered, rows, columns, effort);
        roundTrip(lattice, block, rows, columns, effort);
        CHECK(roundTrip(lattice, all, rows, columns, effort).size() == 2);
      }
    }
  }
}

template <typename F, typename I>
void everyBitPatternComesBack() {
  std::mt19937_64 random(3);
  const size_t rows = 300, columns = 333;
  std::vector<F> values(rows * columns);
  for (int kind = 0; kind < 4; ++kind) {
    for (size_t i = 0; i < values.size(); ++i) {
      const double smooth = std::sin(0.02 * static_cast<double>(i % columns)) + 0.01 * static_cast<double>(i / columns);
      const F special[] = {F{0}, -F{0}, std::numeric_limits<F>::infinity(), -std::numeric_limits<F>::infinity(),
                           std::numeric_limits<F>::denorm_min(), std::numeric_limits<F>::quiet_NaN(),
                           std::numeric_limits<F>::max(), std::numeric_limits<F>::lowest()};
      const F any = std::bit_cast<F>(static_cast<I>(random()));
      values[i] = kind == 0 ? any : kind == 1 ? static_cast<F>(smooth) : kind == 2 ? special[random() % 8]
                  : random() % 100 == 0 ? any : static_cast<F>(std::round(100 * smooth)) / 10;
    }
    const auto bytes = encodeExact(std::span<const F>(values), {}, rows, columns, PredictEffort::balanced);
    std::vector<F> back(values.size());
    decodeExact(bytes, {}, rows, columns, std::span<F>(back));
    CHECK(std::memcmp(back.data(), values.data(), values.size() * sizeof(F)) == 0);
    // Noise costs what it holds and next to nothing beyond.
    CHECK(bytes.size() < values.size() * sizeof(F) * 1.01 + 200);
  }
}

void structureIsCheap() {
  const size_t rows = 128, columns = 128;
  std::vector<int32_t> constant(rows * columns, -5), plane(rows * columns), steps(rows * columns), zeros(rows * columns);
  std::mt19937 random(1);
  for (size_t i = 0; i < plane.size(); ++i) {
    plane[i] = static_cast<int32_t>(3 * (i / columns) + 5 * (i % columns));
    steps[i] = 1000 * static_cast<int32_t>(random() % 4);
    zeros[i] = i % 1000 == 0 ? 1 : 0;
  }
  CHECK(roundTrip(constant, {}, rows, columns, PredictEffort::balanced).size() == 2);
  CHECK(roundTrip(plane, {}, rows, columns, PredictEffort::balanced).size() < 250);
  CHECK(roundTrip(steps, {}, rows, columns, PredictEffort::balanced).size() < rows * columns / 4 + 150);
  CHECK(roundTrip(zeros, {}, rows, columns, PredictEffort::balanced).size() < 120);
}

void damageIsAnErrorOrOtherValues() {
  std::mt19937 random(5);
  for (int kind = 1; kind < 10; ++kind) {
    const size_t rows = 30, columns = 41;
    const auto lattice = kindOf<int32_t>(kind, rows, columns, 9);
    const auto bytes = encodeLattice(std::span<const int32_t>(lattice), {}, rows, columns, PredictEffort::balanced);
    std::vector<int32_t> back(lattice.size());
    const auto decode = [&](const std::vector<uint8_t>& damaged) {
      // A copy of its own length, so that a sanitizer sees any read beyond the end.
      const std::vector<uint8_t> exact(damaged);
      try {
        decodeLattice(exact, {}, rows, columns, std::span<int32_t>(back));
      } catch (const CorruptStream&) {
        return false;
      }
      return true;
    };
    for (size_t length = 0; length < bytes.size(); length += length < 100 ? 1 : 17) {
      CHECK(!decode({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length)}));
    }
    auto longer = bytes;
    longer.push_back(0);
    CHECK(!decode(longer));
    for (int trial = 0; trial < 400; ++trial) {
      auto damaged = bytes;
      for (uint32_t flips = 1 + random() % 3; flips > 0; --flips) {
        // The head matters most: half of the flips go there.
        const size_t at = random() % (random() % 2 == 0 ? std::min<size_t>(40, damaged.size()) : damaged.size());
        damaged[at] = static_cast<uint8_t>(damaged[at] ^ (1U << (random() % 8)));
      }
      decode(damaged);
    }
    for (int trial = 0; trial < 200; ++trial) {
      std::vector<uint8_t> noise(random() % 200);
      for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random());
      if (!noise.empty()) noise[0] %= 3;
      decode(noise);
    }
  }
}

void misuseIsRefused() {
  std::vector<int32_t> lattice(12);
  const std::vector<uint8_t> mask(11);
  const std::span<const int32_t> view(lattice);
  CHECK_THROWS(encodeLattice(view, {}, 3, 5, PredictEffort::fast), std::invalid_argument);
  CHECK_THROWS(encodeLattice(view, {}, 0, 0, PredictEffort::fast), std::invalid_argument);
  CHECK_THROWS(encodeLattice(view, mask, 3, 4, PredictEffort::fast), std::invalid_argument);
  const auto bytes = encodeLattice(view, {}, 3, 4, PredictEffort::fast);
  CHECK_THROWS(decodeLattice(bytes, {}, 4, 4, std::span<int32_t>(lattice)), std::invalid_argument);
}

}  // namespace

int main() {
  RUN(latticesComeBack<int32_t>);
  RUN(latticesComeBack<int64_t>);
  const auto floats = everyBitPatternComesBack<float, int32_t>;
  const auto doubles = everyBitPatternComesBack<double, int64_t>;
  RUN(floats);
  RUN(doubles);
  RUN(structureIsCheap);
  RUN(damageIsAnErrorOrOtherValues);
  RUN(misuseIsRefused);
  return 0;
}

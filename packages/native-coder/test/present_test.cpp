// The wavelet of tiles with missing values: as many coefficients as values, and the usual ones where nothing is missing.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "check.h"
#include "coefficients/levels.h"
#include "coefficients/present.h"
#include "wavelet/wavelet.h"

using namespace fieldzip;

namespace {

template <typename T>
std::vector<T> noise(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<T> data(count);
  for (T& value : data) value = static_cast<T>(random()) / static_cast<T>(4294967296.0) - T(0.5);
  return data;
}

enum class Holes { none, coast, noise, nearlyAll, board, rows, all };

std::vector<uint8_t> maskOf(Holes holes, uint32_t rows, uint32_t columns) {
  std::mt19937 random(rows * 1000 + columns);
  std::vector<uint8_t> mask(static_cast<size_t>(rows) * columns);
  for (uint32_t r = 0; r < rows; ++r) {
    for (uint32_t c = 0; c < columns; ++c) {
      bool missing = false;
      switch (holes) {
        case Holes::none: break;
        case Holes::coast: missing = std::sin(0.31 * r) + std::cos(0.23 * c) + std::sin(0.9 * (r + c)) > 0.4; break;
        case Holes::noise: missing = random() % 3 == 0; break;
        case Holes::nearlyAll: missing = random() % 60 != 0; break;
        case Holes::board: missing = (r + c) % 2 == 0; break;
        case Holes::rows: missing = r % 3 != 1; break;
        case Holes::all: missing = true; break;
      }
      // Any number but 0 says so.
      mask[static_cast<size_t>(r) * columns + c] = missing ? static_cast<uint8_t>(1 + random() % 255) : 0;
    }
  }
  return mask;
}
constexpr Holes kHoles[] = {Holes::none, Holes::coast, Holes::noise, Holes::nearlyAll, Holes::board, Holes::rows, Holes::all};

// All levels, the details of each as they lie in A_(level-1).
template <typename T>
struct Transformed {
  std::vector<std::vector<T>> details;
  std::vector<T> low;
};

template <typename T>
Transformed<T> transformed(const PresentLevels& present, std::vector<T> low, uint32_t rows, uint32_t columns, size_t threads) {
  const auto sizes = levelSizes(rows, columns);
  Transformed<T> all{std::vector<std::vector<T>>(sizes.size()), {}};
  for (size_t level = 1; level < sizes.size(); ++level) {
    present.forward(level, std::span<T>(low), threads);
    std::vector<T> coarse(sizes[level].size());
    for (size_t i = 0; i < coarse.size(); ++i) {
      coarse[i] = low[2 * (i / sizes[level].columns * sizes[level - 1].columns + i % sizes[level].columns)];
    }
    all.details[level] = std::exchange(low, std::move(coarse));
  }
  present.close(sizes.size() - 1, std::span<T>(low));
  all.low = std::move(low);
  return all;
}

template <typename T>
std::vector<T> restored(const PresentLevels& present, const Transformed<T>& all, uint32_t rows, uint32_t columns, size_t threads) {
  const auto sizes = levelSizes(rows, columns);
  std::vector<T> low = all.low;
  for (size_t level = sizes.size() - 1; level >= 1; --level) {
    std::vector<T> finer = all.details[level];
    for (size_t i = 0; i < low.size(); ++i) finer[2 * (i / sizes[level].columns * sizes[level - 1].columns + i % sizes[level].columns)] = low[i];
    present.inverse(level, std::span<T>(finer), std::span<const T>(low), threads);
    low = std::move(finer);
  }
  return low;
}

template <typename T>
void presentValuesComeBack() {
  for (const auto& [rows, columns] : {std::pair{1U, 1U}, {1U, 40U}, {40U, 1U}, {2U, 33U}, {13U, 13U}, {30U, 47U}, {64U, 65U}, {101U, 120U}}) {
    for (const Holes holes : kHoles) {
      const auto mask = maskOf(holes, rows, columns);
      const PresentLevels present(mask, rows, columns);
      const std::vector<T> values = noise<T>(mask.size(), rows);
      const auto back = restored(present, transformed(present, values, rows, columns, 1), rows, columns, 1);
      for (size_t i = 0; i < values.size(); ++i) {
        CHECK(std::isfinite(back[i]));
        CHECK(mask[i] != 0 || std::abs(back[i] - values[i]) < (sizeof(T) == 4 ? T(2e-5) : T(1e-13)));
      }
    }
  }
}

// What stands at missing sites has no say, and they have no coefficients.
void thereIsNothingOfMissingSites() {
  const uint32_t rows = 70, columns = 90;
  for (const Holes holes : {Holes::coast, Holes::noise, Holes::board}) {
    const auto mask = maskOf(holes, rows, columns);
    const PresentLevels present(mask, rows, columns);
    std::vector<float> values = noise<float>(mask.size(), 1), other = values;
    for (size_t i = 0; i < other.size(); ++i) {
      if (mask[i] != 0) other[i] = 1e6F;
    }
    const auto one = transformed(present, values, rows, columns, 1), two = transformed(present, other, rows, columns, 1);
    CHECK(one.details == two.details && one.low == two.low);
    for (uint32_t r = 0; r < rows; ++r) {
      for (uint32_t c = 0; c < columns; ++c) {
        CHECK(present.isMissing(0, static_cast<size_t>(r) * columns + c) == (mask[static_cast<size_t>(r) * columns + c] != 0));
        if (mask[static_cast<size_t>(r) * columns + c] != 0) CHECK(one.details[1][static_cast<size_t>(r) * columns + c] == 0.0F);
      }
    }
  }
}

template <typename T>
void withoutGapsItIsTheUsualWavelet() {
  for (const auto& [rows, columns] : {std::pair{1U, 90U}, {90U, 1U}, {50U, 77U}, {128U, 96U}}) {
    const PresentLevels present(std::vector<uint8_t>(static_cast<size_t>(rows) * columns), rows, columns);
    std::vector<T> usual = noise<T>(static_cast<size_t>(rows) * columns, 5), own = usual;
    waveletForward(std::span<T>(usual), rows, columns, 1);
    present.forward(1, std::span<T>(own), 1);
    CHECK(own == usual);
    waveletInverse(std::span<T>(usual), rows, columns, 1);
    const std::vector<T> coarse(levelSizes(rows, columns)[1].size());
    present.inverse(1, std::span<T>(own), std::span<const T>(coarse), 1);
    CHECK(own == usual);
  }
}

// Whatever its coasts.
void aConstantHasNoDetailsAndGainsTwo() {
  const uint32_t rows = 80, columns = 101;
  for (const Holes holes : {Holes::coast, Holes::noise, Holes::rows}) {
    const auto mask = maskOf(holes, rows, columns);
    const PresentLevels present(mask, rows, columns);
    const std::vector<double> values(mask.size(), 3.0);
    std::vector<double> data = values;
    present.forward(1, std::span<double>(data), 1);
    for (size_t i = 0; i < data.size(); ++i) {
      const bool low = i / columns % 2 == 0 && i % columns % 2 == 0;
      if (!low) CHECK(std::abs(data[i]) < 1e-12);
      if (low && mask[i] == 0) CHECK(std::abs(data[i] - 6.0) < 1e-12);
    }
  }
}

// On the black squares of a board nothing takes part in the first level's transform.
void aValueWithoutNeighboursIsItsOwnDetail() {
  const uint32_t rows = 30, columns = 20;
  const auto mask = maskOf(Holes::board, rows, columns);
  const std::vector<float> values = noise<float>(mask.size(), 3);
  std::vector<float> data = values;
  PresentLevels(mask, rows, columns).forward(1, std::span<float>(data), 1);
  for (size_t i = 0; i < data.size(); ++i) CHECK(data[i] == (mask[i] != 0 ? 0.0F : values[i]));
}

template <typename T>
void threadsChangeNoBit() {
  const uint32_t rows = 700, columns = 800;
  const auto mask = maskOf(Holes::coast, rows, columns);
  const PresentLevels present(mask, rows, columns);
  const std::vector<T> values = noise<T>(mask.size(), 2);
  const auto one = transformed(present, values, rows, columns, 1);
  const auto back = restored(present, one, rows, columns, 1);
  for (const size_t threads : {2, 5}) {
    const auto all = transformed(present, values, rows, columns, threads);
    CHECK(all.details == one.details && all.low == one.low);
    CHECK(restored(present, one, rows, columns, threads) == back);
  }
}

void aMaskOfAnotherSizeIsRefused() {
  const std::vector<uint8_t> mask(12);
  CHECK_THROWS(PresentLevels(mask, 3, 5), std::invalid_argument);
}

}  // namespace

int main() {
  RUN(presentValuesComeBack<float>);
  RUN(presentValuesComeBack<double>);
  RUN(thereIsNothingOfMissingSites);
  RUN(withoutGapsItIsTheUsualWavelet<float>);
  RUN(withoutGapsItIsTheUsualWavelet<double>);
  RUN(aConstantHasNoDetailsAndGainsTwo);
  RUN(aValueWithoutNeighboursIsItsOwnDetail);
  RUN(threadsChangeNoBit<float>);
  RUN(threadsChangeNoBit<double>);
  RUN(aMaskOfAnotherSizeIsRefused);
  return 0;
}

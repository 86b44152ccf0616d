// What a filter takes of a tile's error away: the fit, the filter as docs/format.md has it, and that neither threads nor instructions
// change a number.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "check.h"
#include "coefficients/restoration.h"
#include "errors.h"

using namespace fieldzip;

namespace {

constexpr double kStep = 0.25, kOffset = 3;

// Long waves, in values; and what is decoded of them, in steps, with an error that has no frequency of its own.
template <typename T>
struct Tile {
  GridSize size;
  std::vector<T> values, decoded;
  std::vector<uint8_t> mask;

  Tile(uint32_t rows, uint32_t columns, double error) : size{rows, columns}, values(size.size()), decoded(size.size()) {
    std::mt19937_64 random(rows);
    for (size_t i = 0; i < values.size(); ++i) {
      const double x = static_cast<double>(i % columns), y = static_cast<double>(i / columns);
      values[i] = static_cast<T>(20 * std::sin(0.21 * x + 0.1 * y) + 11 * std::cos(0.17 * y - 0.05 * x) + kOffset);
      const double noise = static_cast<double>(random() % 2001) / 1000 - 1;
      decoded[i] = static_cast<T>((static_cast<double>(values[i]) - kOffset) / kStep + error * noise);
    }
  }
  RestorationTask<T> task() const { return {values, mask, size, kStep, kOffset, decoded}; }
  double squaredError(const std::vector<T>& inSteps) const {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double off = static_cast<double>(inSteps[i]) - (static_cast<double>(values[i]) - kOffset) / kStep;
      sum += mask.empty() || mask[i] == 0 ? off * off : 0;
    }
    return sum;
  }
};

template <typename T>
std::vector<T> restored(const Restoration& restoration, const Tile<T>& tile, size_t threads = 1, Isa isa = bestIsa()) {
  std::vector<T> out(tile.decoded.size());
  restoreTile<T>(restoration, tile.decoded, tile.size, out, threads, isa);
  return out;
}

Restoration anyRestoration(size_t filters, uint32_t seed) {
  Restoration restoration;
  restoration.filters = filters;
  restoration.shift = 10;
  std::mt19937 random(seed);
  for (size_t i = 0; i < filters * kRestorationTaps; ++i) restoration.weights.push_back(static_cast<int32_t>(random() % 201) - 100);
  return restoration;
}

template <typename T>
void anErrorOfAllFrequenciesIsTakenAway() {
  Tile<T> tile(150, 170, 0.5);
  const double before = tile.squaredError(tile.decoded);
  const auto restoration = fitRestoration(tile.task(), 1e5, 1);
  CHECK(restoration.filters == 1);
  // At its ends a tile goes on as no wave does.
  CHECK(tile.squaredError(restored(restoration, tile)) < 0.4 * before);
  // Where that is worth nothing, there is none.
  CHECK(fitRestoration(tile.task(), 10, 1).filters == 0);
  // Nor where there is no error.
  CHECK(fitRestoration(Tile<T>(150, 170, 0).task(), 1e5, 1).filters == 0);
}

// An error at odd places alone, as a level's details leave it.
void fourFiltersKnowWhereTheErrorIs() {
  Tile<float> tile(256, 256, 0);
  std::mt19937 random(5);
  for (size_t i = 0; i < tile.decoded.size(); ++i) {
    if (i % 2 != 0 && i / 256 % 2 != 0) tile.decoded[i] += static_cast<float>(static_cast<double>(random() % 2001) / 1000 - 1);
  }
  const double before = tile.squaredError(tile.decoded);
  const auto restoration = fitRestoration(tile.task(), 1e6, 1);
  CHECK(restoration.filters == 4);
  CHECK(tile.squaredError(restored(restoration, tile)) < 0.02 * before);
}

void whatIsMissingCountsForNothing() {
  Tile<float> tile(128, 131, 0.5);
  const auto whole = fitRestoration(tile.task(), 1e5, 1);
  tile.mask.resize(tile.values.size());
  for (size_t i = 0; i < tile.mask.size(); ++i) tile.mask[i] = i % 131 < 40 ? 1 : 0;
  auto other = tile;
  for (size_t i = 0; i < other.values.size(); ++i) {
    if (other.mask[i] != 0) other.values[i] = -1e6F;
  }
  CHECK(fitRestoration(other.task(), 1e5, 1).weights == fitRestoration(tile.task(), 1e5, 1).weights);
  CHECK(fitRestoration(tile.task(), 1e5, 1).weights != whole.weights);
}

// One value after another.
template <typename T>
void theFilterIsThatOfTheFormat() {
  for (const auto& [rows, columns] : {std::pair{1U, 1U}, {1U, 40U}, {37U, 1U}, {3U, 5U}, {40U, 64U}, {33U, 47U}}) {
    for (const size_t filters : {1, 4}) {
      const Tile<T> tile(rows, columns, 3);
      const auto restoration = anyRestoration(filters, rows);
      const auto x = [&, height = rows, width = columns](ptrdiff_t r, ptrdiff_t c) {
        return tile.decoded[static_cast<size_t>(std::clamp<ptrdiff_t>(r, 0, height - 1) * width + std::clamp<ptrdiff_t>(c, 0, width - 1))];
      };
      std::vector<T> expected;
      for (ptrdiff_t r = 0; r < rows; ++r) {
        for (ptrdiff_t c = 0; c < columns; ++c) {
          const int32_t* weights = restoration.weights.data() + (filters == 1 ? 0 : 2 * (r % 2) + c % 2) * static_cast<ptrdiff_t>(kRestorationTaps);
          T sums[4] = {0, 0, 0, 0};
          int64_t all = 0;
          size_t k = 0;
          for (ptrdiff_t d = 0; d <= 6; ++d) {
            const auto both = [&](ptrdiff_t column) { return d == 0 ? x(r, column) : x(r - d, column) + x(r + d, column); };
            for (ptrdiff_t a = d == 0 ? 1 : 0; a + d <= 6; ++a, ++k) {
              const T h = a == 0 ? both(c) : both(c - a) + both(c + a);
              sums[k % 4] = sums[k % 4] + h * std::ldexp(static_cast<T>(weights[k]), -10);
              all += int64_t{weights[k]} * ((a == 0 || d == 0) ? 2 : 4);
            }
          }
          expected.push_back(x(r, c) + (((sums[0] + sums[1]) + (sums[2] + sums[3])) + x(r, c) * std::ldexp(static_cast<T>(-all), -10)));
        }
      }
      const auto given = restored(restoration, tile);
      CHECK(std::memcmp(given.data(), expected.data(), given.size() * sizeof(T)) == 0);
    }
  }
}

void whereAllIsTheSameNothingMoves() {
  Tile<float> tile(40, 40, 0);
  std::fill(tile.decoded.begin(), tile.decoded.end(), 1234567.0F);
  for (const float value : restored(anyRestoration(4, 1), tile)) CHECK(std::abs(value - 1234567.0F) <= 0.5F);
}

template <typename T>
void threadsAndInstructionsChangeNothing() {
  for (const auto& [rows, columns] : {std::pair{701U, 433U}, {64U, 1500U}, {90U, 61U}}) {
    Tile<T> tile(rows, columns, 0.6);
    const auto fitted = fitRestoration(tile.task(), 1e6, 1, Isa::portable);
    CHECK(fitted.filters != 0);
    for (const size_t filters : {1, 4}) {
      const auto restoration = anyRestoration(filters, 3);
      const auto expected = restored(restoration, tile, 1, Isa::portable);
      for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
        if (isa > bestIsa()) continue;
        for (const size_t threads : {1, 2, 7}) {
          CHECK(restored(restoration, tile, threads, isa) == expected);
          const auto again = fitRestoration(tile.task(), 1e6, threads, isa);
          CHECK(again.filters == fitted.filters && again.shift == fitted.shift && again.weights == fitted.weights);
        }
      }
    }
  }
}

void weightsComeBackAndImpossibleOnesAreRefused() {
  for (const size_t filters : {1, 4}) {
    const auto restoration = anyRestoration(filters, 9);
    std::vector<uint8_t> bytes;
    restoration.write(bytes);
    ByteReader reader(bytes);
    const auto back = Restoration::read(reader, filters);
    CHECK(back.filters == filters && back.shift == restoration.shift && back.weights == restoration.weights && reader.rest().empty());
    for (size_t length = 0; length < bytes.size(); ++length) {
      ByteReader cut(std::span<const uint8_t>(bytes).first(length));
      CHECK_THROWS(Restoration::read(cut, filters), CorruptStream);
    }
  }
  auto restoration = anyRestoration(1, 2);
  const auto refused = [&] {
    std::vector<uint8_t> bytes;
    restoration.write(bytes);
    ByteReader reader(bytes);
    CHECK_THROWS(Restoration::read(reader, 1), CorruptStream);
  };
  restoration.shift = Restoration::kMostShift + 1;
  refused();
  restoration.shift = 3;
  restoration.weights[5] = Restoration::kGreatestWeight;
  refused();
}

}  // namespace

int main() {
  RUN(anErrorOfAllFrequenciesIsTakenAway<float>);
  RUN(anErrorOfAllFrequenciesIsTakenAway<double>);
  RUN(fourFiltersKnowWhereTheErrorIs);
  RUN(whatIsMissingCountsForNothing);
  RUN(theFilterIsThatOfTheFormat<float>);
  RUN(theFilterIsThatOfTheFormat<double>);
  RUN(whereAllIsTheSameNothingMoves);
  RUN(threadsAndInstructionsChangeNothing<float>);
  RUN(threadsAndInstructionsChangeNothing<double>);
  RUN(weightsComeBackAndImpossibleOnesAreRefused);
  return 0;
}

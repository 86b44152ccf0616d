// Details that are moved for a bound: fewer values miss it, whatever the field, and no number depends on the machine.
#include "coefficients/moves.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "check.h"
#include "coefficients/coefficient_model.h"
#include "coefficients/quantised.h"
#include "wavelet/wavelet.h"

using namespace fieldzip;

namespace {

constexpr float kLambda = 0.08F;
constexpr double kBound = 0.45, kNoBound = 1e6;  // in steps; nothing misses the other

// Waves with noise of some steps on them, so that most details are not 0.
template <typename T>
std::vector<T> fieldOf(uint32_t rows, uint32_t columns, double noise, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<T> values(static_cast<size_t>(rows) * columns);
  for (size_t i = 0; i < values.size(); ++i) {
    const double x = static_cast<double>(i % columns), y = static_cast<double>(i / columns);
    values[i] = static_cast<T>(1000 + 40 * std::sin(0.05 * x + 0.02 * y) + noise * normal(random));
  }
  return values;
}

template <typename T>
struct Tile {
  Tile(std::vector<T> given, uint32_t height, uint32_t width, double step)
      : values(std::move(given)), rows(height), columns(width), quantised(std::span<const T>(values), height, width, step, kLambda) {
    // What a decoder would have of level 1's low-pass, if all else were exact.
    low = values;
    for (T& v : low) v = static_cast<T>((static_cast<double>(v) - quantised.offset) / quantised.step);
    waveletForward(std::span<T>(low), rows, columns, 1);
    const auto whole = low;
    low.clear();
    for (uint32_t i = 0; i < rows; i += 2) {
      for (uint32_t j = 0; j < columns; j += 2) low.push_back(whole[static_cast<size_t>(i) * columns + j]);
    }
  }

  std::vector<int8_t> moves(double bound, size_t threads = 1, Isa isa = bestIsa()) const {
    return movesWithin<T>({values, mask, {rows, columns}, quantised.step, quantised.offset, bound, kLambda, deltasOf(quantised.deltas), low, quantised.details[1]}, threads, isa).by;
  }
  int32_t nearest(size_t site) const { return nearestInteger(quantised.details[1][site]); }

  // Values that miss the bound with integers so far from the nearest.
  size_t misses(const std::vector<int8_t>& by, double bound) const {
    std::vector<T> decoded(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t r = i / columns, c = i % columns;
      decoded[i] = r % 2 == 0 && c % 2 == 0 ? low[r / 2 * ((columns + 1) / 2) + c / 2] : reconstructionOf<T>(nearest(i) + by[i], 0.0F, deltasOf(quantised.deltas));
    }
    waveletInverse(std::span<T>(decoded), rows, columns, 1);
    size_t count = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double value = static_cast<double>(decoded[i]) * quantised.step + quantised.offset;
      count += (mask.empty() || mask[i] == 0) && std::abs(value - static_cast<double>(values[i])) > bound ? 1 : 0;
    }
    return count;
  }

  std::vector<T> values;
  uint32_t rows, columns;
  Quantised<T> quantised;
  std::vector<T> low;
  std::vector<uint8_t> mask;
};

const std::pair<uint32_t, uint32_t> kShapes[] = {{16, 16}, {33, 47}, {70, 64}, {131, 90}, {200, 301}};

// By a quarter at least, in the smallest tiles too.
template <typename T>
void fewerMissTheBound() {
  uint32_t seed = 0;
  for (const auto& [rows, columns] : kShapes) {
    for (const double noise : {0.6, 2.0, 30.0}) {
      Tile<T> tile(fieldOf<T>(rows, columns, noise, ++seed), rows, columns, 1.0);
      const double bound = kBound;
      const size_t before = tile.misses(tile.moves(kNoBound), bound), after = tile.misses(tile.moves(bound), bound);
      CHECK(before > tile.values.size() / 40);
      CHECK(4 * after < 3 * before);
    }
  }
}

void aMovedDetailIsNextToTheNearestAndHardlyMoreThanAStepOff() {
  const Tile<double> tile(fieldOf<double>(90, 131, 2, 1), 90, 131, 1.0);
  const auto moves = tile.moves(kBound);
  CHECK(std::count(moves.begin(), moves.end(), 0) < static_cast<ptrdiff_t>(moves.size()));
  for (size_t i = 0; i < moves.size(); ++i) {
    CHECK(std::abs(moves[i]) <= 1);
    CHECK(std::abs(static_cast<double>(tile.nearest(i) + moves[i]) - tile.quantised.details[1][i]) < 1.2);
    if (i / 131 % 2 == 0 && i % 131 % 2 == 0) CHECK(moves[i] == 0);
  }
}

// Beyond any bound, integers are those that are best for bits and squared error: moved towards 0 if at all.
void whereNothingMissesMovesSaveBits() {
  const Tile<float> tile(fieldOf<float>(70, 64, 1, 2), 70, 64, 1.0);
  const auto moves = tile.moves(kNoBound);
  size_t moved = 0;
  for (size_t i = 0; i < moves.size(); ++i) {
    moved += moves[i] != 0 ? 1 : 0;
    CHECK(moves[i] == 0 || std::abs(tile.nearest(i) + moves[i]) == std::abs(tile.nearest(i)) - 1);
  }
  CHECK(moved > 0);
}

void whatIsMaskedCountsForNothing() {
  Tile<float> tile(fieldOf<float>(131, 90, 2, 3), 131, 90, 1.0);
  const double bound = kBound;
  const auto free = tile.moves(kNoBound);
  tile.mask.assign(tile.values.size(), 1);
  CHECK(tile.moves(bound) == free);
  // Half of it.
  for (size_t i = 0; i < tile.mask.size(); ++i) tile.mask[i] = i % 90 < 45 ? 1 : 0;
  const auto moves = tile.moves(bound);
  CHECK(4 * tile.misses(moves, bound) < 3 * tile.misses(free, bound));
  for (size_t i = 0; i < moves.size(); ++i) {
    if (i % 90 < 40) CHECK(moves[i] == free[i]);
  }
}

template <typename T>
void threadsAndInstructionsChangeNothing() {
  for (const auto& [rows, columns] : kShapes) {
    const Tile<T> tile(fieldOf<T>(rows, columns, 2, rows), rows, columns, 1.0);
    const auto moves = tile.moves(kBound, 1, Isa::portable);
    for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
      if (isa > bestIsa()) continue;
      for (const size_t threads : {1, 2, 7}) CHECK(tile.moves(kBound, threads, isa) == moves);
    }
  }
}

void aSmallTileIsRefused() {
  const Tile<float> tile(fieldOf<float>(15, 200, 2, 1), 15, 200, 1.0);
  CHECK_THROWS(tile.moves(kBound), std::invalid_argument);
}

}  // namespace

int main() {
  RUN(fewerMissTheBound<float>);
  RUN(fewerMissTheBound<double>);
  RUN(aMovedDetailIsNextToTheNearestAndHardlyMoreThanAStepOff);
  RUN(whereNothingMissesMovesSaveBits);
  RUN(whatIsMaskedCountsForNothing);
  RUN(threadsAndInstructionsChangeNothing<float>);
  RUN(threadsAndInstructionsChangeNothing<double>);
  RUN(aSmallTileIsRefused);
  return 0;
}

// The walk with a network in lockstep: every lattice comes back, whatever the instruction set, the threads and what is missing.
#include <algorithm>
#include <random>
#include <stdexcept>
#include <vector>

#include "any_lattice.h"
#include "check.h"
#include "errors.h"
#include "predict/lattice.h"
#include "predict/lockstep_walk.h"
#include "predict/strips.h"

using namespace fieldzip;

namespace {

constexpr uint8_t kWideHead = 16, kLockstepHead = 24, kDeepHead = 32;

std::vector<uint8_t> someMissing(uint32_t kind, size_t rows, size_t columns) {
  std::vector<uint8_t> mask(rows * columns);
  for (size_t i = 0; i < mask.size(); ++i) {
    const size_t row = i / columns, column = i % columns;
    mask[i] = kind == 0   ? 0
              : kind == 1 ? (i * 2654435761U >> 7) % 5 == 0
              : kind == 2 ? column < 20 || row == 0 || (column > 60 && column < 100 && row > 10)
                          : row != 17 || column % 3 != 0;
  }
  return mask;
}

// Where the plan begins: after form, minimum, step and greatest.
uint8_t firstOfPlan(const std::vector<uint8_t>& bytes) {
  ByteReader in(bytes);
  CHECK(in.byte() == 1);
  in.signedVarint();
  in.varint();
  in.varint();
  return in.byte();
}

template <typename T>
void latticesComeBack() {
  const std::pair<size_t, size_t> shapes[] = {{32, 128}, {33, 129}, {47, 200}, {64, 131}, {100, 128}};
  for (uint32_t seed = 0; seed < 4; ++seed) {
    const Perceptron network(anyNetwork(seed));
    for (int kind = 0; kind < 5; ++kind) {
      const auto& [rows, columns] = shapes[(seed + static_cast<uint32_t>(kind)) % 5];
      const auto lattice = anyLattice<T>(kind, rows * columns, columns);
      const auto mask = someMissing((seed + static_cast<uint32_t>(kind)) % 4, rows, columns);
      const auto bytes = encodeLattice(std::span<const T>(lattice), mask, rows, columns, PredictEffort::balanced, {&network});
      std::vector<T> back(lattice.size(), T{7});
      decodeLattice(bytes, mask, rows, columns, std::span<T>(back), {&network});
      for (size_t i = 0; i < lattice.size(); ++i) CHECK(back[i] == (mask[i] == 0 ? lattice[i] : 0));
    }
  }
}

void largeTilesAreWalkedInLockstepAndSmallOnesRowByRow() {
  const Perceptron network(anyNetwork(3));
  const auto headOf = [&](size_t rows, size_t columns) {
    const auto lattice = anyLattice<int32_t>(1, rows * columns, columns);
    return firstOfPlan(encodeLattice(std::span<const int32_t>(lattice), {}, rows, columns, PredictEffort::balanced, {&network}));
  };
  CHECK(headOf(160, 128) >= kWideHead);
  CHECK(headOf(31, 700) < kWideHead);
  CHECK(headOf(200, 127) < kWideHead);
}

// The more is left of a value, the more is asked about it.
void filtersFollowWhatIsLeftOfAValue() {
  const size_t rows = 160, columns = 128;
  const Perceptron network(anyNetwork(3));
  const auto headOf = [&](double noise) {
    std::mt19937 random(1);
    std::vector<int32_t> lattice(rows * columns);
    for (size_t i = 0; i < lattice.size(); ++i) {
      const double slope = 0.02 * static_cast<double>(i % columns) * static_cast<double>(i / columns);
      lattice[i] = static_cast<int32_t>(slope + noise * static_cast<double>(random() % 1000) / 1000.0);
    }
    return firstOfPlan(encodeLattice(std::span<const int32_t>(lattice), {}, rows, columns, PredictEffort::balanced, {&network}));
  };
  CHECK(headOf(2) == kLockstepHead);
  CHECK(headOf(12) == kWideHead);
  CHECK(headOf(100) == kDeepHead);
}

void everyInstructionSetGivesTheSameBytes() {
  const size_t rows = 70, columns = 143;
  for (uint32_t seed = 0; seed < 5; ++seed) {
    const Perceptron network(anyNetwork(seed));
    for (int kind = 0; kind < 5; ++kind) {
      auto lattice = anyLattice<int32_t>(kind, rows * columns, columns);
      for (int32_t& value : lattice) value &= 0xffffff;
      const auto mask = someMissing(seed % 3, rows, columns);
      Plan plan = makePlan(LatticeView<int32_t>{lattice.data(), mask.data(), rows, columns}, seed == 4 ? 0 : 20);
      plan.expert = seed == 3 ? Expert::median : seed == 2 ? Expert::gradient : plan.expert;
      plan.adapts = plan.network = plan.lockstep = true;
      plan.wide = (static_cast<int>(seed) + kind) % 3 == 0;
      plan.deep = (static_cast<int>(seed) + kind) % 3 == 1;
      const auto encoded = [&](Isa isa) {
        LaneEncoder coder;
        walkLockstep(isa, {plan, network, LatticeCells(lattice.data()), mask.data(), rows, columns, 0xffffff}, coder);
        return coder.finish();
      };
      const auto bytes = encoded(Isa::portable);
      for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
        if (isa > bestIsa()) continue;
        CHECK(encoded(isa) == bytes);
        std::vector<int32_t> back(lattice.size());
        LaneDecoder decoder(bytes);
        walkLockstep(isa, {plan, network, LatticeCells(back.data()), mask.data(), rows, columns, 0xffffff}, decoder);
        decoder.finish();
        for (size_t i = 0; i < lattice.size(); ++i) CHECK(back[i] == (mask[i] == 0 ? lattice[i] : 0));
      }
    }
  }
}

void theWidestRangeComesBack() {
  const size_t rows = 40, columns = 150;
  const Perceptron network(anyNetwork(7));
  std::mt19937_64 random(5);
  std::vector<int64_t> lattice(rows * columns);
  for (size_t i = 0; i < lattice.size(); ++i) {
    const int64_t steep = static_cast<int64_t>(i % columns) << 44;
    lattice[i] = random() % 3 == 0 ? static_cast<int64_t>(random() >> 12) : random() % 2 == 0 ? steep : int64_t{1} << 51;
  }
  const auto bytes = encodeLattice(std::span<const int64_t>(lattice), {}, rows, columns, PredictEffort::balanced, {&network});
  std::vector<int64_t> back(lattice.size());
  decodeLattice(bytes, {}, rows, columns, std::span<int64_t>(back), {&network});
  CHECK(back == lattice);
}

void threadsChangeNoByte() {
  const size_t rows = 1100, columns = 500;
  const Perceptron network(anyNetwork(2));
  const auto lattice = anyLattice<int32_t>(1, rows * columns, columns);
  const auto one = encodeLattice(std::span<const int32_t>(lattice), {}, rows, columns, PredictEffort::balanced, {&network, 1});
  for (const size_t threads : {2, 7}) {
    CHECK(encodeLattice(std::span<const int32_t>(lattice), {}, rows, columns, PredictEffort::balanced, {&network, threads}) == one);
    std::vector<int32_t> back(lattice.size());
    decodeLattice(one, {}, rows, columns, std::span<int32_t>(back), {&network, threads});
    CHECK(back == lattice);
  }
}

void damageIsNoCrash(int kind, uint8_t head) {
  const size_t rows = 600, columns = 1000;
  const Perceptron network(anyNetwork(1));
  const auto lattice = anyLattice<int32_t>(kind, rows * columns, columns);
  const auto sound = encodeLattice(std::span<const int32_t>(lattice), {}, rows, columns, PredictEffort::balanced, {&network});
  CHECK(firstOfPlan(sound) == head);
  std::mt19937 random(9);
  size_t refused = 0;
  for (int round = 0; round < 24; ++round) {
    auto bytes = sound;
    if (round % 3 == 0) bytes.resize(random() % bytes.size());
    else bytes[random() % (round % 3 == 1 ? std::min<size_t>(bytes.size(), 60) : bytes.size())] ^= static_cast<uint8_t>(1 + random() % 255);
    std::vector<int32_t> back(lattice.size());
    try {
      decodeLattice(bytes, {}, rows, columns, std::span<int32_t>(back), {&network, 2});
    } catch (const CorruptStream&) {
      ++refused;
    }
  }
  CHECK(refused > 12);
  std::vector<int32_t> back(31 * 700);
  CHECK_THROWS(decodeLattice(sound, {}, 31, 700, std::span<int32_t>(back), {&network}), CorruptStream);
}

void damageToACalmLatticeIsNoCrash() { damageIsNoCrash(0, kLockstepHead); }
void damageToARoughLatticeIsNoCrash() { damageIsNoCrash(1, kDeepHead); }

}  // namespace

int main() {
  RUN(latticesComeBack<int32_t>);
  RUN(latticesComeBack<int64_t>);
  RUN(largeTilesAreWalkedInLockstepAndSmallOnesRowByRow);
  RUN(filtersFollowWhatIsLeftOfAValue);
  RUN(everyInstructionSetGivesTheSameBytes);
  RUN(theWidestRangeComesBack);
  RUN(threadsChangeNoByte);
  RUN(damageToACalmLatticeIsNoCrash);
  RUN(damageToARoughLatticeIsNoCrash);
  return 0;
}

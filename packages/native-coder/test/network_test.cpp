// The predict codec with its network: whatever the network says, every lattice comes back, and every instruction set says the same.
#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

#include "any_lattice.h"
#include "check.h"
#include "errors.h"
#include "predict/lattice.h"
#include "predict/walk.h"
#include "predict/perceptron.h"

using namespace fieldzip;

namespace {

template <typename T>
void latticesComeBack() {
  const std::pair<size_t, size_t> shapes[] = {{1, 1}, {1, 300}, {300, 1}, {2, 2}, {7, 9}, {50, 61}};
  for (uint32_t seed = 0; seed < 6; ++seed) {
    const Perceptron network(anyNetwork(seed));
    for (int kind = 0; kind < 5; ++kind) {
      for (const auto& [rows, columns] : shapes) {
        const auto lattice = anyLattice<T>(kind, rows * columns, columns);
        std::vector<uint8_t> mask(lattice.size());
        for (size_t i = 0; i < mask.size(); ++i) mask[i] = i % 5 == seed ? 1 : 0;
        for (const PredictEffort effort : {PredictEffort::fast, PredictEffort::balanced, PredictEffort::best}) {
          const auto bytes = encodeLattice(std::span<const T>(lattice), mask, rows, columns, effort, {&network});
          std::vector<T> back(lattice.size(), T{7});
          decodeLattice(bytes, mask, rows, columns, std::span<T>(back), {&network});
          for (size_t i = 0; i < lattice.size(); ++i) CHECK(back[i] == (mask[i] == 0 ? lattice[i] : 0));
        }
      }
    }
  }
}

void everyInstructionSetGivesTheSameBytes() {
  const size_t rows = 70, columns = 83;
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const Perceptron network(anyNetwork(seed));
    for (int kind = 0; kind < 5; ++kind) {
      auto lattice = anyLattice<int32_t>(kind, rows * columns, columns);
      for (int32_t& value : lattice) value &= 0xffffff;
      Plan plan = makePlan(LatticeView<int32_t>{lattice.data(), nullptr, rows, columns}, kBalancedOrder);
      plan.adapts = seed % 3 != 0;
      plan.network = seed < 8;
      const Perceptron* asked = plan.network ? &network : nullptr;
      IntervalEncoder portable, best;
      walk(Isa::portable, plan, asked, portable, lattice.data(), nullptr, rows, columns, 0xffffff);
      walk(bestIsa(), plan, asked, best, lattice.data(), nullptr, rows, columns, 0xffffff);
      const auto bytes = portable.finish();
      CHECK(bytes == best.finish());
      std::vector<int32_t> back(lattice.size());
      IntervalDecoder decoder(bytes);
      walk(seed % 2 == 0 ? bestIsa() : Isa::portable, plan, asked, decoder, back.data(), nullptr, rows, columns, 0xffffff);
      CHECK(back == lattice);
    }
  }
}

void aStreamMadeWithANetworkNeedsIt() {
  const auto lattice = anyLattice<int32_t>(1, 3000, 60);
  const Perceptron network(anyNetwork(1)), other(anyNetwork(2));
  const auto bytes = encodeLattice(std::span<const int32_t>(lattice), {}, 50, 60, PredictEffort::balanced, {&network});
  std::vector<int32_t> back(lattice.size());
  CHECK_THROWS(decodeLattice(bytes, {}, 50, 60, std::span<int32_t>(back)), std::invalid_argument);
  try {
    decodeLattice(bytes, {}, 50, 60, std::span<int32_t>(back), {&other});
    CHECK(back != lattice);
  } catch (const CorruptStream&) {
  }
  // One made without it does not mind.
  const auto plain = encodeLattice(std::span<const int32_t>(lattice), {}, 50, 60, PredictEffort::balanced);
  decodeLattice(plain, {}, 50, 60, std::span<int32_t>(back), {&network});
  CHECK(back == lattice);
}

void impossibleNetworksAreRefused() {
  const auto sound = anyNetwork(1);
  const auto changed = [&](size_t at, uint8_t byte) {
    auto bytes = sound;
    bytes[at] = byte;
    return bytes;
  };
  const size_t biases = kNetInputs * kNetHidden1, shifts = biases + 4 * kNetHidden1;
  CHECK_THROWS(Perceptron({}), std::invalid_argument);
  CHECK_THROWS(Perceptron(std::span(sound).first(sound.size() - 1)), std::invalid_argument);
  CHECK_THROWS(Perceptron(changed(5, 64)), std::invalid_argument);
  CHECK_THROWS(Perceptron(changed(5, 0x80)), std::invalid_argument);
  CHECK_THROWS(Perceptron(changed(biases + 3, 0x7f)), std::invalid_argument);
  CHECK_THROWS(Perceptron(changed(shifts, 0)), std::invalid_argument);
  CHECK_THROWS(Perceptron(changed(shifts, 25)), std::invalid_argument);
  CHECK_THROWS(Perceptron(changed(sound.size() - 1, 128)), std::invalid_argument);
}

void estimatesAreNear() {
  const size_t rows = 300, columns = 300;
  for (const double step : {3.0, 100.0, 1e5}) {
    std::mt19937 random(4);
    std::normal_distribution<double> noise;
    std::vector<int32_t> lattice(rows * columns);
    for (size_t i = 0; i < lattice.size(); ++i) {
      const double smooth = std::sin(0.03 * static_cast<double>(i % columns)) + std::cos(0.02 * static_cast<double>(i / columns));
      lattice[i] = static_cast<int32_t>(std::lround(step * (smooth + 0.01 * noise(random))));
    }
    const auto bytes = encodeLattice(std::span<const int32_t>(lattice), {}, rows, columns, PredictEffort::balanced);
    const double estimate = estimateLattice(std::span<const int32_t>(lattice), {}, rows, columns);
    CHECK(std::abs(std::log2(estimate / (8.0 * static_cast<double>(bytes.size())))) < 0.35);
  }
}

}  // namespace

int main() {
  RUN(latticesComeBack<int32_t>);
  RUN(latticesComeBack<int64_t>);
  RUN(everyInstructionSetGivesTheSameBytes);
  RUN(aStreamMadeWithANetworkNeedsIt);
  RUN(impossibleNetworksAreRefused);
  RUN(estimatesAreNear);
  return 0;
}

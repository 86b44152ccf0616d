// Adaptive distributions of integers near an expected one, a table each: thirty-two symbols, the outer two escapes. What is
// coded moves the table of its context towards itself, fast at first. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bands/band_network.h"
#include "large_allocator.h"
#include "mask/binary_coder.h"
#include "predict/lane_shape.h"
#include "predict/lanes16.h"
#include "predict/network_coder.h"
#include "predict/residuals.h"

namespace fieldzip::FIELDZIP_LANES {

inline constexpr int32_t kTableSymbols = 32;
inline constexpr int32_t kTableZero = 16;  // the symbol of the expected integer
inline constexpr int kTableBits = 24, kTableCodedBits = kShapeTotalBits;  // of a table's whole, and of what a coder is given
inline constexpr uint32_t kTableFloor = 16;  // of every symbol

// Magnitudes below 1/8 are told apart by half an octave, those from there on by a quarter; from 2 on low bits are sent raw,
// so that what is left of an octave is one of the last four classes.
inline constexpr int kTableFine = 8 * (-3 - kNetLowestExponent), kTableRaw = 8 * (1 - kNetLowestExponent);
inline constexpr int kTableMagnitudes = kTableFine / 4 + (kTableRaw - kTableFine) / 2 + 4;
inline constexpr int kTableFractions = 5;  // of the distance from the expected integer to the mean, an eighth of a symbol each
inline constexpr int kTableContexts = kTableMagnitudes * kTableFractions * kNetTails;

class BandTables {
 public:
  using Table = std::array<uint32_t, kTableSymbols>;  // where each symbol ends

  // Of steps where hardly anything is expected, by half octaves.
  static constexpr int kQuietContexts = 16;

  explicit BandTables(const BandPerceptron& net) : tables_(kTableContexts + kQuietContexts), seen_(tables_.size(), 0) {
    std::vector<LaneShape> shapes;
    for (const auto& prior : net.priors) shapes.emplace_back(prior);
    for (int magnitude = 0; magnitude < kTableMagnitudes; ++magnitude) {
      const int level = levelOf(magnitude), scale = std::max(level - kNetToPlain, kNetLeastScale);
      const LevelInfo& info = levelInfos()[static_cast<size_t>(scale)];
      for (int fraction = 0; fraction < kTableFractions; ++fraction) {
        for (int tail = 0; tail < kNetTails; ++tail) {
          const LaneShape& shape = shapes[static_cast<size_t>(level / 4 * kNetTails + tail)];
          Table& table = tables_[static_cast<size_t>((magnitude * kTableFractions + fraction) * kNetTails + tail)];
          for (int32_t symbol = 0; symbol < kTableSymbols; ++symbol) {
            const int64_t edge = int64_t{symbol - kTableZero} * kMeanOne + kMeanOne / 2 - kMeanOne / 8 * fraction;
            const int64_t far = (edge * info.inverse) >> 20;
            const int32_t z = static_cast<int32_t>(std::clamp<int64_t>(far, -kZLimit, kZLimit)) + kZLimit;
            const uint64_t mass = shape.below(z, kBinParts[static_cast<size_t>(z >> kPartBits)]);
            table[static_cast<size_t>(symbol)] = static_cast<uint32_t>((mass * (kWhole - kTableSymbols * kTableFloor)) / kShapeMass) + static_cast<uint32_t>(symbol + 1) * kTableFloor;
          }
          table.back() = kWhole;
        }
      }
    }
    // Of sixteen that are not all 0, one or two are not.
    std::fill(tables_.begin() + kTableContexts, tables_.end(), tables_[kUsualOfQuiet]);
  }

  const Table& operator[](size_t context) const { return tables_[context]; }

  void learn(size_t context, int32_t symbol) {
    const int rate = kRates[seen_[context]];
    seen_[context] = static_cast<uint8_t>(seen_[context] + (seen_[context] < kRates.size() - 1 ? 1 : 0));
    uint32_t* ends = tables_[context].data();
    const I16 own = I16::all(symbol);
    for (int32_t half = 0; half < kTableSymbols; half += static_cast<int32_t>(kLanes)) {
      int32_t* to = reinterpret_cast<int32_t*>(ends) + half;
      const I16 index = I16::load(kIndex.data() + half), now = I16::load(to), least = I16::load(kLeast.data() + half);
      const I16 aim = ifLess(index, own, least, least + static_cast<int32_t>(kWhole - kTableSymbols * kTableFloor));
      (now + ((aim - now) >> rate)).store(to);
    }
  }

 private:
  static constexpr uint32_t kWhole = 1U << kTableBits;
  static constexpr size_t kUsualOfQuiet = (17 * kTableFractions) * kNetTails + 1;

  // The middle of a class of magnitudes.
  static int levelOf(int magnitude) {
    if (magnitude < kTableFine / 4) return 4 * magnitude + 2;
    return kTableFine + 2 * (magnitude - kTableFine / 4) + 1;
  }

  static constexpr auto kIndex = [] {
    std::array<int32_t, kTableSymbols> numbers{};
    for (int32_t i = 0; i < kTableSymbols; ++i) numbers[static_cast<size_t>(i)] = i;
    return numbers;
  }();
  static constexpr auto kLeast = [] {
    std::array<int32_t, kTableSymbols> numbers{};
    for (int32_t i = 0; i < kTableSymbols; ++i) numbers[static_cast<size_t>(i)] = (i + 1) * static_cast<int32_t>(kTableFloor);
    return numbers;
  }();
  static constexpr std::array<uint8_t, 255> kRates = [] {
    std::array<uint8_t, 255> rates{};
    for (size_t i = 0; i < rates.size(); ++i) rates[i] = i < 48 ? 8 : i < 254 ? 9 : 10;
    return rates;
  }();

  LargeVector<Table> tables_;
  std::vector<uint8_t> seen_;
};

// Whether all lanes of a quiet step are 0.
class BandQuiet {
 public:
  // What is expected of each lane, at most; the second in a quick tile.
  static constexpr std::array<float, 2> kBelow{0.1F, 0.3F};

  BandQuiet() {
    for (size_t i = 0; i < kClasses; ++i) models_[i] = BitModel(kSome[i], 4);
  }
  BitModel& modelOf(float together, bool quick) {
    const int32_t place = static_cast<int32_t>(std::bit_cast<uint32_t>(together) >> 22) - ((127 - 6) << 1);
    return models_[static_cast<size_t>(std::clamp<int32_t>(place, 0, (quick ? kClasses : kFewClasses) - 1))];
  }
  // Whether what +-1 saves in error is not worth its bits, of which there are about 2 more than the expected magnitude's logarithm.
  static bool isDear(float wanted, float expected, float lambda64, float delta) {
    const float one = 1.0F - delta, rest = (wanted < 0 ? -wanted : wanted) - one;
    const int32_t bits = 127 + 3 - static_cast<int32_t>(std::bit_cast<uint32_t>(expected) >> 23);
    return wanted * wanted - rest * rest < lambda64 * static_cast<float>(64 * bits);
  }

 private:
  static constexpr int32_t kFewClasses = 14, kClasses = 17;
  // How often not all were 0, in 1/65536: measured.
  static constexpr std::array<uint16_t, kClasses> kSome{655, 655, 655, 655, 655, 655, 655, 655, 80, 400, 1300, 2600, 6500, 13000, 20000, 28000, 36000};
  std::array<BitModel, kClasses> models_;
};

template <typename Coder>
bool codeBit(Coder& coder, bool value, BitModel& model) {
  const uint32_t p = model.probability16();
  if constexpr (Coder::kDecodes) {
    value = coder.peek(0, 16) < p;
    value ? coder.take(0, 0, p, 16) : coder.take(0, p, 65536 - p, 16);
  } else {
    value ? coder.push(0, 0, p, 16) : coder.push(0, p, 65536 - p, 16);
  }
  model.update(value ? 1 : 0);
  return value;
}

}  // namespace fieldzip::FIELDZIP_LANES

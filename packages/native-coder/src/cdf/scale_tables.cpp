#include <algorithm>
#include <vector>

#include "cdf/table_set.h"

namespace fieldzip {

namespace {

// 2^((i - 16) / 4) * 2^16, rounded to nearest.
constexpr int64_t kScaleQ16[kScales] = {
    4096,      4871,      5793,      6889,      8192,      9742,      11585,     13777,     16384,     19484,    23170,
    27554,     32768,     38968,     46341,     55109,     65536,     77936,     92682,     110218,    131072,   155872,
    185364,    220436,    262144,    311744,    370728,    440872,    524288,    623487,    741455,    881744,   1048576,
    1246974,   1482910,   1763488,   2097152,   2493948,   2965821,   3526975,   4194304,   4987896,   5931642,  7053950,
    8388608,   9975792,   11863283,  14107901,  16777216,  19951585,  23726566,  28215802,  33554432,  39903169, 47453133,
    56431603,  67108864,  79806339,  94906266,  112863206, 134217728, 159612677, 189812531, 225726413};

// Probability that the escape may take, in Q30: 2^-12.
constexpr int32_t kTailQ30 = kCdfOne >> 12;

uint32_t roundToTable(int32_t probabilityQ30) {
  return std::max<uint32_t>(1, static_cast<uint32_t>(probabilityQ30 + (1 << 14)) >> 15);
}

void addScaleTable(TableSet& set, Family family, int scale, int phase) {
  // F at the upper edge of symbol v; the lower edge is the upper edge of v - 1.
  const auto edge = [&](int v) { return cdfQ30(family, scale, 8 * v + 4 - phase); };
  const auto tail = [&](int w) { return edge(-w - 1) + (kCdfOne - edge(w)); };
  int width = 1;
  while (tail(width) >= kTailQ30) ++width;

  std::vector<uint16_t> frequencies;
  int64_t sum = 0;
  for (int v = -width; v <= width; ++v) {
    frequencies.push_back(static_cast<uint16_t>(roundToTable(edge(v) - edge(v - 1))));
    sum += frequencies.back();
  }
  frequencies.push_back(static_cast<uint16_t>(roundToTable(tail(width))));
  sum += frequencies.back();
  // What rounding left over goes to the mode, where it costs least and, at phase 0, keeps the table symmetric.
  auto mode = std::max_element(frequencies.begin(), frequencies.end());
  *mode = static_cast<uint16_t>(*mode + (static_cast<int64_t>(kProbabilityOne) - sum));
  set.add(-width, frequencies);
}

}  // namespace

constinit const std::array<ScaleInfo, kScales> kScaleInfos = [] {
  std::array<ScaleInfo, kScales> infos{};
  for (int i = 0; i < kScales; ++i) {
    const bool fine = i < kFirstRawScale;
    infos[static_cast<size_t>(i)] = {kScaleQ16[i],
                                     static_cast<uint16_t>(fine ? i * kPhases : kFirstRawScale * kPhases + i % 4),
                                     static_cast<uint8_t>(fine ? kPhases - 1 : 0),
                                     static_cast<uint8_t>(fine ? 0 : (i - kFirstRawScale) / 4)};
  }
  return infos;
}();

TableSet makeScaleTables(Family family) {
  TableSet set(TableSet::Kind::scale);
  for (int scale = 0; scale < kFirstRawScale; ++scale) {
    for (int phase = -4; phase < 4; ++phase) addScaleTable(set, family, scale, phase);
  }
  for (int scale = kFirstRawScale; scale < kFirstRawScale + 4; ++scale) addScaleTable(set, family, scale, 0);
  return set;
}

}  // namespace fieldzip

// The probability tables: exact sums, symmetry, closeness to the distributions, and the same integers everywhere.
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <vector>

#include "cdf/table_set.h"
#include "check.h"

using namespace fieldzip;

namespace {

uint64_t hashOf(const TableSet& set) {
  uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  const auto mix = [&](uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) hash = (hash ^ ((value >> shift) & 255U)) * 0x100000001b3ULL;
  };
  for (uint32_t t = 0; t < set.size(); ++t) {
    mix(static_cast<uint32_t>(set.info(t).first));
    for (uint32_t i = 0; i <= set.info(t).count; ++i) mix(set.frequency(t, i));
  }
  return hash;
}

double cdf(Family family, double x) {
  return family == Family::logistic ? 1 / (1 + std::exp(-x)) : 0.5 * std::erfc(-x / std::sqrt(2.0));
}

double scaleOf(int index) { return std::exp2((index - 16) / 4.0); }

void frequenciesArePositiveAndSumToOne() {
  for (const Family family : {Family::logistic, Family::gaussian}) {
    const TableSet set = makeScaleTables(family);
    CHECK(set.size() == kScaleTables);
    for (uint32_t t = 0; t < set.size(); ++t) {
      uint32_t sum = 0;
      for (uint32_t i = 0; i <= set.info(t).count; ++i) {
        CHECK(set.frequency(t, i) >= 1);
        sum += set.frequency(t, i);
      }
      CHECK(sum == kProbabilityOne);
    }
  }
}

// A change of these numbers is a change of the format.
void tablesAreTheSameOnEveryMachine() {
  CHECK_HASH(hashOf(makeScaleTables(Family::logistic)), 0x2a69836af04ccbf3ULL);
  CHECK_HASH(hashOf(makeScaleTables(Family::gaussian)), 0x74b9c17b60556c75ULL);
}

void fixedPointCdfsAgreeWithTheMathLibrary() {
  for (const Family family : {Family::logistic, Family::gaussian}) {
    for (int scale = 0; scale < 32; ++scale) {
      for (int eighths = -1200; eighths <= 1200; ++eighths) {
        const double expected = cdf(family, eighths / 8.0 / scaleOf(scale));
        CHECK(std::fabs(cdfQ30(family, scale, eighths) / static_cast<double>(kCdfOne) - expected) < 1e-8);
        CHECK(cdfQ30(family, scale, eighths) + cdfQ30(family, scale, -eighths) == kCdfOne);
      }
    }
  }
}

void centredTablesAreSymmetric() {
  for (const Family family : {Family::logistic, Family::gaussian}) {
    const TableSet set = makeScaleTables(family);
    for (uint32_t t = 0; t < set.size(); ++t) {
      const bool centred = t >= kFirstRawScale * kPhases || t % kPhases == 4;
      const TableInfo& info = set.info(t);
      CHECK(info.first == -static_cast<int32_t>(info.count / 2));
      if (!centred) continue;
      for (uint32_t i = 0; i < info.count; ++i) CHECK(set.frequency(t, i) == set.frequency(t, info.count - 1 - i));
    }
  }
}

void oppositePhasesMirrorEachOther() {
  const TableSet set = makeScaleTables(Family::logistic);
  for (uint32_t scale = 0; scale < kFirstRawScale; ++scale) {
    for (uint32_t phase = 1; phase < 4; ++phase) {
      const uint32_t plus = scale * kPhases + 4 + phase, minus = scale * kPhases + 4 - phase;
      const uint32_t count = set.info(plus).count;
      CHECK(count == set.info(minus).count);
      for (uint32_t i = 0; i < count; ++i) CHECK(set.frequency(plus, i) == set.frequency(minus, count - 1 - i));
    }
  }
}

// Coding the true distribution with the tables costs at most 0.5 % more than its entropy, or 0.002 bits.
void tablesCostLittleMoreThanTheEntropy() {
  for (const Family family : {Family::logistic, Family::gaussian}) {
    const TableSet set = makeScaleTables(family);
    for (int scale = 0; scale < kScales; ++scale) {
      for (int mean8 = -4; mean8 < 4; ++mean8) {
        const SymbolModel model = scaleModel(kScaleInfos[static_cast<size_t>(scale)], mean8);
        const double s = scaleOf(scale), mean = mean8 / 8.0;
        const int reach = static_cast<int>(16 * s) + 4;
        double entropy = 0, cost = 0;
        for (int q = -reach; q <= reach; ++q) {
          const double p = cdf(family, (q + 0.5 - mean) / s) - cdf(family, (q - 0.5 - mean) / s);
          if (p < 1e-13) continue;
          entropy -= p * std::log2(p);
          cost += p * static_cast<double>(set.bits(model, q));
        }
        CHECK(cost < entropy * 1.005 + 0.002);
      }
    }
  }
}

void meansAreRoundedToOffsetAndPhase() {
  for (int mean8 = -40; mean8 <= 40; ++mean8) {
    const SymbolModel model = scaleModel(kScaleInfos[10], mean8);
    const int phase = static_cast<int>(model.table) - 10 * kPhases - 4;
    CHECK(phase >= -4 && phase <= 3);
    CHECK(8 * model.offset + phase == mean8);
    CHECK(model.rawBits == 0);
    CHECK(scaleModel(kScaleInfos[28], mean8).table == kFirstRawScale * kPhases);
  }
  CHECK(scaleModel(kScaleInfos[31], 0).rawBits == 0);
  CHECK(scaleModel(kScaleInfos[32], 0).rawBits == 1);
  CHECK(scaleModel(kScaleInfos[63], 0).rawBits == 8);
}

void scalesInFixedPointAreRounded() {
  for (int i = 0; i < kScales; ++i) {
    CHECK(kScaleInfos[static_cast<size_t>(i)].q16 == std::llround(scaleOf(i) * 65536));
  }
}

void factorisedTablesFollowTheirFrequencies() {
  const std::vector<uint32_t> skewed = {0, 1, 1000000, 3000000, 0};
  const std::vector<uint32_t> single = {7};
  const std::vector<uint32_t> huge(kMaxTableSymbols, 0xffffffffU);
  const std::vector<FactorisedTable> tables = {{-2, skewed}, {5, single}, {-8192, huge}};
  const TableSet set = makeFactorisedTables(tables);
  for (uint32_t t = 0; t < set.size(); ++t) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i <= set.info(t).count; ++i) sum += set.frequency(t, i);
    CHECK(sum == kProbabilityOne);
    CHECK(set.frequency(t, set.info(t).count) == 1);
  }
  CHECK(set.frequency(0, 0) == 1);
  CHECK(set.frequency(0, 2) > 8180 && set.frequency(0, 2) < 8200);
  CHECK(set.frequency(0, 3) > 24560 && set.frequency(0, 3) < 24580);
  CHECK(set.frequency(1, 0) == kProbabilityOne - 1);
  CHECK_HASH(hashOf(set), 0x9469f63cefc81608ULL);
}

void impossibleTablesAreRefused() {
  const std::vector<uint32_t> zero = {0, 0}, fine = {1};
  const std::vector<uint32_t> wide(kMaxTableSymbols + 1, 1);
  const std::vector<FactorisedTable> none, allZero = {{0, zero}}, empty = {{0, {}}}, tooWide = {{0, wide}},
                                           far = {{kMaxFirstSymbol + 1, fine}};
  for (const auto* tables : {&none, &allZero, &empty, &tooWide, &far}) {
    CHECK_THROWS(makeFactorisedTables(*tables), std::invalid_argument);
  }
}

}  // namespace

int main() {
  RUN(frequenciesArePositiveAndSumToOne);
  RUN(fixedPointCdfsAgreeWithTheMathLibrary);
  RUN(centredTablesAreSymmetric);
  RUN(oppositePhasesMirrorEachOther);
  RUN(tablesCostLittleMoreThanTheEntropy);
  RUN(meansAreRoundedToOffsetAndPhase);
  RUN(scalesInFixedPointAreRounded);
  RUN(factorisedTablesFollowTheirFrequencies);
  RUN(impossibleTablesAreRefused);
  RUN(tablesAreTheSameOnEveryMachine);
  return 0;
}

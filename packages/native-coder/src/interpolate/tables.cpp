#include "interpolate/tables.h"

#include <algorithm>
#include <cmath>

namespace fieldzip {
namespace {

constexpr int kPrecision = 8;  // logarithms are in eighths
constexpr int kLogBits = 7;
constexpr int kMostLog = (1 << kLogBits) - 1;
constexpr int kCountBits = 5;
constexpr int kRiceBits = 2;

// 2^(30 - i/8)
constexpr std::array<uint32_t, kPrecision> kPowers = {1073741824, 984625594, 902905651, 827968132, 759250125, 696235434, 638450708, 585461688};

uint32_t frequencyOf(int log) {
  const uint32_t power = kPowers[static_cast<size_t>(log % kPrecision)] >> (log / kPrecision);
  return power >> (30 - kFrequencyBits);
}

// What is sent of a table.
struct Shape {
  int count = 0;                          // magnitudes above 0 that have a frequency
  std::array<int, kLargest + 1> logs{};   // of the two signs together, from magnitude 1
  int escape = -1;                        // logarithm, or none
};

// Where the lowest bits are sent raw, magnitude m stands for m and -1-m, and kLargest is not used.
Table tableOfShape(const Shape& shape, bool raw) {
  std::array<uint32_t, kLargest + 1> single{};
  uint32_t sum = 0;
  for (int m = 1; m <= shape.count; ++m) {
    single[static_cast<size_t>(m)] = std::max(1U, frequencyOf(shape.logs[static_cast<size_t>(m)]) / 2);
    sum += 2 * single[static_cast<size_t>(m)];
  }
  uint32_t escape = shape.escape < 0 ? 0 : std::max(1U, frequencyOf(shape.escape));
  // Magnitude 0 has the rest; it has at least 2.
  while (sum + escape > kTotal - 2) {
    auto largest = std::max_element(single.begin(), single.end());
    if (*largest > 1) {
      const uint32_t excess = (sum + escape - (kTotal - 2) + 1) / 2;
      const uint32_t less = std::min(excess, (*largest + 1) / 2);
      *largest -= less;
      sum -= 2 * less;
    } else {
      escape = std::max(1U, escape / 2);
    }
  }
  const uint32_t rest = kTotal - sum - escape;
  std::array<uint32_t, kSymbols> f{};
  for (int m = 0; m <= kLargest; ++m) {
    const uint32_t own = single[static_cast<size_t>(m)];
    if (raw) {
      if (m == kLargest) break;
      f[static_cast<size_t>(kLargest + m)] = m == 0 ? rest - rest / 2 : own;
      f[static_cast<size_t>(kLargest - 1 - m)] = m == 0 ? rest / 2 : own;
    } else if (m == 0) {
      f[kLargest] = rest;
    } else {
      f[static_cast<size_t>(kLargest + m)] = f[static_cast<size_t>(kLargest - m)] = own;
    }
  }
  f[kEscape] = escape;
  Table table;
  uint32_t at = 0;
  for (size_t s = 0; s < kSymbols; ++s) {
    table.first[s] = static_cast<uint16_t>(at);
    at += f[s];
  }
  table.first[kSymbols] = static_cast<uint16_t>(at);
  table.used = true;
  return table;
}

struct Magnitudes {
  std::array<uint64_t, kLargest + 1> count{};
  uint64_t escape = 0, total = 0;

  void add(const std::array<uint32_t, kSymbols>& counts, bool raw) {
    for (int s = 0; s < kEscape; ++s) {
      const int v = s - kLargest;
      count[static_cast<size_t>(v >= 0 ? v : raw ? -1 - v : -v)] += counts[static_cast<size_t>(s)];
      total += counts[static_cast<size_t>(s)];
    }
    escape += counts[kEscape];
    total += counts[kEscape];
  }
  void add(const Magnitudes& other) {
    for (size_t i = 0; i < count.size(); ++i) count[i] += other.count[i];
    escape += other.escape;
    total += other.total;
  }
};

int logOf(uint64_t part, uint64_t total) {
  if (part == 0) return kMostLog;
  const double log = -std::log2(static_cast<double>(part) / static_cast<double>(total)) * kPrecision;
  return std::clamp(static_cast<int>(std::lround(log)), 0, kMostLog);
}

Shape shapeOf(const Magnitudes& magnitudes) {
  Shape shape;
  for (int m = kLargest; m > 0 && shape.count == 0; --m) {
    if (magnitudes.count[static_cast<size_t>(m)] > 0) shape.count = m;
  }
  for (int m = 1; m <= shape.count; ++m) {
    shape.logs[static_cast<size_t>(m)] = logOf(magnitudes.count[static_cast<size_t>(m)], magnitudes.total);
  }
  if (magnitudes.escape > 0) shape.escape = logOf(magnitudes.escape, magnitudes.total);
  return shape;
}

uint32_t zigzag(int v) { return static_cast<uint32_t>(v) << 1 ^ static_cast<uint32_t>(v >> 31); }
int unzigzag(uint32_t v) { return static_cast<int>(v >> 1 ^ (~(v & 1U) + 1U)); }

void writeShape(const Shape& shape, BitWriter& out) {
  out.put(static_cast<uint32_t>(shape.count), kCountBits);
  out.put(shape.escape >= 0, 1);
  if (shape.escape >= 0) out.put(static_cast<uint32_t>(shape.escape), kLogBits);
  int last = 0, slope = 0;
  for (int m = 1; m <= shape.count; ++m) {
    const int log = shape.logs[static_cast<size_t>(m)];
    if (m == 1) {
      out.put(static_cast<uint32_t>(log), kLogBits);
    } else {
      out.putRice(zigzag(log - last - slope), kRiceBits);
      slope = m == 2 ? log - last : (slope + log - last) / 2;
    }
    last = log;
  }
}

Shape readShape(bool raw, BitReader& in) {
  Shape shape;
  shape.count = static_cast<int>(in.take(kCountBits));
  if (shape.count > (raw ? kLargest - 1 : kLargest)) throw CorruptStream("a table has too many magnitudes");
  if (in.take(1) != 0) shape.escape = static_cast<int>(in.take(kLogBits));
  int last = 0, slope = 0;
  for (int m = 1; m <= shape.count; ++m) {
    const int log = m == 1 ? static_cast<int>(in.take(kLogBits)) : last + slope + unzigzag(in.takeRice(kRiceBits));
    if (log < 0 || log > kMostLog) throw CorruptStream("a table has an impossible frequency");
    if (m > 1) slope = m == 2 ? log - last : (slope + log - last) / 2;
    shape.logs[static_cast<size_t>(m)] = last = log;
  }
  return shape;
}

double bitsOf(const Magnitudes& m) {
  if (m.total == 0) return 0;
  const auto part = [&](uint64_t n, double each) { return n == 0 ? 0.0 : static_cast<double>(n) * (each - std::log2(static_cast<double>(n) / static_cast<double>(m.total))); };
  double bits = kCountBits + 1 + (m.escape > 0 ? kLogBits : 0), table = 0;
  for (size_t i = 0; i < m.count.size(); ++i) {
    bits += part(m.count[i], i > 0);
    if (i > 0 && m.count[i] > 0) table = 3 + 4.0 * static_cast<double>(i);
  }
  return bits + part(m.escape, 0) + table;
}

}  // namespace

std::array<Table, kTables> writeTables(const Counts& counts, BitWriter& out) {
  std::array<Magnitudes, kTables> own;
  for (size_t t = 0; t < kTables; ++t) own[t].add(counts[t], t >= kRawFrom);
  // Neighbours are joined while that takes fewer bits. The raw ones differ in meaning, and stay with each other.
  std::array<size_t, kTables> leader;  // first class of a run
  for (size_t t = 0; t < kTables; ++t) leader[t] = t;
  for (;;) {
    double most = 0;
    size_t at = kTables;
    size_t previous = 0;
    for (size_t t = 1; t < kTables; ++t) {
      if (leader[t] != t) continue;
      if (t != kRawFrom) {
        Magnitudes both = own[previous];
        both.add(own[t]);
        const double gain = bitsOf(own[previous]) + bitsOf(own[t]) - bitsOf(both) + (own[t].total == 0 ? 1 : 0);
        if (gain > most) {
          most = gain;
          at = t;
        }
      }
      previous = t;
    }
    if (at == kTables) break;
    size_t before = at - 1;
    while (leader[before] != before) --before;
    own[before].add(own[at]);
    for (size_t t = at; t < kTables && (t == at || leader[t] == at); ++t) leader[t] = before;
  }
  std::array<Table, kTables> tables;
  for (size_t t = 0; t < kTables; ++t) {
    const bool fresh = leader[t] == t;
    if (t != 0 && t != kRawFrom) out.put(fresh, 1);
    if (!fresh) {
      tables[t] = tables[t - 1];
      continue;
    }
    const Shape shape = shapeOf(own[t]);
    writeShape(shape, out);
    tables[t] = tableOfShape(shape, t >= kRawFrom);
  }
  return tables;
}

std::array<Table, kTables> readTables(BitReader& in) {
  std::array<Table, kTables> tables;
  for (size_t t = 0; t < kTables; ++t) {
    const bool fresh = t == 0 || t == kRawFrom || in.take(1) != 0;
    tables[t] = fresh ? tableOfShape(readShape(t >= kRawFrom, in), t >= kRawFrom) : tables[t - 1];
  }
  return tables;
}

}  // namespace fieldzip

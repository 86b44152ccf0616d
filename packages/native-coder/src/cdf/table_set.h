// A set of frequency tables in the layout that the rANS kernels read.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "cdf/fixed_point.h"

namespace fieldzip {

inline constexpr int kProbabilityBits = 15;
inline constexpr uint32_t kProbabilityOne = 1U << kProbabilityBits;
// 256 buckets of the slot's top bits: fine enough that a scan rarely takes a second step, small enough that the 228
// scale tables and their buckets (about 150 KiB) stay in a level-2 cache.
inline constexpr int kBucketBits = 8;
inline constexpr int kBucketShift = kProbabilityBits - kBucketBits;
inline constexpr uint32_t kMaxTableSymbols = 16384;
inline constexpr int32_t kMaxFirstSymbol = 1 << 30;

// How one symbol is coded: value = offset + ((hi << rawBits) | low) - (2^rawBits >> 1), hi by `table`, low as raw bits.
struct SymbolModel {
  int32_t offset;
  uint16_t table;
  uint8_t rawBits;
  uint8_t reserved;
};

struct TableInfo {
  uint32_t begin;  // of this table's cumulative frequencies: count + 2 values, the last one 2^15
  int32_t first;   // value of the first symbol
  uint32_t count;  // symbols without the escape, which comes last
};

class TableSet {
 public:
  enum class Kind : uint8_t { scale, factorised };

  explicit TableSet(Kind kind) : kind_(kind) {}

  // `frequencies` has the escape last; every one is at least 1 and they sum to 2^15.
  void add(int32_t first, std::span<const uint16_t> frequencies);

  Kind kind() const { return kind_; }
  uint32_t size() const { return static_cast<uint32_t>(tables_.size()); }
  const TableInfo& info(uint32_t table) const { return tables_[table]; }
  const TableInfo* infos() const { return tables_.data(); }
  const uint16_t* cumulative() const { return cumulative_.data(); }
  const uint16_t* buckets() const { return buckets_.data(); }

  uint32_t frequency(uint32_t table, uint32_t index) const {
    const uint16_t* c = cumulative_.data() + tables_[table].begin + index;
    return static_cast<uint32_t>(c[1]) - c[0];
  }
  // Bits for each symbol of a table, the escape last. For an encoder's decisions only: they come from a float log2.
  std::span<const float> codeLengths(uint32_t table) const {
    return {bits_.data() + tables_[table].begin, tables_[table].count + 1};
  }
  // Bits that coding `value` costs under `model`.
  float bits(const SymbolModel& model, int32_t value) const;

 private:
  Kind kind_;
  std::vector<TableInfo> tables_;
  std::vector<uint16_t> cumulative_;
  std::vector<uint16_t> buckets_;
  std::vector<float> bits_;
};

// ---- Tables for a location and a scale

inline constexpr int kScales = 64;
inline constexpr int kFirstRawScale = 28;  // from s = 8 on, the low bits are as good as uniform and are sent raw
inline constexpr int kPhases = 8;
inline constexpr uint32_t kScaleTables = kFirstRawScale * kPhases + 4;

struct ScaleInfo {
  int64_t q16;         // s_i * 2^16, rounded to nearest
  uint16_t table;      // of phase -4
  uint8_t phaseMask;   // 7 where there are eight phases, else 0
  uint8_t rawBits;
};
extern const std::array<ScaleInfo, kScales> kScaleInfos;

TableSet makeScaleTables(Family family);

// The model of a symbol with a scale and a mean in eighths.
inline SymbolModel scaleModel(const ScaleInfo& scale, int32_t mean8) {
  return {static_cast<int32_t>((static_cast<int64_t>(mean8) + 4) >> 3),
          static_cast<uint16_t>(scale.table + (static_cast<uint32_t>(mean8 + int64_t{4}) & scale.phaseMask)), scale.rawBits, 0};
}

// ---- Tables from a model's own frequencies

struct FactorisedTable {
  int32_t first;
  std::span<const uint32_t> frequencies;  // any non-negative integers, at least one positive
};

TableSet makeFactorisedTables(std::span<const FactorisedTable> tables);

}  // namespace fieldzip

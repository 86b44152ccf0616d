#include "cdf/table_set.h"

#include <cmath>
#include <stdexcept>

#include "rans/escape.h"

namespace fieldzip {

void TableSet::add(int32_t first, std::span<const uint16_t> frequencies) {
  if (frequencies.size() < 2 || frequencies.size() > kMaxTableSymbols + 1) {
    throw std::invalid_argument("a table needs 1 to 16384 symbols");
  }
  if (first < -kMaxFirstSymbol || first > kMaxFirstSymbol) {
    throw std::invalid_argument("a table's first symbol must be within +-2^30");
  }
  if (tables_.size() >= 65536) throw std::invalid_argument("a set holds at most 65536 tables");

  const uint32_t count = static_cast<uint32_t>(frequencies.size() - 1);
  tables_.push_back({static_cast<uint32_t>(cumulative_.size()), first, count});
  uint32_t sum = 0;
  uint32_t bucket = 0;
  for (uint32_t i = 0; i <= count; ++i) {
    const uint32_t frequency = frequencies[i];
    if (frequency == 0) throw std::invalid_argument("every frequency must be at least 1");
    cumulative_.push_back(static_cast<uint16_t>(sum));
    bits_.push_back(static_cast<float>(kProbabilityBits - std::log2(static_cast<double>(frequency))));
    sum += frequency;
    if (sum > kProbabilityOne) break;
    // A bucket starts its scan at the symbol that holds the bucket's first slot.
    for (; bucket < (1U << kBucketBits) && (bucket << kBucketShift) < sum; ++bucket) {
      buckets_.push_back(static_cast<uint16_t>(i));
    }
  }
  if (sum != kProbabilityOne) throw std::invalid_argument("a table's frequencies must sum to 32768");
  cumulative_.push_back(static_cast<uint16_t>(kProbabilityOne));
  bits_.push_back(0.0F);
}

float TableSet::bits(const SymbolModel& model, int32_t value) const {
  const TableInfo& table = tables_[model.table];
  const int64_t v = static_cast<int64_t>(value) - model.offset + ((1 << model.rawBits) >> 1);
  const int64_t index = (v >> model.rawBits) - table.first;
  const float* lengths = bits_.data() + table.begin;
  if (index >= 0 && index < static_cast<int64_t>(table.count)) {
    return lengths[index] + static_cast<float>(model.rawBits);
  }
  return lengths[table.count] + static_cast<float>(model.rawBits + escapeOf(index, table.count).bits());
}

}  // namespace fieldzip

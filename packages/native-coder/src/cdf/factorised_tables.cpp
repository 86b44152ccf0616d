#include <stdexcept>
#include <vector>

#include "cdf/table_set.h"

namespace fieldzip {
namespace {

// Every symbol and the escape get 1; the rest is shared out by rounding the cumulative sums, which leaves nothing over and
// favours no symbol. Integer arithmetic on the model's own integers, so every machine builds the same table.
std::vector<uint16_t> normalise(std::span<const uint32_t> frequencies) {
  const uint64_t count = frequencies.size();
  if (count == 0 || count > kMaxTableSymbols) throw std::invalid_argument("a table needs 1 to 16384 symbols");
  uint64_t total = 0;
  for (const uint32_t f : frequencies) total += f;
  if (total == 0) throw std::invalid_argument("a table needs at least one positive frequency");

  const uint64_t spare = kProbabilityOne - count - 1;
  std::vector<uint16_t> result;
  result.reserve(count + 1);
  uint64_t sum = 0;
  uint64_t before = 0;
  for (const uint32_t f : frequencies) {
    sum += f;                                      // below 2^46
    const uint64_t edge = sum * spare / total;     // the product is below 2^61
    result.push_back(static_cast<uint16_t>(1 + edge - before));
    before = edge;
  }
  result.push_back(1);
  return result;
}

}  // namespace

TableSet makeFactorisedTables(std::span<const FactorisedTable> tables) {
  if (tables.empty()) throw std::invalid_argument("a table set needs at least one table");
  TableSet set(TableSet::Kind::factorised);
  for (const FactorisedTable& table : tables) set.add(table.first, normalise(table.frequencies));
  return set;
}

}  // namespace fieldzip

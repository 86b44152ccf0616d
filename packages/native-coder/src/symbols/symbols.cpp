#include "symbols/symbols.h"

#include <stdexcept>

#include "rans/rans.h"

namespace fieldzip {
namespace {

class Models {
 public:
  Models(const TableSet& tables, std::span<const uint16_t> tableIndex, std::span<const int32_t> mean8)
      : scale_(tables.kind() == TableSet::Kind::scale),
        limit_(scale_ ? static_cast<uint32_t>(kScales) : tables.size()),
        tableIndex_(tableIndex),
        mean8_(mean8) {
    if (!scale_ && !mean8.empty()) throw std::invalid_argument("factorised tables take no means");
    if (!mean8.empty() && mean8.size() != tableIndex.size()) throw std::invalid_argument("one mean per symbol is needed");
  }

  // Indices are checked here, on the value used, because the caller's memory may be shared with another thread.
  void fill(size_t begin, std::span<SymbolModel> models) const {
    for (size_t i = 0; i < models.size(); ++i) {
      const uint16_t index = tableIndex_[begin + i];
      if (index >= limit_) throw std::invalid_argument("a table index is out of range");
      models[i] = scale_ ? scaleModel(kScaleInfos[index], mean8_.empty() ? 0 : mean8_[begin + i]) : SymbolModel{0, index, 0, 0};
    }
  }

 private:
  bool scale_;
  uint32_t limit_;
  std::span<const uint16_t> tableIndex_;
  std::span<const int32_t> mean8_;
};

}  // namespace

std::vector<uint8_t> encodeSymbols(const TableSet& tables, std::span<const int32_t> symbols,
                                   std::span<const uint16_t> tableIndex, std::span<const int32_t> mean8) {
  if (symbols.size() != tableIndex.size()) throw std::invalid_argument("one table index per symbol is needed");
  const Models source(tables, tableIndex, mean8);
  return ransEncode(tables, symbols.size(),
                    [&](size_t begin, std::span<SymbolModel> models, std::span<int32_t> values) {
                      source.fill(begin, models);
                      for (size_t i = 0; i < values.size(); ++i) values[i] = symbols[begin + i];
                    });
}

void decodeSymbols(const TableSet& tables, std::span<const uint8_t> bytes, std::span<const uint16_t> tableIndex,
                   std::span<const int32_t> mean8, std::span<int32_t> symbols) {
  if (symbols.size() != tableIndex.size()) throw std::invalid_argument("one table index per symbol is needed");
  const Models source(tables, tableIndex, mean8);
  ransDecode(
      tables, bytes, symbols.size(), [&](size_t begin, std::span<SymbolModel> models) { source.fill(begin, models); },
      [&](size_t begin, std::span<const int32_t> values) {
        for (size_t i = 0; i < values.size(); ++i) symbols[begin + i] = values[i];
      });
}

}  // namespace fieldzip

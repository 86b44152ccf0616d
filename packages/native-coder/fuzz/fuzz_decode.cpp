// Every decoder on arbitrary bytes: it may throw CorruptStream and nothing else.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "errors.h"
#include "latents/latents.h"
#include "mask/mask.h"
#include "symbols/symbols.h"

using namespace fieldzip;

namespace {

TableSet factorised() {
  const std::vector<uint32_t> narrow = {3}, wide(300, 2);
  const std::vector<FactorisedTable> tables = {{-kMaxFirstSymbol, narrow}, {-150, wide}, {kMaxFirstSymbol, narrow}};
  return makeFactorisedTables(tables);
}

}  // namespace

// First byte: which decoder. Second and third: sizes. Fourth: where parameters come from. The rest is the stream.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TableSet scaleTables = makeScaleTables(Family::logistic);
  static const TableSet modelTables = factorised();
  if (size < 4) return 0;
  const uint32_t height = 1 + data[1], width = 1 + data[2];
  const uint32_t seed = data[3];
  const std::span<const uint8_t> stream(data + 4, size - 4);
  try {
    switch (data[0] % 4) {
      case 0: {
        const size_t count = height * 8;
        std::vector<uint16_t> index(count);
        std::vector<int32_t> mean8(count), symbols(count);
        for (size_t i = 0; i < count; ++i) {
          index[i] = static_cast<uint16_t>((i * seed) % 64);
          mean8[i] = static_cast<int32_t>(i * seed * 0x9e3779b9U) >> (seed % 32);
        }
        decodeSymbols(scaleTables, stream, index, mean8, symbols);
        break;
      }
      case 1: {
        std::vector<uint16_t> index(height * 8);
        std::vector<int32_t> symbols(index.size());
        for (size_t i = 0; i < index.size(); ++i) index[i] = static_cast<uint16_t>((i + seed) % 3);
        decodeSymbols(modelTables, stream, index, {}, symbols);
        break;
      }
      case 2: {
        const uint32_t h = 1 + height / 4, w = 1 + width / 4;
        const LatentShape shape{64, (h + 7) / 8, (w + 7) / 8, LatentShape::Layout::blocks8, h, w, seed % 2 == 0};
        std::vector<uint8_t> params(shape.paramsSize());
        for (size_t i = 0; i < params.size(); ++i) params[i] = static_cast<uint8_t>(i * seed);
        std::vector<float> q(shape.size());
        decodeLatents(scaleTables, shape, stream, params, q);
        break;
      }
      default: {
        std::vector<uint8_t> classes(static_cast<size_t>(height) * width);
        decodeMask(stream, height, width, seed, classes);
        break;
      }
    }
  } catch (const CorruptStream&) {
  }
  return 0;
}

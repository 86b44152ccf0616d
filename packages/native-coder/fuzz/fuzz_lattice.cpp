// The predict codec's decoders on arbitrary bytes, and on streams that were sound before: they may throw CorruptStream and
// nothing else, and read and write nothing beyond what they are given.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "errors.h"
#include "predict/lattice.h"

using namespace fieldzip;

namespace {

struct Shape {
  size_t rows, columns;
};

Shape shapeOf(uint8_t a, uint8_t b) {
  // Now and then a single row or column, as long as a byte can say.
  if (a >= 240) return {1, size_t{b} + 1};
  if (b >= 240) return {size_t{a} + 1, 1};
  return {1 + a % 24U, 1 + b % 24U};
}

// 0: no mask; 1: all missing; else every k-th missing, and of 128 and more all but every k-th.
std::vector<uint8_t> maskOf(uint8_t kind, size_t size) {
  std::vector<uint8_t> mask(kind == 0 ? 0 : size, uint8_t{1});
  for (size_t i = 0; i < mask.size() && kind > 1; ++i) {
    mask[i] = (i % (2 + kind % 126U) == 0) == (kind < 128) ? 1 : 0;
  }
  return mask;
}

template <typename T>
void decode(std::span<const uint8_t> stream, const std::vector<uint8_t>& mask, Shape shape) {
  std::vector<T> values(shape.rows * shape.columns);
  // A copy of its own length, so that a sanitizer sees any read beyond the end.
  const std::vector<uint8_t> bytes(stream.begin(), stream.end());
  try {
    if constexpr (std::is_integral_v<T>) {
      decodeLattice(bytes, mask, shape.rows, shape.columns, std::span<T>(values));
    } else {
      decodeExact(bytes, mask, shape.rows, shape.columns, std::span<T>(values));
    }
  } catch (const CorruptStream&) {
  }
}

// Sound streams reach what arbitrary bytes hardly do, for a stream must end in its starting state: up to three bytes are
// changed, most of them in the head.
template <typename T>
void damage(std::span<const uint8_t> content, const std::vector<uint8_t>& mask, Shape shape) {
  if (content.size() < 8) return;
  std::vector<T> values(shape.rows * shape.columns);
  const auto held = content.subspan(8);
  std::memcpy(values.data(), held.data(), std::min(held.size(), values.size() * sizeof(T)));
  std::vector<uint8_t> bytes;
  if constexpr (std::is_integral_v<T>) {
    bytes = encodeLattice(std::span<const T>(values), mask, shape.rows, shape.columns, PredictEffort::balanced);
  } else {
    bytes = encodeExact(std::span<const T>(values), mask, shape.rows, shape.columns, PredictEffort::balanced);
  }
  const size_t head = std::min<size_t>(bytes.size(), 48);
  for (size_t i = 0; i < 6; i += 2) bytes[content[i] % (content[6] < 64 ? bytes.size() : head)] ^= content[i + 1];
  if (content[6] % 4 == 3) bytes.resize(bytes.size() - std::min<size_t>(bytes.size(), content[7]));
  decode<T>(bytes, mask, shape);
}

template <typename T>
void either(bool sound, std::span<const uint8_t> content, const std::vector<uint8_t>& mask, Shape shape) {
  sound ? damage<T>(content, mask, shape) : decode<T>(content, mask, shape);
}

}  // namespace

// First byte: the type, and whether the rest is a stream or what one is made of. Second and third: the shape. Fourth: the mask.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const Shape shape = shapeOf(data[1], data[2]);
  const auto mask = maskOf(data[3], shape.rows * shape.columns);
  const std::span<const uint8_t> content(data + 4, size - 4);
  const bool sound = (data[0] & 4) != 0;
  switch (data[0] % 4) {
    case 0: either<int32_t>(sound, content, mask, shape); break;
    case 1: either<int64_t>(sound, content, mask, shape); break;
    case 2: either<float>(sound, content, mask, shape); break;
    default: either<double>(sound, content, mask, shape); break;
  }
  return 0;
}

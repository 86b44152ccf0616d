// The predict codec's decoders on arbitrary bytes, and on streams that were sound before: they may throw CorruptStream and
// nothing else, and read and write nothing beyond what they are given.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "errors.h"
#include "predict/lattice.h"
#include "predict/perceptron.h"

using namespace fieldzip;

namespace {

struct Sides {
  size_t rows, columns;
};

Sides shapeOf(uint8_t a, uint8_t b) {
  // Now and then a single row or column, as long as a byte can say, or enough of both for rows in lockstep.
  if (a >= 224 && a < 240) return {32 + a % 16U, 128 + b % 16U};
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

// One network for all inputs, its numbers of a fixed sequence: it says a great many different things.
const Perceptron& network() {
  static const Perceptron made = [] {
    std::vector<uint8_t> bytes;
    uint32_t random = 1;
    const auto next = [&] { return (random = random * 1664525U + 1013904223U) >> 16; };
    for (const auto& [in, out] : {std::pair{kNetInputs, kNetHidden1}, {kNetHidden1, kNetHidden2}, {kNetHidden2, kNetOutputs}}) {
      for (size_t i = 0; i < in * out; ++i) bytes.push_back(static_cast<uint8_t>(static_cast<int>(next() % 127) - 63));
      for (size_t i = 0; i < out * 4; ++i) bytes.push_back(static_cast<uint8_t>(i % 4 < 2 ? next() : 0));
      for (size_t i = 0; i < out; ++i) bytes.push_back(static_cast<uint8_t>(1 + next() % 12));
    }
    while (bytes.size() < Perceptron::byteLength()) bytes.push_back(static_cast<uint8_t>(next() % 128));
    return Perceptron(bytes);
  }();
  return made;
}

template <typename T>
void decode(std::span<const uint8_t> stream, const std::vector<uint8_t>& mask, Sides shape) {
  std::vector<T> values(shape.rows * shape.columns);
  // A copy of its own length, so that a sanitizer sees any read beyond the end.
  const std::vector<uint8_t> bytes(stream.begin(), stream.end());
  try {
    if constexpr (std::is_integral_v<T>) {
      decodeLattice(bytes, mask, shape.rows, shape.columns, std::span<T>(values), {&network()});
    } else {
      decodeExact(bytes, mask, shape.rows, shape.columns, std::span<T>(values), {&network()});
    }
  } catch (const CorruptStream&) {
  }
}

// Sound streams reach what arbitrary bytes hardly do, for a stream must end in its starting state: up to three bytes are
// changed, most of them in the head.
template <typename T>
void damage(std::span<const uint8_t> content, const std::vector<uint8_t>& mask, Sides shape) {
  if (content.size() < 8) return;
  std::vector<T> values(shape.rows * shape.columns);
  const auto held = content.subspan(8);
  std::memcpy(values.data(), held.data(), std::min(held.size(), values.size() * sizeof(T)));
  std::vector<uint8_t> bytes;
  const Perceptron* asked = content[7] < 128 ? &network() : nullptr;
  if constexpr (std::is_integral_v<T>) {
    bytes = encodeLattice(std::span<const T>(values), mask, shape.rows, shape.columns, PredictEffort::balanced, {asked});
  } else {
    bytes = encodeExact(std::span<const T>(values), mask, shape.rows, shape.columns, PredictEffort::balanced, {asked});
  }
  const size_t head = std::min<size_t>(bytes.size(), 48);
  for (size_t i = 0; i < 6; i += 2) bytes[content[i] % (content[6] < 64 ? bytes.size() : head)] ^= content[i + 1];
  if (content[6] % 4 == 3) bytes.resize(bytes.size() - std::min<size_t>(bytes.size(), content[7]));
  decode<T>(bytes, mask, shape);
}

template <typename T>
void either(bool sound, std::span<const uint8_t> content, const std::vector<uint8_t>& mask, Sides shape) {
  sound ? damage<T>(content, mask, shape) : decode<T>(content, mask, shape);
}

}  // namespace

// First byte: the type, and whether the rest is a stream or what one is made of. Second and third: the shape. Fourth: the mask.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const Sides shape = shapeOf(data[1], data[2]);
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

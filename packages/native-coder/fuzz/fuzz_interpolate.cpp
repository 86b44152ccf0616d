// Interpolation on arbitrary values, whose bound it must keep, and its decoder on arbitrary bytes and on damaged streams: it may throw
// CorruptStream and nothing else, and reads and writes nothing beyond what it is given.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "../test/any_networks.h"
#include "errors.h"
#include "interpolate/interpolate.h"

using namespace fieldzip;

namespace {

struct Sides {
  size_t rows, columns;
};

Sides shapeOf(uint8_t a, uint8_t b) {
  // Now and then a single row or column, as long as a byte can say.
  if (a >= 240) return {1, size_t{b} + 1};
  if (b >= 240) return {size_t{a} + 1, 1};
  return {1 + a % 48U, 1 + b % 48U};
}

// 0: no mask; 1: all missing; else every k-th missing, and of 128 and more all but every k-th.
std::vector<uint8_t> maskOf(uint8_t kind, size_t size) {
  std::vector<uint8_t> mask(kind == 0 ? 0 : size, uint8_t{1});
  for (size_t i = 0; i < mask.size() && kind > 1; ++i) {
    mask[i] = (i % (2 + kind % 126U) == 0) == (kind < 128) ? 1 : 0;
  }
  return mask;
}

// Random, but the same for every run.
const InterpolationNetworks& theNetworks() {
  static const InterpolationNetworks networks = anyNetworks(1);
  return networks;
}

template <typename T>
void decode(std::span<const uint8_t> stream, const std::vector<uint8_t>& mask, Sides shape) {
  std::vector<T> values(shape.rows * shape.columns);
  // A copy of its own length, so that a sanitizer sees any read beyond the end.
  const std::vector<uint8_t> bytes(stream.begin(), stream.end());
  try {
    decodeInterpolated<T>(bytes, mask, shape.rows, shape.columns, {-1, 3}, values, &theNetworks());
  } catch (const CorruptStream&) {
  }
}

// Of the content the first two bytes say how fine the bound is and how the stream is damaged, the rest is values.
template <typename T>
void code(std::span<const uint8_t> content, const std::vector<uint8_t>& mask, Sides shape) {
  if (content.size() < 8) return;
  std::vector<T> values(shape.rows * shape.columns), restored(values.size()), decoded(values.size());
  const auto held = content.subspan(8);
  for (size_t i = 0; i < values.size(); ++i) {
    // Mostly smooth: what is held is what differs.
    const double more = held.empty() ? 0 : static_cast<double>(held[i % held.size()]) * (i < held.size() ? 1 : 0.01);
    values[i] = static_cast<T>(0.25 * static_cast<double>(i % shape.columns) + more);
  }
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const ValueInterval interval{static_cast<double>(*least), static_cast<double>(*greatest)};
  const double bound = std::ldexp(interval.maximum - interval.minimum, -(content[0] % 40));
  const InterpolationNetworks* networks = content[0] % 3 == 0 ? nullptr : &theNetworks();
  auto bytes = encodeInterpolated<T>(values, mask, shape.rows, shape.columns, interval, bound, restored, 1, networks);
  if (bytes.empty()) return;
  decodeInterpolated<T>(bytes, mask, shape.rows, shape.columns, interval, decoded, networks);
  if (std::memcmp(decoded.data(), restored.data(), sizeof(T) * values.size()) != 0) std::abort();
  for (size_t i = 0; i < values.size(); ++i) {
    if (!mask.empty() && mask[i] != 0) continue;
    if (!(std::abs(static_cast<double>(decoded[i]) - static_cast<double>(values[i])) <= bound)) std::abort();
  }
  for (size_t i = 2; i < 6; i += 2) bytes[(content[i] * size_t{256} + content[1]) % bytes.size()] ^= content[i + 1];
  if (content[1] % 8 == 7) bytes.resize(bytes.size() - std::min<size_t>(bytes.size(), content[7]));
  decode<T>(bytes, mask, shape);
}

}  // namespace

// First byte: the type, and whether the rest is a stream or what one is made of. Second and third: the shape. Fourth: the mask.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const Sides shape = shapeOf(data[1], data[2]);
  const auto mask = maskOf(data[3], shape.rows * shape.columns);
  const std::span<const uint8_t> content(data + 4, size - 4);
  switch (data[0] % 4) {
    case 0: decode<float>(content, mask, shape); break;
    case 1: decode<double>(content, mask, shape); break;
    case 2: code<float>(content, mask, shape); break;
    default: code<double>(content, mask, shape); break;
  }
  return 0;
}

// Every coder on arbitrary content: what comes back is what went in.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "latents/latents.h"
#include "mask/mask.h"
#include "predict/lattice.h"
#include "symbols/symbols.h"
#include "wavelet/wavelet.h"

using namespace fieldzip;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

template <typename T>
std::vector<T> take(const uint8_t*& data, size_t& size, size_t count) {
  std::vector<T> result(count);
  const size_t bytes = count * sizeof(T) < size ? count * sizeof(T) : size;
  if (bytes != 0) std::memcpy(result.data(), data, bytes);
  data += bytes;
  size -= bytes;
  return result;
}

void symbolsRoundTrip(const TableSet& tables, const uint8_t* data, size_t size) {
  const size_t count = size / 9 + 1;
  auto scale = take<uint8_t>(data, size, count);
  const auto mean8 = take<int32_t>(data, size, count);
  const auto symbols = take<int32_t>(data, size, count);
  std::vector<uint16_t> index(scale.begin(), scale.end());
  for (uint16_t& i : index) i %= 64;
  std::vector<int32_t> back(count);
  decodeSymbols(tables, encodeSymbols(tables, symbols, index, mean8), index, mean8, back);
  require(back == symbols);
}

void latentsRoundTrip(const TableSet& tables, const uint8_t* data, size_t size, uint32_t height, uint32_t width) {
  const LatentShape shape{64, (height + 7) / 8, (width + 7) / 8, LatentShape::Layout::blocks8, height, width, false};
  const auto params = take<uint8_t>(data, size, shape.paramsSize());
  const auto y = take<float>(data, size, shape.size());
  std::vector<float> q(shape.size()), back(shape.size());
  const auto bytes = encodeLatents(tables, shape, y, params, std::vector<float>(shape.channels, size % 2 == 0 ? 0.0F : 0.2F), q);
  decodeLatents(tables, shape, bytes, params, back);
  require(back == q);
}

void maskRoundTrip(const uint8_t* data, size_t size, uint32_t height, uint32_t width) {
  const auto classes = take<uint8_t>(data, size, static_cast<size_t>(height) * width);
  std::vector<uint8_t> back(classes.size());
  decodeMask(encodeMask(classes, height, width), height, width, 255, back);
  require(back == classes);
}

void fillAndTransform(const uint8_t* data, size_t size, uint32_t height, uint32_t width) {
  const size_t count = static_cast<size_t>(height) * width;
  const auto classes = take<uint8_t>(data, size, count);
  auto values = take<double>(data, size, count);
  fillMissing(std::span<double>(values), classes, height, width);
  for (size_t i = 0; i < count; ++i) require(classes[i] == 0 || std::isfinite(values[i]));
  waveletForward(std::span<double>(values), height, width, size % 32);
  waveletInverse(std::span<double>(values), height, width, size % 32);
}

// A lattice's first byte of content says how far its values are spread, so that predictions matter as much as escapes do.
template <typename T>
void latticeRoundTrip(const uint8_t* data, size_t size, uint32_t height, uint32_t width, PredictEffort effort) {
  const size_t count = static_cast<size_t>(height) * width;
  const uint32_t spread = size == 0 ? 0 : data[0];
  const auto mask = take<uint8_t>(data, size, spread % 3 == 0 ? 0 : count);
  auto values = take<T>(data, size, count);
  std::vector<T> back(count);
  if constexpr (std::is_integral_v<T>) {
    for (T& value : values) value = static_cast<T>(value >> (spread % (sizeof(T) * 8)));
    decodeLattice(encodeLattice(std::span<const T>(values), mask, height, width, effort), mask, height, width, std::span<T>(back));
  } else {
    decodeExact(encodeExact(std::span<const T>(values), mask, height, width, effort), mask, height, width, std::span<T>(back));
  }
  for (size_t i = 0; i < count; ++i) {
    const T expected = mask.empty() || mask[i] == 0 ? values[i] : T{0};
    require(std::memcmp(&back[i], &expected, sizeof(T)) == 0);
  }
}

void latticesRoundTrip(const uint8_t* data, size_t size, uint32_t height, uint32_t width) {
  if (size == 0) return;
  const auto effort = static_cast<PredictEffort>(data[0] / 4 % 3);
  switch (data[0] % 4) {
    case 0: latticeRoundTrip<int32_t>(data + 1, size - 1, height, width, effort); break;
    case 1: latticeRoundTrip<int64_t>(data + 1, size - 1, height, width, effort); break;
    case 2: latticeRoundTrip<float>(data + 1, size - 1, height, width, effort); break;
    default: latticeRoundTrip<double>(data + 1, size - 1, height, width, effort); break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TableSet logistic = makeScaleTables(Family::logistic);
  static const TableSet gaussian = makeScaleTables(Family::gaussian);
  if (size < 3) return 0;
  const uint32_t height = 1 + data[1] % 48, width = 1 + data[2] % 48;
  switch (data[0] % 5) {
    case 0:
      symbolsRoundTrip(data[1] % 2 == 0 ? logistic : gaussian, data + 3, size - 3);
      break;
    case 1:
      latentsRoundTrip(logistic, data + 3, size - 3, height, width);
      break;
    case 2:
      maskRoundTrip(data + 3, size - 3, height, width);
      break;
    case 3:
      latticesRoundTrip(data + 3, size - 3, height, width);
      break;
    default:
      fillAndTransform(data + 3, size - 3, height, width);
      break;
  }
  return 0;
}

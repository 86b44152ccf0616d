#include "predict/palette.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "errors.h"
#include "mask/binary_coder.h"

namespace fieldzip {
namespace {

constexpr size_t kProbe = 1 << 14;

// Gaps: bit length in unary, in the context of the length before; then the bits, the top ones with a context.
struct GapModels {
  std::array<std::array<BitModel, 65>, 65> length;
  std::array<std::array<BitModel, 16>, 65> top;
  uint32_t previous = 0;
};

template <typename Coder>
uint64_t codeGap(Coder& coder, GapModels& models, uint64_t gap) {
  const auto modelled = [&](BitModel& model, int bit) {
    const int result = coder.code(bit, model.probability16());
    model.update(result);
    return result;
  };
  const uint32_t given = static_cast<uint32_t>(std::bit_width(gap));
  uint32_t length = 1;
  while (length < 64 && modelled(models.length[models.previous][length], given > length ? 1 : 0) != 0) ++length;
  uint64_t value = 1;
  uint32_t prefix = 1;
  for (uint32_t left = length - 1; left > 0; --left) {
    const int bit = static_cast<int>(gap >> (left - 1) & 1U);
    int result;
    if (prefix < 16) {
      result = modelled(models.top[length][prefix], bit);
      prefix = prefix << 1 | static_cast<uint32_t>(result);
    } else {
      result = coder.code(bit, 1U << 15);
    }
    value = value << 1 | static_cast<uint64_t>(result);
  }
  models.previous = length;
  return value;
}

}  // namespace

Palette makePalette(std::span<const uint64_t> indices) {
  Palette palette;
  if (indices.size() < 64) return palette;
  std::vector<uint64_t> values;
  std::vector<size_t> counts;
  const uint64_t greatest = *std::max_element(indices.begin(), indices.end());
  if (greatest < std::max<uint64_t>(1U << 16, 2 * indices.size())) {
    std::vector<uint32_t> seen(static_cast<size_t>(greatest) + 1);
    for (const uint64_t value : indices) ++seen[static_cast<size_t>(value)];
    for (size_t value = 0; value < seen.size(); ++value) {
      if (seen[value] == 0) continue;
      values.push_back(value);
      counts.push_back(seen[value]);
    }
  } else {
    // Sorting costs more than coding: a probe first. Where nearly all of it differs, no palette is small.
    std::vector<uint64_t> sorted;
    const size_t stride = std::max<size_t>(1, indices.size() / kProbe);
    for (size_t i = 0; i < indices.size(); i += stride) sorted.push_back(indices[i]);
    std::sort(sorted.begin(), sorted.end());
    const auto distinct = static_cast<size_t>(std::unique(sorted.begin(), sorted.end()) - sorted.begin());
    if (distinct * 100 > (indices.size() / stride) * 97 && stride > 1) return palette;
    sorted.assign(indices.begin(), indices.end());
    std::sort(sorted.begin(), sorted.end());
    for (const uint64_t value : sorted) {
      if (values.empty() || value != values.back()) {
        values.push_back(value);
        counts.push_back(0);
      }
      ++counts.back();
    }
  }
  if (values.size() > indices.size() / 8) return palette;
  if (values.size() < 2) return palette;
  double saved = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const uint64_t low = i > 0 ? values[i - 1] : values[i], high = i + 1 < values.size() ? values[i + 1] : values[i];
    const double sides = i > 0 && i + 1 < values.size() ? 2.0 : 1.0;
    saved += static_cast<double>(counts[i]) * std::log2(static_cast<double>(high - low) / sides);
  }
  std::vector<uint8_t> bytes;
  BinaryEncoder coder(bytes);
  GapModels models;
  for (size_t i = 1; i < values.size(); ++i) codeGap(coder, models, values[i] - values[i - 1]);
  coder.finish();
  if (saved < 1.2 * 8.0 * static_cast<double>(bytes.size()) + kLeastSaved * static_cast<double>(indices.size())) return palette;
  palette.values = std::move(values);
  palette.bytes = std::move(bytes);
  return palette;
}

template <typename T>
bool fillsItsRange(std::span<const T> lattice, std::span<const uint8_t> mask, T minimum, uint64_t width, size_t count) {
  if (width >= std::max<uint64_t>(1U << 16, 2 * count)) return false;
  std::vector<uint8_t> seen(static_cast<size_t>(width) + 1);
  const auto each = [&](auto visit) {
    for (size_t i = 0; i < lattice.size(); ++i) {
      if (mask.empty() || mask[i] == 0) visit(static_cast<size_t>(static_cast<uint64_t>(lattice[i]) - static_cast<uint64_t>(minimum)));
    }
  };
  each([&](size_t index) { seen[index] = 1; });
  if (std::find(seen.begin(), seen.end(), uint8_t{0}) == seen.end()) return true;
  bool neighbours = false;
  std::vector<float> saved(seen.size());
  for (size_t low = 0, at = 0; at < width;) {
    size_t high = at + 1;
    while (seen[high] == 0) ++high;
    neighbours = neighbours || high == at + 1;
    // As makePalette counts what ranks save.
    const size_t sides = at > 0 ? 2 : 1;
    if (high - low > sides) saved[at] = static_cast<float>(std::log2(static_cast<double>(high - low) / static_cast<double>(sides)));
    if (high == width) saved[high] = static_cast<float>(std::log2(static_cast<double>(high - at)));
    low = at;
    at = high;
  }
  double sum = 0;
  each([&](size_t index) { sum += static_cast<double>(saved[index]); });
  return neighbours && sum < kLeastSaved * static_cast<double>(count);
}
template bool fillsItsRange(std::span<const int32_t>, std::span<const uint8_t>, int32_t, uint64_t, size_t);
template bool fillsItsRange(std::span<const int64_t>, std::span<const uint8_t>, int64_t, uint64_t, size_t);

std::vector<uint64_t> readPalette(std::span<const uint8_t> bytes, uint64_t count, uint64_t greatest) {
  // No more is allocated than the bytes can be read for: the decoder throws soon after their end.
  std::vector<uint64_t> values{0};
  BinaryDecoder coder(bytes);
  GapModels models;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t gap = codeGap(coder, models, 0);
    if (gap > greatest - values.back()) throw CorruptStream("the palette is impossible");
    values.push_back(values.back() + gap);
  }
  coder.finish();
  return values;
}

}  // namespace fieldzip

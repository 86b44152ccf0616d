// The wavelet codec's bands, as fuzz_coefficients does for its passes: on arbitrary bytes and on sound streams with a few
// bytes changed the decoder may throw CorruptStream and nothing else; untouched, it gives what the encoder said.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "../test/any_bands.h"
#include "bands/bands.h"
#include "errors.h"

using namespace fieldzip;

namespace {

struct Given {
  uint32_t rows, columns, seed;
  std::vector<uint8_t> mask;  // empty, or where values are missing
};

const BandNetwork& networkOf(const Given& given) {
  static const std::vector<BandNetwork> networks{BandNetwork(quietBandNetwork()), BandNetwork(anyBandNetwork(1)), BandNetwork(anyBandNetwork(2))};
  return networks[given.seed];
}

template <typename T>
bool decodes(std::span<const uint8_t> stream, const Given& given, bool leavesOut, std::vector<T>& values, BandForm form = BandForm::tables) {
  // A copy of its own length, so that a sanitizer sees any read beyond the end.
  const std::vector<uint8_t> bytes(stream.begin(), stream.end());
  try {
    decodeBands(networkOf(given), form, bytes, leavesOut ? std::span<const uint8_t>(given.mask) : std::span<const uint8_t>(), given.rows, given.columns, {}, 1, std::span<T>(values));
    return true;
  } catch (const CorruptStream&) {
    return false;
  }
}

template <typename T>
void either(bool sound, std::span<const uint8_t> content, const Given& given) {
  std::vector<T> values(static_cast<size_t>(given.rows) * given.columns), reconstruction(values.size()), back(values.size());
  if (!sound) {
    decodes(content, given, !given.mask.empty(), values, given.seed == 2 ? BandForm::shapes : BandForm::tables);
    return;
  }
  if (content.size() < 16) return;
  const auto held = content.subspan(10);
  std::memcpy(values.data(), held.data(), std::min(held.size(), values.size() * sizeof(T)));
  const double step = std::ldexp(1.0 + content[8], content[9] - 128);
  EncodedBands encoded;
  try {
    encoded = encodeBands(networkOf(given), std::span<const T>(values), given.mask, given.rows, given.columns, step, {content[7] / 512.0, {}, 1, true, content[6] / 16 % 2 != 0}, std::span<T>(reconstruction));
  } catch (const StepTooSmall&) {
    return;
  }
  std::vector<uint8_t>& bytes = encoded.bytes;
  if (!decodes(bytes, given, encoded.leavesOut, back) || std::memcmp(back.data(), reconstruction.data(), back.size() * sizeof(T)) != 0) std::abort();
  for (size_t i = 0; i < 6; i += 2) bytes[content[i] % std::min<size_t>(bytes.size(), 60)] ^= content[i + 1];
  if (content[6] % 4 == 3) bytes.resize(bytes.size() - std::min<size_t>(bytes.size(), content[5]));
  decodes(bytes, given, encoded.leavesOut, back);
}

}  // namespace

// First byte: the type, whether the rest is a stream, and how much is missing; second and third: the shape; fourth: the networks.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  Given given{1 + data[1] % 40U, 1 + data[2] % 40U, data[3] % 3U, {}};
  if (const unsigned rarity = data[0] / 4 % 8; rarity > 0) {
    given.mask.resize(static_cast<size_t>(given.rows) * given.columns);
    for (size_t i = 0; i < given.mask.size(); ++i) given.mask[i] = ((i / rarity * 2654435761U + data[3]) >> 7) % (1 + rarity) == 0 ? 1 : 0;
  }
  const std::span<const uint8_t> content(data + 4, size - 4);
  const bool sound = data[0] / 2 % 2 == 0;
  data[0] % 2 == 0 ? either<float>(sound, content, given) : either<double>(sound, content, given);
  return 0;
}

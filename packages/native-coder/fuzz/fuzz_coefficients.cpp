// The wavelet codec's decoders, as fuzz_lattice does for the predict codec's: on arbitrary bytes and on sound streams with
// a few bytes changed they may throw CorruptStream and nothing else; untouched, they give what the encoder said.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "../test/synthetic_network.h"
#include "coefficients/coefficients.h"
#include "coefficients/corrections.h"
#include "errors.h"

using namespace fieldzip;

namespace {

struct Given {
  uint32_t rows, columns, seed;
};

template <typename T>
bool decodes(std::span<const uint8_t> stream, Given given, std::vector<T>& values) {
  // A copy of its own length, so that a sanitizer sees any read beyond the end.
  const std::vector<uint8_t> bytes(stream.begin(), stream.end());
  try {
    const auto decoder = makeCoefficientDecoder<T>(bytes, given.rows, given.columns, {});
    runPasses(*decoder, given.seed);
    decoder->finish(std::span<T>(values));
    return true;
  } catch (const CorruptStream&) {
    return false;
  }
}

template <typename T>
bool corrects(std::span<const uint8_t> stream, Given given, std::vector<T>& values) {
  const std::vector<uint8_t> bytes(stream.begin(), stream.end());
  try {
    applyCorrections(bytes, std::span<T>(values), given.rows, given.columns, {});
    return true;
  } catch (const CorruptStream&) {
    return false;
  }
}

template <typename T>
void sound(std::span<const uint8_t> content, Given given) {
  if (content.size() < 16) return;
  std::vector<T> values(static_cast<size_t>(given.rows) * given.columns), reconstruction(values.size()), back(values.size());
  const auto held = content.subspan(10);
  std::memcpy(values.data(), held.data(), std::min(held.size(), values.size() * sizeof(T)));
  const double step = std::ldexp(1.0 + content[8], content[9] - 128);
  std::vector<uint8_t> bytes;
  try {
    const auto encoder = makeCoefficientEncoder(std::span<const T>(values), given.rows, given.columns, step, content[7] / 512.0, {}, content[4] % 2 == 1);
    runPasses(*encoder, given.seed);
    bytes = encoder->finish(std::span<const T>(values), {}, std::span<T>(reconstruction)).bytes;
  } catch (const StepTooSmall&) {
    reconstruction.assign(values.size(), T{1});
  }
  if (!bytes.empty() && (!decodes(bytes, given, back) || std::memcmp(back.data(), reconstruction.data(), back.size() * sizeof(T)) != 0)) {
    std::abort();
  }
  const double bound = step / (1 + content[7] % 8);
  std::vector<T> said(values.size());
  auto corrections = encodeCorrections(std::span<const T>(values), std::span<const T>(reconstruction), given.rows, given.columns, {}, bound,
                                       {content[6] % 2 == 0, 0}, std::span(said));
  std::vector<T> corrected = reconstruction;
  if (!corrects(corrections, given, corrected)) std::abort();
  if (std::memcmp(corrected.data(), said.data(), said.size() * sizeof(T)) != 0) std::abort();
  for (size_t i = 0; i < values.size(); ++i) {
    const double error = static_cast<double>(corrected[i]) - static_cast<double>(values[i]);
    const bool same = std::memcmp(&corrected[i], &values[i], sizeof(T)) == 0;
    if (!same && !(std::abs(error) <= bound)) std::abort();
  }
  for (auto* stream : {&bytes, &corrections}) {
    if (stream->empty()) continue;
    for (size_t i = 0; i < 6; i += 2) (*stream)[content[i] % std::min<size_t>(stream->size(), 40)] ^= content[i + 1];
    if (content[6] % 4 == 3) stream->resize(stream->size() - std::min<size_t>(stream->size(), content[5]));
  }
  decodes(bytes, given, back);
  corrects(corrections, given, reconstruction);
}

template <typename T>
void either(uint8_t kind, std::span<const uint8_t> content, Given given) {
  std::vector<T> values(static_cast<size_t>(given.rows) * given.columns, T{1});
  if (kind == 0) decodes(content, given, values);
  if (kind == 1) corrects(content, given, values);
  if (kind >= 2) sound<T>(content, given);
}

}  // namespace

// First byte: the type and what the rest is; second and third: the shape; fourth: the network's mood.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const Given given{1 + data[1] % 40U, 1 + data[2] % 40U, data[3] % 4U};
  const std::span<const uint8_t> content(data + 4, size - 4);
  const uint8_t kind = data[0] / 2 % 4;
  if (data[0] % 2 == 0) {
    either<float>(kind, content, given);
  } else {
    either<double>(kind, content, given);
  }
  return 0;
}

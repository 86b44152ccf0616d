// Interpolation within a bound: every bound is kept, the decoder gives what the encoder said, damage never crashes, and it compresses
// what it should.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "any_networks.h"
#include "check.h"
#include "errors.h"
#include "interpolate/advice.h"
#include "interpolate/advised_rans.h"
#include "interpolate/interpolate.h"

using namespace fieldzip;

namespace {

constexpr std::pair<size_t, size_t> kShapes[] = {{1, 1}, {1, 2}, {2, 1}, {1, 701}, {701, 1}, {2, 2}, {3, 5}, {17, 16}, {64, 65}, {130, 97}};
constexpr int kKinds = 8;

// Smooth, noisy, empty, jumping, of few values, of all sizes.
template <typename T>
std::vector<T> kindOf(int kind, size_t rows, size_t columns) {
  std::mt19937 random(static_cast<uint32_t>(7 * kind) + 1);
  const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
  std::vector<T> values(rows * columns);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto y = static_cast<double>(i / columns), x = static_cast<double>(i % columns);
    const double wave = std::sin(0.11 * x) * std::cos(0.07 * y);
    double value = 0;
    switch (kind) {
      case 0: value = 300 + 20 * wave; break;
      case 1: value = wave + 0.2 * uniform(); break;
      case 2: value = uniform(); break;
      case 3: value = uniform() < 0.02 ? 1e6 * uniform() : 0; break;
      case 4: value = x < y ? -5 : 1e4 + wave; break;
      case 5: value = std::floor(4 * wave) / 8; break;
      case 6: value = std::ldexp(wave, static_cast<int>(60 * uniform()) - 30); break;
      default: value = static_cast<double>(std::numeric_limits<T>::max()) * (uniform() < 0.5 ? -1 : 1) * uniform(); break;
    }
    values[i] = static_cast<T>(value);
  }
  return values;
}

std::vector<uint8_t> maskOf(int kind, size_t size) {
  std::mt19937 random(static_cast<uint32_t>(kind));
  std::vector<uint8_t> mask(kind == 0 ? 0 : size);
  // None, all, single ones, the second half.
  for (size_t i = 0; i < mask.size(); ++i) mask[i] = kind == 1 || (kind == 2 && random() % 5 == 0) || (kind == 3 && 2 * i >= size) ? 3 : 0;
  return mask;
}

template <typename T>
ValueInterval intervalOf(const std::vector<T>& values) {
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  return {static_cast<double>(*least), static_cast<double>(*greatest)};
}

// The length of the stream; 0 if there is none.
template <typename T>
size_t keepsBound(const std::vector<T>& values, const std::vector<uint8_t>& mask, size_t rows, size_t columns, double bound,
                  const InterpolationNetworks* networks = nullptr) {
  const ValueInterval interval = intervalOf(values);
  std::vector<T> restored(values.size()), decoded(values.size());
  const auto bytes = encodeInterpolated<T>(values, mask, rows, columns, interval, bound, restored, 1, networks);
  if (bytes.empty()) return 0;
  decodeInterpolated<T>(bytes, mask, rows, columns, interval, decoded, networks);
  CHECK(std::memcmp(decoded.data(), restored.data(), sizeof(T) * values.size()) == 0);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!mask.empty() && mask[i] != 0) continue;
    CHECK(std::abs(static_cast<double>(decoded[i]) - static_cast<double>(values[i])) <= bound);
  }
  return bytes.size();
}

template <typename T>
void boundsAreKeptWith(const InterpolationNetworks* networks) {
  size_t coded = 0;
  for (const auto& [rows, columns] : kShapes) {
    for (int kind = 0; kind < kKinds; ++kind) {
      const auto values = kindOf<T>(kind, rows, columns);
      const auto [minimum, maximum] = intervalOf(values);
      const double half = maximum / 2 - minimum / 2;
      for (const double share : {1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-7, 1e-12}) {
        for (int mask = 0; mask < 4; ++mask) {
          coded += keepsBound(values, maskOf(mask, values.size()), rows, columns, 2 * half * share, networks) > 0;
        }
      }
    }
  }
  // Few of them are beyond it.
  CHECK(coded > 1200);
}
template <typename T>
void boundsAreKept() {
  boundsAreKeptWith<T>(nullptr);
}
template <typename T>
void boundsAreKeptWhateverNetworksSay() {
  for (const uint32_t seed : {1U, 2U}) {
    const auto networks = anyNetworks(seed);
    boundsAreKeptWith<T>(&networks);
  }
}

// Whatever the processor has, the portable lanes say the same.
template <typename Real>
void adviceIsTheSameOnEveryProcessor() {
  const auto networks = anyNetworks(3);
  std::mt19937 random(1);
  constexpr size_t kCount = 77, kWidth = kCount + 2 * kPad + kSlack;
  std::vector<Real> values(7 * kWidth), predictions(kWidth);
  std::vector<int32_t> numbers(7 * kWidth);
  std::vector<float> scales(kWidth);
  for (int trial = 0; trial < 200; ++trial) {
    const int octave = trial % 40 - 20;
    const auto draw = [&] { return std::ldexp(static_cast<double>(random() % 2001) / 1000 - 1, octave); };
    for (Real& value : values) value = static_cast<Real>(draw());
    for (Real& value : predictions) value = static_cast<Real>(draw());
    for (float& scale : scales) scale = static_cast<float>(std::abs(draw()));
    // Some stretches are quiet.
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = i % kWidth > 60 ? 0 : toldOf(static_cast<float>(static_cast<int>(random() % 41) - 20));
    Rows<Real> rows;
    Rows<int32_t> told;
    for (size_t i = 0; i < 7; ++i) {
      rows.e[i] = values.data() + i * kWidth + kPad;
      told.e[i] = numbers.data() + i * kWidth + kPad;
    }
    for (const bool second : {false, true}) {
      std::vector<float> moves[2] = {std::vector<float>(kWidth), std::vector<float>(kWidth)};
      std::vector<int32_t> contexts[2] = {std::vector<int32_t>(kWidth), std::vector<int32_t>(kWidth)};
      const auto rowFor = [&](int i) {
        return AdviceRow<Real>{&networks.passes[second], rows, told, predictions.data(), scales.data(), kCount, trial % 9, moves[i].data(), contexts[i].data(), nullptr, nullptr};
      };
      advise(second, rowFor(0));
      lanes_advice_portable::advise(second, rowFor(1));
      CHECK(std::memcmp(moves[0].data(), moves[1].data(), kCount * sizeof(float)) == 0);
      CHECK(std::equal(contexts[0].begin(), contexts[0].begin() + kCount, contexts[1].begin()));
      for (size_t j = 0; j < kCount; ++j) {
        const AdvisedContext c(contexts[0][j]);
        CHECK(c.context < kContexts && c.raw <= kMostRawBits);
      }
    }
  }
}

void theBoundIsKeptWhateverTheWidth() {
  // The ends of rows, and of the last, for lanes that reach beyond.
  const auto networks = anyNetworks(4);
  for (size_t columns = 1; columns <= 70; ++columns) {
    const auto values = kindOf<float>(1, 9, columns);
    const auto [minimum, maximum] = intervalOf(values);
    keepsBound(values, maskOf(2, values.size()), 9, columns, 0.02 * (maximum - minimum) + 1e-3, &networks);
  }
}

void boundsNearThePrecisionAreRefused() {
  const auto values = kindOf<float>(0, 20, 20);
  std::vector<float> restored(values.size());
  const auto bytesWithin = [&](double bound) { return encodeInterpolated<float>(values, {}, 20, 20, intervalOf(values), bound, restored).size(); };
  CHECK(bytesWithin(1e-4) > 0);
  for (const double bound : {2e-5, 1e-9, 0.0, -1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    CHECK(bytesWithin(bound) == 0);
  }
}

// So large that its arrays are of large pages, where the system has such.
void threadsChangeNothing() {
  const size_t rows = 830, columns = 811;
  const auto any = anyNetworks(7);
  const InterpolationNetworks* const none = nullptr;
  for (const auto& [kind, networks] : {std::pair{1, none}, {3, none}, {1, &any}, {3, &any}}) {
    const auto values = kindOf<float>(kind, rows, columns);
    const auto mask = maskOf(2, values.size());
    const auto interval = intervalOf(values);
    for (const double share : {1e-2, 1e-5}) {
      const double bound = share * (interval.maximum - interval.minimum);
      CHECK(keepsBound(values, mask, rows, columns, bound, networks) > 0);
      std::vector<float> alone(values.size()), together(values.size());
      const auto bytes = encodeInterpolated<float>(values, mask, rows, columns, interval, bound, alone, 1, networks);
      CHECK(bytes == encodeInterpolated<float>(values, mask, rows, columns, interval, bound, together, 3, networks));
      CHECK(alone == together);
    }
  }
}

void smoothFieldsTakeFewBytes() {
  const auto smooth = kindOf<float>(0, 256, 256);
  CHECK(keepsBound(smooth, {}, 256, 256, 4.0) < 600);
  CHECK(keepsBound(smooth, {}, 256, 256, 0.4) < 2000);
  CHECK(keepsBound(smooth, {}, 256, 256, 0.04) < 4000);
  // Even noise on a hundred steps: log2(100) bits a value, and little more.
  const auto noise = kindOf<double>(2, 256, 256);
  CHECK(keepsBound(noise, {}, 256, 256, 1.0 / 200) < 256 * 256 * 7.1 / 8);
  const std::vector<uint8_t> allMissing(256 * 256, 1);
  CHECK(keepsBound(noise, allMissing, 256, 256, 1e-3) < 64);
}

// An interval that does not hold all values is a mistake of the caller: the bound is kept all the same.
void valuesOutsideTheIntervalAreKept() {
  auto values = kindOf<float>(0, 40, 40);
  const ValueInterval interval = intervalOf(values);
  values[777] = 3e38F;
  values[5] = -1e30F;
  std::vector<float> restored(values.size()), decoded(values.size());
  const auto bytes = encodeInterpolated<float>(values, {}, 40, 40, interval, 0.1, restored);
  decodeInterpolated<float>(bytes, {}, 40, 40, interval, decoded);
  for (size_t i = 0; i < values.size(); ++i) CHECK(std::abs(static_cast<double>(decoded[i]) - static_cast<double>(values[i])) <= 0.1);
}

template <typename T>
bool decodes(const std::vector<uint8_t>& bytes, const std::vector<uint8_t>& mask, size_t rows, size_t columns, const InterpolationNetworks* networks) {
  std::vector<T> values(rows * columns);
  try {
    decodeInterpolated<T>(bytes, mask, rows, columns, {0, 1}, values, networks);
    return true;
  } catch (const CorruptStream&) {
    return false;
  }
}

void damageIsFoundOrDecodesWith(const InterpolationNetworks* networks) {
  std::mt19937 random(5);
  for (const auto& [rows, columns] : {std::pair<size_t, size_t>{30, 41}, {130, 97}}) {
    for (const int kind : {0, 1, 6}) {
      const auto values = kindOf<float>(kind, rows, columns);
      const auto mask = maskOf(2, values.size());
      const auto [minimum, maximum] = intervalOf(values);
      std::vector<float> restored(values.size());
      const auto bytes = encodeInterpolated<float>(values, mask, rows, columns, {minimum, maximum}, 1e-3 * (maximum - minimum), restored, 1, networks);
      CHECK(decodes<float>(bytes, mask, rows, columns, networks));
      int found = 0;
      for (int i = 0; i < 300; ++i) {
        auto damaged = bytes;
        // Half of them in the head.
        damaged[random() % (i % 2 == 0 ? damaged.size() : std::min<size_t>(damaged.size(), 200))] ^= static_cast<uint8_t>(1 + random() % 255);
        found += !decodes<float>(damaged, mask, rows, columns, networks);
      }
      CHECK(found > 100);
      for (size_t length = 0; length < bytes.size(); length += 1 + length / 8) {
        CHECK(!decodes<float>({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length)}, mask, rows, columns, networks));
      }
      auto longer = bytes;
      longer.resize(longer.size() + 2);
      CHECK(!decodes<float>(longer, mask, rows, columns, networks));
    }
  }
}

void damageIsFoundOrDecodes() { damageIsFoundOrDecodesWith(nullptr); }
void damageIsFoundOrDecodesWithNetworks() {
  const auto networks = anyNetworks(5);
  damageIsFoundOrDecodesWith(&networks);
}

void streamsSayWhetherTheyNeedNetworks() {
  const auto networks = anyNetworks(6);
  const auto values = kindOf<float>(1, 40, 40);
  std::vector<float> restored(values.size());
  const auto advised = encodeInterpolated<float>(values, {}, 40, 40, {0, 1}, 0.1, restored, 1, &networks);
  CHECK(decodes<float>(advised, {}, 40, 40, &networks));
  CHECK(!decodes<float>(advised, {}, 40, 40, nullptr));
  // And those that do not are decoded whether there are any or not.
  const auto plain = encodeInterpolated<float>(values, {}, 40, 40, {0, 1}, 0.1, restored);
  CHECK(decodes<float>(plain, {}, 40, 40, &networks));
  CHECK_THROWS(InterpolationNetworks(std::vector<uint8_t>(17)), std::invalid_argument);
}

void lengthsMustAgree() {
  std::vector<float> values(12), restored(12), few(11);
  const std::vector<uint8_t> mask(11);
  CHECK_THROWS(encodeInterpolated<float>(values, {}, 3, 5, {0, 1}, 0.1, restored), std::invalid_argument);
  CHECK_THROWS(encodeInterpolated<float>(values, mask, 3, 4, {0, 1}, 0.1, restored), std::invalid_argument);
  CHECK_THROWS(encodeInterpolated<float>(values, {}, 3, 4, {0, 1}, 0.1, few), std::invalid_argument);
  CHECK_THROWS(encodeInterpolated<float>({}, {}, 0, 4, {0, 1}, 0.1, {}), std::invalid_argument);
  const auto bytes = encodeInterpolated<float>(values, {}, 3, 4, {0, 1}, 0.1, restored);
  CHECK_THROWS(decodeInterpolated<float>(bytes, {}, 4, 4, {0, 1}, restored), std::invalid_argument);
}

}  // namespace

int main() {
  RUN(boundsAreKept<float>);
  RUN(boundsAreKept<double>);
  RUN(boundsAreKeptWhateverNetworksSay<float>);
  RUN(boundsAreKeptWhateverNetworksSay<double>);
  RUN(theBoundIsKeptWhateverTheWidth);
  RUN(adviceIsTheSameOnEveryProcessor<float>);
  RUN(adviceIsTheSameOnEveryProcessor<double>);
  RUN(boundsNearThePrecisionAreRefused);
  RUN(threadsChangeNothing);
  RUN(smoothFieldsTakeFewBytes);
  RUN(valuesOutsideTheIntervalAreKept);
  RUN(damageIsFoundOrDecodes);
  RUN(damageIsFoundOrDecodesWithNetworks);
  RUN(streamsSayWhetherTheyNeedNetworks);
  RUN(lengthsMustAgree);
  return 0;
}

#include "interpolate/interpolate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "errors.h"
#include "interpolate/advised_walk.h"
#include "interpolate/decoder.h"
#include "interpolate/encoder.h"
#include "interpolate/lanes_rans.h"
#include "predict/bytes.h"
#include "threads/threads.h"
#include "wide_loops.h"

namespace fieldzip {
namespace {

template <typename Real, typename T>
void valuesOf(const std::vector<Level<Real>>& levels, double offset, double step, std::span<T> values) {
  const auto& level = levels[0];
  if (levels.size() == 1) {
    values[0] = static_cast<T>(offset + static_cast<double>(level.even.row(0)[0]) * step);
    return;
  }
  for (size_t r = 0; r < level.rows; ++r) {
    const Real *even = level.even.row(r), *odd = level.odd.row(r);
    T* out = values.data() + r * level.columns;
    const size_t pairs = level.columns / 2;
    for (size_t i = 0; i < pairs; ++i) {
      out[2 * i] = static_cast<T>(offset + static_cast<double>(even[i]) * step);
      out[2 * i + 1] = static_cast<T>(offset + static_cast<double>(odd[i]) * step);
    }
    if (level.columns % 2 != 0) out[level.columns - 1] = static_cast<T>(offset + static_cast<double>(even[pairs]) * step);
  }
}

// Bits of the first byte.
constexpr uint8_t kWide = 1, kAdvised = 2;
constexpr size_t kBlock = 64;
constexpr size_t kFewValues = 1 << 17;

void appendDouble(double value, std::vector<uint8_t>& out) {
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int i = 0; i < 64; i += 8) out.push_back(static_cast<uint8_t>(bits >> i));
}

// What a stream begins with: how it was made, and the values that the bound would be broken for.
template <typename T>
std::vector<uint8_t> beginStream(uint8_t form, double step, double bound, std::span<const T> values, std::span<const uint8_t> mask, std::span<T> restored) {
  std::vector<uint8_t> out;
  out.push_back(form);
  appendDouble(step, out);
  std::vector<uint8_t> misses;
  size_t missed = 0, last = 0;
  const auto within = [&](size_t i) { return std::abs(static_cast<double>(restored[i]) - static_cast<double>(values[i])) <= bound; };
  for (size_t i = 0; i < values.size(); ++i) {
    // Whole blocks at once as long as nothing is missed.
    if (i % kBlock == 0 && i + kBlock <= values.size()) {
      bool all = true;
      for (size_t j = i; j < i + kBlock; ++j) all &= within(j);
      if (all) {
        i += kBlock - 1;
        continue;
      }
    }
    if (within(i) || (!mask.empty() && mask[i] != 0)) continue;
    restored[i] = values[i];
    writeVarint(i - last, misses);
    last = i;
    uint8_t raw[sizeof(T)];
    std::memcpy(raw, &values[i], sizeof(T));
    misses.insert(misses.end(), raw, raw + sizeof(T));
    ++missed;
  }
  writeVarint(missed, out);
  out.insert(out.end(), misses.begin(), misses.end());
  return out;
}

void appendBits(BitWriter& bits, std::vector<uint8_t>& out) {
  const auto bytes = bits.finish();
  writeVarint(bytes.size(), out);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <typename Real, typename T>
std::vector<uint8_t> encode(std::span<const T> values, std::span<const uint8_t> mask, size_t rows, size_t columns, double offset, double bound,
                            double step, std::span<T> restored, size_t threads) {
  InterpolationEncoder<Real> encoder(values, mask, rows, columns, offset, 1 / step);
  BitWriter head;
  runWide([&] { encoder.run(head); });
  Gathered& gathered = encoder.gathered();
  const auto tables = writeTables(gathered.counts(), head);
  LanesEncoder coder(gathered.size(), tables);
  std::vector<uint8_t> out;
  // What the decoder gives is known by now. With few values, another thread takes longer to begin than there is to do.
  forEachOf(2, values.size() < kFewValues ? 1 : threads, [&](size_t part) {
    if (part == 0) {
      const Key* end = gathered.keys() + gathered.size();
      for (size_t row = gathered.rows().size(); row-- > 0;) {
        end -= gathered.rows()[row];
        coder.row(end, gathered.rows()[row]);
      }
    } else {
      valuesOf(encoder.levels(), offset, step, restored);
      out = beginStream<T>(sizeof(Real) == 8 ? kWide : 0, step, bound, values, mask, restored);
    }
  });
  appendBits(head, out);
  appendBits(gathered.bits(), out);
  coder.finish(out);
  return out;
}

template <typename Real, typename T>
std::vector<uint8_t> encodeAdvised(const InterpolationNetworks& networks, std::span<const T> values, std::span<const uint8_t> mask, size_t rows,
                                   size_t columns, double offset, double bound, double step, std::span<T> restored, size_t threads) {
  AdvisedEncoder coder(networks, values.size());
  AdvisedWalk<Real, AdvisedEncoder> walk(networks, mask, rows, columns, coder);
  walk.give(values, offset, 1 / step);
  BitWriter head, bits;
  runWide([&] { walk.run(head, bits); });
  std::vector<uint8_t> out, numbers;
  forEachOf(2, threads, [&](size_t part) {
    if (part == 0) {
      coder.finish(numbers);
    } else {
      valuesOf(walk.levels(), offset, step, restored);
      out = beginStream<T>(sizeof(Real) == 8 ? kAdvised | kWide : kAdvised, step, bound, values, mask, restored);
    }
  });
  appendBits(head, out);
  appendBits(bits, out);
  out.insert(out.end(), numbers.begin(), numbers.end());
  return out;
}

template <typename Real, typename T>
void decode(ByteReader& in, const InterpolationNetworks* networks, double step, std::span<const uint8_t> mask, size_t rows, size_t columns,
            double offset, std::span<T> values) {
  const uint64_t missed = in.varint();
  std::vector<std::pair<size_t, T>> misses;
  size_t at = 0;
  for (uint64_t i = 0; i < missed; ++i) {
    const uint64_t by = in.varint();
    if (by >= values.size() - at) throw CorruptStream("a value lies outside");
    at += static_cast<size_t>(by);
    T value;
    std::memcpy(&value, in.take(sizeof(T)).data(), sizeof(T));
    misses.emplace_back(at, value);
  }
  const auto rest = [&] {
    BitReader head(in.take(in.varint()));
    if (networks != nullptr) {
      BitReader bits(in.take(in.varint()));
      AdvisedDecoder coder(*networks, values.size(), in.rest());
      AdvisedWalk<Real, AdvisedDecoder> walk(*networks, mask, rows, columns, coder);
      runWide([&] { walk.run(head, bits); });
      head.finish();
      coder.finish();
      bits.finish();
      valuesOf(walk.levels(), offset, step, values);
      return;
    }
    InterpolationDecoder<Real> decoder(mask, rows, columns);
    decoder.readHead(head);
    const auto tables = readTables(head);
    head.finish();
    BitReader bits(in.take(in.varint()));
    LanesDecoder coder(in.rest(), decoder.numbers(), tables);
    runWide([&] { decoder.run(bits, coder); });
    coder.finish();
    bits.finish();
    valuesOf(decoder.levels(), offset, step, values);
  };
  rest();
  for (const auto& [site, value] : misses) values[site] = value;
}

// Distance from a value to the next of its type.
template <typename T>
double lastPlace(double value) {
  using Limits = std::numeric_limits<T>;
  const auto least = static_cast<double>(Limits::denorm_min());
  return value < static_cast<double>(Limits::min()) ? least : std::max(least, std::ldexp(1.0, std::ilogb(value) - (Limits::digits - 1)));
}

// A step of fewer last places saves nothing over the values themselves.
constexpr double kLeastPlaces = 2;
// Half the range over the step: what floats serve for, and what numbers of 32 bits do.
constexpr double kNarrowSteps = 1 << 13;
constexpr double kMostSteps = 1 << 28;

void checkShape(size_t size, size_t maskSize, size_t rows, size_t columns) {
  if (rows == 0 || columns == 0 || size / columns != rows || size % columns != 0) {
    throw std::invalid_argument("there must be rows * columns values");
  }
  if (maskSize != 0 && maskSize != size) throw std::invalid_argument("the mask must have rows * columns entries");
}

// Halves first: the sum might be beyond a double.
double middleOf(const ValueInterval& interval) { return interval.minimum / 2 + interval.maximum / 2; }

}  // namespace

template <typename T>
std::vector<uint8_t> encodeInterpolated(std::span<const T> values, std::span<const uint8_t> mask, size_t rows, size_t columns,
                                        const ValueInterval& interval, double bound, std::span<T> restored, size_t threads,
                                        const InterpolationNetworks* networks) {
  checkShape(values.size(), mask.size(), rows, columns);
  if (restored.size() != values.size()) throw std::invalid_argument("there must be room for all restored values");
  const double place = lastPlace<T>(std::max(std::abs(interval.minimum), std::abs(interval.maximum)));
  // Half a place is what the cast to the type may add to half a step.
  const double room = 2 * (bound - place / 2);
  const double ratio = (interval.maximum / 2 - interval.minimum / 2) / room;
  if (!(room >= kLeastPlaces * place && std::isfinite(room) && std::isfinite(1 / room) && ratio < kMostSteps)) return {};
  const bool narrow = ratio < kNarrowSteps;
  // The sums may be off by three halves of a place of the largest.
  const double step = room * (1 - 3 * (ratio + 1) * (narrow ? 0x1p-23 : 0x1p-52));
  const double offset = middleOf(interval);
  if (networks != nullptr) {
    if (narrow) return encodeAdvised<float>(*networks, values, mask, rows, columns, offset, bound, step, restored, threads);
    return encodeAdvised<double>(*networks, values, mask, rows, columns, offset, bound, step, restored, threads);
  }
  if (narrow) return encode<float>(values, mask, rows, columns, offset, bound, step, restored, threads);
  return encode<double>(values, mask, rows, columns, offset, bound, step, restored, threads);
}

template <typename T>
void decodeInterpolated(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                        const ValueInterval& interval, std::span<T> values, const InterpolationNetworks* networks) {
  checkShape(values.size(), mask.size(), rows, columns);
  ByteReader in(bytes);
  const uint8_t form = in.byte();
  if (form > (kWide | kAdvised)) throw CorruptStream("the interpolation is unknown");
  if ((form & kAdvised) == 0) networks = nullptr;
  else if (networks == nullptr) throw CorruptStream("the interpolation needs networks");
  uint64_t stepBits = 0;
  for (int i = 0; i < 64; i += 8) stepBits |= static_cast<uint64_t>(in.byte()) << i;
  const double step = std::bit_cast<double>(stepBits);
  if (!(step > 0) || !std::isfinite(step)) throw CorruptStream("the step is impossible");
  const double offset = middleOf(interval);
  if ((form & kWide) != 0) {
    decode<double>(in, networks, step, mask, rows, columns, offset, values);
  } else {
    decode<float>(in, networks, step, mask, rows, columns, offset, values);
  }
}

template std::vector<uint8_t> encodeInterpolated(std::span<const float>, std::span<const uint8_t>, size_t, size_t, const ValueInterval&, double, std::span<float>, size_t, const InterpolationNetworks*);
template std::vector<uint8_t> encodeInterpolated(std::span<const double>, std::span<const uint8_t>, size_t, size_t, const ValueInterval&, double, std::span<double>, size_t, const InterpolationNetworks*);
template void decodeInterpolated(std::span<const uint8_t>, std::span<const uint8_t>, size_t, size_t, const ValueInterval&, std::span<float>, const InterpolationNetworks*);
template void decodeInterpolated(std::span<const uint8_t>, std::span<const uint8_t>, size_t, size_t, const ValueInterval&, std::span<double>, const InterpolationNetworks*);

}  // namespace fieldzip

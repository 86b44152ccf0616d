#include "interpolate/interpolate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "errors.h"
#include "interpolate/fit.h"
#include "interpolate/lanes_rans.h"
#include "interpolate/row_engine.h"
#include "predict/bytes.h"

namespace fieldzip {
namespace {

// A pass of fewer points has the weights of the one before.
constexpr size_t kFitPoints = 256;
constexpr size_t kSampleRows = 24;

template <typename Real>
struct Buffers {
  std::vector<Real> p, y, rings[3], first;
  std::vector<float> scales;
  std::vector<uint8_t> classes, symbols, tables;
  std::vector<int32_t> numbers;
  explicit Buffers(size_t columns) : p(columns), y(columns), first(columns + 2 * kPad), scales(columns), classes(columns), symbols(columns), tables(columns), numbers(columns) {
    for (auto& ring : rings) ring.assign(columns + 2, Real{0});
  }
};

// What the encoder gathers before it codes: classes and numbers in their order, and the length of each row.
struct Gathered {
  std::vector<uint8_t> classes;
  std::vector<int32_t> numbers;
  std::vector<size_t> rows;
};

uint8_t symbolOf(int32_t number, int raw) {
  const int32_t q = number >> raw;
  if (q < -kLargest || q > (raw > 0 ? kLargest - 1 : kLargest)) return kEscape;
  return static_cast<uint8_t>(q + kLargest);
}

void putEscaped(int32_t number, BitWriter& out) {
  const auto value = static_cast<uint32_t>(number) << 1 ^ static_cast<uint32_t>(number >> 31);
  const int bits = std::bit_width(value);
  out.put(static_cast<uint32_t>(bits), 6);
  out.put(value, bits);
}

int32_t takeEscaped(BitReader& in) {
  const auto bits = static_cast<int>(in.take(6));
  if (bits > 32) throw CorruptStream("a number is impossible");
  const uint32_t value = in.take(bits);
  return static_cast<int32_t>(value >> 1 ^ (~(value & 1U) + 1U));
}

using Masks = std::vector<Level<uint8_t>>;

// The levels of a mask; none for an empty one.
Masks masksOf(std::span<const uint8_t> mask, size_t rows, size_t columns) {
  Masks levels;
  if (mask.empty()) return levels;
  levels = makeLevels<uint8_t>(rows, columns);
  for (size_t l = 0; l < levels.size(); ++l) {
    auto& level = levels[l];
    for (size_t r = 0; r < level.rows; ++r) {
      split(l == 0 ? mask.data() + r * columns : levels[l - 1].even.row(2 * r), level.columns, level.even.row(r), level.odd.row(r));
    }
  }
  return levels;
}

template <typename Real>
void joinAbove(std::vector<Level<Real>>& levels, size_t l) {
  auto& level = levels[l];
  const auto& above = levels[l + 1];
  for (size_t r = 0; r < above.rows; ++r) {
    join(above.even.row(r), above.odd.row(r), above.columns, level.even.row(2 * r));
    level.even.pad(2 * r);
  }
}

// The row that stands for the second pass's row above the first.
template <typename Real>
void firstAbove(const Level<Real>& level, Buffers<Real>& buffers) {
  Real* row = buffers.first.data() + kPad;
  const Real* e = level.even.row(0);
  for (size_t j = 0; j < level.odd.columns; ++j) row[j] = (e[j] + e[j + 1]) * Real{0.5};
  for (size_t i = 1; i <= kPad; ++i) {
    row[-static_cast<ptrdiff_t>(i)] = row[0];
    row[level.odd.columns - 1 + i] = row[level.odd.columns - 1];
  }
}

template <typename Real>
Rows<Real> withFirst(Rows<Real> rows, bool second, const Buffers<Real>& buffers) {
  if (second) {
    for (const size_t i : {5, 6}) if (rows.e[i] == nullptr) rows.e[i] = buffers.first.data() + kPad;
  }
  return rows;
}

struct Pass {
  size_t from, stride, rows, count;
};

template <typename Real>
Pass passOf(const Level<Real>& level, bool second) {
  return second ? Pass{0, 1, level.rows, level.odd.columns} : Pass{1, 2, level.rows / 2, level.even.columns};
}

template <typename Real>
class Encoder {
 public:
  template <typename T>
  Encoder(std::span<const T> values, std::span<const uint8_t> mask, size_t rows, size_t columns, double offset, double perStep)
      : masks_(masksOf(mask, rows, columns)), original_(makeLevels<Real>(rows, columns)), levels_(makeLevels<Real>(rows, columns)), buffers_(columns + 2 * kPad) {
    for (size_t l = 0; l < original_.size(); ++l) {
      auto& level = original_[l];
      for (size_t r = 0; r < level.rows; ++r) {
        if (l == 0) {
          for (size_t j = 0; j < columns; ++j) buffers_.y[j] = static_cast<Real>((static_cast<double>(values[r * columns + j]) - offset) * perStep);
        }
        split(l == 0 ? buffers_.y.data() : original_[l - 1].even.row(2 * r), level.columns, level.even.row(r), level.odd.row(r));
        level.even.pad(r);
        level.odd.pad(r);
      }
    }
    gathered_.classes.reserve(values.size());
    gathered_.numbers.reserve(values.size());
  }

  void run(BitWriter& out) {
    const size_t top = levels_.size() - 1;
    root(out);
    PassModel models[2] = {defaultModel(false), defaultModel(true)};
    for (size_t l = top; l-- > 0;) {
      joinAbove(levels_, l);
      pass<false>(l, models[0], out);
      pass<true>(l, models[1], out);
    }
  }
  std::vector<Level<Real>>& levels() { return levels_; }
  const Gathered& gathered() const { return gathered_; }

 private:
  void root(BitWriter& out) {
    const bool missing = !masks_.empty() && masks_.back().even.row(0)[0] != 0;
    const auto number = missing ? 0 : static_cast<int32_t>(nearest(original_.back().even.row(0)[0]));
    putEscaped(number, out);
    levels_.back().even.row(0)[0] = static_cast<Real>(number);
    levels_.back().even.pad(0);
  }

  template <bool second>
  const uint8_t* missingRow(size_t l, size_t r) const {
    return masks_.empty() ? nullptr : second ? masks_[l].odd.row(r) : masks_[l].even.row(r);
  }

  template <bool second>
  std::vector<SampleRow<Real>> sampleOf(size_t l, size_t rows, size_t from, size_t stride) const {
    const auto& level = levels_[l];
    const auto& own = second ? original_[l].odd : original_[l].even;
    const auto lineAt = [&](ptrdiff_t at) -> typename SampleRow<Real>::Line {
      const bool there = at >= static_cast<ptrdiff_t>(from);
      const size_t r = there ? static_cast<size_t>(at) : from;
      Rows<Real> known = withFirst(rowsOf(level, second, r), second, buffers_);
      // Rows of the pass itself as they were: they are not coded yet.
      if (r >= from + stride) {
        const size_t at1 = second ? 5 : 4;
        known.e[at1] = own.row(r - stride);
        known.e[at1 + 1] = own.row(r - (r >= from + 2 * stride ? 2 * stride : stride));
      }
      return {known, there ? own.row(r) : nullptr};
    };
    std::vector<SampleRow<Real>> sample;
    const size_t samples = std::min<size_t>(rows, kSampleRows);
    for (size_t i = 0; i < samples; ++i) {
      const size_t r = from + stride * ((2 * i + 1) * rows / (2 * samples));
      const auto at = static_cast<ptrdiff_t>(r), by = static_cast<ptrdiff_t>(stride);
      sample.push_back({lineAt(at), lineAt(at - by), lineAt(at - 2 * by), missingRow<second>(l, r)});
    }
    return sample;
  }

  template <bool second>
  void pass(size_t l, PassModel& model, BitWriter& out) {
    auto& level = levels_[l];
    auto& original = original_[l];
    const auto [from, stride, rows, count] = passOf(level, second);
    if (rows * count == 0) return;
    if (second) firstAbove(level, buffers_);
    if (rows * count >= kFitPoints) {
      const auto fitted = fitPass<Real, second>(sampleOf<second>(l, rows, from, stride), count, rows * count, model);
      out.put(fitted.has_value(), 1);
      if (fitted) {
        writeModel(*fitted, model, out);
        model = *fitted;
      }
    }
    const auto weights = weightsOf<Real>(model, second);
    Real *k1 = buffers_.rings[0].data() + 1, *k2 = buffers_.rings[1].data() + 1, *k0 = buffers_.rings[2].data() + 1;
    for (auto& ring : buffers_.rings) std::fill(ring.begin(), ring.end(), Real{0});
    for (size_t r = from; r < level.rows; r += stride) {
      const uint8_t* missing = missingRow<second>(l, r);
      auto& plane = second ? level.odd : level.even;
      const Real* y = second ? original.odd.row(r) : original.even.row(r);
      const Rows<Real> known = withFirst(rowsOf(level, second, r), second, buffers_);
      predictRow<Real, second>(known, weights, count, buffers_.p.data());
      scaleRow<Real, second>(known, weights, k1, k2, count, buffers_.p.data(), buffers_.scales.data());
      classRow(buffers_.scales.data(), count, buffers_.classes.data());
      quantiseRow(y, buffers_.p.data(), count, k0, plane.row(r), buffers_.numbers.data());
      const size_t before = gathered_.numbers.size();
      if (missing == nullptr) {
        gathered_.classes.insert(gathered_.classes.end(), buffers_.classes.begin(), buffers_.classes.begin() + static_cast<ptrdiff_t>(count));
        gathered_.numbers.insert(gathered_.numbers.end(), buffers_.numbers.begin(), buffers_.numbers.begin() + static_cast<ptrdiff_t>(count));
      } else {
        for (size_t j = 0; j < count; ++j) {
          if (missing[j] != 0) {
            k0[j] = 0;
            plane.row(r)[j] = buffers_.p[j];
          } else {
            gathered_.classes.push_back(buffers_.classes[j]);
            gathered_.numbers.push_back(buffers_.numbers[j]);
          }
        }
      }
      gathered_.rows.push_back(gathered_.numbers.size() - before);
      plane.pad(r);
      k0[count] = 0;
      std::swap(k2, k0);
      std::swap(k1, k2);
    }
  }

  Masks masks_;
  std::vector<Level<Real>> original_, levels_;
  Buffers<Real> buffers_;
  Gathered gathered_;
};

template <typename Real>
class Decoder {
 public:
  Decoder(std::span<const uint8_t> mask, size_t rows, size_t columns) : masks_(masksOf(mask, rows, columns)), levels_(makeLevels<Real>(rows, columns)), buffers_(columns + 2 * kPad) {}

  // The first part of the stream: the point of the last level, and the weights of all passes.
  void readHead(BitReader& in) {
    levels_.back().even.row(0)[0] = static_cast<Real>(takeEscaped(in));
    levels_.back().even.pad(0);
    PassModel models[2] = {defaultModel(false), defaultModel(true)};
    models_.resize(levels_.size());
    for (size_t l = levels_.size() - 1; l-- > 0;) {
      for (const bool second : {false, true}) {
        const Pass pass = passOf(levels_[l], second);
        if (pass.rows * pass.count >= kFitPoints && in.take(1) != 0) models[second] = readModel(models[second], in);
        models_[l][second] = models[second];
      }
    }
  }
  // Those that the passes code.
  size_t numbers() const {
    const auto& tile = levels_[0];
    size_t count = tile.rows * tile.columns - 1;
    if (masks_.empty()) return count;
    count += masks_.back().even.row(0)[0] != 0;
    for (size_t r = 0; r < tile.rows; ++r) {
      for (const auto* plane : {&masks_[0].even, &masks_[0].odd}) {
        for (size_t j = 0; j < plane->columns; ++j) count -= plane->row(r)[j] != 0;
      }
    }
    return count;
  }
  void run(BitReader& bits, LanesDecoder& coder) {
    for (size_t l = levels_.size() - 1; l-- > 0;) {
      joinAbove(levels_, l);
      pass<false>(l, bits, coder);
      pass<true>(l, bits, coder);
    }
  }
  std::vector<Level<Real>>& levels() { return levels_; }

 private:
  template <bool second>
  void pass(size_t l, BitReader& bits, LanesDecoder& coder) {
    auto& level = levels_[l];
    const auto [from, stride, rows, count] = passOf(level, second);
    if (rows * count == 0) return;
    if (second) firstAbove(level, buffers_);
    const auto weights = weightsOf<Real>(models_[l][second], second);
    Real *k1 = buffers_.rings[0].data() + 1, *k2 = buffers_.rings[1].data() + 1, *k0 = buffers_.rings[2].data() + 1;
    for (auto& ring : buffers_.rings) std::fill(ring.begin(), ring.end(), Real{0});
    for (size_t r = from; r < level.rows; r += stride) {
      auto& plane = second ? level.odd : level.even;
      const Rows<Real> known = withFirst(rowsOf(level, second, r), second, buffers_);
      predictRow<Real, second>(known, weights, count, buffers_.p.data());
      scaleRow<Real, second>(known, weights, k1, k2, count, buffers_.p.data(), buffers_.scales.data());
      classRow(buffers_.scales.data(), count, buffers_.classes.data());
      const uint8_t* missing = masks_.empty() ? nullptr : second ? masks_[l].odd.row(r) : masks_[l].even.row(r);
      size_t coded = count;
      if (missing != nullptr) {
        coded = 0;
        for (size_t j = 0; j < count; ++j) if (missing[j] == 0) buffers_.classes[coded++] = buffers_.classes[j];
      }
      for (size_t j = 0; j < coded; ++j) buffers_.tables[j] = kTableOf[buffers_.classes[j]];
      coder.row(buffers_.tables.data(), coded, buffers_.symbols.data());
      bool plain = true;
      for (size_t j = 0; j < coded; ++j) {
        plain &= (buffers_.symbols[j] != kEscape) & (buffers_.classes[j] < kRawFrom);
        buffers_.numbers[j] = static_cast<int32_t>(buffers_.symbols[j]) - kLargest;
      }
      if (!plain) {
        for (size_t j = 0; j < coded; ++j) {
          if (buffers_.symbols[j] == kEscape) {
            buffers_.numbers[j] = takeEscaped(bits);
          } else if (buffers_.classes[j] >= kRawFrom) {
            const int raw = kRawOf[buffers_.classes[j]];
            buffers_.numbers[j] = static_cast<int32_t>(static_cast<uint32_t>(buffers_.numbers[j]) << raw | bits.take(raw));
          }
        }
      }
      if (missing != nullptr) {
        for (size_t j = count; j-- > 0;) buffers_.numbers[j] = missing[j] != 0 ? 0 : buffers_.numbers[--coded];
      }
      restoreRow(buffers_.numbers.data(), buffers_.p.data(), count, k0, plane.row(r));
      plane.pad(r);
      k0[count] = 0;
      std::swap(k2, k0);
      std::swap(k1, k2);
    }
  }

  Masks masks_;
  std::vector<Level<Real>> levels_;
  std::vector<std::array<PassModel, 2>> models_;
  Buffers<Real> buffers_;
};

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

constexpr uint8_t kWide = 1;

void appendDouble(double value, std::vector<uint8_t>& out) {
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int i = 0; i < 64; i += 8) out.push_back(static_cast<uint8_t>(bits >> i));
}

template <typename Real, typename T>
std::vector<uint8_t> encode(std::span<const T> values, std::span<const uint8_t> mask, size_t rows, size_t columns, double offset, double bound,
                            double step, std::span<T> restored) {
  Encoder<Real> encoder(values, mask, rows, columns, offset, 1 / step);
  BitWriter head;
  encoder.run(head);
  const Gathered& gathered = encoder.gathered();
  const size_t total = gathered.numbers.size();
  std::vector<uint8_t> symbols(total), tableIndex(total);
  for (size_t i = 0; i < total; ++i) {
    tableIndex[i] = kTableOf[gathered.classes[i]];
    symbols[i] = symbolOf(gathered.numbers[i], kRawOf[gathered.classes[i]]);
  }
  // Two sets, so that equal neighbours do not wait for each other.
  std::array<Counts, 2> counts{};
  for (size_t i = 0; i < total; ++i) counts[i & 1][tableIndex[i]][symbols[i]]++;
  for (size_t t = 0; t < kTables; ++t) {
    for (size_t s = 0; s < kSymbols; ++s) counts[0][t][s] += counts[1][t][s];
  }
  const auto tables = writeTables(counts[0], head);
  BitWriter bits;
  for (size_t i = 0; i < total; ++i) {
    if (symbols[i] == kEscape) putEscaped(gathered.numbers[i], bits);
    else if (gathered.classes[i] >= kRawFrom) bits.put(static_cast<uint32_t>(gathered.numbers[i]), kRawOf[gathered.classes[i]]);
  }
  LanesEncoder coder(total, tables);
  size_t end = total;
  for (size_t row = gathered.rows.size(); row-- > 0;) {
    end -= gathered.rows[row];
    coder.row(tableIndex.data() + end, symbols.data() + end, gathered.rows[row]);
  }
  valuesOf(encoder.levels(), offset, step, restored);
  std::vector<uint8_t> out;
  out.push_back(sizeof(Real) == 8 ? kWide : 0);
  appendDouble(step, out);
  std::vector<uint8_t> misses;
  size_t missed = 0, last = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::abs(static_cast<double>(restored[i]) - static_cast<double>(values[i])) <= bound) continue;
    if (!mask.empty() && mask[i] != 0) continue;
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
  const auto headBytes = head.finish();
  writeVarint(headBytes.size(), out);
  out.insert(out.end(), headBytes.begin(), headBytes.end());
  const auto bitBytes = bits.finish();
  writeVarint(bitBytes.size(), out);
  out.insert(out.end(), bitBytes.begin(), bitBytes.end());
  coder.finish(out);
  return out;
}

template <typename Real, typename T>
void decode(ByteReader& in, double step, std::span<const uint8_t> mask, size_t rows, size_t columns, double offset, std::span<T> values) {
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
  Decoder<Real> decoder(mask, rows, columns);
  BitReader head(in.take(in.varint()));
  decoder.readHead(head);
  const auto tables = readTables(head);
  head.finish();
  BitReader bits(in.take(in.varint()));
  LanesDecoder coder(in.rest(), decoder.numbers(), tables);
  decoder.run(bits, coder);
  coder.finish();
  bits.finish();
  valuesOf(decoder.levels(), offset, step, values);
  for (const auto& [site, value] : misses) values[site] = value;
}

// Distance from a value to the next of its type.
template <typename T>
double lastPlace(double value) {
  using Limits = std::numeric_limits<T>;
  const double place = std::ldexp(1.0, std::ilogb(value) - (Limits::digits - 1));
  return std::max(place, static_cast<double>(Limits::denorm_min()));
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
                                        const ValueInterval& interval, double bound, std::span<T> restored) {
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
  if (narrow) return encode<float>(values, mask, rows, columns, offset, bound, step, restored);
  return encode<double>(values, mask, rows, columns, offset, bound, step, restored);
}

template <typename T>
void decodeInterpolated(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                        const ValueInterval& interval, std::span<T> values) {
  checkShape(values.size(), mask.size(), rows, columns);
  ByteReader in(bytes);
  const uint8_t precision = in.byte();
  if (precision > kWide) throw CorruptStream("the interpolation is unknown");
  uint64_t stepBits = 0;
  for (int i = 0; i < 64; i += 8) stepBits |= static_cast<uint64_t>(in.byte()) << i;
  const double step = std::bit_cast<double>(stepBits);
  if (!(step > 0) || !std::isfinite(step)) throw CorruptStream("the step is impossible");
  const double offset = middleOf(interval);
  if (precision == kWide) {
    decode<double>(in, step, mask, rows, columns, offset, values);
  } else {
    decode<float>(in, step, mask, rows, columns, offset, values);
  }
}

template std::vector<uint8_t> encodeInterpolated(std::span<const float>, std::span<const uint8_t>, size_t, size_t, const ValueInterval&, double, std::span<float>);
template std::vector<uint8_t> encodeInterpolated(std::span<const double>, std::span<const uint8_t>, size_t, size_t, const ValueInterval&, double, std::span<double>);
template void decodeInterpolated(std::span<const uint8_t>, std::span<const uint8_t>, size_t, size_t, const ValueInterval&, std::span<float>);
template void decodeInterpolated(std::span<const uint8_t>, std::span<const uint8_t>, size_t, size_t, const ValueInterval&, std::span<double>);

}  // namespace fieldzip

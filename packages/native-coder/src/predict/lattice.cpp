#include "predict/lattice.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "errors.h"
#include "predict/bytes.h"
#include "predict/walk.h"
#include "predict/palette.h"
#include "predict/plan.h"
#include "predict/strips.h"
#include "threads/threads.h"

namespace fieldzip {
namespace {

enum class Form : uint8_t { constant, stepped, palette };

// Predictions are doubles: an index may have this many bits. What a wider one has below them is noise, and sent raw.
constexpr int kIndexBits = 52;
constexpr size_t kFewValues = 1 << 14;
constexpr int kManyOrder = 20;
constexpr double kHeadBits = 500;
constexpr double kWorthMany = 0.015;  // bits a value
// Octaves of what a plan leaves, below which a wide filter takes a tenth of the time and gives next to nothing.
constexpr double kWideFrom = 0.5;
// From so many on there is time for more.
constexpr double kDeepFrom = 2.0;
// With more bits a value most of them are noise, which misleads filters: only floats without loss are such.
constexpr size_t kNoisyBits = 21;

void checkShape(size_t size, size_t maskSize, size_t rows, size_t columns) {
  if (rows == 0 || columns == 0 || size / columns != rows || size % columns != 0) {
    throw std::invalid_argument("the lattice must have rows * columns values");
  }
  if (maskSize != 0 && maskSize != size) throw std::invalid_argument("the mask must have rows * columns entries");
}

// Indices of the known values; 0 elsewhere.
template <typename T, typename Index>
std::vector<Index> indicesOf(std::span<const T> lattice, std::span<const uint8_t> mask, T minimum, uint64_t step, int raw,
                             const Palette& palette) {
  std::vector<Index> indices(lattice.size());
  if (mask.empty() && palette.values.empty() && step == 1 && raw == 0) {
    for (size_t i = 0; i < lattice.size(); ++i) indices[i] = static_cast<Index>(static_cast<uint64_t>(lattice[i]) - static_cast<uint64_t>(minimum));
    return indices;
  }
  for (size_t i = 0; i < lattice.size(); ++i) {
    if (!mask.empty() && mask[i] != 0) continue;
    uint64_t index = static_cast<uint64_t>(lattice[i]) - static_cast<uint64_t>(minimum);
    if (!palette.values.empty()) {
      index = static_cast<uint64_t>(std::lower_bound(palette.values.begin(), palette.values.end(), index) -
                                    palette.values.begin());
    } else if (step != 1) {
      index /= step;
    }
    indices[i] = static_cast<Index>(index >> raw);
  }
  return indices;
}

// Codes indices by several plans and keeps the smallest stream.
template <typename Index>
class Attempts {
 public:
  Attempts(std::vector<Index>& indices, const uint8_t* mask, size_t rows, size_t columns, int64_t range, size_t threads)
      : indices_(indices), mask_(mask), rows_(rows), columns_(columns), range_(range), threads_(threads) {}

  // Without a network, with one row by row, and with one in lockstep.
  void plain(Plan plan, bool adapts) {
    plan.adapts = adapts;
    keep(plan, byRow(plan, nullptr));
  }
  void asking(Plan plan, const Perceptron& network) {
    plan.adapts = plan.network = true;
    keep(plan, byRow(plan, &network));
  }
  enum class Filters : uint8_t { none, wide, deep };
  void inLockstep(Plan plan, const Perceptron& network, Filters filters) {
    plan.adapts = plan.network = plan.lockstep = true;
    plan.wide = filters == Filters::wide;
    plan.deep = filters == Filters::deep;
    keep(plan, encodeStrips(plan, network, std::span<Index>(indices_), mask_, rows_, columns_, range_, threads_));
  }
  std::vector<uint8_t>& best() { return best_; }

 private:
  std::vector<uint8_t> byRow(const Plan& plan, const Perceptron* network) {
    IntervalEncoder coder;
    coder.reserve(indices_.size());
    walk(bestIsa(), plan, network, coder, indices_.data(), mask_, rows_, columns_, range_);
    return coder.finish();
  }
  void keep(const Plan& plan, const std::vector<uint8_t>& stream) {
    std::vector<uint8_t> bytes;
    writePlan(plan, bytes);
    if (!best_.empty() && bytes.size() + stream.size() >= best_.size()) return;
    bytes.insert(bytes.end(), stream.begin(), stream.end());
    best_ = std::move(bytes);
  }

  std::vector<Index>& indices_;
  const uint8_t* mask_;
  size_t rows_, columns_;
  int64_t range_;
  size_t threads_;
  std::vector<uint8_t> best_;
};

template <typename Index>
std::vector<uint8_t> encodeIndices(std::vector<Index> indices, const uint8_t* mask, size_t rows, size_t columns,
                                   int64_t range, PredictEffort effort, const PredictMeans& means) {
  LatticeView<Index> view{indices.data(), mask, rows, columns};
  Attempts<Index> attempts(indices, mask, rows, columns, range, means.threads);
  using Filters = typename Attempts<Index>::Filters;
  const Perceptron* network = effort == PredictEffort::fast ? nullptr : means.network;
  const bool strips = network != nullptr && suitsStrips(rows, columns);
  const auto attempt = [&](const Plan& plan) {
    if (strips) attempts.inLockstep(plan, *network, plan.loudness > kDeepFrom ? Filters::deep : plan.loudness > kWideFrom ? Filters::wide : Filters::none);
    else if (network != nullptr) attempts.asking(plan, *network);
    else attempts.plain(plan, effort != PredictEffort::fast);
  };
  if (effort == PredictEffort::fast) {
    attempt(makePlan(view, kBalancedOrder, means.threads, true));
  } else if (effort == PredictEffort::balanced) {
    // More neighbours cost time everywhere and pay on few fields; the samples tell which.
    double bits[2] = {};
    forEachOf(2, means.threads, [&](size_t i) { bits[i] = estimateOrder(view, i == 0 ? kBalancedOrder : kManyOrder); });
    const bool many = bits[1] < bits[0] - kWorthMany;
    const Plan plan = makePlan(view, many ? kManyOrder : kBalancedOrder, means.threads);
    attempt(plan);
    if (strips && 8 * attempts.best().size() > kNoisyBits * indices.size()) {
      attempts.plain(plan, true);
      attempts.plain(makePlan(view, 0, means.threads), true);
      attempts.asking(plan, *network);
    }
  } else {
    for (const int order : {kBalancedOrder, kManyOrder, kMaxOrder}) {
      const Plan plan = makePlan(view, order, means.threads);
      if (order == kBalancedOrder) attempts.plain(plan, false);
      attempts.plain(plan, true);
      for (const Filters filters : {Filters::none, Filters::wide, Filters::deep}) {
        if (strips) attempts.inLockstep(plan, *network, filters);
      }
      if (network != nullptr) attempts.asking(plan, *network);
    }
  }
  // Few values do not pay for many coefficients, and cost no time.
  if (effort == PredictEffort::best || indices.size() <= kFewValues) attempt(makePlan(view, 0, means.threads));
  return std::move(attempts.best());
}

template <typename T>
std::vector<uint8_t> encode(std::span<const T> lattice, std::span<const uint8_t> mask, size_t rows, size_t columns,
                            PredictEffort effort, const PredictMeans& means) {
  checkShape(lattice.size(), mask.size(), rows, columns);
  const auto known = [&](size_t i) { return mask.empty() || mask[i] == 0; };
  T minimum = std::numeric_limits<T>::max(), maximum = std::numeric_limits<T>::min();
  size_t count = 0;
  for (size_t i = 0; i < lattice.size(); ++i) {
    // Without branches, as compilers make vectors of it.
    const T value = lattice[i];
    const bool present = mask.empty() || mask[i] == 0;
    minimum = present && value < minimum ? value : minimum;
    maximum = present && value > maximum ? value : maximum;
    count += present ? 1 : 0;
  }
  if (count == 0) minimum = maximum = 0;

  std::vector<uint8_t> out;
  const uint64_t width = static_cast<uint64_t>(maximum) - static_cast<uint64_t>(minimum);
  if (width == 0) {
    out.push_back(static_cast<uint8_t>(Form::constant));
    writeSigned(minimum, out);
    return out;
  }
  uint64_t step = 1;
  Palette palette;
  if (!fillsItsRange(lattice, mask, minimum, width, count)) {
    std::vector<uint64_t> given;
    given.reserve(count);
    step = 0;
    for (size_t i = 0; i < lattice.size(); ++i) {
      if (!known(i)) continue;
      given.push_back(static_cast<uint64_t>(lattice[i]) - static_cast<uint64_t>(minimum));
      if (step != 1) step = std::gcd(step, given.back());
    }
    if (step != 1) {
      for (uint64_t& value : given) value /= step;
    }
    palette = makePalette(given);
  }
  out.push_back(static_cast<uint8_t>(palette.values.empty() ? Form::stepped : Form::palette));
  writeSigned(minimum, out);
  writeVarint(step, out);
  uint64_t greatest = width / step;
  if (!palette.values.empty()) {
    writeVarint(palette.values.size() - 1, out);
    writeVarint(palette.bytes.size(), out);
    out.insert(out.end(), palette.bytes.begin(), palette.bytes.end());
    greatest = palette.values.size() - 1;
    for (uint64_t& value : palette.values) value *= step;
  }
  const int raw = std::max(0, static_cast<int>(std::bit_width(greatest)) - kIndexBits);
  writeVarint(greatest, out);
  const int64_t range = static_cast<int64_t>(greatest >> raw);
  const uint8_t* masked = mask.empty() ? nullptr : mask.data();
  const auto append = [&](const std::vector<uint8_t>& bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); };
  if (raw > 0) {
    IntervalEncoder low;
    for (size_t i = 0; i < lattice.size(); ++i) {
      if (known(i)) low.pushRaw((static_cast<uint64_t>(lattice[i]) - static_cast<uint64_t>(minimum)) / step, static_cast<uint32_t>(raw));
    }
    const auto bytes = low.finish();
    writeVarint(bytes.size(), out);
    append(bytes);
  }
  if (range < std::numeric_limits<int32_t>::max()) {
    append(encodeIndices(indicesOf<T, int32_t>(lattice, mask, minimum, step, raw, palette), masked, rows, columns, range, effort, means));
  } else {
    append(encodeIndices(indicesOf<T, int64_t>(lattice, mask, minimum, step, raw, palette), masked, rows, columns, range, effort, means));
  }
  return out;
}

template <typename T>
T valueOf(uint64_t index, uint64_t step, T minimum) {
  return static_cast<T>(static_cast<uint64_t>(minimum) + index * step);
}

template <typename T>
void decode(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns, std::span<T> lattice, const PredictMeans& means) {
  checkShape(lattice.size(), mask.size(), rows, columns);
  const auto known = [&](size_t i) { return mask.empty() || mask[i] == 0; };
  ByteReader in(bytes);
  const uint8_t form = in.byte();
  if (form > static_cast<uint8_t>(Form::palette)) throw CorruptStream("the lattice has an unknown form");
  const int64_t start = in.signedVarint();
  if (start < std::numeric_limits<T>::min() || start > std::numeric_limits<T>::max()) {
    throw CorruptStream("the lattice's minimum is out of range");
  }
  const T minimum = static_cast<T>(start);
  const uint64_t room = static_cast<uint64_t>(std::numeric_limits<T>::max()) - static_cast<uint64_t>(minimum);
  if (form == static_cast<uint8_t>(Form::constant)) {
    if (!in.rest().empty()) throw CorruptStream("the lattice has bytes left over");
    for (size_t i = 0; i < lattice.size(); ++i) lattice[i] = known(i) ? minimum : 0;
    return;
  }
  const uint64_t step = in.varint();
  if (step == 0 || step > room) throw CorruptStream("the lattice has an impossible step");
  std::vector<uint64_t> palette;
  if (form == static_cast<uint8_t>(Form::palette)) {
    const uint64_t count = in.varint();
    if (count > lattice.size()) throw CorruptStream("the palette is impossible");
    const uint64_t length = in.varint();
    palette = readPalette(in.take(length), count, room / step);
  }
  const uint64_t greatest = in.varint();
  if (greatest == 0 || (palette.empty() ? greatest > room / step : greatest != palette.size() - 1)) {
    throw CorruptStream("the lattice's range is impossible");
  }
  const int raw = std::max(0, static_cast<int>(std::bit_width(greatest)) - kIndexBits);
  const auto low = in.take(raw > 0 ? in.varint() : 0);
  const Plan plan = readPlan(in);
  if (plan.network && means.network == nullptr) throw std::invalid_argument("the lattice needs the network that it was coded with");
  std::fill(lattice.begin(), lattice.end(), T{0});
  // In place: indices first, values after. An index of 32 bits or less, read as an int32, is the same modulo 2^32.
  const auto range = static_cast<int64_t>(greatest >> raw);
  const uint8_t* masked = mask.empty() ? nullptr : mask.data();
  if (plan.lockstep) {
    decodeStrips(plan, *means.network, in, lattice, masked, rows, columns, range, means.threads);
  } else {
    IntervalDecoder coder(in.rest());
    walk(bestIsa(), plan, plan.network ? means.network : nullptr, coder, lattice.data(), masked, rows, columns, range);
    coder.finish();
  }
  if (raw > 0) {
    IntervalDecoder lowBits(low);
    for (size_t i = 0; i < lattice.size(); ++i) {
      if (!known(i)) continue;
      const uint64_t index = static_cast<uint64_t>(lattice[i]) << raw | lowBits.takeRaw(static_cast<uint32_t>(raw));
      if (index > greatest) throw CorruptStream("the lattice has a value out of range");
      lattice[i] = static_cast<T>(index);
    }
    lowBits.finish();
  }
  using Unsigned = std::make_unsigned_t<T>;
  if (mask.empty() && palette.empty() && step == 1) {
    for (T& value : lattice) value = static_cast<T>(static_cast<Unsigned>(value) + static_cast<Unsigned>(minimum));
    return;
  }
  for (size_t i = 0; i < lattice.size(); ++i) {
    if (!known(i)) continue;
    const uint64_t index = static_cast<Unsigned>(lattice[i]);
    lattice[i] = palette.empty() ? valueOf(index, step, minimum) : valueOf(palette[static_cast<size_t>(index)], step, minimum);
  }
}

template <typename T>
double estimate(std::span<const T> lattice, std::span<const uint8_t> mask, size_t rows, size_t columns) {
  checkShape(lattice.size(), mask.size(), rows, columns);
  const uint8_t* masked = mask.empty() ? nullptr : mask.data();
  const size_t missing = mask.empty() ? 0 : mask.size() - static_cast<size_t>(std::count(mask.begin(), mask.end(), uint8_t{0}));
  const double bits = estimateBits(LatticeView<T>{lattice.data(), masked, rows, columns});
  return kHeadBits + bits * static_cast<double>(lattice.size() - missing);
}

// ---- Floating point: a negative number's bits are turned over, all but the sign, so that integers order like numbers.

template <typename I>
I inOrder(I bits) {
  return bits < 0 ? bits ^ std::numeric_limits<I>::max() : bits;
}

constexpr int kMostDigits = 9;
constexpr double kPowersOfTen[kMostDigits + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr double kGreatestDecimal = 4503599627370496.0;  // 2^52

// A quotient of two exact doubles is rounded once, the same everywhere.
template <typename F>
F decimalValue(int64_t scaled, int digits) {
  return static_cast<F>(static_cast<double>(scaled) / kPowersOfTen[digits]);
}

template <typename I, typename F>
bool isDecimal(F value, int digits) {
  const double scaled = static_cast<double>(value) * kPowersOfTen[digits];
  return std::abs(scaled) < kGreatestDecimal &&
         std::bit_cast<I>(decimalValue<F>(std::llround(scaled), digits)) == std::bit_cast<I>(value);
}

// Digits behind the point that give back every known value, or -1. Data that were once printed are of this kind; but with
// enough digits every float is, and then its bits are the coarser lattice.
template <typename I, typename F>
int decimalDigits(std::span<const F> values, std::span<const uint8_t> mask) {
  int digits = 0;
  double spacing = 0;  // of binary exponents
  size_t count = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!mask.empty() && mask[i] != 0) continue;
    while (!isDecimal<I>(values[i], digits)) {
      if (++digits > kMostDigits) return -1;
    }
    spacing += values[i] == F{0} ? 0.0 : std::ilogb(values[i]) - (std::numeric_limits<F>::digits - 1);
    count += values[i] == F{0} ? 0 : 1;
  }
  if (count > 0 && spacing / static_cast<double>(count) > -std::log2(kPowersOfTen[digits]) - 0.5) return -1;
  // More digits nearly always give back what fewer did; a double's last bit may differ.
  for (size_t i = 0; i < values.size(); ++i) {
    if ((mask.empty() || mask[i] == 0) && !isDecimal<I>(values[i], digits)) return -1;
  }
  return digits;
}

// Byte 0: 0 for bits in order, else 1 + digits.
template <typename I, typename F>
std::vector<uint8_t> encodeBits(std::span<const F> values, std::span<const uint8_t> mask, size_t rows, size_t columns,
                                PredictEffort effort, const PredictMeans& means) {
  checkShape(values.size(), mask.size(), rows, columns);
  const int digits = decimalDigits<I>(values, mask);
  std::vector<uint8_t> out{static_cast<uint8_t>(digits + 1)}, coded;
  if (digits >= 0) {
    std::vector<int64_t> lattice(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      if (mask.empty() || mask[i] == 0) lattice[i] = std::llround(static_cast<double>(values[i]) * kPowersOfTen[digits]);
    }
    coded = encode<int64_t>(lattice, mask, rows, columns, effort, means);
  } else {
    std::vector<I> lattice(values.size());
    for (size_t i = 0; i < values.size(); ++i) lattice[i] = inOrder(std::bit_cast<I>(values[i]));
    coded = encode<I>(lattice, mask, rows, columns, effort, means);
  }
  out.insert(out.end(), coded.begin(), coded.end());
  return out;
}

template <typename I, typename F>
void decodeBits(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                std::span<F> values, const PredictMeans& means) {
  if (bytes.empty()) throw CorruptStream("the lattice ends too early");
  const int digits = bytes[0] - 1;
  if (digits > kMostDigits) throw CorruptStream("the lattice has an unknown form");
  if (digits >= 0) {
    std::vector<int64_t> lattice(values.size());
    decode<int64_t>(bytes.subspan(1), mask, rows, columns, lattice, means);
    for (size_t i = 0; i < values.size(); ++i) values[i] = decimalValue<F>(lattice[i], digits);
    return;
  }
  std::vector<I> lattice(values.size());
  decode<I>(bytes.subspan(1), mask, rows, columns, lattice, means);
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::bit_cast<F>(inOrder(lattice[i]));
}

}  // namespace

std::vector<uint8_t> encodeLattice(std::span<const int32_t> lattice, std::span<const uint8_t> mask, size_t rows,
                                   size_t columns, PredictEffort effort, const PredictMeans& means) {
  return encode(lattice, mask, rows, columns, effort, means);
}
std::vector<uint8_t> encodeLattice(std::span<const int64_t> lattice, std::span<const uint8_t> mask, size_t rows,
                                   size_t columns, PredictEffort effort, const PredictMeans& means) {
  return encode(lattice, mask, rows, columns, effort, means);
}
void decodeLattice(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                   std::span<int32_t> lattice, const PredictMeans& means) {
  decode(bytes, mask, rows, columns, lattice, means);
}
void decodeLattice(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                   std::span<int64_t> lattice, const PredictMeans& means) {
  decode(bytes, mask, rows, columns, lattice, means);
}

double estimateLattice(std::span<const int32_t> lattice, std::span<const uint8_t> mask, size_t rows, size_t columns) {
  return estimate(lattice, mask, rows, columns);
}
double estimateLattice(std::span<const int64_t> lattice, std::span<const uint8_t> mask, size_t rows, size_t columns) {
  return estimate(lattice, mask, rows, columns);
}

std::vector<uint8_t> encodeExact(std::span<const float> values, std::span<const uint8_t> mask, size_t rows,
                                 size_t columns, PredictEffort effort, const PredictMeans& means) {
  return encodeBits<int32_t>(values, mask, rows, columns, effort, means);
}
std::vector<uint8_t> encodeExact(std::span<const double> values, std::span<const uint8_t> mask, size_t rows,
                                 size_t columns, PredictEffort effort, const PredictMeans& means) {
  return encodeBits<int64_t>(values, mask, rows, columns, effort, means);
}
void decodeExact(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                 std::span<float> values, const PredictMeans& means) {
  decodeBits<int32_t>(bytes, mask, rows, columns, values, means);
}
void decodeExact(std::span<const uint8_t> bytes, std::span<const uint8_t> mask, size_t rows, size_t columns,
                 std::span<double> values, const PredictMeans& means) {
  decodeBits<int64_t>(bytes, mask, rows, columns, values, means);
}

}  // namespace fieldzip

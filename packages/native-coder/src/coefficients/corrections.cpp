#include "coefficients/corrections.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "coefficients/coefficient_model.h"
#include "coefficients/top_bits.h"
#include "errors.h"
#include "mask/binary_coder.h"
#include "predict/bytes.h"
#include "predict/interval_rans.h"

namespace fieldzip {
namespace {

constexpr int32_t kGreatestCorrection = 1 << 24;
constexpr int kUnary = 14;  // magnitudes beyond are this and a number

constexpr int kActivities = 14;
constexpr int kNeighbourhoods = 12;
constexpr std::array<uint8_t, 25> kNeighbourhoodOf{0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 8, 8, 9, 9, 9, 9, 10, 10, 10, 10, 11, 11, 11, 11, 11};

template <typename T>
int32_t correctionOf(T value, T base, double step) {
  const double t = (static_cast<double>(value) - static_cast<double>(base)) / step;
  if (!(std::abs(t) < kGreatestCorrection)) return 0;
  return static_cast<int32_t>(t < 0 ? t - 0.5 : t + 0.5);
}

template <typename T>
T corrected(T base, int32_t t, double step) {
  if (t == 0) return base;
  const double value = static_cast<double>(base) + t * step;
  constexpr double most = static_cast<double>(std::numeric_limits<T>::max());
  return static_cast<T>(value < -most ? -most : value > most ? most : value);
}

// How much the base bends around each site, in steps, by octaves: what it is off by is likely as large.
template <typename T>
class Activity {
 public:
  Activity(size_t rows, size_t columns, double step, bool used)
      : rows_(rows),
        columns_(columns),
        inverse_(static_cast<T>(std::min(1.0 / step, static_cast<double>(std::numeric_limits<T>::max())))),
        used_(used),
        classes_(columns, kUsualActivity) {
    for (auto& bends : bends_) bends.resize(columns + 2);
  }

  // Classes of row r; the rows must come in order. Neither that row nor those after it may have been corrected.
  const uint8_t* open(const T* base, size_t r) {
    if (!used_) return classes_.data();
    if (r == 0) bendsOf(base, 0);
    if (r + 1 < rows_) bendsOf(base, r + 1);
    const T* above = bends_[(r == 0 ? 0 : r - 1) % 3].data();
    const T* here = bends_[r % 3].data();
    const T* below = bends_[(r + 1 == rows_ ? r : r + 1) % 3].data();
    sums_.resize(columns_ + 2);
    for (size_t c = 0; c < columns_ + 2; ++c) sums_[c] = (above[c] + here[c]) + below[c];
    for (size_t c = 0; c < columns_; ++c) {
      const T bend = ((sums_[c] + sums_[c + 1]) + sums_[c + 2]) * inverse_;
      const float limited = static_cast<float>(bend < T{512} ? bend : T{512});
      int32_t bits;
      std::memcpy(&bits, &limited, 4);
      const int32_t octave = (bits >> 23) - (127 - 5);
      classes_[c] = static_cast<uint8_t>(octave < 0 ? 0 : octave < kActivities ? octave : kActivities - 1);
    }
    return classes_.data();
  }

 private:
  static constexpr uint8_t kUsualActivity = 6;

  // Second differences along both axes; the ends are repeated, here and by who looks at it.
  void bendsOf(const T* base, size_t r) {
    const T* row = base + r * columns_;
    const T* above = r == 0 ? row : row - columns_;
    const T* below = r + 1 == rows_ ? row : row + columns_;
    T* to = bends_[r % 3].data() + 1;
    for (size_t c = 0; c < columns_; ++c) to[c] = std::abs((above[c] - T{2} * row[c]) + below[c]);
    for (size_t c = 1; c + 1 < columns_; ++c) to[c] += std::abs((row[c - 1] - T{2} * row[c]) + row[c + 1]);
    if (columns_ > 1) {
      to[0] += std::abs(row[1] - row[0]);
      to[columns_ - 1] += std::abs((row[columns_ - 2] - T{2} * row[columns_ - 1]) + row[columns_ - 1]);
    }
    to[-1] = to[0];
    to[columns_] = to[columns_ - 1];
  }

  size_t rows_, columns_;
  T inverse_;
  bool used_;
  std::array<std::vector<T>, 3> bends_;
  std::vector<T> sums_;
  std::vector<uint8_t> classes_;
};

// The odds that a site needs a correction, before any is seen, are 2^((x + y) / 8): x of its neighbourhood, y of its
// activity. Fitted to corrections of wavelet bases.
constexpr std::array<int8_t, kNeighbourhoods> kNeighbourhoodOdds{0, 10, 14, 14, 14, 16, 18, 20, 20, 20, 20, 20};
constexpr std::array<int8_t, kActivities> kActivityOdds{-57, -47, -43, -37, -36, -34, -32, -30, -28, -26, -25, -25, -24, -24};

uint32_t priorOf(size_t neighbourhood, size_t activity) {
  const int eighths = 64 + kNeighbourhoodOdds[neighbourhood] + kActivityOdds[activity];  // above 0
  const uint64_t odds = static_cast<uint64_t>(kEighthOctaves[static_cast<size_t>(eighths % 8)]) << (eighths / 8);  // in 1/2^24
  return static_cast<uint32_t>((odds << 16) / (odds + (1U << 24)));
}

template <typename Coder>
class CorrectionModel {
 public:
  explicit CorrectionModel(Coder& coder) : coder_(coder) {
    for (size_t n = 0; n < kNeighbourhoods; ++n) {
      for (size_t a = 0; a < kActivities; ++a) zero_[n * kActivities + a] = BitModel(priorOf(n, a), kPriorWeight);
    }
  }

  // `direction` gives the sum of the neighbours' signs, from -6 to 6, where it is needed.
  template <typename Direction>
  int32_t code(int32_t t, size_t neighbourhood, size_t activity, Direction direction) {
    if (bit(t != 0, zero_[neighbourhood * kActivities + activity]) == 0) return 0;
    const size_t size = std::min<size_t>(neighbourhood / 3, 3);
    const bool negative = bit(t < 0, sign_[static_cast<size_t>(direction() + 6)]) != 0;
    const int32_t magnitude = t < 0 ? -t : t;
    int32_t at = 1;
    while (at < kUnary && bit(magnitude > at, more_[size * kUnary + static_cast<size_t>(at)]) != 0) ++at;
    if (at == kUnary) at = beyond(magnitude);
    return negative ? -at : at;
  }

 private:
  static constexpr uint16_t kPriorWeight = 8;

  int bit(bool value, BitModel& model) {
    const uint32_t p = model.probability16();
    int result = value ? 1 : 0;
    if constexpr (Coder::kDecodes) {
      result = coder_.peek(16) < p ? 1 : 0;
      result != 0 ? coder_.take(0, p, 16) : coder_.take(p, 65536 - p, 16);
    } else {
      result != 0 ? coder_.push(0, p, 16) : coder_.push(p, 65536 - p, 16);
    }
    model.update(result);
    return result;
  }
  int32_t beyond(int32_t magnitude) {
    if constexpr (Coder::kDecodes) {
      const uint32_t length = static_cast<uint32_t>(coder_.takeRaw(5));
      if (length > 24) throw CorruptStream("the corrections have an impossible number");
      const int64_t excess = static_cast<int64_t>((uint64_t{1} << length | coder_.takeRaw(length)) - 1);
      if (excess + kUnary > kGreatestCorrection) throw CorruptStream("the corrections have an impossible number");
      return static_cast<int32_t>(excess) + kUnary;
    } else {
      const uint32_t excess = static_cast<uint32_t>(magnitude - kUnary) + 1;
      const uint32_t length = static_cast<uint32_t>(std::bit_width(excess)) - 1;
      coder_.pushRaw(length, 5);
      coder_.pushRaw(excess & ((1U << length) - 1), length);
      return magnitude;
    }
  }

  Coder& coder_;
  std::array<BitModel, kNeighbourhoods * kActivities> zero_;
  std::array<BitModel, 4 * kUnary> more_;
  std::array<BitModel, 13> sign_;
};

// Goes over the sites in order; `each(site, t or what to code)` and what it returns are a site's t.
template <typename T, typename Coder, typename Given, typename Put>
void walk(Coder& coder, const T* base, size_t rows, size_t columns, std::span<const uint8_t> mask, double step, bool looks,
          Given given, Put put) {
  constexpr size_t pad = 2;
  CorrectionModel<Coder> model(coder);
  Activity<T> activity(rows, columns, step, looks);
  // Magnitudes, up to 3, of the last three rows.
  std::array<std::vector<uint8_t>, 3> rings;
  std::array<std::vector<int8_t>, 2> signs;  // of the last two
  for (auto& ring : rings) ring.assign(columns + 2 * pad, 0);
  for (auto& ring : signs) ring.assign(columns + 2 * pad, 0);
  for (size_t r = 0; r < rows; ++r) {
    const uint8_t* classes = activity.open(base, r);
    uint8_t* here = rings[r % 3].data() + pad;
    const uint8_t* north = rings[(r + 2) % 3].data() + pad;
    const uint8_t* second = rings[(r + 1) % 3].data() + pad;
    int8_t* sign = signs[r % 2].data() + pad;
    const int8_t* northSign = signs[(r + 1) % 2].data() + pad;
    for (size_t c = 0; c < columns; ++c) {
      const size_t site = r * columns + c;
      if (!mask.empty() && mask[site] != 0) {
        here[c] = 0;
        sign[c] = 0;
        continue;
      }
      const ptrdiff_t x = static_cast<ptrdiff_t>(c);
      const size_t around = 2U * (here[x - 1] + north[x]) + (north[x - 1] + north[x + 1]) + (here[x - 2] + second[x]);
      const int32_t t = model.code(given(site), kNeighbourhoodOf[around], classes[c], [&] {
        return 2 * (sign[x - 1] + northSign[x]) + northSign[x - 1] + northSign[x + 1];
      });
      here[c] = static_cast<uint8_t>(std::min(t < 0 ? -t : t, 3));
      sign[c] = static_cast<int8_t>((t > 0 ? 1 : 0) - (t < 0 ? 1 : 0));
      put(site, t);
    }
  }
}

void checkCorrections(size_t size, size_t maskSize, uint32_t rows, uint32_t columns) {
  if (rows == 0 || columns == 0 || size != static_cast<size_t>(rows) * columns) {
    throw std::invalid_argument("values and base must be rows * columns");
  }
  if (maskSize != 0 && maskSize != size) throw std::invalid_argument("the mask must have rows * columns entries");
}

template <typename T>
using BitsOf = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

// Half the distance of neighbouring T's at the greatest value: what rounding may add.
template <typename T>
double roundingAt(std::span<const T> values) {
  T greatest = 0;
  for (const T v : values) greatest = std::abs(v) > greatest && std::isfinite(v) ? std::abs(v) : greatest;
  return static_cast<double>(greatest) * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
}

}  // namespace

template <typename T>
std::vector<uint8_t> encodeCorrections(std::span<const T> values, std::span<const T> base, uint32_t rows, uint32_t columns,
                                       std::span<const uint8_t> mask, double bound, CorrectionOptions options) {
  checkCorrections(values.size(), mask.size(), rows, columns);
  if (base.size() != values.size()) throw std::invalid_argument("values and base must be rows * columns");
  if (!(bound > 0 && std::isfinite(bound))) throw std::invalid_argument("the bound must be above 0");
  if (!(options.margin >= 0 && options.margin < bound)) throw std::invalid_argument("the margin must be below the bound");
  const double inside = bound - options.margin;
  const auto isMissed = [&](T reconstructed, T value) {
    return !(std::abs(static_cast<double>(reconstructed) - static_cast<double>(value)) <= inside);
  };
  // A lattice a little finer than 2 * bound, so that rounding leads nothing out of the bound.
  const double step = topBits(2 * std::max(inside - roundingAt(values), 0.75 * inside));

  std::vector<int32_t> corrections(values.size());
  std::vector<uint8_t> exact;
  size_t exactCount = 0, last = 0, counted = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (!mask.empty() && mask[i] != 0) continue;
    if (!isMissed(base[i], values[i])) continue;
    if (step > 0) corrections[i] = correctionOf(values[i], base[i], step);
    if (isMissed(corrected(base[i], corrections[i], step), values[i])) {
      corrections[i] = 0;
      writeVarint(i - last, exact);
      last = i;
      const auto bits = std::bit_cast<BitsOf<T>>(values[i]);
      for (size_t shift = 0; shift < 8 * sizeof(T); shift += 8) exact.push_back(static_cast<uint8_t>(bits >> shift));
      ++exactCount;
    }
    counted += corrections[i] != 0 ? 1 : 0;
  }
  if (counted == 0 && exactCount == 0) return {0};

  std::vector<uint8_t> out{static_cast<uint8_t>(options.baseIsExact ? 3 : 1)};
  writeTopBits(step, out);
  writeVarint(exactCount, out);
  out.insert(out.end(), exact.begin(), exact.end());
  if (counted > 0) {
    IntervalEncoder coder;
    coder.reserve(values.size() + 4 * counted);
    walk(coder, base.data(), rows, columns, mask, step, options.baseIsExact, [&](size_t i) { return corrections[i]; },
         [](size_t, int32_t) {});
    const auto coded = coder.finish();
    out.insert(out.end(), coded.begin(), coded.end());
  }
  return out;
}

template <typename T>
void applyCorrections(std::span<const uint8_t> bytes, std::span<T> base, uint32_t rows, uint32_t columns,
                      std::span<const uint8_t> mask) {
  checkCorrections(base.size(), mask.size(), rows, columns);
  ByteReader reader(bytes);
  const uint8_t form = reader.byte();
  if (form == 0 && bytes.size() == 1) return;
  if (form != 1 && form != 3) throw CorruptStream("the corrections have an unknown form");
  const double step = readTopBits(reader);
  if (!(step >= 0 && std::isfinite(step))) throw CorruptStream("the corrections have an impossible step");
  const uint64_t exactCount = reader.varint();
  if (exactCount > base.size()) throw CorruptStream("the corrections have too many exact values");
  std::vector<std::pair<size_t, T>> exact;
  size_t at = 0;
  for (uint64_t i = 0; i < exactCount; ++i) {
    const uint64_t gap = reader.varint();
    if (gap >= base.size() - at) throw CorruptStream("the corrections have an exact value beyond the end");
    at += static_cast<size_t>(gap);
    BitsOf<T> bits = 0;
    for (size_t shift = 0; shift < 8 * sizeof(T); shift += 8) bits |= static_cast<BitsOf<T>>(reader.byte()) << shift;
    exact.push_back({at, std::bit_cast<T>(bits)});
  }
  const auto rest = reader.rest();
  if (!rest.empty()) {
    if (!(step > 0)) throw CorruptStream("the corrections have an impossible step");
    IntervalDecoder coder(rest);
    walk(coder, base.data(), rows, columns, mask, step, form == 3, [](size_t) { return 0; },
         [&](size_t i, int32_t t) { base[i] = corrected(base[i], t, step); });
    coder.finish();
  }
  for (const auto& [site, value] : exact) base[site] = value;
}

template std::vector<uint8_t> encodeCorrections<float>(std::span<const float>, std::span<const float>, uint32_t, uint32_t,
                                                       std::span<const uint8_t>, double, CorrectionOptions);
template std::vector<uint8_t> encodeCorrections<double>(std::span<const double>, std::span<const double>, uint32_t, uint32_t,
                                                        std::span<const uint8_t>, double, CorrectionOptions);
template void applyCorrections<float>(std::span<const uint8_t>, std::span<float>, uint32_t, uint32_t, std::span<const uint8_t>);
template void applyCorrections<double>(std::span<const uint8_t>, std::span<double>, uint32_t, uint32_t,
                                       std::span<const uint8_t>);

}  // namespace fieldzip

#include "coefficients/corrections.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <utility>

#include "coefficients/coefficient_model.h"
#include "coefficients/top_bits.h"
#include "errors.h"
#include "large_allocator.h"
#include "mask/binary_coder.h"
#include "predict/bytes.h"
#include "predict/interval_rans.h"
#include "threads/threads.h"
#include "wide_loops.h"

namespace fieldzip {
namespace {

constexpr int32_t kGreatestCorrection = 1 << 24;
constexpr int kUnary = 14;  // magnitudes beyond are this and a number

constexpr int kActivities = 14;
constexpr int kNeighbourhoods = 12;
constexpr std::array<uint8_t, 25> kNeighbourhoodOf{0, 1, 2, 3, 4, 5, 6, 7, 7, 8, 8, 8, 9, 9, 9, 9, 10, 10, 10, 10, 11, 11, 11, 11, 11};

// What the first byte says.
struct CorrectionForm {
  bool looksAtBase;
  bool divided;  // the lower half knows nothing of the upper one, so that both can be walked at once

  uint8_t byte() const { return static_cast<uint8_t>(1 | (looksAtBase ? 2 : 0) | (divided ? 4 : 0)); }
  static CorrectionForm of(uint8_t byte) {
    if ((byte & 1) == 0 || byte > 7) throw CorruptStream("the corrections have an unknown form");
    return {(byte & 2) != 0, (byte & 4) != 0};
  }
};

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
  Activity(size_t rows, size_t columns, double step, CorrectionForm form)
      : rows_(rows),
        columns_(columns),
        inverse_(static_cast<T>(std::min(1.0 / step, static_cast<double>(std::numeric_limits<T>::max())))),
        used_(form.looksAtBase) {
    for (auto& bends : bends_) bends.resize(columns + 2);
    sums_.resize(columns + 2);
    octaves_.resize(columns);
  }

  // Classes of row r; but for the first, the rows must come in order.
  void row(const T* base, size_t r, uint8_t* classes) {
    if (!used_) {
      std::fill_n(classes, columns_, kUsualActivity);
      return;
    }
    for (; bent_ < std::min(r + 2, rows_); ++bent_) {
      if (bent_ + 1 >= r) bendsOf(base, bent_);
    }
    const T* above = bends_[(r == 0 ? 0 : r - 1) % 3].data();
    const T* here = bends_[r % 3].data();
    const T* below = bends_[(r + 1 == rows_ ? r : r + 1) % 3].data();
    T* sums = sums_.data();
    for (size_t c = 0; c < columns_ + 2; ++c) sums[c] = (above[c] + here[c]) + below[c];
    int32_t* octaves = octaves_.data();
    const T inverse = inverse_;
    for (size_t c = 0; c < columns_; ++c) {
      const T bend = ((sums[c] + sums[c + 1]) + sums[c + 2]) * inverse;
      const int32_t octave = (std::bit_cast<int32_t>(static_cast<float>(bend < T{512} ? bend : T{512})) >> 23) - (127 - 5);
      octaves[c] = octave < 0 ? 0 : octave < kActivities ? octave : kActivities - 1;
    }
    for (size_t c = 0; c < columns_; ++c) classes[c] = static_cast<uint8_t>(octaves[c]);
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
  size_t bent_ = 0;  // rows whose bends are known, or not needed
  std::array<std::vector<T>, 3> bends_;
  std::vector<T> sums_;
  std::vector<int32_t> octaves_;
};

// An upper half and a lower one, if they are apart.
struct CorrectionParts {
  size_t rows, count;
  CorrectionParts(size_t allRows, CorrectionForm form) : rows(allRows), count(form.divided ? 2 : 1) {}

  size_t first(size_t part) const { return part * rows / count; }
  size_t end(size_t part) const { return first(part + 1); }
};
// Fewer values are not divided, and fewer yet are not worth a thread.
constexpr size_t kLeastDivided = 1 << 19, kLeastOfThread = 1 << 16;

// The odds that a site needs a correction, before any is seen, are 2^((x + y) / 8): x of its neighbourhood, y of its
// activity. Fitted to corrections of wavelet bases.
constexpr std::array<int8_t, kNeighbourhoods> kNeighbourhoodOdds{0, 10, 14, 14, 14, 16, 18, 20, 20, 20, 20, 20};
constexpr std::array<int8_t, kActivities> kActivityOdds{-57, -47, -43, -37, -36, -34, -32, -30, -28, -26, -25, -25, -24, -24};

uint32_t priorOf(size_t neighbourhood, size_t activity) {
  const int eighths = 64 + kNeighbourhoodOdds[neighbourhood] + kActivityOdds[activity];  // above 0
  const uint64_t odds = static_cast<uint64_t>(kEighthOctaves[static_cast<size_t>(eighths % 8)]) << (eighths / 8);  // in 1/2^24
  return static_cast<uint32_t>((odds << 16) / (odds + (1U << 24)));
}

// Collects bits and raw numbers of at most 16 bits for an interval stream: half of what intervals in general take.
class BitEncoder {
 public:
  static constexpr bool kDecodes = false;

  // Room for so many more bits and numbers, which is to be asked for before them.
  void reserve(size_t count) {
    if (coded_.size() - count_ < count) coded_.resize(coded_.size() + std::max(count, coded_.size() / 2));
  }
  void bit(bool value, uint32_t p) { coded_[count_++] = p | (value ? kOne : 0U); }
  void pushRaw(uint32_t value, uint32_t width) {
    for (; width > 0; value >>= std::min(width, 16U), width -= std::min(width, 16U)) {
      const uint32_t piece = std::min(width, 16U);
      coded_[count_++] = kRaw | piece << 16 | (value & ((1U << piece) - 1));
    }
  }
  std::vector<uint8_t> finish() const {
    RansWriter writer;
    for (size_t i = count_; i-- > 0;) {
      const uint32_t coded = coded_[i], low = coded & 0xffff;
      if ((coded & kRaw) != 0) {
        writer.put(low, 1, coded >> 16 & 31);
      } else {
        const bool one = (coded & kOne) != 0;
        writer.put(one ? 0 : low, one ? low : 65536 - low, 16);
      }
    }
    return writer.finish();
  }

 private:
  static constexpr uint32_t kRaw = 1U << 31, kOne = 1U << 30;
  LargeVector<uint32_t> coded_;
  size_t count_ = 0;
};

// Codes the integers of all sites. What a site needs of the rows above it is computed a row at a time, and a site without a
// correction, as nearly all are, touches nothing but its model.
template <typename Coder>
class Walk {
 public:
  Walk(Coder& coder, size_t columns) : coder_(coder), columns_(columns), fromAbove_(columns) {
    for (size_t n = 0; n < kNeighbourhoods; ++n) {
      for (size_t a = 0; a < kActivities; ++a) zero_[n * kActivities + a] = BitModel(priorOf(n, a), kPriorWeight);
    }
    for (size_t around = 0; around < kNeighbourhoodOf.size(); ++around) {
      contexts_[around] = zero_.data() + kNeighbourhoodOf[around] * kActivities;
    }
    for (auto& row : magnitudes_) row.assign(columns + 2 * kPad, 0);
    for (auto& row : signs_) row.assign(columns + 2 * kPad, 0);
  }

  // The rows must come in order. `mask` is null or the row's; given(c) is what to code at column c, and put(c, t) is called
  // for every t but 0.
  template <typename Given, typename Put>
  void row(const uint8_t* classes, const uint8_t* mask, Given given, Put put) {
    std::rotate(magnitudes_.begin(), magnitudes_.end() - 1, magnitudes_.end());
    std::swap(signs_[0], signs_[1]);
    std::fill(magnitudes_[0].begin(), magnitudes_[0].end(), uint8_t{0});
    std::fill(signs_[0].begin(), signs_[0].end(), int8_t{0});
    const uint8_t *north = magnitudes_[1].data() + kPad, *second = magnitudes_[2].data() + kPad;
    uint8_t* to = fromAbove_.data();
    const ptrdiff_t columns = static_cast<ptrdiff_t>(columns_);
    for (ptrdiff_t c = 0; c < columns; ++c) to[c] = static_cast<uint8_t>(2 * north[c] + north[c - 1] + north[c + 1] + second[c]);
    mask == nullptr ? sites<false>(classes, mask, given, put) : sites<true>(classes, mask, given, put);
  }

 private:
  static constexpr uint16_t kPriorWeight = 8;
  static constexpr size_t kPad = 2;

  template <bool kMasked, typename Given, typename Put>
  void sites(const uint8_t* classes, const uint8_t* mask, Given given, Put put) {
    const uint8_t* fromAbove = fromAbove_.data();
    Coder coder = std::move(coder_);  // in registers
    size_t fromWest = 0, west = 0;
    for (size_t c = 0; c < columns_; ++c) {
      size_t magnitude = 0;
      if (!kMasked || mask[c] == 0) {
        const size_t around = fromAbove[c] + fromWest;
        if (bit(coder, given(c) != 0, contexts_[around][classes[c]]) != 0) {
          coder_ = std::move(coder);
          const int32_t t = valueOf(coder_, given(c), kNeighbourhoodOf[around], c);
          coder = std::move(coder_);
          magnitude = static_cast<size_t>(std::min(t < 0 ? -t : t, 3));
          magnitudes_[0][kPad + c] = static_cast<uint8_t>(magnitude);
          signs_[0][kPad + c] = t < 0 ? int8_t{-1} : int8_t{1};
          put(c, t);
        }
      }
      fromWest = 2 * magnitude + west;
      west = magnitude;
    }
    coder_ = std::move(coder);
  }

  // A t that is not 0. The neighbours' signs come from -6 to 6.
  int32_t valueOf(Coder& coder, int32_t t, size_t neighbourhood, size_t column) {
    const int8_t *sign = signs_[0].data() + kPad + column, *north = signs_[1].data() + kPad + column;
    const int direction = 2 * (sign[-1] + north[0]) + north[-1] + north[1];
    const bool negative = bit(coder, t < 0, sign_[static_cast<size_t>(direction + 6)]) != 0;
    const size_t size = std::min<size_t>(neighbourhood / 3, 3);
    const int32_t magnitude = t < 0 ? -t : t;
    int32_t at = 1;
    while (at < kUnary && bit(coder, magnitude > at, more_[size * kUnary + static_cast<size_t>(at)]) != 0) ++at;
    if (at == kUnary) at = beyond(coder, magnitude);
    return negative ? -at : at;
  }

  static int bit(Coder& coder, bool value, BitModel& model) {
    const uint32_t p = model.probability16();
    int result = value ? 1 : 0;
    if constexpr (Coder::kDecodes) {
      result = coder.peek(16) < p ? 1 : 0;
      result != 0 ? coder.take(0, p, 16) : coder.take(p, 65536 - p, 16);
    } else {
      coder.bit(value, p);
    }
    model.update(result);
    return result;
  }
  static int32_t beyond(Coder& coder, int32_t magnitude) {
    if constexpr (Coder::kDecodes) {
      const uint32_t length = static_cast<uint32_t>(coder.takeRaw(5));
      if (length > 24) throw CorruptStream("the corrections have an impossible number");
      const int64_t excess = static_cast<int64_t>((uint64_t{1} << length | coder.takeRaw(length)) - 1);
      if (excess + kUnary > kGreatestCorrection) throw CorruptStream("the corrections have an impossible number");
      return static_cast<int32_t>(excess) + kUnary;
    } else {
      const uint32_t excess = static_cast<uint32_t>(magnitude - kUnary) + 1;
      const uint32_t length = static_cast<uint32_t>(std::bit_width(excess)) - 1;
      coder.pushRaw(length, 5);
      coder.pushRaw(excess & ((1U << length) - 1), length);
      return magnitude;
    }
  }

  Coder& coder_;
  size_t columns_;
  std::array<BitModel, kNeighbourhoods * kActivities> zero_;
  std::array<BitModel*, kNeighbourhoodOf.size()> contexts_;  // into zero_, by what is around
  std::array<BitModel, 4 * kUnary> more_;
  std::array<BitModel, 13> sign_;
  std::array<std::vector<uint8_t>, 3> magnitudes_;  // up to 3, of this row, the one above, the one above that
  std::array<std::vector<int8_t>, 2> signs_;        // of this row and the one above
  std::vector<uint8_t> fromAbove_;
};

void checkCorrections(size_t size, size_t maskSize, uint32_t rows, uint32_t columns) {
  if (rows == 0 || columns == 0 || size != static_cast<size_t>(rows) * columns) {
    throw std::invalid_argument("values and base must be rows * columns");
  }
  if (maskSize != 0 && maskSize != size) throw std::invalid_argument("the mask must have rows * columns entries");
}

template <typename T>
using BitsOf = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

struct Correction {
  size_t site;
  int32_t t;
};

// A bit, a sign, the magnitude and what is beyond it.
constexpr size_t kMostOfSite = 2 + kUnary + 3;

template <typename T>
bool isMissed(T reconstructed, T value, double inside) {
  return !(std::abs(static_cast<double>(reconstructed) - static_cast<double>(value)) <= inside);
}

// In order, without those that are masked.
template <typename T, typename Each>
void forEachMissed(std::span<const T> values, std::span<const T> base, std::span<const uint8_t> mask, double inside, size_t first, size_t last, Each each) {
  constexpr size_t kBlock = 8;  // most have none
  for (size_t begin = first; begin < last; begin += kBlock) {
    const size_t end = std::min(begin + kBlock, last);
    uint32_t missed = 0;
    for (size_t i = begin; i < end; ++i) missed |= static_cast<uint32_t>(isMissed(base[i], values[i], inside)) << (i - begin);
    for (; missed != 0; missed &= missed - 1) {
      const size_t i = begin + static_cast<size_t>(std::countr_zero(missed));
      if (mask.empty() || mask[i] == 0) each(i);
    }
  }
}

// Half the distance of neighbouring T's at the greatest value: what rounding may add.
template <typename T>
double roundingAt(std::span<const T> values) {
  // Side by side, as a processor likes them. Neither an infinity nor a NaN is within the type's range.
  constexpr size_t kAbreast = 8;
  std::array<T, kAbreast> greatest{};
  const auto look = [&](const T* block) {
    for (size_t k = 0; k < kAbreast; ++k) {
      const T magnitude = std::abs(block[k]), finite = magnitude <= std::numeric_limits<T>::max() ? magnitude : T{0};
      greatest[k] = finite > greatest[k] ? finite : greatest[k];
    }
  };
  size_t i = 0;
  for (; i + kAbreast <= values.size(); i += kAbreast) look(values.data() + i);
  std::array<T, kAbreast> rest{};
  std::copy(values.begin() + static_cast<ptrdiff_t>(i), values.end(), rest.begin());
  look(rest.data());
  return static_cast<double>(*std::max_element(greatest.begin(), greatest.end())) * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
}

}  // namespace

template <typename T>
std::vector<uint8_t> encodeCorrections(std::span<const T> values, std::span<const T> base, uint32_t rows, uint32_t columns,
                                       std::span<const uint8_t> mask, double bound, CorrectionOptions options,
                                       std::span<T> result) {
  checkCorrections(values.size(), mask.size(), rows, columns);
  if (base.size() != values.size() || (!result.empty() && result.size() != values.size())) {
    throw std::invalid_argument("values and base must be rows * columns");
  }
  if (!(bound > 0 && std::isfinite(bound))) throw std::invalid_argument("the bound must be above 0");
  if (!(options.margin >= 0 && options.margin < bound)) throw std::invalid_argument("the margin must be below the bound");
  const double inside = bound - options.margin;
  // A lattice a little finer than 2 * bound, so that rounding leads nothing out of the bound.
  const double step = topBits(2 * std::max(inside - roundingAt(values), 0.75 * inside));

  const CorrectionForm form{options.baseIsExact, values.size() >= kLeastDivided};
  const CorrectionParts parts(rows, form);
  // What misses the bound, and the classes of all sites, by as many parts of the rows as it takes.
  struct Found {
    std::vector<Correction> corrections;
    std::vector<size_t> exact;
  };
  constexpr size_t kRowsOfFound = 16;
  std::vector<Found> found((rows + kRowsOfFound - 1) / kRowsOfFound);
  LargeVector<uint8_t> classes(values.size());
  forEachPart(found.size(), kLeastOfThread / (kRowsOfFound * columns), options.threads, [&](size_t firstOf, size_t endOf) {
    Activity<T> activity(rows, columns, step, form);
    for (size_t part = firstOf; part < endOf; ++part) {
      Found& here = found[part];
      const size_t first = part * kRowsOfFound, end = std::min<size_t>(first + kRowsOfFound, rows);
      runWide([&] {
        forEachMissed(values, base, mask, inside, first * columns, end * columns, [&](size_t i) {
          const int32_t t = step > 0 ? correctionOf(values[i], base[i], step) : 0;
          if (isMissed(corrected(base[i], t, step), values[i], inside)) {
            here.exact.push_back(i);
          } else if (t != 0) {
            here.corrections.push_back({i, t});
          }
        });
        for (size_t r = first; r < end; ++r) activity.row(base.data(), r, classes.data() + r * columns);
      });
    }
  });
  std::vector<Correction> corrections;
  for (const Found& one : found) corrections.insert(corrections.end(), one.corrections.begin(), one.corrections.end());

  std::vector<std::vector<uint8_t>> streams(parts.count);
  forEachOf(parts.count, options.threads, [&](size_t part) {
    const auto before = [columns](const Correction& one, size_t row) { return one.site < row * columns; };
    auto next = std::lower_bound(corrections.begin(), corrections.end(), parts.first(part), before);
    const auto last = std::lower_bound(next, corrections.end(), parts.end(part), before);
    if (next == last) return;
    const size_t sites = (parts.end(part) - parts.first(part)) * columns;
    BitEncoder coder;
    coder.reserve(sites + sites / 4);
    Walk<BitEncoder> walk(coder, columns);
    std::vector<int32_t> row(columns);
    for (size_t r = parts.first(part); r < parts.end(part); ++r) {
      const auto first = next;
      for (; next != last && next->site < (r + 1) * columns; ++next) row[next->site - r * columns] = next->t;
      coder.reserve(columns + static_cast<size_t>(next - first) * kMostOfSite);
      walk.row(classes.data() + r * columns, mask.empty() ? nullptr : mask.data() + r * columns, [&](size_t c) { return row[c]; }, [](size_t, int32_t) {});
      for (auto done = first; done != next; ++done) row[done->site - r * columns] = 0;
    }
    streams[part] = coder.finish();
  });

  std::vector<uint8_t> exactBytes;
  size_t exactCount = 0, last = 0;
  for (const Found& one : found) {
    for (const size_t i : one.exact) {
      writeVarint(i - last, exactBytes);
      last = i;
      const auto bits = std::bit_cast<BitsOf<T>>(values[i]);
      for (size_t shift = 0; shift < 8 * sizeof(T); shift += 8) exactBytes.push_back(static_cast<uint8_t>(bits >> shift));
    }
    exactCount += one.exact.size();
  }
  std::vector<uint8_t> out{0};
  if (!corrections.empty() || exactCount > 0) {
    out[0] = form.byte();
    writeTopBits(step, out);
    writeVarint(exactCount, out);
    out.insert(out.end(), exactBytes.begin(), exactBytes.end());
  }
  if (!corrections.empty()) {
    if (form.divided) writeVarint(streams[0].size(), out);
    for (const auto& stream : streams) out.insert(out.end(), stream.begin(), stream.end());
  }
  if (!result.empty()) {
    if (result.data() != base.data()) std::copy(base.begin(), base.end(), result.begin());
    for (const auto& [site, t] : corrections) result[site] = corrected(result[site], t, step);
    for (const Found& one : found) {
      for (const size_t site : one.exact) result[site] = values[site];
    }
  }
  return out;
}

template <typename T>
void applyCorrections(std::span<const uint8_t> bytes, std::span<T> base, uint32_t rows, uint32_t columns,
                      std::span<const uint8_t> mask, size_t threads) {
  checkCorrections(base.size(), mask.size(), rows, columns);
  ByteReader reader(bytes);
  const uint8_t first = reader.byte();
  if (first == 0 && bytes.size() == 1) return;
  const CorrectionForm form = CorrectionForm::of(first);
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
    const CorrectionParts parts(rows, form);
    ByteReader parted(rest);
    std::vector<std::span<const uint8_t>> streams;
    if (form.divided) streams.push_back(parted.take(parted.varint()));
    streams.push_back(parted.rest());
    LargeVector<uint8_t> classes(base.size());
    forEachPart(rows, kLeastOfThread / columns, threads, [&](size_t firstOf, size_t endOf) {
      Activity<T> activity(rows, columns, step, form);
      runWide([&] {
        for (size_t r = firstOf; r < endOf; ++r) activity.row(base.data(), r, classes.data() + r * columns);
      });
    });
    forEachOf(parts.count, threads, [&](size_t part) {
      if (streams[part].empty()) return;
      IntervalDecoder coder(streams[part]);
      Walk<IntervalDecoder> walk(coder, columns);
      for (size_t r = parts.first(part); r < parts.end(part); ++r) {
        T* row = base.data() + r * columns;
        walk.row(classes.data() + r * columns, mask.empty() ? nullptr : mask.data() + r * columns, [](size_t) { return 0; },
                 [&](size_t c, int32_t t) { row[c] = corrected(row[c], t, step); });
      }
      coder.finish();
    });
  }
  for (const auto& [site, value] : exact) base[site] = value;
}

template std::vector<uint8_t> encodeCorrections<float>(std::span<const float>, std::span<const float>, uint32_t, uint32_t,
                                                       std::span<const uint8_t>, double, CorrectionOptions, std::span<float>);
template std::vector<uint8_t> encodeCorrections<double>(std::span<const double>, std::span<const double>, uint32_t, uint32_t,
                                                        std::span<const uint8_t>, double, CorrectionOptions, std::span<double>);
template void applyCorrections<float>(std::span<const uint8_t>, std::span<float>, uint32_t, uint32_t, std::span<const uint8_t>, size_t);
template void applyCorrections<double>(std::span<const uint8_t>, std::span<double>, uint32_t, uint32_t, std::span<const uint8_t>, size_t);

}  // namespace fieldzip

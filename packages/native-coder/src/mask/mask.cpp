// The mask's stream: byte 0 is the highest class; 0 means that everything is present and nothing follows. Then one
// arithmetic-coded message, row by row: is the row the same as the row above; if not, for each site whether it is
// missing, and where there are several patterns which one.
#include "mask/mask.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "cdf/fixed_point.h"
#include "mask/binary_coder.h"

namespace fieldzip {
namespace {

// Logistic mixing works on ln(p / (1 - p)), in 1/256, within +-12: beyond a probability of 16 bits.
constexpr int kStretchLimit = 3071;

class LogisticTables {
 public:
  LogisticTables() {
    constexpr uint64_t log2eQ32 = 0x171547652ULL;
    for (int x = -kStretchLimit - 1; x <= kStretchLimit; ++x) {
      const uint64_t magnitude = static_cast<uint64_t>(x < 0 ? -x : x);
      const uint64_t expQ32 = exp2Negative(magnitude * log2eQ32 >> 8) >> 31;
      const uint32_t upper = static_cast<uint32_t>((1ULL << 48) / ((1ULL << 32) + expQ32));
      squash_[static_cast<size_t>(x + kStretchLimit + 1)] =
          static_cast<uint16_t>(std::clamp<uint32_t>(x < 0 ? 65536 - upper : upper, 1, 65535));
    }
    size_t at = 0;
    for (uint32_t p = 0; p < 65536; ++p) {
      while (at + 1 < squash_.size() && squash_[at] < p) ++at;
      stretch_[p] = static_cast<int16_t>(static_cast<int>(at) - kStretchLimit - 1);
    }
  }

  uint32_t squash(int x) const {
    return squash_[static_cast<size_t>(std::clamp(x, -kStretchLimit - 1, kStretchLimit) + kStretchLimit + 1)];
  }
  int stretch(uint32_t p) const { return stretch_[p]; }

 private:
  std::array<uint16_t, 2 * (kStretchLimit + 1)> squash_{};
  std::array<int16_t, 65536> stretch_{};
};

// Made once in a process, a millisecond, and never changed. Nothing to destroy, so a thread may still use it at exit.
const LogisticTables& logisticTables() {
  static const LogisticTables tables;
  return tables;
}

// Three contexts of growing reach, mixed: the small one learns from a few hundred sites, the large one knows the shape of
// a coast.
constexpr size_t kContexts = 3;

class SiteModel {
 public:
  SiteModel() : small_(1 << 4), medium_(1 << 10), large_(1 << 15) {
    for (auto& weights : weights_) weights.fill(kOne * 2 / 5);
  }

  template <typename Coder>
  int code(Coder& coder, int bit, uint32_t small, uint32_t medium, uint32_t large) {
    BitModel* models[kContexts] = {&small_[small], &medium_[medium], &large_[large]};
    auto& weights = weights_[small];
    int inputs[kContexts];
    int64_t sum = 0;
    for (size_t i = 0; i < kContexts; ++i) {
      inputs[i] = tables_.stretch(models[i]->probability16());
      sum += static_cast<int64_t>(weights[i]) * inputs[i];
    }
    const uint32_t probability =
        tables_.squash(static_cast<int>(std::clamp<int64_t>(sum >> 16, -kStretchLimit - 1, kStretchLimit)));
    bit = coder.code(bit, probability);
    const int error = (bit != 0 ? 65536 : 0) - static_cast<int>(probability);
    for (size_t i = 0; i < kContexts; ++i) {
      const int64_t change = (static_cast<int64_t>(inputs[i]) * error) >> 14;
      weights[i] = static_cast<int32_t>(std::clamp<int64_t>(weights[i] + change, -kOne * 4, kOne * 4));
      models[i]->update(bit);
    }
    return bit;
  }

 private:
  static constexpr int32_t kOne = 1 << 16;
  const LogisticTables& tables_ = logisticTables();
  std::vector<BitModel> small_;
  std::vector<BitModel> medium_;
  std::vector<BitModel> large_;
  std::array<std::array<int32_t, kContexts>, 16> weights_{};
};

class PatternModel {
 public:
  // Which pattern stands at a missing site: the same as a missing neighbour's, or else by its number.
  template <typename Coder>
  uint8_t code(Coder& coder, uint8_t pattern, const uint8_t (&neighbours)[4]) {
    size_t which = 0;
    while (which < 4 && neighbours[which] == 0) ++which;
    const uint8_t guess = which < 4 ? neighbours[which] : last_;
    const int same = codeBit(coder, same_[which], pattern == guess ? 1 : 0);
    if (same != 0) {
      last_ = guess;
    } else {
      uint32_t node = 1;
      for (int shift = 7; shift >= 0; --shift) {
        node = node << 1 | static_cast<uint32_t>(codeBit(coder, tree_[node], (pattern >> shift) & 1));
      }
      last_ = static_cast<uint8_t>(node);
    }
    return last_;
  }

  template <typename Coder>
  static int codeBit(Coder& coder, BitModel& model, int bit) {
    bit = coder.code(bit, model.probability16());
    model.update(bit);
    return bit;
  }

 private:
  std::array<BitModel, 5> same_{};
  std::array<BitModel, 256> tree_{};
  uint8_t last_ = 1;
};

// Encoder and decoder walk the same way; an encoder reads `classes`, a decoder writes it.
template <bool decoding, typename Coder>
void codeSites(Coder& coder, std::span<uint8_t> classes, size_t height, size_t width, uint32_t highest) {
  constexpr size_t pad = 3;
  const size_t stride = width + 2 * pad;
  // Missing flags of this row and the two above, with a present margin.
  std::vector<uint8_t> flags(3 * stride, 0);
  uint8_t* two = flags.data() + pad;
  uint8_t* one = two + stride;
  uint8_t* now = one + stride;
  const std::vector<uint8_t> present(width, 0);
  SiteModel sites;
  PatternModel patterns;
  std::array<BitModel, 2> repeats{};
  int repeated = 0;

  for (size_t r = 0; r < height; ++r) {
    uint8_t* row = classes.data() + r * width;
    const uint8_t* above = r > 0 ? row - width : present.data();
    const int same = decoding ? 0 : (std::equal(row, row + width, above) ? 1 : 0);
    repeated = PatternModel::codeBit(coder, repeats[static_cast<size_t>(repeated)], same);
    if (repeated != 0) {
      if (decoding) std::copy(above, above + width, row);
      for (size_t c = 0; c < width; ++c) now[c] = row[c] != 0;
    } else {
      for (size_t c = 0; c < width; ++c) {
        const uint8_t* n = now + c;
        const uint8_t* a = one + c;
        const uint8_t* b = two + c;
        const uint32_t small = static_cast<uint32_t>(n[-1] | a[0] << 1 | a[-1] << 2 | a[1] << 3);
        const uint32_t medium = small | static_cast<uint32_t>(n[-2] << 4 | a[-2] << 5 | a[2] << 6 | b[0] << 7 | b[-1] << 8 |
                                                             b[1] << 9);
        const uint32_t large = medium | static_cast<uint32_t>(n[-3] << 10 | a[-3] << 11 | a[3] << 12 | b[-2] << 13 |
                                                             b[2] << 14);
        const int missing = sites.code(coder, decoding ? 0 : (row[c] != 0 ? 1 : 0), small, medium, large);
        now[c] = static_cast<uint8_t>(missing);
        if (missing == 0) {
          if (decoding) row[c] = 0;
          continue;
        }
        uint8_t pattern = 1;
        if (highest > 1) {
          const uint8_t neighbours[4] = {c > 0 ? row[c - 1] : uint8_t{0}, above[c], c > 0 ? above[c - 1] : uint8_t{0},
                                         c + 1 < width ? above[c + 1] : uint8_t{0}};
          pattern = patterns.code(coder, row[c], neighbours);
          if (pattern == 0 || pattern > highest) throw CorruptStream("the mask has an unknown class");
        }
        if (decoding) row[c] = pattern;
      }
    }
    uint8_t* oldest = two;
    two = one;
    one = now;
    now = oldest;
  }
}

void checkMask(size_t size, uint32_t height, uint32_t width) {
  if (height == 0 || width == 0 || size != static_cast<size_t>(height) * width) {
    throw std::invalid_argument("the classes' length must be height * width");
  }
}

}  // namespace

std::vector<uint8_t> encodeMask(std::span<const uint8_t> classes, uint32_t height, uint32_t width) {
  checkMask(classes.size(), height, width);
  // A copy, because the caller may share the memory with a thread that changes it.
  std::vector<uint8_t> own(classes.begin(), classes.end());
  const uint8_t highest = *std::max_element(own.begin(), own.end());
  if (highest == 0) return {0};
  std::vector<uint8_t> message;
  BinaryEncoder coder(message);
  codeSites<false>(coder, own, height, width, highest);
  coder.finish();
  message.insert(message.begin(), highest);
  return message;
}

void decodeMask(std::span<const uint8_t> bytes, uint32_t height, uint32_t width, uint32_t patterns,
                std::span<uint8_t> classes) {
  checkMask(classes.size(), height, width);
  if (bytes.empty()) throw CorruptStream("the mask is empty");
  const uint8_t highest = bytes[0];
  if (highest > patterns) throw CorruptStream("the mask has an unknown class");
  if (highest == 0) {
    if (bytes.size() != 1) throw CorruptStream("the mask has bytes left over");
    std::fill(classes.begin(), classes.end(), uint8_t{0});
    return;
  }
  BinaryDecoder coder(bytes.subspan(1));
  codeSites<true>(coder, classes, height, width, highest);
  coder.finish();
}

}  // namespace fieldzip

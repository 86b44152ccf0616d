// What is known of a band's coefficients before any of them: the low-pass, the bands beside it, and the level above, as bytes
// for the network. Included once for each instruction set, as lanes16.h is.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bands/band_network.h"
#include "bands/band_task.h"
#include "predict/lanes16.h"
#include "predict/lockstep_network.h"

namespace fieldzip::FIELDZIP_LANES {

inline constexpr size_t kSaidWords = 6;

// 128 + sign(x) * 8 log2(1 + 4 |x|), the logarithm linear between powers of two; within 1 to 255.
inline I16 compand4(const F16& x) {
  const I16 own = bitsOf(x), sign = own >> 31;
  const I16 logarithm = (bitsOf(absolute(x) * 4.0F + 1.0F) >> 20) - (127 << 3);
  const I16 limit = least(logarithm, I16::all(127));
  return ((limit ^ sign) - sign) + kNetZero;
}
// The same where no x is below 0.
inline I16 compandSize(const F16& x) { return least((bitsOf(x * 4.0F + 1.0F) >> 20) - (127 << 3), I16::all(127)) + kNetZero; }
inline I16 fourBytes(const F16& a, const F16& b, const F16& c, const F16& d) {
  return (compand4(a) | compand4(b) << 8) | (compand4(c) << 16 | compand4(d) << 24);
}
inline I16 twoSizes(const F16& a, const F16& b) { return compandSize(a) | compandSize(b) << 8; }
inline I16 fourSizes(const F16& a, const F16& b, const F16& c, const F16& d) { return twoSizes(a, b) | twoSizes(c, d) << 16; }

// What the level above says of a row's coefficients.
class BandParents {
 public:
  // Of a coefficient of the level above, which four have in common.
  struct Said {
    int32_t word;  // itself, and magnitudes around it in its band and in the other two
    int32_t wide;  // magnitudes of five rows and columns around it
    float still;   // the magnitude to expect, of those around it
  };

  BandParents(const BandTask& task, float share) : task_(task), share_(share) {
    const BandPlane& own = task.parents[0];
    known_ = !own.empty() && !task.parents[1].empty() && !task.parents[2].empty();
    const size_t columns = known_ ? own.columns : (task.columns + 1) / 2;
    said_.resize(columns, {zeroWord(), kNetZero, 0.0F});
    if (!known_) return;
    sums_.resize(columns + 4);
    for (auto& numbers : numbers_) numbers.resize(columns + kLanes);
  }

  // Of the row above a row of the band. Those beyond the last are as the last.
  const std::vector<Said>& row(size_t i) {
    if (known_ && (!opened_ || i / 2 != row_)) open(i / 2);
    return said_;
  }

 private:
  static int32_t zeroWord() { return (kNetZero | kNetZero << 8) | (kNetZero << 16 | static_cast<int32_t>(static_cast<uint32_t>(kNetZero) << 24)); }

  void open(size_t row) {
    opened_ = true;
    row_ = row;
    const auto at = static_cast<ptrdiff_t>(row);
    const size_t columns = said_.size();
    std::copy_n(task_.parents[0].row(at), columns, numbers_[0].begin());
    for (size_t p = 0; p < kOrientations; ++p) {
      sumAround(task_.parents[p], at, 1);
      const auto last = static_cast<ptrdiff_t>(task_.parents[p].columns) - 1;
      for (size_t x = 0; x < columns; ++x) numbers_[1 + p][x] = box(std::min(static_cast<ptrdiff_t>(x), last), 1);
    }
    sumAround(task_.parents[0], at, 2);
    for (size_t x = 0; x < columns; ++x) numbers_[4][x] = box(static_cast<ptrdiff_t>(x), 2);
    for (size_t x = 0; x < columns; x += kLanes) {
      const auto number = [&](size_t which) { return F16::load(numbers_[which].data() + x); };
      alignas(64) int32_t words[kLanes], wides[kLanes];
      alignas(64) float stills[kLanes];
      fourBytes(number(0), number(1), number(2), number(3)).store(words);
      compand4(number(4)).store(wides);
      (number(1) * (1.0F / 9) * share_).store(stills);
      for (size_t k = 0; k < kLanes && x + k < columns; ++k) said_[x + k] = {words[k], wides[k], stills[k]};
    }
  }
  // Magnitudes of so many rows each side, column by column, with two more at the ends.
  void sumAround(const BandPlane& plane, ptrdiff_t row, ptrdiff_t reach) {
    sums_.assign(std::max(sums_.size(), plane.columns + 4), 0.0F);
    for (ptrdiff_t dy = -reach; dy <= reach; ++dy) {
      const float* from = plane.row(row + dy);
      for (size_t x = 0; x < plane.columns; ++x) sums_[x + 2] += std::abs(from[x]);
    }
  }
  float box(ptrdiff_t x, ptrdiff_t reach) const {
    const float* c = sums_.data() + x + 2;
    return reach == 1 ? (c[-1] + c[0]) + c[1] : ((c[-2] + c[-1]) + (c[1] + c[2])) + c[0];
  }

  const BandTask& task_;
  float share_;
  bool known_ = false, opened_ = false;
  size_t row_ = 0;
  std::vector<Said> said_;
  std::array<std::vector<float>, 5> numbers_;
  std::vector<float> sums_;
};

// What a band adds of the bands beside it to the magnitude that is expected, and a share of what the level above says.
template <size_t kOrientation>
inline constexpr float kOfParents = kOrientation < 2 ? 0.05F : 0.02F;

// Of sixteen sites at once: `known(plane, dy, dx)` is the low-pass (0) or a band beside it (1, 2) so far from them.
template <size_t kOrientation>
struct BandAround {
  template <typename Known>
  static F16 still(const F16& ofParents, Known known) {
    const auto m = [&](int plane, int dy, int dx) { return absolute(known(plane, dy, dx)); };
    F16 still = ofParents;
    if constexpr (kOrientation == 1) {
      still = still + ((m(1, -1, 0) + m(1, -1, 1)) + (m(1, 0, 0) + m(1, 0, 1))) * 0.03F;
    } else if constexpr (kOrientation == 2) {
      still = still + ((m(1, 0, 0) + m(1, 1, 0)) + (m(2, 0, 0) + m(2, 0, 1))) * 0.05F;
    }
    return still + 0.02F;
  }

  // The network's last inputs.
  template <typename Known>
  static std::array<I16, kSaidWords> words(const I16& ofParents, const I16& wideOfParents, size_t levelOfBand, float least, float unit, Known known) {
    const auto a = [&](int dy, int dx) { return known(0, dy, dx); };
    const auto bend = [](const F16& l, const F16& m, const F16& r) { return (l + r) - (m + m); };
    const auto across = [&](int dy, int dx) { return absolute(a(dy, dx + 1) - a(dy, dx)); };
    const auto down = [&](int dy, int dx) { return absolute(a(dy + 1, dx) - a(dy, dx)); };
    const auto bent = [&](int dy, int dx) { return absolute(bend(a(dy, dx - 1), a(dy, dx), a(dy, dx + 1))); };
    const auto bentDown = [&](int dy, int dx) { return absolute(bend(a(dy - 1, dx), a(dy, dx), a(dy + 1, dx))); };
    const I16 level = compandSize(F16::all(static_cast<float>(levelOfBand)));

    I16 own, near;
    if constexpr (kOrientation == 0) {
      own = fourBytes(bend(a(0, -1), a(0, 0), a(0, 1)), bend(a(0, 0), a(0, 1), a(0, 2)), a(-1, 1) - a(-1, 0), a(1, 1) - a(1, 0));
      const F16 wide = (bent(-1, -1) + bent(-1, 2)) + (bent(1, -1) + bent(1, 2));
      near = twoSizes(wide, (bentDown(-1, 0) + bentDown(-1, 1)) + (bentDown(1, 0) + bentDown(1, 1))) | wideOfParents << 16 | level << 24;
    } else if constexpr (kOrientation == 1) {
      const auto b = [&](int dy, int dx) { return known(1, dy, dx); };
      const auto m = [&](int dy, int dx) { return absolute(b(dy, dx)); };
      own = fourBytes(b(-1, 0), b(-1, 1), b(0, 0), b(0, 1));
      const F16 beside = (m(-1, 0) + m(-1, 1)) + (m(0, 0) + m(0, 1));
      const F16 wide = (((m(-2, 0) + m(-2, 1)) + (m(1, 0) + m(1, 1))) + ((m(-1, -1) + m(-1, 2)) + (m(0, -1) + m(0, 2)))) + ((m(-2, -1) + m(-2, 2)) + (m(1, -1) + m(1, 2)));
      near = twoSizes(beside, wide) | wideOfParents << 16 | level << 24;
    } else {
      const auto m = [&](int plane, int dy, int dx) { return absolute(known(plane, dy, dx)); };
      own = fourBytes(known(1, 0, 0), known(1, 1, 0), known(2, 0, 0), known(2, 0, 1));
      const F16 first = m(1, 0, 0) + m(1, 1, 0), second = m(2, 0, 0) + m(2, 0, 1);
      const F16 wideFirst = ((m(1, 0, -1) + m(1, 0, 1)) + (m(1, 1, -1) + m(1, 1, 1))) + (m(1, -1, 0) + m(1, 2, 0));
      const F16 wideSecond = ((m(2, -1, 0) + m(2, -1, 1)) + (m(2, 1, 0) + m(2, 1, 1))) + (m(2, 0, -1) + m(2, 0, 2));
      near = twoSizes(first + second, wideFirst) | compandSize(wideSecond) << 16 | level << 24;
    }
    const F16 beside = (across(-1, 0) + across(1, 0)) + across(0, 0);
    const F16 wide = ((across(-2, -1) + across(-2, 1)) + (across(2, -1) + across(2, 1))) + ((across(0, -2) + across(0, -1)) + (across(0, 1) + across(0, 2)));
    return {own, ofParents, near,
            fourBytes(a(0, 1) - a(0, 0), (a(0, 2) - a(0, 1)) - (a(0, 0) - a(0, -1)), (a(1, 0) - a(-1, 0)) + (a(1, 1) - a(-1, 1)), (a(1, 1) - a(-1, 1)) - (a(1, 0) - a(-1, 0))),
            fourSizes(beside, (down(-1, 0) + down(-1, 1)) + (down(0, 0) + down(0, 1)), wide, (a(0, 0) - least) * unit),
            fourSizes((bent(0, -1) + bent(0, 0)) + (bent(0, 1) + bent(0, 2)), (bent(-1, 0) + bent(-1, 1)) + (bent(1, 0) + bent(1, 1)), bentDown(0, 0) + bentDown(0, 1),
                      (bentDown(0, -2) + bentDown(0, -1)) + (bentDown(0, 2) + bentDown(0, 3)))};
  }
};

}  // namespace fieldzip::FIELDZIP_LANES

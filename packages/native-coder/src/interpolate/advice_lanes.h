// What advice.h declares, for one instruction set: included once for each, as predict/lanes16.h is.
#pragma once

#include "predict/lanes16.h"
#include "predict/lockstep_network.h"

namespace fieldzip::FIELDZIP_LANES {

template <typename Real>
class AdviceLanes {
 public:
  explicit AdviceLanes(const AdviceRow<Real>& row) : row_(row), words_((row.count + kLanes - 1) / kLanes * kLanes) {}

  template <bool second>
  void run() {
    for (at_ = 0; at_ < row_.count; at_ += kLanes) {
      if constexpr (sizeof(Real) == sizeof(float)) p_ = F16::load(row_.predictions + at_);
      else p_ = D16::load(row_.predictions + at_);
      say(second ? columnInputs() : rowInputs());
    }
  }

 private:
  using Lanes = std::conditional_t<sizeof(Real) == sizeof(float), F16, D16>;

  // Beside the prediction.
  F16 v(size_t row, ptrdiff_t dx) const {
    const Real* at = row_.values.e[row] + static_cast<ptrdiff_t>(at_) + dx;
    if constexpr (sizeof(Real) == sizeof(float)) return F16::load(at) - p_;
    else return narrow(D16::load(at) - p_);
  }
  I16 k(size_t row, ptrdiff_t dx) const { return I16::load(row_.numbers.e[row] + static_cast<ptrdiff_t>(at_) + dx); }
  // Of two or four numbers, how large they are together.
  static I16 size(const I16& x) { return most(x, I16::all(0) - x); }
  static I16 sizes(const I16& a, const I16& b) { return least(size(a) + size(b), I16::all(127)); }
  static I16 sizes(const I16& a, const I16& b, const I16& c, const I16& d) { return least((size(a) + size(b)) + (size(c) + size(d)), I16::all(127)); }

  // sign(x) * 8 log2(1 + 16 |x|), the logarithm linear between powers of two; within +-127.
  static I16 told(const F16& x) {
    const I16 sign = bitsOf(x) >> 31;
    const I16 logarithm = (bitsOf(absolute(x) * 16.0F + 1.0F) >> 20) - (127 << 3);
    return (least(logarithm, I16::all(127)) ^ sign) - sign;
  }
  static I16 word(const I16& a, const I16& b, const I16& c, const I16& d) {
    const auto byte = [](const I16& x) { return x + kNetZero; };
    return (byte(a) | byte(b) << 8) | (byte(c) << 16 | byte(d) << 24);
  }
  static I16 word(const F16& a, const F16& b, const F16& c, const F16& d) { return word(told(a), told(b), told(c), told(d)); }

  using Inputs = std::array<I16, kNetInputs / 4>;

  I16 magnitudeLevel() const {
    return limited((bitsOf(F16::load(row_.scales + at_)) >> 20) - ((127 + kLowestOctave) << 3), 0, kMostTold);
  }
  I16 lastWord(const F16& a, const F16& b) const {
    return word(limited(magnitudeLevel() + 8 * kLowestOctave, -127, 127), I16::all(16 * (row_.level < 7 ? row_.level : 7)), told(a), told(b));
  }

  // Rows 0 to 5: u3, u, d, d3, own, own2.
  Inputs rowInputs() const {
    const F16 u3 = v(0, 0), u = v(1, 0), uw = v(1, -1), ue = v(1, 1), d = v(2, 0), dw = v(2, -1), de = v(2, 1), d3 = v(3, 0);
    const F16 own = v(4, 0), ownW = v(4, -1), ownE = v(4, 1);
    return {word(k(4, 0), k(4, -1), k(4, 1), k(5, 0)),
            word(sizes(k(4, -2), k(4, 2)), sizes(k(5, -1), k(5, 1)), k(1, 0), k(2, 0)),
            word(sizes(k(1, -1), k(1, 1)), sizes(k(2, -1), k(2, 1)), sizes(k(0, 0), k(3, 0)), sizes(k(1, -2), k(1, 2), k(2, -2), k(2, 2))),
            word(u - d, (u3 + d3) - (u + d), (uw + ue) - u * 2.0F, (dw + de) - d * 2.0F),
            word((u + d) * 0.5F, ue - uw, de - dw, own),
            word(u, d, u * 2.0F - u3, d * 2.0F - d3),
            word((uw + de) * 0.5F, (ue + dw) * 0.5F, (v(1, -2) + v(1, 2)) - u * 2.0F, (v(2, -2) + v(2, 2)) - d * 2.0F),
            lastWord((ownW + ownE) - own * 2.0F, ownE - ownW)};
  }
  // Rows 0 to 6: u2, u, e, d, d2, o, o2.
  Inputs columnInputs() const {
    const F16 u = v(1, 0), ue = v(1, 1), ew = v(2, -1), e = v(2, 0), ee = v(2, 1), eee = v(2, 2), d = v(3, 0), de = v(3, 1);
    const F16 o = v(5, 0);
    return {word(k(5, 0), k(5, -1), k(5, 1), k(6, 0)),
            word(sizes(k(5, -2), k(5, 2)), sizes(k(6, -1), k(6, 1)), k(2, 0), k(2, 1)),
            word(sizes(k(2, -1), k(2, 2)), sizes(k(1, 0), k(1, 1)), sizes(k(3, 0), k(3, 1)), sizes(k(1, -1), k(1, 2), k(3, -1), k(3, 2))),
            word(e - ee, (ew + eee) - (e + ee), (u + d) - e * 2.0F, (ue + de) - ee * 2.0F),
            word((e + ee) * 0.5F, (u + ue) * 0.5F, (d + de) * 0.5F, o),
            word(e, ee, e * 2.0F - ew, ee * 2.0F - eee),
            word((u + de) * 0.5F, (ue + d) * 0.5F, u - ue, d - de),
            lastWord((v(5, -1) + v(5, 1)) - o * 2.0F, o - v(6, 0))};
  }

  // Nothing was wrong around, and little is expected: the network is not asked. What lies beyond the row has no say.
  bool isQuiet(const Inputs& inputs, const I16& level) const {
    constexpr auto kNothing = static_cast<int32_t>(0x80808080U);
    const I16 numbers = (inputs[0] ^ I16::all(kNothing)) | (inputs[1] ^ I16::all(kNothing)) | (inputs[2] ^ I16::all(kNothing));
    // Above or equal: the sign of the difference is not set.
    const I16 loud = ((level - kQuietBelow) >> 31) ^ I16::all(-1);
    alignas(64) int32_t lanes[kLanes];
    (numbers | loud).store(lanes);
    int32_t any = 0;
    if (row_.count - at_ >= kLanes) {
      for (const int32_t lane : lanes) any |= lane;
    } else {
      for (size_t lane = 0; lane < row_.count - at_; ++lane) any |= lanes[lane];
    }
    return any == 0;
  }

  void say(const Inputs& inputs) const {
    const I16 level = magnitudeLevel();
    const bool quiet = isQuiet(inputs, level);
    const LaneOutput said = quiet ? LaneOutput{I16::all(0), I16::all(0), I16::all(kQuietTail)} : evaluateLanes(*row_.network, inputs);
    const I16 told = limited(level + said.level, 0, kMostTold);
    // A sixteenth of the level's magnitude: its exponent, its three bits, and half a bit more.
    const F16 sixteenth = fromBits((told << 20) + (((127 - 4 + kLowestOctave) << 23) | 1 << 19));
    (floated(said.shift) * sixteenth).store(row_.moves + at_);
    const I16 zero = I16::all(0), raw = most(((told - kRawFromTold) >> 3) + 1, zero);
    const I16 quarter = most(told - kFirstTabled - (raw << 3), zero) >> 1;
    ((((quarter << 2) + quarter) + said.tail) | raw << kContextBits).store(row_.contexts + at_);
    if (row_.inputs != nullptr) {
      for (size_t group = 0; group < kNetInputs / 4; ++group) inputs[group].store(reinterpret_cast<int32_t*>(row_.inputs) + group * words_ + at_);
      level.store(row_.levels + at_);
    }
  }

  const AdviceRow<Real>& row_;
  size_t words_, at_ = 0;
  Lanes p_{};
};

template <typename Real>
void advise(bool second, const AdviceRow<Real>& row) {
  AdviceLanes<Real> lanes(row);
  if (second) lanes.template run<true>();
  else lanes.template run<false>();
}
template void advise(bool, const AdviceRow<float>&);
template void advise(bool, const AdviceRow<double>&);

}  // namespace fieldzip::FIELDZIP_LANES

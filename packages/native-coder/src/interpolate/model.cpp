#include "interpolate/model.h"

namespace fieldzip {
namespace {

// Numbers of any size, small ones in few bits: the bits beyond the lowest four in fives.
constexpr int kLow = 5;

void writeNumber(uint32_t value, BitWriter& out) { 
  // length of value >> kLow in unary, then the bits
  int length = 0;
  while ((value >> kLow) >> length != 0) ++length;
  for (int i = 0; i < length; ++i) out.put(1, 1);
  out.put(0, 1);
  out.put(value, kLow + length);
}

uint32_t readNumber(BitReader& in) {
  int length = 0;
  while (in.take(1) != 0) {
    if (++length > 13) throw CorruptStream("a weight is impossible");
  }
  return in.take(kLow + length);
}

uint32_t zigzag(int v) { return static_cast<uint32_t>(v) << 1 ^ static_cast<uint32_t>(v >> 31); }
int unzigzag(uint32_t v) { return static_cast<int>(v >> 1 ^ (~(v & 1U) + 1U)); }

}  // namespace

PassModel defaultModel(bool second) {
  PassModel model;
  if (second) {
    model.weights = {0, -60, -60, 60, 320, 0, -30, 0, 0, 0, 0};
    model.features = {60, 155, 36, 35, 30, 8, 15, 170, 30};
  } else {
    model.weights = {0, 60, -40, -85, 60, 40, -90, 0, 0, 0, 0};
    model.features = {80, 85, 41, 30, 55, 8, 12, 260, 8};
  }
  return model;
}

void writeModel(const PassModel& model, const PassModel& before, BitWriter& out) {
  for (size_t i = 1; i < kGroups; ++i) writeNumber(zigzag(model.weights[i] - before.weights[i]), out);
  for (size_t i = 0; i < kFeatures; ++i) writeNumber(zigzag(model.features[i] - before.features[i]), out);
}

PassModel readModel(const PassModel& before, BitReader& in) {
  PassModel model;
  for (size_t i = 1; i < kGroups; ++i) {
    const int value = before.weights[i] + unzigzag(readNumber(in));
    if (value < -32768 || value > 32767) throw CorruptStream("a weight is impossible");
    model.weights[i] = static_cast<int16_t>(value);
  }
  for (size_t i = 0; i < kFeatures; ++i) {
    const int value = before.features[i] + unzigzag(readNumber(in));
    if (value < 0 || value > 65535) throw CorruptStream("a weight is impossible");
    model.features[i] = static_cast<uint16_t>(value);
  }
  return model;
}

}  // namespace fieldzip

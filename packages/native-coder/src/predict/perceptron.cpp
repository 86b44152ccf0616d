#include "predict/perceptron.h"

#include <stdexcept>

namespace fieldzip {
namespace {

class NetReader {
 public:
  explicit NetReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  uint8_t byte() { return bytes_[at_++]; }
  int32_t word() {
    uint32_t value = 0;
    for (int shift = 0; shift < 32; shift += 8) value |= static_cast<uint32_t>(byte()) << shift;
    return static_cast<int32_t>(value);
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
};

constexpr int32_t kGreatestBias = 1 << 28;  // far from what could overflow a sum
constexpr uint8_t kGreatestShift = 24;

template <size_t kIn, size_t kOut>
void readLayer(NetReader& in, size_t outputs, int32_t zero, Dense<kIn, kOut>& layer) {
  std::array<int32_t, kOut> sums{};
  for (size_t o = 0; o < outputs; ++o) {
    for (size_t i = 0; i < kIn; ++i) {
      const auto weight = static_cast<int8_t>(in.byte());
      if (weight > kNetWeightLimit || weight < -kNetWeightLimit) throw std::invalid_argument("a weight of the network is beyond +-63");
      layer.weights[(i / 4 * kOut + o) * 4 + i % 4] = weight;
      sums[o] += weight;
    }
  }
  for (size_t o = 0; o < outputs; ++o) {
    const int32_t bias = in.word();
    if (bias > kGreatestBias || bias < -kGreatestBias) throw std::invalid_argument("a bias of the network is too large");
    layer.biases[o] = bias - zero * sums[o];
  }
  for (size_t o = 0; o < outputs; ++o) {
    const uint8_t shift = in.byte();
    if (shift == 0 || shift > kGreatestShift) throw std::invalid_argument("a shift of the network is impossible");
    layer.shifts[o] = shift;
    layer.biases[o] += 1 << (shift - 1);
  }
}

std::span<const uint8_t> layersOf(std::span<const uint8_t> bytes) {
  if (bytes.size() != Perceptron::byteLength()) throw std::invalid_argument("the network has another size");
  return bytes.first(Layers::byteLength());
}

}  // namespace

Layers::Layers(std::span<const uint8_t> bytes) {
  if (bytes.size() != byteLength()) throw std::invalid_argument("the layers of the network have another size");
  NetReader in(bytes);
  readLayer(in, kNetHidden1, kNetZero, first);
  readLayer(in, kNetHidden2, 0, second);
  readLayer(in, kNetOutputs, 0, third);
}

uint32_t countOfCode(uint8_t code) {
  if (code > 127) throw std::invalid_argument("a count of the network is too large");
  return (8U + (code & 7U)) << (code >> 3);
}

size_t Perceptron::byteLength() { return Layers::byteLength() + kNetShapes * (kShapeBins + 2); }

Perceptron::Perceptron(std::span<const uint8_t> bytes) : Layers(layersOf(bytes)) {
  const uint8_t* code = bytes.data() + Layers::byteLength();
  for (auto& counts : priors) {
    for (uint32_t& count : counts) count = countOfCode(*code++);
  }
}

}  // namespace fieldzip

#include "bands/band_network.h"

#include <stdexcept>

#include "predict/net_reader.h"

namespace fieldzip {
namespace {

constexpr size_t kOneLength = kBandHidden1 * (kBandInputs + 5) + kBandHidden2 * (kBandHidden1 + 5) + kNetOutputs * (kBandHidden2 + 5) +
                              kNetShapes * (kShapeBins + 2);

}  // namespace

size_t BandNetwork::byteLength() { return kOrientations * kOneLength; }

BandNetwork::BandNetwork(std::span<const uint8_t> bytes) {
  if (bytes.size() != byteLength()) throw std::invalid_argument("the network has another size");
  NetReader in(bytes);
  for (BandPerceptron& net : of) {
    in.layer(kBandHidden1, kNetZero, net.first);
    in.layer(kBandHidden2, 0, net.second);
    in.layer(kNetOutputs, 0, net.third);
    in.priors(net.priors);
  }
}

}  // namespace fieldzip

#include "predict/perceptron.h"

#include <stdexcept>

#include "predict/net_reader.h"

namespace fieldzip {

size_t Perceptron::byteLength() {
  return kNetHidden1 * (kNetInputs + 5) + kNetHidden2 * (kNetHidden1 + 5) + kNetOutputs * (kNetHidden2 + 5) +
         kNetShapes * (kShapeBins + 2);
}

Perceptron::Perceptron(std::span<const uint8_t> bytes) {
  if (bytes.size() != byteLength()) throw std::invalid_argument("the network has another size");
  NetReader in(bytes);
  in.layer(kNetHidden1, kNetZero, first);
  in.layer(kNetHidden2, 0, second);
  in.layer(kNetOutputs, 0, third);
  in.priors(priors);
}

}  // namespace fieldzip

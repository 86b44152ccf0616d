#include "predict/perceptron.h"

#include <stdexcept>

#include "predict/net_reader.h"

namespace fieldzip {

size_t Perceptron::byteLength() { return Layers::kByteLength + kNetShapes * (kShapeBins + 2); }

Perceptron::Perceptron(std::span<const uint8_t> bytes) {
  if (bytes.size() != byteLength()) throw std::invalid_argument("the network has another size");
  NetReader in(bytes);
  in.layers(*this);
  in.priors(priors);
}

}  // namespace fieldzip

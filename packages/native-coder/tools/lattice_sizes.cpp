// Bytes and time of lattices, with and without a network: lattice_sizes NETWORK|- EFFORT FILE...
// A file: rows, columns, whether a mask follows (int32 each), the integers (int32), the mask (u8).
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "predict/lattice.h"
#include "predict/perceptron.h"

using namespace fieldzip;

namespace {

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace

int main(int argc, char** argv) {
  std::unique_ptr<Perceptron> net;
  if (std::string(argv[1]) != "-") {
    std::ifstream file(argv[1], std::ios::binary);
    net = std::make_unique<Perceptron>(std::vector<uint8_t>{std::istreambuf_iterator<char>(file), {}});
  }
  const auto effort = static_cast<PredictEffort>(std::atoi(argv[2]));
  for (int i = 3; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    int32_t head[3];
    file.read(reinterpret_cast<char*>(head), sizeof head);
    const size_t rows = static_cast<size_t>(head[0]), columns = static_cast<size_t>(head[1]);
    std::vector<int32_t> lattice(rows * columns), back(rows * columns);
    std::vector<uint8_t> mask(head[2] != 0 ? rows * columns : 0);
    file.read(reinterpret_cast<char*>(lattice.data()), static_cast<std::streamsize>(lattice.size() * 4));
    file.read(reinterpret_cast<char*>(mask.data()), static_cast<std::streamsize>(mask.size()));
    double start = seconds();
    const auto bytes = encodeLattice(std::span<const int32_t>(lattice), mask, rows, columns, effort, {net.get()});
    const double encode = seconds() - start;
    start = seconds();
    decodeLattice(bytes, mask, rows, columns, std::span<int32_t>(back), {net.get()});
    const double decode = seconds() - start;
    bool same = true;
    for (size_t k = 0; k < lattice.size(); ++k) same = same && back[k] == (mask.empty() || mask[k] == 0 ? lattice[k] : 0);
    const double n = static_cast<double>(lattice.size()) * 1e-9;
    start = seconds();
    const double estimate = estimateLattice(std::span<const int32_t>(lattice), mask, rows, columns);
    const double estimating = seconds() - start;
    std::printf("%s %zu %.0f %.0f estimate %.2f %.1f ms%s\n", argv[i], bytes.size(), encode / n, decode / n, estimate / 8 / static_cast<double>(bytes.size()), estimating * 1e3, same ? "" : " WRONG");
    std::fflush(stdout);
  }
  return 0;
}

// What scratch memory checks under AddressSanitizer: scratch within | between | more.
#define LEXEL_ISA test
#define lexel lexel_test
#include "../../kernels/scratch.h"

#include <cstdio>
#include <cstring>
#include <vector>

using namespace lexel;

// Two pieces that are no whole number of cache lines.
struct Pieces {
  float *first, *second;
  explicit Pieces(Scratch& scratch) : first(scratch.take(100)), second(scratch.take(50)) {}
};

int main(int argc, char** argv) {
  const char* mode = argc == 2 ? argv[1] : "";
  Scratch counting;
  const Pieces counted(counting);
  if (counted.first || counted.second) return 1;
  std::vector<float> memory(counting.needed());
  {
    Scratch scratch(memory.data(), memory.size());
    const Pieces pieces(scratch);
    zero(pieces.first, 100);
    zero(pieces.second, 50);
    // A vector that begins with the last float reads on.
    volatile float last = load(pieces.first + 99)[W - 1];
    (void)last;
    if (!std::strcmp(mode, "between")) pieces.first[100 + LINE] = 1;
    if (!std::strcmp(mode, "more")) scratch.take(memory.size());
  }
  // Given back: anybody may use it.
  for (float& value : memory) value = 1;
  std::puts("done");
  return 0;
}

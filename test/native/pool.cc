// Runs many operations on a pool of threads, and checks that every tile ran once. Built with ThreadSanitizer
// (scripts/test-sanitize.mjs). First argument: the number of threads.
#include "../../kernels/pool.h"
#include <cstdio>

namespace {

constexpr int OPERATIONS = 5000, MOST_TILES = 64;

struct Operation {
  int ran[MOST_TILES];
};

}  // namespace

int main(int, char** arguments) {
  lexel_native::Pool* pool = lexel_native::Pool::create(atoi(arguments[1]));
  Operation operation;
  int wrong = 0;
  for (int i = 0; i < OPERATIONS; i++) {
    const int tiles = 1 + i % MOST_TILES;
    for (int& ran : operation.ran) ran = 0;
    const auto tile = [](void* data, int t, int) { static_cast<Operation*>(data)->ran[t]++; };
    lexel_native::Pool::run(pool, tiles, tile, &operation);
    for (int t = 0; t < MOST_TILES; t++) wrong += operation.ran[t] != (t < tiles);
  }
  lexel_native::Pool::destroy(pool);
  printf("%d wrong\n", wrong);
  return wrong != 0;
}

// Runs a program of the engine without Node, on two threads: for instruction sets that only an emulator can show here.
// Usage: program IN OUT. IN holds five int32 (floats of the arena, floats of scratch for a thread, words, query, rows),
// the arena, the words, a query and rows of that length; OUT gets the arena as the program left it and the dot products.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "../../kernels/pool.h"
#define LEXEL_ISA test
#include "../../kernels/run.cc"

template <class T>
static std::vector<T> read(std::FILE* file, size_t count, size_t room) {
  std::vector<T> values(room);
  if (std::fread(values.data(), sizeof(T), count, file) != count) {
    std::fprintf(stderr, "the input ends early\n");
    std::exit(1);
  }
  return values;
}

int main(int argc, char** argv) {
  std::FILE* in = argc == 3 ? std::fopen(argv[1], "rb") : nullptr;
  if (!in) {
    std::fprintf(stderr, "usage: program IN OUT\n");
    return 1;
  }
  constexpr int THREADS = 2;
  const auto head = read<int32_t>(in, 5, 5);
  const size_t floats = head[0], scratch = head[1], words = head[2], query = head[3], rows = head[4];
  auto arena = read<float>(in, floats, floats + scratch * THREADS);
  const auto program = read<int32_t>(in, words, words);
  const auto vector = read<float>(in, query, query), matrix = read<float>(in, query * rows, query * rows);
  std::vector<float> scores(rows);
  lexel_native::Pool pool(THREADS);
  {
    lexel_native::FlushDenormals flush;
    const int code = lexel_run_test(arena.data(), program.data(), static_cast<int>(words), arena.data() + floats,
                                    static_cast<int>(scratch), &pool, lexel_native::Pool::run);
    if (code) {
      std::fprintf(stderr, "unknown operation at word %d\n", code - 1);
      return 1;
    }
  }
  lexel_dots_test(matrix.data(), vector.data(), static_cast<int>(rows), static_cast<int>(query), scores.data());
  std::FILE* out = std::fopen(argv[2], "wb");
  if (!out) return 1;
  std::fwrite(arena.data(), sizeof(float), floats, out);
  std::fwrite(scores.data(), sizeof(float), rows, out);
  return std::fclose(out) ? 1 : 0;
}

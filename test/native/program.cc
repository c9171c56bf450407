// Runs a program of the engine without Node, on two threads: for instruction sets that only an emulator can show here.
// Usage: program IN OUT. IN holds four int32 (floats of the arena, words, query, rows),
// the arena, the words, a query and rows of that length; OUT gets the arena as the program left it and the dot products.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "../../kernels/pool.h"
#define LEXEL_ISA test
#include "../../kernels/all.cc"

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
  const auto head = read<int32_t>(in, 4, 4);
  const size_t floats = head[0], words = head[1], query = head[2], rows = head[3];
  auto arena = read<float>(in, floats, floats);
  const auto program = read<int32_t>(in, words, words);
  const int scratch = lexel_scratch_test(program.data(), static_cast<int>(words));
  if (scratch < 0) {
    std::fprintf(stderr, "no operation at word %d\n", -scratch - 1);
    return 1;
  }
  std::vector<float> scratch_memory(static_cast<size_t>(scratch) * THREADS);
  const auto vector = read<float>(in, query, query), matrix = read<float>(in, query * rows, query * rows);
  std::vector<float> scores(rows);
  lexel_native::Pool* pool = lexel_native::Pool::create(THREADS);
  {
    lexel_native::FlushDenormals flush;
    const int code = lexel_run_test(arena.data(), program.data(), static_cast<int>(words), scratch_memory.data(), scratch,
                                    pool, lexel_native::Pool::run);
    if (code) {
      std::fprintf(stderr, "no operation at word %d\n", code - 1);
      return 1;
    }
  }
  lexel_native::Pool::destroy(pool);
  lexel_dots_test(matrix.data(), vector.data(), static_cast<int>(rows), static_cast<int>(query), scores.data());
  std::FILE* out = std::fopen(argv[2], "wb");
  if (!out) return 1;
  std::fwrite(arena.data(), sizeof(float), floats, out);
  std::fwrite(scores.data(), sizeof(float), rows, out);
  return std::fclose(out) ? 1 : 0;
}

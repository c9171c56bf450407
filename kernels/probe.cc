// Prints the instruction sets of this CPU. scripts/build-native.mjs defines LEXEL_ISAS(X) as X(set) for each that it can
// build.
#include <stdio.h>
#include "isas.h"

int main() {
#define PRINT(isa) \
  if (LEXEL_SUPPORTED_##isa) puts(#isa);
  LEXEL_ISAS(PRINT)
}

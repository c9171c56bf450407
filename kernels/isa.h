// The namespace of an instruction set. The kernels are compiled once per instruction set, each in its own namespace, so
// that one addon can hold several.
#pragma once

#ifndef LEXEL_ISA
#define LEXEL_ISA base
#endif
#define LEXEL_PASTE(a, b) LEXEL_PASTE2(a, b)
#define LEXEL_PASTE2(a, b) a##b
#define lexel LEXEL_PASTE(lexel_, LEXEL_ISA)

// Marks a function of another unit, so that the linker reports it if no unit defines it.
#define LEXEL_HIDDEN __attribute__((visibility("hidden")))

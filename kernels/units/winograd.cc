// Dense 3 x 3 convolutions by Winograd's method.
#include "../winograd.h"
#include "../unit.h"

LEXEL_OPERATION(PackWinogradForwardOp)
LEXEL_OPERATION(PackWinogradBackwardOp)
LEXEL_OPERATION(WinogradForwardOp)
LEXEL_OPERATION(WinogradBackwardOp)

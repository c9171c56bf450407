// Pointwise convolutions and linear layers.
#include "../pointwise.h"
#include "../unit.h"

LEXEL_OPERATION(PointwiseForwardOp)
LEXEL_OPERATION(PointwiseBackwardOp)
LEXEL_OPERATION(PointwiseBackwardFewRowsOp)
LEXEL_OPERATION(ReduceOp)

// Dense convolutions.
#include "../dense.h"
#include "../unit.h"

LEXEL_OPERATION(DenseForwardOp)
LEXEL_OPERATION(DenseBackwardOp)

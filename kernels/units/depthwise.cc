// Depthwise convolutions. The backward functions are in depthwise_backward_*.cc.
#include "../depthwise_backward.h"
#include "../depthwise_forward.h"
#include "../unit.h"

LEXEL_OPERATION(DepthwiseForwardOp)
LEXEL_OPERATION(DepthwiseBackwardOp)

// Backward functions of depthwise 1 x 1 convolutions.
#include "../depthwise_backward.h"

namespace lexel {
LEXEL_DEPTHWISE_BACKWARD(, 1)
}

// Backward functions of depthwise 3 x 3 convolutions.
#include "../depthwise_backward.h"

namespace lexel {
LEXEL_DEPTHWISE_BACKWARD(, 3)
}

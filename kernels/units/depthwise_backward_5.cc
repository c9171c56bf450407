// Backward functions of depthwise 5 x 5 convolutions.
#include "../depthwise_backward.h"

namespace lexel {
LEXEL_DEPTHWISE_BACKWARD(, 5)
}

// Everything that is not a convolution.
#include "../head.h"
#include "../labels.h"
#include "../norm.h"
#include "../pack.h"
#include "../pixels.h"
#include "../squeeze.h"
#include "../unit.h"

LEXEL_OPERATION(InputOp)
LEXEL_OPERATION(PackForwardOp)
LEXEL_OPERATION(PackBackwardOp)
LEXEL_OPERATION(TransposeOp)
LEXEL_OPERATION(NormFinishOp)
LEXEL_OPERATION(NormEvalOp)
LEXEL_OPERATION(NormBackwardOp)
LEXEL_OPERATION(ActivationBackwardOp)
LEXEL_OPERATION(PoolOp)
LEXEL_OPERATION(ExciteForwardOp)
LEXEL_OPERATION(ExciteBackwardOp)
LEXEL_OPERATION(GateGradientOp)
LEXEL_OPERATION(AddOp)
LEXEL_OPERATION(DropoutOp)
LEXEL_OPERATION(LossOp)
LEXEL_OPERATION(LabelLossOp)
LEXEL_OPERATION(ClipOp)
LEXEL_OPERATION(OptimizerOp)
LEXEL_OPERATION(AverageOp)

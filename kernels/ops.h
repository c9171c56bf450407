// The operations and their arguments. Generated from src/engine/ops.ts by `npm run build:ops`; change that file instead.
#pragma once
#include "context.h"
// A switch that leaves out a value of an enum does not compile.
#pragma GCC diagnostic error "-Wswitch"

namespace lexel {

// Hash of the table of operations. Kernels refuse programs that were compiled against another table.
constexpr int32_t OPS_ID = 1055786572;
static_assert(LINE == 16, "src/engine/buffers.ts has another cache line");
constexpr int CLIP_BLOCK = 16384;
constexpr int PANEL = 32;
constexpr int WINOGRAD_POSITIONS = 36;

enum class Activation : int32_t { NONE, RELU, SILU, HARD_SWISH, SIGMOID, HARD_SIGMOID };
enum class TargetMode : int32_t { SKIP, PLAIN, ACCUMULATE, ACTIVATION_BACKWARD, GATED };
enum class Loss : int32_t { MSE, COSINE };
enum class LabelLoss : int32_t { SOFTMAX, COSINE_SOFTMAX, RANKING };
enum class Optimizer : int32_t { ADAMW, SGD };
struct Dynamic {
  enum { LEARNING_RATE = 0, CORRECTION1 = 1, CORRECTION2 = 2, AVERAGE_RATE = 3, RUNNING_RATE = 4, DROPOUT_KEY_LOW = 5, DROPOUT_KEY_HIGH = 6, FIELDS = 7 };
};
struct Augment {
  enum { SHIFT_Y = 0, SHIFT_X = 1, FLIP = 2, TOP = 3, BOTTOM = 4, LEFT = 5, RIGHT = 6, PARTNER = 7, FIELDS = 8 };
};

// A k x k convolution with a border of (kernel - 1) / 2. Depthwise convolutions have out = channels.
struct Geometry {
  int images, height, width, channels, out, kernel, stride, out_height, out_width;
  explicit Geometry(Words& words)
      : images(words.size()),
        height(words.size()),
        width(words.size()),
        channels(words.size()),
        out(words.size()),
        kernel(words.size()),
        stride(words.size()),
        out_height(words.size()),
        out_width(words.size()) {}
};

// value[n, p, c] = gate[n, c] * act(scale[c] * x[n, p, c] + shift[c]); a null pointer omits its factor or term.
struct View {
  const float* x;
  const float* scale;
  const float* shift;
  const float* gate;
  Activation activation;
  int hw, channels;
  explicit View(Words& words, int hw, int channels)
      : x(words.place_or_null<const float>()),
        scale(words.place_or_null<const float>()),
        shift(words.place_or_null<const float>()),
        gate(words.place_or_null<const float>()),
        activation(words.choice<Activation>(6)),
        hw(hw),
        channels(channels) {}
};

// Sums of (x - shift) and (x - shift)^2 per channel over the output of each tile; not computed if the pointers are null.
struct ChannelSums {
  const float* shift;
  float* sums;
  explicit ChannelSums(Words& words)
      : shift(words.place_or_null<const float>()),
        sums(words.place_or_null<float>()) {}
};

// dx = alpha[c] * du + beta[c] * x + delta[c] (batch norm's backward), or du itself if coefficients is null.
struct GradientView {
  const float* du;
  const float* x;
  const float* coefficients;
  int channels;
  explicit GradientView(Words& words, int channels)
      : du(words.place<const float>()),
        x(words.place_or_null<const float>()),
        coefficients(words.place_or_null<const float>()),
        channels(channels) {}
};

// Destination and form of an input gradient. mean: the batch mean of x, if a batch norm precedes the activation.
struct Target {
  TargetMode mode;
  float* gradient;
  const float* mean;
  float* sums;
  float* gate;
  explicit Target(Words& words)
      : mode(words.choice<TargetMode>(5)),
        gradient(words.place_or_null<float>()),
        mean(words.place_or_null<const float>()),
        sums(words.place_or_null<float>()),
        gate(words.place_or_null<float>()) {}
};

// Crop, flip, cutout or CutMix, and normalisation of uint8 images.
struct InputOp {
  int images, size, tiles;
  const uint8_t* pixels;  // [images, size, size, 3]
  const int32_t* augment;  // [images, 8]
  const float* normalisation;  // [2, 3]
  float* output;  // [images, size, size, 3]
  explicit InputOp(Words& words)
      : images(words.size()),
        size(words.size()),
        tiles(words.size()),
        pixels(words.place<const uint8_t>()),
        augment(words.place<const int32_t>()),
        normalisation(words.place<const float>()),
        output(words.place<float>()) {}
};

// Packs weights [taps, rows, columns] into panels of columns.
struct PackForwardOp {
  int taps, rows, columns;
  const float* weights;  // [taps, rows, columns]
  float* packed;  // [taps, rows, columns in panels]
  explicit PackForwardOp(Words& words)
      : taps(words.size()),
        rows(words.size()),
        columns(words.size()),
        weights(words.place<const float>()),
        packed(words.place<float>()) {}
};

// Packs transposed weights [kernel, kernel, rows, columns] into panels of rows, for the input gradient. Taps are grouped by
// phase of the stride, in reverse order.
struct PackBackwardOp {
  int kernel, stride, rows, columns;
  const float* weights;  // [kernel, kernel, rows, columns]
  float* packed;  // [kernel, kernel, columns, rows in panels]
  explicit PackBackwardOp(Words& words)
      : kernel(words.size()),
        stride(words.size()),
        rows(words.size()),
        columns(words.size()),
        weights(words.place<const float>()),
        packed(words.place<float>()) {}
};

// Transposes a matrix without packing it into panels.
struct TransposeOp {
  int rows, columns;
  const float* matrix;  // [rows, columns]
  float* output;  // [columns, rows]
  explicit TransposeOp(Words& words)
      : rows(words.size()),
        columns(words.size()),
        matrix(words.place<const float>()),
        output(words.place<float>()) {}
};

// 1x1 convolution or linear layer, in chunks of rows.
struct PointwiseForwardOp {
  int images, hw, channels, out, tiles, chunk;
  View input;  // [images, hw, channels]
  const float* weights;  // [channels, out in panels]
  const float* bias;  // [out], or null
  float* output;  // [images, hw, out]
  ChannelSums norm;  // [out], or null
  explicit PointwiseForwardOp(Words& words)
      : images(words.size()),
        hw(words.size()),
        channels(words.size()),
        out(words.size()),
        tiles(words.size()),
        chunk(words.size()),
        input(words, hw, channels),
        weights(words.place<const float>()),
        bias(words.place_or_null<const float>()),
        output(words.place<float>()),
        norm(words) {}
};

// The gradients of a 1x1 convolution or linear layer, in one pass over chunks of rows. Weight gradients are partial sums per
// tile.
struct PointwiseBackwardOp {
  int images, hw, channels, out, tiles, chunk;
  View input;  // [images, hw, channels]
  GradientView gradient;  // [images, hw, out]
  const float* weights;  // [out, channels in panels], or null
  float* weight_gradient;  // [tiles, channels, out]
  float* bias_gradient;  // [tiles, out padded], or null
  Target target;  // [images, hw, channels], or null
  explicit PointwiseBackwardOp(Words& words)
      : images(words.size()),
        hw(words.size()),
        channels(words.size()),
        out(words.size()),
        tiles(words.size()),
        chunk(words.size()),
        input(words, hw, channels),
        gradient(words, out),
        weights(words.place_or_null<const float>()),
        weight_gradient(words.place<float>()),
        bias_gradient(words.place_or_null<float>()),
        target(words) {}
};

// The same for few rows: computes the output gradient once, and then the final weight gradients by blocks of input channels.
struct PointwiseBackwardFewRowsOp {
  int images, hw, channels, out, tiles, chunk;
  View input;  // [images, hw, channels]
  GradientView gradient;  // [images, hw, out]
  const float* weights;  // [out, channels in panels], or null
  float* weight_gradient;  // [channels, out]
  float* bias_gradient;  // [out], or null
  float* work;  // [images, hw, out], or null
  Target target;  // [images, hw, channels], or null
  explicit PointwiseBackwardFewRowsOp(Words& words)
      : images(words.size()),
        hw(words.size()),
        channels(words.size()),
        out(words.size()),
        tiles(words.size()),
        chunk(words.size()),
        input(words, hw, channels),
        gradient(words, out),
        weights(words.place_or_null<const float>()),
        weight_gradient(words.place<float>()),
        bias_gradient(words.place_or_null<float>()),
        work(words.place_or_null<float>()),
        target(words) {}
};

// k x k convolution.
struct DenseForwardOp : Geometry {
  int tiles;
  View input;  // [images, height, width, channels]
  const float* weights;  // [kernel, kernel, channels, out in panels]
  float* output;  // [images, out_height, out_width, out]
  ChannelSums norm;  // [out], or null
  explicit DenseForwardOp(Words& words)
      : Geometry(words),
        tiles(words.size()),
        input(words, height * width, channels),
        weights(words.place<const float>()),
        output(words.place<float>()),
        norm(words) {}
};

// The gradients of a k x k convolution. Weight gradients are partial sums per tile.
struct DenseBackwardOp : Geometry {
  int tiles;
  View input;  // [images, height, width, channels]
  GradientView gradient;  // [images, out_height, out_width, out]
  const float* weights;  // [kernel, kernel, out, channels in panels], or null
  float* weight_gradient;  // [tiles, kernel, kernel, channels, out]
  Target target;  // [images, height, width, channels], or null
  explicit DenseBackwardOp(Words& words)
      : Geometry(words),
        tiles(words.size()),
        input(words, height * width, channels),
        gradient(words, out),
        weights(words.place_or_null<const float>()),
        weight_gradient(words.place<float>()),
        target(words) {}
};

// Transforms 3x3 weights to the 36 positions of Winograd's convolution, and packs them into panels of columns.
struct PackWinogradForwardOp {
  int rows, columns;
  const float* weights;  // [9, rows, columns]
  float* packed;  // [36, rows, columns in panels]
  explicit PackWinogradForwardOp(Words& words)
      : rows(words.size()),
        columns(words.size()),
        weights(words.place<const float>()),
        packed(words.place<float>()) {}
};

// The same for transposed weights, packed into panels of rows, for the input gradient.
struct PackWinogradBackwardOp {
  int rows, columns;
  const float* weights;  // [9, rows, columns]
  float* packed;  // [36, columns, rows in panels]
  explicit PackWinogradBackwardOp(Words& words)
      : rows(words.size()),
        columns(words.size()),
        weights(words.place<const float>()),
        packed(words.place<float>()) {}
};

// 3x3 convolution of stride 1, by Winograd's F(4x4, 3x3).
struct WinogradForwardOp {
  int images, height, width, channels, out, tiles, group;
  View input;  // [images, height, width, channels]
  const float* weights;  // [36, channels, out in panels]
  float* output;  // [images, height, width, out]
  ChannelSums norm;  // [out], or null
  explicit WinogradForwardOp(Words& words)
      : images(words.size()),
        height(words.size()),
        width(words.size()),
        channels(words.size()),
        out(words.size()),
        tiles(words.size()),
        group(words.size()),
        input(words, height * width, channels),
        weights(words.place<const float>()),
        output(words.place<float>()),
        norm(words) {}
};

// The gradients of a 3x3 convolution by Winograd's F(4x4, 3x3). Weight gradients are partial sums per tile.
struct WinogradBackwardOp {
  int images, height, width, channels, out, tiles, group;
  View input;  // [images, height, width, channels]
  GradientView gradient;  // [images, height, width, out]
  const float* weights;  // [36, out, channels in panels], or null
  float* weight_gradient;  // [tiles, 9, channels, out]
  Target target;  // [images, height, width, channels], or null
  explicit WinogradBackwardOp(Words& words)
      : images(words.size()),
        height(words.size()),
        width(words.size()),
        channels(words.size()),
        out(words.size()),
        tiles(words.size()),
        group(words.size()),
        input(words, height * width, channels),
        gradient(words, out),
        weights(words.place_or_null<const float>()),
        weight_gradient(words.place<float>()),
        target(words) {}
};

// Depthwise k x k convolution.
struct DepthwiseForwardOp : Geometry {
  int tiles;
  View input;  // [images, height, width, channels]
  const float* weights;  // [kernel, kernel, channels]
  float* output;  // [images, out_height, out_width, channels]
  ChannelSums norm;  // [channels], or null
  explicit DepthwiseForwardOp(Words& words)
      : Geometry(words),
        tiles(words.size()),
        input(words, height * width, channels),
        weights(words.place<const float>()),
        output(words.place<float>()),
        norm(words) {}
};

// The gradients of a depthwise convolution. Weight gradients are partial sums per tile.
struct DepthwiseBackwardOp : Geometry {
  int tiles;
  View input;  // [images, height, width, channels]
  GradientView gradient;  // [images, out_height, out_width, channels]
  const float* weights;  // [kernel, kernel, channels]
  float* weight_gradient;  // [tiles, kernel * kernel * channels padded]
  Target target;  // [images, height, width, channels], or null
  explicit DepthwiseBackwardOp(Words& words)
      : Geometry(words),
        tiles(words.size()),
        input(words, height * width, channels),
        gradient(words, channels),
        weights(words.place<const float>()),
        weight_gradient(words.place<float>()),
        target(words) {}
};

// Computes batch norm's scale and shift from the sums of x - running mean and of its square, and updates the running
// statistics.
struct NormFinishOp {
  int channels, tiles, count;
  float epsilon;
  const float* sums;  // [tiles, 2, channels padded]
  const float* weight;  // [channels]
  const float* bias;  // [channels]
  float* running_mean;  // [channels]
  float* running_variance;  // [channels]
  const float* running_rate;  // [1]
  float* mean;  // [channels]
  float* inverse;  // [channels]
  float* scale;  // [channels]
  float* shift;  // [channels]
  explicit NormFinishOp(Words& words)
      : channels(words.size()),
        tiles(words.size()),
        count(words.size()),
        epsilon(words.constant()),
        sums(words.place<const float>()),
        weight(words.place<const float>()),
        bias(words.place<const float>()),
        running_mean(words.place<float>()),
        running_variance(words.place<float>()),
        running_rate(words.place<const float>()),
        mean(words.place<float>()),
        inverse(words.place<float>()),
        scale(words.place<float>()),
        shift(words.place<float>()) {}
};

// Computes batch norm's scale and shift from the running statistics.
struct NormEvalOp {
  int channels;
  float epsilon;
  const float* weight;  // [channels]
  const float* bias;  // [channels]
  const float* running_mean;  // [channels]
  const float* running_variance;  // [channels]
  float* scale;  // [channels]
  float* shift;  // [channels]
  explicit NormEvalOp(Words& words)
      : channels(words.size()),
        epsilon(words.constant()),
        weight(words.place<const float>()),
        bias(words.place<const float>()),
        running_mean(words.place<const float>()),
        running_variance(words.place<const float>()),
        scale(words.place<float>()),
        shift(words.place<float>()) {}
};

// Computes batch norm's gradients, and the coefficients of gradient views, from the sums of du and du * (x - mean).
struct NormBackwardOp {
  int channels, tiles, count;
  const float* sums;  // [tiles, 2, channels padded]
  const float* weight;  // [channels]
  const float* mean;  // [channels]
  const float* inverse;  // [channels]
  float* weight_gradient;  // [channels]
  float* bias_gradient;  // [channels]
  float* coefficients;  // [3, channels padded]
  explicit NormBackwardOp(Words& words)
      : channels(words.size()),
        tiles(words.size()),
        count(words.size()),
        sums(words.place<const float>()),
        weight(words.place<const float>()),
        mean(words.place<const float>()),
        inverse(words.place<const float>()),
        weight_gradient(words.place<float>()),
        bias_gradient(words.place<float>()),
        coefficients(words.place<float>()) {}
};

// The gradient before a view's activation, if no convolution computes it: (gradient * gate + pooled / hw) * act'(u). Each part
// is optional.
struct ActivationBackwardOp {
  int images, hw, channels, tiles;
  View input;  // [images, hw, channels]
  const float* gradient;  // [images, hw, channels], or null
  const float* pooled;  // [images, channels], or null
  float* output;  // [images, hw, channels], or null
  const float* mean;  // [channels], or null
  float* sums;  // [tiles, 2, channels padded], or null
  explicit ActivationBackwardOp(Words& words)
      : images(words.size()),
        hw(words.size()),
        channels(words.size()),
        tiles(words.size()),
        input(words, hw, channels),
        gradient(words.place_or_null<const float>()),
        pooled(words.place_or_null<const float>()),
        output(words.place_or_null<float>()),
        mean(words.place_or_null<const float>()),
        sums(words.place_or_null<float>()) {}
};

// The mean over pixels.
struct PoolOp {
  int images, hw, channels, tiles;
  View input;  // [images, hw, channels]
  float* output;  // [images, channels]
  explicit PoolOp(Words& words)
      : images(words.size()),
        hw(words.size()),
        channels(words.size()),
        tiles(words.size()),
        input(words, hw, channels),
        output(words.place<float>()) {}
};

// Squeeze-excite's two layers: u1 = pooled w1 + b1, h = act(u1), u2 = h w2 + b2, gate = gateActivation(u2).
struct ExciteForwardOp {
  int images, channels, hidden, tiles;
  Activation activation;
  Activation gate_activation;
  const float* pooled;  // [images, channels]
  const float* weight1;  // [channels, hidden]
  const float* bias1;  // [hidden]
  const float* weight2;  // [hidden, channels]
  const float* bias2;  // [channels]
  float* u1;  // [images, hidden]
  float* h;  // [images, hidden]
  float* u2;  // [images, channels]
  float* gate;  // [images, channels]
  explicit ExciteForwardOp(Words& words)
      : images(words.size()),
        channels(words.size()),
        hidden(words.size()),
        tiles(words.size()),
        activation(words.choice<Activation>(6)),
        gate_activation(words.choice<Activation>(6)),
        pooled(words.place<const float>()),
        weight1(words.place<const float>()),
        bias1(words.place<const float>()),
        weight2(words.place<const float>()),
        bias2(words.place<const float>()),
        u1(words.place<float>()),
        h(words.place<float>()),
        u2(words.place<float>()),
        gate(words.place<float>()) {}
};

// The gradients of squeeze-excite's two layers, from the gate's gradient, which is overwritten. Weight gradients are partial
// sums per tile.
struct ExciteBackwardOp {
  int images, channels, hidden, tiles;
  Activation activation;
  Activation gate_activation;
  const float* pooled;  // [images, channels]
  const float* u1;  // [images, hidden]
  const float* h;  // [images, hidden]
  const float* u2;  // [images, channels]
  const float* transposed1;  // [hidden, channels]
  const float* transposed2;  // [channels, hidden]
  float* gate_gradient;  // [images, channels]
  float* hidden_gradient;  // [images, hidden]
  float* pooled_gradient;  // [images, channels]
  float* weight1_gradient;  // [tiles, channels * hidden padded]
  float* bias1_gradient;  // [tiles, hidden padded]
  float* weight2_gradient;  // [tiles, hidden * channels padded]
  float* bias2_gradient;  // [tiles, channels padded]
  explicit ExciteBackwardOp(Words& words)
      : images(words.size()),
        channels(words.size()),
        hidden(words.size()),
        tiles(words.size()),
        activation(words.choice<Activation>(6)),
        gate_activation(words.choice<Activation>(6)),
        pooled(words.place<const float>()),
        u1(words.place<const float>()),
        h(words.place<const float>()),
        u2(words.place<const float>()),
        transposed1(words.place<const float>()),
        transposed2(words.place<const float>()),
        gate_gradient(words.place<float>()),
        hidden_gradient(words.place<float>()),
        pooled_gradient(words.place<float>()),
        weight1_gradient(words.place<float>()),
        bias1_gradient(words.place<float>()),
        weight2_gradient(words.place<float>()),
        bias2_gradient(words.place<float>()) {}
};

// A gate's gradient if the gated value was an operand of a sum: the sum over pixels of gradient * value before the gate.
struct GateGradientOp {
  int images, hw, channels, tiles;
  View input;  // [images, hw, channels]
  const float* gradient;  // [images, hw, channels]
  float* output;  // [images, channels]
  explicit GateGradientOp(Words& words)
      : images(words.size()),
        hw(words.size()),
        channels(words.size()),
        tiles(words.size()),
        input(words, hw, channels),
        gradient(words.place<const float>()),
        output(words.place<float>()) {}
};

// output = first + second, or first alone.
struct AddOp {
  int images, hw, channels, tiles;
  View first;  // [images, hw, channels]
  View second;  // [images, hw, channels], or null
  float* output;  // [images, hw, channels]
  explicit AddOp(Words& words)
      : images(words.size()),
        hw(words.size()),
        channels(words.size()),
        tiles(words.size()),
        first(words, hw, channels),
        second(words, hw, channels),
        output(words.place<float>()) {}
};

// values *= keep / (1 - rate), with keep 0 or 1. The backward pass applies it to the gradient, with the same key and layer.
struct DropoutOp {
  int count, layer;
  float rate;
  const uint32_t* key;  // [2]
  float* values;  // [count]
  explicit DropoutOp(Words& words)
      : count(words.size()),
        layer(words.size()),
        rate(words.constant()),
        key(words.place<const uint32_t>()),
        values(words.place<float>()) {}
};

// A loss against target vectors, and its gradient.
struct LossOp {
  int images, dimension, width;
  Loss kind;
  const float* output;  // [images, dimension at a distance of width]
  const float* targets;  // [images, dimension]
  const float* before;  // [1], or null
  float* gradient;  // [images, dimension at a distance of width]
  float* loss;  // [1]
  explicit LossOp(Words& words)
      : images(words.size()),
        dimension(words.size()),
        width(words.size()),
        kind(words.choice<Loss>(2)),
        output(words.place<const float>()),
        targets(words.place<const float>()),
        before(words.place_or_null<const float>()),
        gradient(words.place<float>()),
        loss(words.place<float>()) {}
};

// A loss over a set of labels, and its gradient.
struct LabelLossOp {
  int images, dimension, labels;
  LabelLoss kind;
  float weight;
  float margin;
  const float* output;  // [images, dimension]
  const float* vectors;  // [labels, dimension]
  const float* shares;  // [images, labels]
  float* log_scale;  // [1], or null
  float* gradient;  // [images, dimension]
  float* log_scale_gradient;  // [1], or null
  float* loss;  // [1]
  float* scores;  // [images, labels]
  float* losses;  // [images]
  float* scale_parts;  // [images]
  explicit LabelLossOp(Words& words)
      : images(words.size()),
        dimension(words.size()),
        labels(words.size()),
        kind(words.choice<LabelLoss>(3)),
        weight(words.constant()),
        margin(words.constant()),
        output(words.place<const float>()),
        vectors(words.place<const float>()),
        shares(words.place<const float>()),
        log_scale(words.place_or_null<float>()),
        gradient(words.place<float>()),
        log_scale_gradient(words.place_or_null<float>()),
        loss(words.place<float>()),
        scores(words.place<float>()),
        losses(words.place<float>()),
        scale_parts(words.place<float>()) {}
};

// The factor that scales the gradients' norm down to the limit, or 1 if the norm is within it.
struct ClipOp {
  int count, blocks;
  float limit;
  const float* gradients;  // [count]
  float* work;  // [blocks]
  float* scale;  // [1]
  explicit ClipOp(Words& words)
      : count(words.size()),
        blocks(words.size()),
        limit(words.constant()),
        gradients(words.place<const float>()),
        work(words.place<float>()),
        scale(words.place<float>()) {}
};

// One update of all weights. Weight decay applies to the first `decayed` weights.
struct OptimizerOp {
  int count, decayed;
  Optimizer kind;
  float beta1;
  float beta2;
  float epsilon;
  float momentum;
  float weight_decay;
  float* weights;  // [count]
  const float* gradients;  // [count]
  float* m;  // [count], or null
  float* v;  // [count], or null
  const float* clip_scale;  // [1], or null
  const float* dynamic;  // [7]
  explicit OptimizerOp(Words& words)
      : count(words.size()),
        decayed(words.size()),
        kind(words.choice<Optimizer>(2)),
        beta1(words.constant()),
        beta2(words.constant()),
        epsilon(words.constant()),
        momentum(words.constant()),
        weight_decay(words.constant()),
        weights(words.place<float>()),
        gradients(words.place<const float>()),
        m(words.place_or_null<float>()),
        v(words.place_or_null<float>()),
        clip_scale(words.place_or_null<const float>()),
        dynamic(words.place<const float>()) {}
};

// Updates a moving average: average += rate * (values - average).
struct AverageOp {
  int count;
  const float* values;  // [count]
  float* average;  // [count]
  const float* rate;  // [1]
  explicit AverageOp(Words& words)
      : count(words.size()),
        values(words.place<const float>()),
        average(words.place<float>()),
        rate(words.place<const float>()) {}
};

// Adds up partial sums that are `stride` floats apart, in order.
struct ReduceOp {
  int count, parts, stride;
  const float* partials;  // [parts, count at a distance of stride]
  float* output;  // [count]
  explicit ReduceOp(Words& words)
      : count(words.size()),
        parts(words.size()),
        stride(words.size()),
        partials(words.place<const float>()),
        output(words.place<float>()) {}
};

// Reads the arguments of operation `code` and calls f with them. Returns false, without a call, if there is no such operation
// or if the words are not valid arguments.
template <class F>
static INLINE bool with_operation(int32_t code, Words& words, F f) {
  switch (code) {
    case 0: return with_arguments<InputOp>(words, f);
    case 1: return with_arguments<PackForwardOp>(words, f);
    case 2: return with_arguments<PackBackwardOp>(words, f);
    case 3: return with_arguments<TransposeOp>(words, f);
    case 4: return with_arguments<PointwiseForwardOp>(words, f);
    case 5: return with_arguments<PointwiseBackwardOp>(words, f);
    case 6: return with_arguments<PointwiseBackwardFewRowsOp>(words, f);
    case 7: return with_arguments<DenseForwardOp>(words, f);
    case 8: return with_arguments<DenseBackwardOp>(words, f);
    case 9: return with_arguments<PackWinogradForwardOp>(words, f);
    case 10: return with_arguments<PackWinogradBackwardOp>(words, f);
    case 11: return with_arguments<WinogradForwardOp>(words, f);
    case 12: return with_arguments<WinogradBackwardOp>(words, f);
    case 13: return with_arguments<DepthwiseForwardOp>(words, f);
    case 14: return with_arguments<DepthwiseBackwardOp>(words, f);
    case 15: return with_arguments<NormFinishOp>(words, f);
    case 16: return with_arguments<NormEvalOp>(words, f);
    case 17: return with_arguments<NormBackwardOp>(words, f);
    case 18: return with_arguments<ActivationBackwardOp>(words, f);
    case 19: return with_arguments<PoolOp>(words, f);
    case 20: return with_arguments<ExciteForwardOp>(words, f);
    case 21: return with_arguments<ExciteBackwardOp>(words, f);
    case 22: return with_arguments<GateGradientOp>(words, f);
    case 23: return with_arguments<AddOp>(words, f);
    case 24: return with_arguments<DropoutOp>(words, f);
    case 25: return with_arguments<LossOp>(words, f);
    case 26: return with_arguments<LabelLossOp>(words, f);
    case 27: return with_arguments<ClipOp>(words, f);
    case 28: return with_arguments<OptimizerOp>(words, f);
    case 29: return with_arguments<AverageOp>(words, f);
    case 30: return with_arguments<ReduceOp>(words, f);
    default: return false;
  }
}

}  // namespace lexel

//! Gradients of every step, loss and activation, in graphs of every kind, against finite differences in f64.

mod support;

use mtl::Model;
use mtl::prelude::*;
use support::check_gradients;

const WIDTH: usize = 6;

multitask! {
    struct Activations {
        input x: [5];
        shared a = x -> Dense(7, elu) -> Dense(7, selu) -> Dense(7, gelu) -> Dense(7, silu);
        shared b = a -> Dense(7, mish) -> Dense(7, sigmoid) -> Dense(7, tanh) -> Dense(7, softsign);
        let c = b -> Dense(7) -> softplus -> Dense(7, exponential) -> Dense(7, linear);
        let d = b -> Dense(7, leaky_relu) -> Dense(7, relu) -> Dense(7, relu6) -> Dense(7, hard_sigmoid) -> Dense(7, hard_silu);
        head one = c -> Dense(2) { loss: mse }
        head two = d -> Dense(2) { loss: mse, weight: 0.5 }
    }
}

multitask! {
    struct Regressions {
        input x: [4];
        shared body = x -> Dense(8, tanh, l1 = 0.003, l2 = 0.01);
        head mae = body -> Dense(3) { loss: mae }
        head huber = body -> Dense(3) { loss: huber(delta = 0.7) }
        head log_cosh = body -> Dense(2) { loss: log_cosh, labels: partial }
        head quantile = body -> Dense(2) { loss: quantile(0.8) }
        head msle = body -> Dense(2, softplus) { loss: msle }
        head poisson = body -> Dense(2, exponential) { loss: poisson, weight: 0.3 }
        head hinge = body -> Dense(3, tanh) { loss: hinge }
        head squared_hinge = body -> Dense(3) { loss: squared_hinge, labels: partial }
    }
}

multitask! {
    struct Classifications {
        input x: [4];
        shared body = x -> Dense(8, tanh, bias = false) -> Dense(6, silu);
        head binary = body -> Dense(3, sigmoid) { loss: binary_cross_entropy, class_weights: [0.5, 2.0], label_smoothing: 0.1 }
        head focal = body -> Dense(2, sigmoid) { loss: binary_focal(gamma = 2), labels: partial }
        head kind = body -> Dense(4, softmax) { loss: categorical_cross_entropy, class_weights: [1, 2, 0.5, 1.5], label_smoothing: 0.05, labels: partial }
        head kind_focal = body -> Dense(3, softmax) { loss: categorical_focal(gamma = 1.5) }
        head share = body -> Dense(3, softmax) { loss: kl_divergence }
    }
}

multitask! {
    struct Merges {
        input x: [WIDTH];
        input y: [WIDTH];
        input zone: class(5);
        input kind: class(3);
        let z = zone -> Embedding(WIDTH);
        let k = kind -> OneHot -> Dense({ WIDTH }, tanh);
        shared sums = ((x, y -> Dense(WIDTH, tanh), z) -> Add, (z, k) -> Multiply, (x -> Dense(6), k) -> Average, (z, y -> Dense(6)) -> Maximum) -> Concat -> Dense(9, tanh);
        let skip = (sums, sums -> Dense(9, elu)) -> Add;
        head first = (skip, sums) -> Concat -> Dense(2) { loss: mse }
        head second = sums -> Dense(1) { loss: mse, labels: partial }
        head third = z -> Dense(1) { loss: mae }
    }
}

const FREQUENCIES: usize = 3;

multitask! {
    #[independent]
    struct Members {
        input x: [WIDTH];
        head mean = x -> Ensemble(FREQUENCIES) -> Conv1D(4, tanh, kernel = 1) -> Ensemble(3) -> Conv1D(2, kernel = 1) -> GlobalAveragePool { loss: mse }
        head all = x -> Dense(3) -> Ensemble(2) -> Flatten { loss: mse }
    }
}

multitask! {
    struct Normalised {
        input x: [WIDTH];
        shared body = x -> Normalize -> Scale -> Dense(7) -> BatchNorm -> relu -> Dense(8) -> BatchNorm(momentum = 0.9, epsilon = 0.01) -> tanh -> LayerNorm;
        let other = (x -> Robust, x -> Periodic(2) -> Periodic(FREQUENCIES, sigma = 0.3), x -> Dense(2) -> Piecewise(FREQUENCIES)) -> Concat -> Dense(5) -> Robust -> LayerNorm(epsilon = 0.01) -> RmsNorm -> BatchNorm -> sigmoid;
        head first = (body, other) -> Concat -> Dense(3) -> BatchNorm { loss: mse }
        head second = body -> Dense(2, softmax) { loss: categorical_cross_entropy, labels: partial }
    }
}

multitask! {
    struct Noisy {
        input image: [2, 3, 2];
        shared body = image -> Flatten -> Dense(10, tanh) -> Dropout(0.3) -> GaussianNoise(0.2) -> Dense(12, elu);
        let grid = body -> Reshape([2, 6]) -> Dropout(0.1) -> Flatten;
        head first = grid -> Dense(2) { loss: mse }
        head second = (grid, body) -> Add -> Dense(2, sigmoid) { loss: binary_cross_entropy }
    }
}

multitask! {
    struct Reused {
        input left: [WIDTH];
        input right: [WIDTH];
        layer encode = Dense(8, tanh) -> BatchNorm -> Dropout(0.2) -> Dense(4, elu);
        let l = left -> encode;
        let r = right -> encode;
        head same = (l, r) -> Multiply -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head gap = (l, r, l) -> Concat -> Dense(2, softplus) { loss: poisson }
        head again = left -> encode -> Dense(1) { loss: mse }
    }
}

multitask! {
    struct Generic<const FEATURES: usize, const CLASSES: usize> {
        input x: [FEATURES];
        shared body = x -> Dense(CLASSES, tanh) -> LayerNorm;
        head kind = body -> Dense(CLASSES, softmax) { loss: categorical_cross_entropy }
        head level = body -> Dense(1) { loss: mse }
    }
}

multitask! {
    #[independent]
    struct HeadOnShared {
        input x: [WIDTH];
        let a = x -> Dense(4, tanh);
        head early = a { loss: mse }
        head late = a -> softmax -> Dense(3) -> softmax -> Dense(2) { loss: mse }
    }
}

multitask! {
    struct Stitched {
        input x: [WIDTH];
        input y: [4];
        let (a, b, c) = (x -> Dense(6, tanh), y -> Dense(6, elu), x -> Dense(6)) -> CrossStitch;
        let (d, e) = (a -> Dense(8, tanh), (b, c) -> Average -> Dense(8, tanh)) -> CrossStitch(init = 0.7, channels = true);
        let (f, _g) = (d -> Reshape([4, 2]), e -> Reshape([4, 2])) -> CrossStitch(0.6, channels = true) -> CrossStitch;
        head one = f -> Flatten -> Dense(2) { loss: mse }
        head two = e -> Dense(2, softmax) { loss: categorical_cross_entropy, labels: partial }
    }
}

multitask! {
    struct Experts {
        input x: [WIDTH];
        shared body = x -> Dense(7, tanh);
        let (a, b) = body -> MixtureOfExperts(3, expert = Dense(5, gelu));
        let plain = (body, a) -> Concat -> MixtureOfExperts(2, Dense(4, elu, l2 = 0.01)) -> LayerNorm;
        layer mixed = MixtureOfExperts(2, expert = Dense(3));
        head one = a -> mixed -> Dense(2) { loss: mse }
        head two = b -> mixed { loss: huber, weight: 0.5 }
        head three = plain -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial }
    }
}

multitask! {
    struct Progressive {
        input x: [WIDTH];
        let (a, b, c) = x -> Cgc(2, 1, expert = Dense(5, tanh)) -> Cgc(shared = 1, specific = 2, expert = Dense(4, silu));
        let (d, e) = (a, b, c) -> Cgc(1, 1, expert = Dense(3, tanh, bias = false));
        head one = d -> Dense(2) { loss: mse }
        head two = e -> Dense(2) { loss: mae }
        head three = c -> Dense(1, softplus) { loss: poisson }
    }
}

multitask! {
    #[independent]
    struct Tied {
        input x: [WIDTH];
        let left = x -> Normalize -> Dense(5, tanh) -> BatchNorm -> Dense(4, elu, bias = false);
        let right = x -> Dense({ 2 + 3 }, silu) -> BatchNorm -> Dense(4, bias = false, l2 = 0.01);
        layer tower = Dense(3, tanh);
        layer other = Dense(3, elu);
        head one = left -> tower { loss: mse }
        head two = right -> LayerNorm -> other { loss: mse }
        tie (tower, other) { l2: 0.05 }
        tie (left, right) { l2: 0.02 }
        tie (one_sided, two_sided) { l2: STRENGTH }
        let one_sided = x -> Dense(2);
        let two_sided = x -> Dense(2);
        head three = one_sided { loss: mse }
        head four = two_sided { loss: mse }
        budget { parameters: 1_000, weights: 4 KiB, workspace: { 1 << 3 } KiB, stack: 8 KiB, multiply_adds: 500 }
    }
}

multitask! {
    struct Convolved {
        input image: [6, 5, 2];
        input sound: [9, 3];
        shared seen = image -> Conv2D(4, tanh) -> BatchNorm -> Conv2D(3, silu, kernel = [2, 3], stride = [2, 1], padding = same, bias = false) -> LayerNorm;
        let heard = sound -> Normalize -> Conv1D(5, softplus, kernel = 4, stride = 2, padding = same, l1 = 0.003, l2 = 0.01) -> MaxPool1D -> Flatten;
        let small = seen -> AveragePool2D(2, padding = same) -> Dropout(0.2) -> Flatten;
        let means = (seen -> GlobalAveragePool, sound -> GlobalAveragePool) -> Add;
        shared all = (small, heard, means) -> Concat -> Dense(7, tanh);
        head one = all -> Dense(2) { loss: mse }
        head two = all -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial }
        head three = seen -> MaxPool2D([1, 2], stride = 1) -> Conv2D(2, kernel = 1) -> Flatten { loss: mae, weight: 0.5 }
    }
}

multitask! {
    struct Seen {
        input image: [4, 3, 2];
        let padded = image -> ZeroPadding2D([[1, 0], [{ WINDOW - 1 }, WINDOW]]);
        shared all = (image -> ZeroPadding2D(0) -> Flatten, padded -> Conv2D(2) -> PRelu(shared_axes = [1, 2]) -> ZeroPadding2D -> DepthwiseConv2D(WINDOW, tanh, depth_multiplier = 2, l2 = 0.01) -> Flatten) -> Concat -> Dense(6) -> PRelu;
        head one = all -> Dense(2) { loss: mse }
        head three = all -> Dense(1) { loss: mse }
        layer look = SeparableConv2D(2, gelu, kernel = WINDOW, depth_multiplier = WINDOW, padding = same, l1 = 0.01);
        head four = image -> look -> look -> SeparableConv2D(3, tanh, bias = false) -> Flatten { loss: mse }
        head two = padded -> PRelu(shared_axes = [2]) -> DepthwiseConv2D(3, silu, stride = 2, padding = same, bias = false) -> Flatten -> Dense(2) { loss: mse, labels: partial }
    }
}

multitask! {
    struct Looked {
        input left: [WIDTH, WIDTH, 1];
        input right: [WIDTH, { WIDTH }, 1];
        layer look = Conv2D(2, sigmoid, kernel = WINDOW, padding = same) -> Conv2D(3, kernel = WINDOW, stride = 2) -> BatchNorm -> tanh -> AveragePool2D(WINDOW, stride = 1);
        let l = left -> look;
        let r = right -> look;
        head same = (l, r) -> Multiply -> Flatten -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head gap = (l -> GlobalAveragePool, r -> GlobalAveragePool, left -> AveragePool2D(WIDTH) -> Flatten) -> Concat -> Dense(2) { loss: mse }
    }
}

const WINDOW: usize = 2;
const STRENGTH: f64 = 0.3;

multitask! {
    struct Recurrences {
        input x: [WIDTH, 3];
        input image: [WIDTH, 2, 2];
        shared states = x -> Gru(5, sequences = true) -> Dropout(0.2) -> Lstm(4, sequences = true, l2 = 0.01);
        layer last = Lstm(3, bias = false);
        let rows = image -> Reshape([WIDTH, 4]) -> last;
        let seen = (states -> last, rows, x -> Gru({ 1 + 2 }, bias = false, init = he_normal, l1 = 0.003)) -> Concat;
        head one = seen -> Dense(2) { loss: mse }
        head two = (states -> Gru(4) -> gelu, states -> Flatten -> Dense(4)) -> Add -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial }
        head three = states -> Flatten { loss: mae }
        tie (left, right) { l2: 0.05 }
        let left = x -> Gru(2);
        let right = x -> Gru(2);
        head four = (left, right) -> Concat { loss: mse }
    }
}

fn check<M: Model<Scalar = f64>>() {
    for (seed, count) in [(1, 1), (2, 4), (3, 9)] {
        for training in [false, true] {
            check_gradients::<M>(seed, count, training);
        }
    }
}

#[test]
fn activations() {
    check::<Activations<f64>>();
}

#[test]
fn regression_losses() {
    check::<Regressions<f64>>();
}

#[test]
fn classification_losses() {
    check::<Classifications<f64>>();
}

#[test]
fn merging_steps() {
    check::<Merges<f64>>();
}

#[test]
fn members_of_an_ensemble() {
    check::<Members<f64>>();
}

#[test]
fn normalisation() {
    check::<Normalised<f64>>();
}

#[test]
fn noise_and_shapes() {
    check::<Noisy<f64>>();
}

#[test]
fn layers_in_several_flows() {
    check::<Reused<f64>>();
}

#[test]
fn convolutions_and_pooling() {
    check::<Convolved<f64>>();
}

#[test]
fn further_steps_on_images() {
    check::<Seen<f64>>();
}

#[test]
fn convolutions_of_constants_in_several_flows() {
    check::<Looked<f64>>();
}

#[test]
fn const_generics() {
    check::<Generic<5, 3, f64>>();
}

#[test]
fn a_head_on_what_another_one_uses() {
    check::<HeadOnShared<f64>>();
}

#[test]
fn cross_stitch_units() {
    check::<Stitched<f64>>();
}

#[test]
fn mixtures_of_experts() {
    check::<Experts<f64>>();
}

#[test]
fn customised_gate_control() {
    check::<Progressive<f64>>();
}

#[test]
fn recurrent_steps() {
    check::<Recurrences<f64>>();
}

#[test]
fn tied_blocks() {
    check::<Tied<f64>>();
}

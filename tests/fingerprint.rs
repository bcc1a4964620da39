//! The fingerprint of a model tells apart what predicts otherwise: for every argument of every word, two models with that one difference have other
//! fingerprints, or the same outputs for the same parameters.
//!
//! A test of `mtl-macros` sees to it that every word of the vocabulary and every argument of it is in this file: `"LayerNorm.epsilon"`, `"relu"`.

use std::fmt::Debug;

use mtl::flat::zeroed_box;
use mtl::loss::FieldKind;
use mtl::model::Record;
use mtl::pass::{self, Batch, Tile};
use mtl::{Model, weights};

/// A few rows of inputs, the same for every model with such inputs.
struct Rows;

/// By field.
struct Row(Vec<Vec<f32>>, usize);

impl Record<f32> for Row {
    fn real(&self, field: usize) -> Option<&[f32]> {
        Some(&self.0[field])
    }
    fn class(&self, _: usize) -> Option<usize> {
        Some(self.1)
    }
}

impl<M: Model<Scalar = f32>> Batch<M> for Rows {
    fn len(&self) -> usize {
        6
    }
    fn labels(&self, _: usize) -> usize {
        0
    }
    fn load_inputs<const COLUMNS: usize>(&self, sample: usize, values: &mut M::Values<COLUMNS>, column: usize) {
        let numbers = |width: usize| (0..width).map(|place| (sample as f32 * 1.7 + place as f32 * 0.9 + 0.4).sin() * 4.0).collect();
        let field = |kind: FieldKind| if let FieldKind::Real { width } = kind { numbers(width) } else { Vec::new() };
        M::load_inputs(values, column, &Row(M::INPUTS.iter().map(|input| field(input.kind)).collect(), sample % 3));
    }
    fn load_targets<const COLUMNS: usize>(&self, _: usize, _: &mut M::TargetColumns<COLUMNS>, _: usize) {}
    fn weight(&self, _: usize) -> f32 {
        1.0
    }
}

/// The parameters, which no layer is undone by, and the outputs with them.
fn predictions<M: Model<Scalar = f32, Outputs: Debug>>() -> (Vec<f32>, String) {
    let mut model = zeroed_box::<M>();
    let mut state = 0.3_f32;
    for parameter in model.as_mut_slice() {
        state = (state * 7.13 + 0.217).fract();
        *parameter = (0.2 + state) * 0.5;
    }
    let mut tile = zeroed_box::<Tile<M, 8>>();
    let mut outputs = String::new();
    pass::evaluate(&*model, &Rows, &mut tile, |values, _, _, columns| {
        (0..columns).for_each(|column| outputs.push_str(&format!("{:?}", M::outputs(values, column))));
    })
    .unwrap();
    (model.as_slice().to_vec(), outputs)
}

/// `predicting`: the fingerprints differ.
fn predicting<A: Model<Scalar = f32>, B: Model<Scalar = f32>>(word: &str) {
    assert_ne!(weights::fingerprint::<A>(), weights::fingerprint::<B>(), "{word}: another model has the same fingerprint");
}

/// `training`: the fingerprints are the same, and so are the outputs for the same parameters.
fn training<A: Model<Scalar = f32, Outputs: Debug>, B: Model<Scalar = f32, Outputs: Debug>>(word: &str) {
    assert_eq!(weights::fingerprint::<A>(), weights::fingerprint::<B>(), "{word}: only training depends on it");
    assert_eq!(predictions::<A>(), predictions::<B>(), "{word}: predictions depend on it");
}

/// `name "Word.argument" kind { the inputs and what comes before } { one step } { another } { the rest };`, where the kind is `predicting`, or `training`
/// if predictions do not depend on it.
macro_rules! perturbed {
    ($($name:ident $word:literal $kind:ident { $($before:tt)* } { $($one:tt)* } { $($other:tt)* } { $($after:tt)* };)*) => {
        $(mod $name {
            pub mod one {
                mtl::multitask! { pub struct Net { $($before)* $($one)* $($after)* } }
            }
            pub mod other {
                mtl::multitask! { pub struct Net { $($before)* $($other)* $($after)* } }
            }
        })*

        #[test]
        fn what_predicts_otherwise_has_another_fingerprint() {
            $($kind::<$name::one::Net, $name::other::Net>($word);)*
        }
    };
}

perturbed! {
    dense_units "Dense.units" predicting { input x: [3]; head y = x -> } { Dense(2) } { Dense(3) } { { loss: mse } };
    dense_activation "Dense.activation" predicting { input x: [3]; head y = x -> } { Dense(2, relu) } { Dense(2, tanh) } { { loss: mse } };
    dense_own "Dense.activation" predicting { input x: [3]; head y = x -> } { Dense(2, crate::own::Half) } { Dense(2, crate::own::other::Half) } { { loss: mse } };
    dense_bias "Dense.bias" predicting { input x: [3]; head y = x -> } { Dense(2) } { Dense(2, bias = false) } { { loss: mse } };
    dense_init "Dense.init" training { input x: [3]; head y = x -> } { Dense(2) } { Dense(2, init = ones) } { { loss: mse } };
    dense_l1 "Dense.l1" training { input x: [3]; head y = x -> } { Dense(2) } { Dense(2, l1 = 0.1) } { { loss: mse } };
    dense_l2 "Dense.l2" training { input x: [3]; head y = x -> } { Dense(2, l2 = 0.2) } { Dense(2, l2 = 0.1) } { { loss: mse } };
    dropout_rate "Dropout.rate" training { input x: [3]; head y = x -> Dense(4) -> } { Dropout(0.1) } { Dropout(0.2) } { -> Dense(1) { loss: mse } };
    batch_norm_momentum "BatchNorm.momentum" training { input x: [3]; head y = x -> } { BatchNorm } { BatchNorm(momentum = 0.5) } { -> Dense(1) { loss: mse } };
    batch_norm_epsilon "BatchNorm.epsilon" predicting { input x: [3]; head y = x -> } { BatchNorm } { BatchNorm(epsilon = 1e-5) } { -> Dense(1) { loss: mse } };
    layer_norm_epsilon "LayerNorm.epsilon" predicting { input x: [3]; head y = x -> } { LayerNorm } { LayerNorm(epsilon = 10) } { -> Dense(1) { loss: mse } };
    rms_norm_epsilon "RmsNorm.epsilon" predicting { input x: [3]; head y = x -> } { RmsNorm } { RmsNorm(epsilon = 10) } { -> Dense(1) { loss: mse } };
    layer_norm_constant "LayerNorm.epsilon" predicting
        { input x: [3]; head y = x -> } { LayerNorm(epsilon = crate::own::EPSILON) } { LayerNorm(epsilon = crate::own::other::EPSILON) } { -> Dense(1) { loss: mse } };
    normalize "Normalize" predicting { input x: [3]; head y = x -> } { Normalize -> } { Dropout(0.1) -> } { Dense(1) { loss: mse } };
    normalize_indicator "Normalize.indicator" predicting
        { input x: { a, b? }; head y = x -> } { Normalize } { Normalize(indicator = true) } { -> Dense(1) { loss: mse } };
    scale "Scale" predicting { input x: [3]; head y = x -> } { Scale -> } { Dropout(0.1) -> } { Dense(1) { loss: mse } };
    robust "Robust" predicting { input x: [3]; head y = x -> } { Robust } { Normalize } { -> Dense(1) { loss: mse } };
    robust_indicator "Robust.indicator" predicting
        { input x: { a, b? }; head y = x -> } { Robust } { Robust(indicator = true) } { -> Dense(1) { loss: mse } };
    periodic "Periodic" predicting { input x: [3]; head y = x -> } { Periodic(1) } { Dense(6) } { -> Dense(1) { loss: mse } };
    periodic_frequencies "Periodic.frequencies" predicting { input x: [3]; head y = x -> } { Periodic(1) } { Periodic(2) } { -> Dense(1) { loss: mse } };
    periodic_sigma "Periodic.sigma" training { input x: [3]; head y = x -> } { Periodic(2) } { Periodic(2, sigma = 0.2) } { -> Dense(1) { loss: mse } };
    piecewise "Piecewise" predicting { input x: [3]; head y = x -> } { Piecewise(2) } { Periodic(1) } { -> Dense(1) { loss: mse } };
    piecewise_bins "Piecewise.bins" predicting { input x: [3]; head y = x -> } { Piecewise(2) } { Piecewise(3) } { -> Dense(1) { loss: mse } };
    ensemble "Ensemble" predicting { input x: [2, 3]; head y = x -> } { Ensemble(2) } { Scale } { -> Flatten -> Dense(1) { loss: mse } };
    ensemble_members "Ensemble.members" predicting { input x: [3]; head y = x -> } { Ensemble(2) } { Ensemble(3) } { -> Flatten -> Dense(1) { loss: mse } };
    impute_indicator "Impute.indicator" predicting
        { input x: { a, b? }; head y = x -> } { Impute } { Impute(indicator = true) } { -> Dense(1) { loss: mse } };
    may_be_missing "Normalize of other columns" predicting
        { input x: } { { a, b? } } { { a?, b } } { ; head y = x -> Normalize -> Dense(1) { loss: mse } };
    noise "GaussianNoise.stddev" training { input x: [3]; head y = x -> } { GaussianNoise(0.1) } { GaussianNoise(0.2) } { -> Dense(1) { loss: mse } };
    concat "Concat" predicting { input x: [3]; input z: [3]; head y = } { (x, z) } { (z, x) } { -> Concat -> Dense(1) { loss: mse } };
    add "Add" predicting { input x: [3]; input z: [3]; head y = (x, z) -> } { Add } { Multiply } { -> Dense(1) { loss: mse } };
    multiply "Multiply" predicting { input x: [3]; input z: [3]; head y = (x, z) -> } { Multiply } { Average } { -> Dense(1) { loss: mse } };
    average "Average" predicting { input x: [3]; input z: [3]; head y = (x, z) -> } { Average } { Maximum } { -> Dense(1) { loss: mse } };
    maximum "Maximum" predicting { input x: [3]; input z: [3]; head y = (x, z) -> } { Maximum } { Add } { -> Dense(1) { loss: mse } };
    embedding "Embedding.dim" predicting { input x: class(3); head y = x -> } { Embedding(2) } { Embedding(3) } { -> Dense(1) { loss: mse } };
    embedding_classes "Embedding.dim" predicting { input } { x: class(3); } { x: class(4); } { head y = x -> Embedding(2) -> Dense(1) { loss: mse } };
    one_hot "OneHot" predicting { input } { x: class(3); } { x: class(4); } { head y = x -> OneHot -> Dense(1) { loss: mse } };
    flatten "Flatten" predicting { input } { x: [2, 3]; } { x: [3, 2]; } { head y = x -> Flatten -> Dense(1) { loss: mse } };
    reshape "Reshape.shape" predicting { input x: [6]; head y = x -> } { Reshape([3, 2]) } { Reshape([2, 3]) } { -> LayerNorm -> Flatten -> Dense(1) { loss: mse } };

    conv1d_filters "Conv1D.filters" predicting { input x: [6, 2]; head y = x -> } { Conv1D(2) } { Conv1D(3) } { -> Flatten { loss: mse } };
    conv1d_activation "Conv1D.activation" predicting { input x: [6, 2]; head y = x -> } { Conv1D(2, relu) } { Conv1D(2, tanh) } { -> Flatten { loss: mse } };
    conv1d_kernel "Conv1D.kernel" predicting { input x: [6, 2]; head y = x -> } { Conv1D(2) } { Conv1D(2, kernel = 2) } { -> Flatten { loss: mse } };
    conv1d_stride "Conv1D.stride" predicting { input x: [6, 2]; head y = x -> } { Conv1D(2, stride = 2) } { Conv1D(2, stride = 3) } { -> GlobalAveragePool { loss: mse } };
    conv1d_stride_constant "Conv1D.stride" predicting
        { input x: [6, 2]; head y = x -> } { Conv1D(2, stride = crate::own::STRIDE) } { Conv1D(2, stride = crate::own::other::STRIDE) } { -> GlobalAveragePool { loss: mse } };
    conv1d_padding "Conv1D.padding" predicting { input x: [6, 2]; head y = x -> } { Conv1D(2, stride = 6) } { Conv1D(2, stride = 6, padding = same) } { -> Flatten { loss: mse } };
    conv1d_bias "Conv1D.bias" predicting { input x: [6, 2]; head y = x -> } { Conv1D(2) } { Conv1D(2, bias = false) } { -> Flatten { loss: mse } };
    conv1d_init "Conv1D.init" training { input x: [6, 2]; head y = x -> } { Conv1D(2) } { Conv1D(2, init = zeros) } { -> Flatten { loss: mse } };
    conv1d_l1 "Conv1D.l1" training { input x: [6, 2]; head y = x -> } { Conv1D(2) } { Conv1D(2, l1 = 0.1) } { -> Flatten { loss: mse } };
    conv1d_l2 "Conv1D.l2" training { input x: [6, 2]; head y = x -> } { Conv1D(2) } { Conv1D(2, l2 = 0.1) } { -> Flatten { loss: mse } };
    conv2d_filters "Conv2D.filters" predicting { input x: [4, 4, 2]; head y = x -> } { Conv2D(2) } { Conv2D(3) } { -> Flatten { loss: mse } };
    conv2d_activation "Conv2D.activation" predicting { input x: [4, 4, 2]; head y = x -> } { Conv2D(2, relu) } { Conv2D(2, gelu) } { -> Flatten { loss: mse } };
    conv2d_kernel "Conv2D.kernel" predicting
        { input x: [4, 4, 2]; head y = x -> } { Conv2D(2, kernel = [1, 2], padding = same) } { Conv2D(2, kernel = [2, 1], padding = same) } { -> Flatten { loss: mse } };
    conv2d_stride "Conv2D.stride" predicting
        { input x: [4, 4, 2]; head y = x -> } { Conv2D(2, stride = [1, 2]) } { Conv2D(2, stride = [2, 1]) } { -> GlobalAveragePool { loss: mse } };
    conv2d_padding "Conv2D.padding" predicting
        { input x: [4, 4, 2]; head y = x -> } { Conv2D(2, stride = 4) } { Conv2D(2, stride = 4, padding = same) } { -> Flatten { loss: mse } };
    conv2d_bias "Conv2D.bias" predicting { input x: [4, 4, 2]; head y = x -> } { Conv2D(2) } { Conv2D(2, bias = false) } { -> Flatten { loss: mse } };
    conv2d_init "Conv2D.init" training { input x: [4, 4, 2]; head y = x -> } { Conv2D(2) } { Conv2D(2, init = zeros) } { -> Flatten { loss: mse } };
    conv2d_l1 "Conv2D.l1" training { input x: [4, 4, 2]; head y = x -> } { Conv2D(2) } { Conv2D(2, l1 = 0.1) } { -> Flatten { loss: mse } };
    conv2d_l2 "Conv2D.l2" training { input x: [4, 4, 2]; head y = x -> } { Conv2D(2) } { Conv2D(2, l2 = 0.1) } { -> Flatten { loss: mse } };

    depthwise_activation "DepthwiseConv2D.activation" predicting { input x: [4, 4, 2]; head y = x -> } { DepthwiseConv2D(3, relu) } { DepthwiseConv2D(3, tanh) } { -> Flatten { loss: mse } };
    depthwise_kernel "DepthwiseConv2D.kernel" predicting
        { input x: [4, 4, 2]; head y = x -> } { DepthwiseConv2D([1, 2], padding = same) } { DepthwiseConv2D([2, 1], padding = same) } { -> Flatten { loss: mse } };
    depthwise_stride "DepthwiseConv2D.stride" predicting
        { input x: [4, 4, 2]; head y = x -> } { DepthwiseConv2D(stride = [1, 2]) } { DepthwiseConv2D(stride = [2, 1]) } { -> GlobalAveragePool { loss: mse } };
    depthwise_padding "DepthwiseConv2D.padding" predicting
        { input x: [4, 4, 2]; head y = x -> } { DepthwiseConv2D(stride = 4) } { DepthwiseConv2D(stride = 4, padding = same) } { -> Flatten { loss: mse } };
    depthwise_multiplier "DepthwiseConv2D.depth_multiplier" predicting
        { input x: [4, 4, 2]; head y = x -> } { DepthwiseConv2D(3) } { DepthwiseConv2D(3, depth_multiplier = 2) } { -> Flatten { loss: mse } };
    depthwise_bias "DepthwiseConv2D.bias" predicting { input x: [4, 4, 2]; head y = x -> } { DepthwiseConv2D(3) } { DepthwiseConv2D(3, bias = false) } { -> Flatten { loss: mse } };
    depthwise_init "DepthwiseConv2D.init" training { input x: [4, 4, 2]; head y = x -> } { DepthwiseConv2D(3) } { DepthwiseConv2D(3, init = zeros) } { -> Flatten { loss: mse } };
    depthwise_l1 "DepthwiseConv2D.l1" training { input x: [4, 4, 2]; head y = x -> } { DepthwiseConv2D(3) } { DepthwiseConv2D(3, l1 = 0.1) } { -> Flatten { loss: mse } };
    depthwise_l2 "DepthwiseConv2D.l2" training { input x: [4, 4, 2]; head y = x -> } { DepthwiseConv2D(3) } { DepthwiseConv2D(3, l2 = 0.1) } { -> Flatten { loss: mse } };
    separable_filters "SeparableConv2D.filters" predicting { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2) } { SeparableConv2D(3) } { -> Flatten { loss: mse } };
    separable_activation "SeparableConv2D.activation" predicting { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2, relu) } { SeparableConv2D(2, gelu) } { -> Flatten { loss: mse } };
    separable_kernel "SeparableConv2D.kernel" predicting
        { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2, kernel = [1, 2], padding = same) } { SeparableConv2D(2, kernel = [2, 1], padding = same) } { -> Flatten { loss: mse } };
    separable_stride "SeparableConv2D.stride" predicting
        { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2, stride = [1, 2]) } { SeparableConv2D(2, stride = [2, 1]) } { -> GlobalAveragePool { loss: mse } };
    separable_padding "SeparableConv2D.padding" predicting
        { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2, stride = 4) } { SeparableConv2D(2, stride = 4, padding = same) } { -> Flatten { loss: mse } };
    separable_multiplier "SeparableConv2D.depth_multiplier" predicting
        { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2) } { SeparableConv2D(2, depth_multiplier = 2) } { -> Flatten { loss: mse } };
    separable_bias "SeparableConv2D.bias" predicting { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2) } { SeparableConv2D(2, bias = false) } { -> Flatten { loss: mse } };
    separable_init "SeparableConv2D.init" training { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2) } { SeparableConv2D(2, init = zeros) } { -> Flatten { loss: mse } };
    separable_l1 "SeparableConv2D.l1" training { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2) } { SeparableConv2D(2, l1 = 0.1) } { -> Flatten { loss: mse } };
    separable_l2 "SeparableConv2D.l2" training { input x: [4, 4, 2]; head y = x -> } { SeparableConv2D(2) } { SeparableConv2D(2, l2 = 0.1) } { -> Flatten { loss: mse } };
    zero_padding "ZeroPadding2D.padding" predicting
        { input x: [4, 4, 2]; head y = x -> } { ZeroPadding2D([1, 2]) } { ZeroPadding2D([[2, 0], [4, 0]]) } { -> Flatten -> Dense(1) { loss: mse } };
    p_relu_axes "PRelu.shared_axes" predicting
        { input x: [2, 2, 2]; head y = x -> } { PRelu(shared_axes = [1, 2]) } { PRelu(shared_axes = [1, 3]) } { -> Flatten -> Dense(1) { loss: mse } };
    max1_size "MaxPool1D.size" predicting { input x: [6, 2]; head y = x -> } { MaxPool1D(2, stride = 6) } { MaxPool1D(3, stride = 6) } { -> Flatten { loss: mse } };
    max1_stride "MaxPool1D.stride" predicting { input x: [6, 2]; head y = x -> } { MaxPool1D(2, stride = 3) } { MaxPool1D(2, stride = 4) } { -> Flatten { loss: mse } };
    max1_padding "MaxPool1D.padding" predicting
        { input x: [6, 2]; head y = x -> } { MaxPool1D(3, stride = 6) } { MaxPool1D(3, stride = 6, padding = same) } { -> Flatten { loss: mse } };
    max2_size "MaxPool2D.size" predicting
        { input x: [4, 4, 2]; head y = x -> } { MaxPool2D([2, 3], stride = 4) } { MaxPool2D([3, 2], stride = 4) } { -> Flatten { loss: mse } };
    max2_stride "MaxPool2D.stride" predicting
        { input x: [4, 4, 2]; head y = x -> } { MaxPool2D(2, stride = [1, 2]) } { MaxPool2D(2, stride = [1, 2], padding = same) } { -> GlobalAveragePool { loss: mse } };
    max2_padding "MaxPool2D.padding" predicting
        { input x: [4, 4, 2]; head y = x -> } { MaxPool2D(3, stride = 4) } { MaxPool2D(3, stride = 4, padding = same) } { -> Flatten { loss: mse } };
    max2_average "MaxPool2D.size" predicting { input x: [4, 4, 2]; head y = x -> } { MaxPool2D(2) } { AveragePool2D(2) } { -> Flatten { loss: mse } };
    average1_size "AveragePool1D.size" predicting
        { input x: [6, 2]; head y = x -> } { AveragePool1D(2, stride = 6) } { AveragePool1D(3, stride = 6) } { -> Flatten { loss: mse } };
    average1_stride "AveragePool1D.stride" predicting
        { input x: [6, 2]; head y = x -> } { AveragePool1D(2, stride = 3) } { AveragePool1D(2, stride = 4) } { -> Flatten { loss: mse } };
    average1_padding "AveragePool1D.padding" predicting
        { input x: [6, 2]; head y = x -> } { AveragePool1D(3, stride = 5) } { AveragePool1D(3, stride = 5, padding = same) } { -> GlobalAveragePool { loss: mse } };
    average2_size "AveragePool2D.size" predicting
        { input x: [4, 4, 2]; head y = x -> } { AveragePool2D([2, 3], stride = 4) } { AveragePool2D([3, 2], stride = 4) } { -> Flatten { loss: mse } };
    average2_stride "AveragePool2D.stride" predicting
        { input x: [4, 4, 2]; head y = x -> } { AveragePool2D(2, stride = [2, 3]) } { AveragePool2D(2, stride = [3, 2]) } { -> GlobalAveragePool { loss: mse } };
    average2_padding "AveragePool2D.padding" predicting
        { input x: [4, 4, 2]; head y = x -> } { AveragePool2D(3, stride = 4) } { AveragePool2D(3, stride = 4, padding = same) } { -> Flatten { loss: mse } };
    global "GlobalAveragePool" predicting { input x: [1, 2]; head y = x -> } { GlobalAveragePool } { LayerNorm -> Flatten } { { loss: mse } };

    gru_units "Gru.units" predicting { input x: [4, 2]; head y = x -> } { Gru(2) } { Gru(3) } { -> Dense(1) { loss: mse } };
    gru_sequences "Gru.sequences" predicting { input x: [4, 2]; head y = x -> } { Gru(2) -> Reshape([1, 2]) } { Gru(2, sequences = true) } { -> GlobalAveragePool -> Dense(1) { loss: mse } };
    gru_bias "Gru.bias" predicting { input x: [4, 2]; head y = x -> } { Gru(2) } { Gru(2, bias = false) } { -> Dense(1) { loss: mse } };
    gru_init "Gru.init" training { input x: [4, 2]; head y = x -> } { Gru(2) } { Gru(2, init = zeros) } { -> Dense(1) { loss: mse } };
    gru_l1 "Gru.l1" training { input x: [4, 2]; head y = x -> } { Gru(2) } { Gru(2, l1 = 0.1) } { -> Dense(1) { loss: mse } };
    gru_l2 "Gru.l2" training { input x: [4, 2]; head y = x -> } { Gru(2) } { Gru(2, l2 = 0.1) } { -> Dense(1) { loss: mse } };
    lstm_units "Lstm.units" predicting { input x: [4, 2]; head y = x -> } { Lstm(2) } { Lstm(3) } { -> Dense(1) { loss: mse } };
    lstm_sequences "Lstm.sequences" predicting
        { input x: [4, 2]; head y = x -> } { Lstm(2) -> Reshape([1, 2]) } { Lstm(2, sequences = true) } { -> GlobalAveragePool -> Dense(1) { loss: mse } };
    lstm_bias "Lstm.bias" predicting { input x: [4, 2]; head y = x -> } { Lstm(2) } { Lstm(2, bias = false) } { -> Dense(1) { loss: mse } };
    lstm_init "Lstm.init" training { input x: [4, 2]; head y = x -> } { Lstm(2) } { Lstm(2, init = zeros) } { -> Dense(1) { loss: mse } };
    lstm_l1 "Lstm.l1" training { input x: [4, 2]; head y = x -> } { Lstm(2) } { Lstm(2, l1 = 0.1) } { -> Dense(1) { loss: mse } };
    lstm_l2 "Lstm.l2" training { input x: [4, 2]; head y = x -> } { Lstm(2) } { Lstm(2, l2 = 0.1) } { -> Dense(1) { loss: mse } };

    stitch_init "CrossStitch.init" training
        { input x: [3]; let a = x -> Dense(2); let b = x -> Dense(2); let (c, d) = (a, b) -> } { CrossStitch } { CrossStitch(0.5) }
        { ; head y = c -> Dense(1) { loss: mse } head z = d -> Dense(1) { loss: mse } };
    stitch_channels "CrossStitch.channels" predicting
        { input x: [3]; let a = x -> Dense(2); let b = x -> Dense(2); let (c, d) = (a, b) -> } { CrossStitch } { CrossStitch(channels = true) }
        { ; head y = c -> Dense(1) { loss: mse } head z = d -> Dense(1) { loss: mse } };
    stitch_wiring "CrossStitch.channels" predicting
        { input x: [3]; let a = x -> Dense(2); let b = x -> Dense(2); let (c, d) = } { (a, b) } { (b, a) }
        { -> CrossStitch; head y = c -> Dense(1) { loss: mse } head z = d -> Dense(1) { loss: mse } };
    mixture_experts "MixtureOfExperts.experts" predicting
        { input x: [3]; let (c, d) = x -> MixtureOfExperts } { (2, expert = Dense(2)) } { (3, expert = Dense(2)) }
        { ; head y = c -> Dense(1) { loss: mse } head z = d -> Dense(1) { loss: mse } };
    mixture_expert "MixtureOfExperts.expert" predicting
        { input x: [3]; let (c, d) = x -> MixtureOfExperts } { (2, expert = Dense(2, relu)) } { (2, expert = Dense(2, tanh)) }
        { ; head y = c -> Dense(1) { loss: mse } head z = d -> Dense(1) { loss: mse } };
    cgc_shared "Cgc.shared" predicting
        { input x: [3]; let (c, d) = x -> Cgc } { (1, 1, expert = Dense(2)) } { (2, 1, expert = Dense(2)) }
        { ; head y = c -> Dense(1) { loss: mse } head z = d -> Dense(1) { loss: mse } };
    cgc_specific "Cgc.specific" predicting
        { input x: [3]; let (c, d) = x -> Cgc } { (1, 1, expert = Dense(2)) } { (1, 2, expert = Dense(2)) }
        { ; head y = c -> Dense(1) { loss: mse } head z = d -> Dense(1) { loss: mse } };
    cgc_expert "Cgc.expert" predicting
        { input x: [3]; let (c, d) = x -> Cgc } { (1, 1, expert = Dense(2, relu)) } { (1, 1, expert = Dense(2, elu)) }
        { ; head y = c -> Dense(1) { loss: mse } head z = d -> Dense(1) { loss: mse } };

    relu "relu" predicting { input x: [3]; head y = x -> Dense(4) -> } { relu } { relu6 } { { loss: mse } };
    relu6 "relu6" predicting { input x: [3]; head y = x -> Dense(4) -> } { relu6 } { leaky_relu } { { loss: mse } };
    leaky_relu "leaky_relu" predicting { input x: [3]; head y = x -> Dense(4) -> } { leaky_relu } { elu } { { loss: mse } };
    elu "elu" predicting { input x: [3]; head y = x -> Dense(4) -> } { elu } { selu } { { loss: mse } };
    selu "selu" predicting { input x: [3]; head y = x -> Dense(4) -> } { selu } { gelu } { { loss: mse } };
    gelu "gelu" predicting { input x: [3]; head y = x -> Dense(4) -> } { gelu } { silu } { { loss: mse } };
    silu "silu" predicting { input x: [3]; head y = x -> Dense(4) -> } { silu } { mish } { { loss: mse } };
    mish "mish" predicting { input x: [3]; head y = x -> Dense(4) -> } { mish } { sigmoid } { { loss: mse } };
    sigmoid "sigmoid" predicting { input x: [3]; head y = x -> Dense(4) -> } { sigmoid } { hard_sigmoid } { { loss: mse } };
    hard_sigmoid "hard_sigmoid" predicting { input x: [3]; head y = x -> Dense(4) -> } { hard_sigmoid } { tanh } { { loss: mse } };
    tanh "tanh" predicting { input x: [3]; head y = x -> Dense(4) -> } { tanh } { softplus } { { loss: mse } };
    softplus "softplus" predicting { input x: [3]; head y = x -> Dense(4) -> } { softplus } { softsign } { { loss: mse } };
    softsign "softsign" predicting { input x: [3]; head y = x -> Dense(4) -> } { softsign } { exponential } { { loss: mse } };
    exponential "exponential" predicting { input x: [3]; head y = x -> Dense(4) -> } { exponential } { hard_silu } { { loss: mse } };
    hard_silu "hard_silu" predicting { input x: [3]; head y = x -> Dense(4) -> } { hard_silu } { linear } { { loss: mse } };
    linear "linear" predicting { input x: [3]; head y = x -> Dense(4) -> } { linear } { relu } { -> Dense(1) { loss: mse } };
    softmax "softmax" predicting { input x: [3]; head y = x -> Dense(4) -> } { softmax } { sigmoid } { -> Dense(1) { loss: mse } };
    after_a_norm "relu" predicting { input x: [3]; head y = x -> LayerNorm -> } { relu } { gelu } { -> Dense(1) { loss: mse } };

    ending "sigmoid" predicting { input x: [3]; head y = x -> } { Dense(2, sigmoid) { loss: binary_cross_entropy } } { Dense(2) { loss: mse } } { };
    distribution "softmax" predicting { input x: [3]; head y = x -> } { Dense(3, softmax) { loss: kl_divergence } } { Dense(3) { loss: mse } } { };
    heads "linear" predicting { input x: [3]; let a = x -> Dense(2); let b = x -> Dense(2); } { head y = a -> tanh } { head y = b -> tanh } { { loss: mse } head z = (a, b) -> Add { loss: mse } };
    twice "linear" predicting { input x: [3]; layer l = Dense(3); } { head y = x -> l -> l } { head y = x -> l -> l -> l } { { loss: mse } };
    own_layer "own" predicting { input x: [3]; head y = x -> } { crate::own::Scale<_>(0.5) } { crate::own::Scale<_>(0.25) } { { loss: mse } };
    own_type "own" predicting { input x: [3]; head y = x -> } { crate::own::Scale<_>(0.5) } { crate::own::other::Scale<_>(0.5) } { { loss: mse } };
    loss "mse" training { input x: [3]; head y = x -> Dense(1) } { { loss: mse } } { { loss: huber(delta = 0.5), weight: 0.5, labels: partial } } { };
}

/// What a model can name: constants, an activation and a layer of the user's own, in two versions.
mod own {
    macro_rules! version {
        ($factor:literal, $epsilon:literal, $stride:literal) => {
            pub const EPSILON: f64 = $epsilon;
            pub const STRIDE: usize = $stride;

            #[derive(Clone, Copy, Debug, Default)]
            pub struct Half;

            impl mtl::activation::Activation for Half {
                fn value<T: mtl::Scalar>(x: T) -> T {
                    T::from_f64($factor) * x
                }
                fn derivative<T: mtl::Scalar>(_: T, _: T) -> T {
                    T::from_f64($factor)
                }
            }

            #[derive(Clone, Copy, Debug)]
            pub struct Scale<const N: usize>(f64);

            impl<const N: usize> Scale<N> {
                pub const fn new(scale: f64) -> Self {
                    Self(scale * $factor)
                }
            }

            impl<const N: usize> mtl::layer::Shape for Scale<N> {
                const INPUT: usize = N;
                const OUTPUT: usize = N;
            }

            impl<const N: usize, T: mtl::Scalar> mtl::layer::Layer<N, N, T> for Scale<N> {
                type Parameters = ();
                type Cache = ();

                fn initialize<R: mtl::rand::Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

                fn forward<S: mtl::InstructionSet>(&self, _: mtl::layer::Context, (): &(), input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
                    for (x, y) in input.iter().zip(output) {
                        *y = x.map(|x| x * T::from_f64(self.0));
                    }
                }

                fn backward<S: mtl::InstructionSet>(
                    &self,
                    _: mtl::layer::Context,
                    (): &(),
                    _: &[[T; N]],
                    _: &[[T; N]],
                    _: &[()],
                    _: &mut [[T; N]],
                    _: Option<mtl::kernel::GradientSink<'_, T, N>>,
                    (): &mut (),
                ) {
                }
            }
        };
    }

    version!(0.5, 0.1, 1);
    pub mod other {
        version!(0.25, 0.2, 2);
    }
}

/// The model in eight bits of one declaration.
macro_rules! eight_bits {
    ($($name:ident { $($step:tt)* })*) => {
        $(mod $name {
            mtl::multitask! {
                #[int8]
                pub struct Net { input x: [3]; head y = x -> Dense(4) -> $($step)* -> Dense(1) { loss: mse } }
            }
        })*
    };
}
eight_bits! { wide { LayerNorm(epsilon = 10) } narrow { LayerNorm } noisy { LayerNorm -> GaussianNoise(0.1) } noisier { LayerNorm -> GaussianNoise(0.2) } }

#[test]
fn the_form_in_eight_bits_goes_by_the_same_constants() {
    assert_ne!(weights::fingerprint::<wide::NetInt8>(), weights::fingerprint::<narrow::NetInt8>());
    assert_eq!(weights::fingerprint::<noisy::NetInt8>(), weights::fingerprint::<noisier::NetInt8>());
    assert_ne!(weights::fingerprint::<wide::Net>(), weights::fingerprint::<wide::NetInt8>());
}

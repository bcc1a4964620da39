//! Layers: each a small constant description of itself with a forward and a backward pass over columns of samples.

mod activate;
mod batch_norm;
#[cfg(test)]
mod check;
pub mod context;
mod convolution;
pub mod cross_stitch;
mod dense;
mod depthwise;
mod dropout;
mod embedding;
pub(crate) mod ensemble;
mod fold;
mod gaussian_noise;
pub(crate) mod impute;
mod layer_norm;
pub mod merge;
pub mod mixture;
pub(crate) mod normalize;
mod p_relu;
pub(crate) mod periodic;
pub(crate) mod piecewise;
mod pool;
mod recurrent;
mod rms_norm;
pub(crate) mod robust;
mod scale;
mod softmax;
pub(crate) mod standardize;
mod tie;
mod zero_padding;

pub use activate::Activate;
pub use batch_norm::{BatchNorm, BatchNormParameters, BatchStatistics};
pub use context::{Context, Pass};
pub use convolution::Convolution;
pub use cross_stitch::CrossStitchParameters;
pub use dense::{Dense, DenseParameters};
pub use depthwise::Depthwise;
pub use dropout::Dropout;
pub use embedding::{Embedding, EmbeddingParameters, one_hot};
pub use ensemble::{Ensemble, EnsembleParameters};
pub use fold::Affine;
pub use gaussian_noise::GaussianNoise;
pub use impute::Impute;
pub use layer_norm::{LayerNorm, LayerNormCache, LayerNormParameters};
pub use normalize::{Normalize, NormalizeParameters};
pub use p_relu::{PRelu, PReluParameters};
pub use periodic::{Periodic, PeriodicParameters};
pub use piecewise::{Piecewise, PiecewiseParameters};
pub use pool::{AveragePool, MaxPool};
pub use recurrent::{Cell, Gru, GruState, Lstm, LstmState, Record, Recurrent, RecurrentParameters};
pub use rms_norm::{RmsNorm, RmsNormParameters};
pub use robust::{Robust, RobustParameters};
pub use scale::{Scale, ScaleParameters};
pub use softmax::Softmax;
pub use standardize::{Standardize, StandardizeParameters};
pub use tie::tie;
pub use zero_padding::ZeroPadding;

use rand::Rng;

use crate::flat::{Flat, Zeroable};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};
pub use crate::kernel::{Window, places};

/// How many values a layer takes and gives: what the macro must know of a layer of your own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer: it does not say how many values it takes and gives",
    label = "a step of your own stands here",
    note = "implement `mtl::layer::Shape` and `mtl::layer::Layer` for `{Self}`; an activation of your own stands without parentheses"
)]
pub trait Shape {
    /// Values in.
    const INPUT: usize;
    /// Values out.
    const OUTPUT: usize;
}

/// A layer from `IN` values to `OUT`.
///
/// The implementing type describes the layer: its sizes as const generics, its hyperparameters as fields. It is a
/// constant of the program. What is trained lives in `Parameters`.
///
/// A step `crate::Scale<16>(0.5)` in a model is `const { crate::Scale::<16>::new(0.5) }`; see the example `custom`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer from {IN} to {OUT} values",
    label = "a step of your own stands here",
    note = "implement `mtl::layer::Layer<{IN}, {OUT}, {T}>` for `{Self}`, or give it generics that fit the flow; `_` stands for the size of what flows in"
)]
pub trait Layer<const IN: usize, const OUT: usize, T: Scalar> {
    /// What is trained, or `()`.
    type Parameters: Flat<T>;
    /// What the forward pass keeps of each sample for the backward pass, or `()`.
    type Cache: Zeroable + Copy;

    /// What [`forward`](Self::forward) works with on the stack for one sample, in bytes: arrays of its own that are large enough to count. It is part
    /// of [`Model::STACK_BYTES`](crate::Model::STACK_BYTES), which a budget bounds.
    const STACK_BYTES: usize = 0;

    /// Draws initial parameters; they are zero before.
    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, rng: &mut R);

    /// `output = f(input)` for every column.
    ///
    /// `S` is the instruction set the pass is compiled for: hand it to kernels, or ignore it.
    fn forward<S: InstructionSet>(
        &self,
        context: Context,
        parameters: &Self::Parameters,
        input: &[[T; IN]],
        output: &mut [[T; OUT]],
        cache: &mut [Self::Cache],
    );

    /// Adds to `gradient` the gradient of the parameters, unless they are [frozen](Context::is_frozen) (where it may do so all the same), and hands that of the input to `input_gradient` if anyone asks for it.
    ///
    /// `output_gradient` is free to be used as scratch space.
    #[allow(clippy::too_many_arguments, reason = "what a backward pass needs")]
    fn backward<S: InstructionSet>(
        &self,
        context: Context,
        parameters: &Self::Parameters,
        input: &[[T; IN]],
        output: &[[T; OUT]],
        cache: &[Self::Cache],
        output_gradient: &mut [[T; OUT]],
        input_gradient: Option<GradientSink<'_, T, IN>>,
        gradient: &mut Self::Parameters,
    );
}

/// Images as their pixels, one column each: what is done to the channels of every pixel alike is done to columns of `CHANNELS` values.
#[inline(always)]
#[must_use]
pub const fn pixels<T, const N: usize, const CHANNELS: usize>(images: &[[T; N]]) -> &[[T; CHANNELS]] {
    images.as_flattened().as_chunks().0
}

/// As [`pixels`], to be written.
#[inline(always)]
#[must_use]
pub const fn pixels_mut<T, const N: usize, const CHANNELS: usize>(images: &mut [[T; N]]) -> &mut [[T; CHANNELS]] {
    images.as_flattened_mut().as_chunks_mut().0
}

/// `l1 Σ|w| + l2 Σw²` (Keras's `kernel_regularizer`); adds its gradient.
pub fn penalty<T: Scalar>(l1: f64, l2: f64, weights: &[T], gradient: Option<&mut [T]>) -> T {
    let (l1, l2) = (T::from_f64(l1), T::from_f64(l2));
    let mut total = T::ZERO;
    for &weight in weights {
        total += l1 * weight.abs() + l2 * weight * weight;
    }
    if let Some(gradient) = gradient {
        for (gradient, &weight) in gradient.iter_mut().zip(weights) {
            let sign = if weight > T::ZERO {
                T::ONE
            } else if weight < T::ZERO {
                -T::ONE
            } else {
                T::ZERO
            };
            *gradient += l1 * sign + (l2 + l2) * weight;
        }
    }
    total
}

/// The softmax that is fused into a head's loss, when predicting.
#[inline(always)]
#[must_use]
pub fn softmax<T: Scalar, const N: usize>(logits: &[T; N]) -> [T; N] {
    let mut output = [[T::ZERO; N]];
    Layer::<N, N, T>::forward::<crate::kernel::Portable>(
        &Softmax::<N>::new(),
        Context { pass: Pass::PREDICT, node: 0 },
        &(),
        core::slice::from_ref(logits),
        &mut output,
        &mut [()],
    );
    let [output] = output;
    output
}

/// The sigmoid that is fused into a head's loss, when predicting.
#[inline(always)]
#[must_use]
pub fn sigmoid<T: Scalar, const N: usize>(logits: &[T; N]) -> [T; N] {
    logits.map(<crate::activation::Sigmoid as crate::activation::Activation>::value)
}

//! Models in eight bits: post-training quantisation of weights and activations.
//!
//! `#[int8]` before the struct of a model makes `multitask!` declare its form in eight bits beside it, `PatientInt8` of `Patient`, with the
//! same inputs and outputs:
//!
//! ```text
//! let small = PatientInt8::quantize(&model, &train)?;     // calibrated on the data set
//! println!("{}", small.report);                           // how near each head is, what costs most, and warnings
//! println!("{}", small.evaluate(&test)?);
//! mtl::int8::save(&*small, "weights/patient_int8.safetensors")?;
//!
//! static MODEL: PatientInt8 = mtl::embed!(PatientInt8, "weights/patient_int8.safetensors");
//! let outputs = MODEL.predict(&inputs);
//! ```
//!
//! # Arithmetic
//!
//! A value of the model stands for `s (q − z)`, with a real step `s`, a byte `q` and a zero point `z` of its own for each tensor (Jacob et al.
//! 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference"). Activations are asymmetric
//! `u8`: what comes after a `relu` then uses all 256 levels, and the zero point costs nothing, as it is part of the bias. Weights are
//! symmetric `i8` from −127 to 127 with a step for each unit; sums are `i32`.
//!
//! Where all that take a tensor are layers with weights (`Dense`, convolutions, recurrent layers; `Concat` and `MaxPool` before them), and what gives
//! it has a factor for each channel, each of its channels has a step of its own: the weights take it in (the cross-layer equalisation of Nagel
//! et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction"). So columns, units and joined inputs of different size are no
//! harm. Activations by table, `Add`, `Multiply`, `Maximum`, mixtures and the states of recurrent layers have one step for all.
//!
//! * `Dense`: `a = b + Σ w q`, then `q' = z' + a · s_w s / s'`, a multiplication by a whole number and a rounding shift ([`Output`]). `relu` is
//!   a bound of the result; any other activation is a table of 256 entries.
//! * `Add`, `Average`, `CrossStitch`, and `Normalize` and `BatchNorm` that no neighbour takes in, are linear: [`Combination`]. `Concat`
//!   and `Maximum` bring their parts to one step first; `Multiply` takes a product of differences.
//! * Convolutions are `Dense` on patches; what is around an image is the byte of 0. Depthwise ones have a step for each filter
//!   too.
//! * The greatest of some bytes is that of what they stand for, so `MaxPool` has its input's scale. Averages are sums with a multiplier, on a scale
//!   of their own. `ZeroPadding2D` adds the byte of 0. `PRelu` has a multiplier above 0, and one for each slope below.
//! * `LayerNorm` and `RmsNorm` take the root of a whole number ([`LayerNorm`], [`RmsNorm`]).
//! * `Gru` and `Lstm` have products as `Dense`, gates in 15 bits from a table, and a state that is kept in 15 bits beside its bytes ([`Recurrent`]).
//! * `Embedding` and `OneHot` are tables. The softmax of a gate is a table of exponentials and a division of whole numbers.
//! * Normalisations fold into a `Dense` beside them ([`fold`](crate::layer::Affine)); right after an input they are part of its quantisation
//!   ([`Normalizer`]).
//! * A `LayerNorm` or a function with nothing but such steps, normalisations and `Concat` between the inputs and itself is computed in `f32`: a row of
//!   small numbers beside rows of large ones has no digits left once all are bytes ([`RealLayerNorm`]).
//!
//! Real numbers are where the model begins and where heads end: inputs are quantised, and the last `Dense` of a head gives its sums as
//! `f32`, without a rounding to 8 bits; its activation, softmax or sigmoid is computed from those. All between is whole numbers, and the same bits
//! on every processor.
//!
//! # Calibration
//!
//! [`Calibration::quantize`] chooses, by the errors of the heads against the model in `f32` on the rows that it is given:
//!
//! * the interval of each tensor, or of each of its channels: from the least to the greatest value, or less where a few that are far away would take
//!   the bytes of all others. What lies beyond saturates;
//! * the weights of `Dense` units that would be lost in the noise of rounding: those with the least squared error on the bytes that come to them, each
//!   rounded so that later ones make up for it ([`Moments`]). All others are the nearest to those in `f32`;
//! * two bytes a value for the tensors with which an output still has an `R²` below 0.995, if that takes away much of the error: a small head
//!   beside a large one on the same trunk, columns with heavy tails. The layers that take them have twice the work, and the report names them. Other
//!   models pay a comparison.
//!
//! The [report](QuantizeReport) has the error of each output, the share of the error that comes from each tensor, and a [`Warning`] for each output
//! with an `R²` below 0.98, or what [`Calibration::least_r2`] says. What it cannot mend: weights of one unit for inputs of very different size, as a
//! unit has one step; and rows so far beyond all others that they saturate, of which `ordinary_r2` tells.
//!
//! # Limits
//!
//! A layer of a user's own has no form in eight bits: `#[int8]` on a model with one is a compile error at the step. Nor has a `Multiply` of more than
//! three values.
//!
//! An input that the model cannot have been trained with (a number that is NaN or infinite, a class that there is not) makes all outputs NaN of every
//! head that depends on it, as in the model in `f32`. Numbers beyond those of the calibration saturate.

mod class;
mod combination;
mod convolution;
mod dense;
mod depthwise;
mod early;
mod edge;
mod gate;
mod layer_norm;
mod p_relu;
mod part;
mod pool;
mod product;
mod recurrent;
mod sigmoid;
mod standardize;
mod table;
mod zero_padding;

#[cfg(feature = "std")]
mod calibrate;
#[cfg(feature = "std")]
mod file;
#[cfg(feature = "std")]
mod measure;
#[cfg(feature = "std")]
mod moments;
#[cfg(feature = "std")]
mod quantize;
#[cfg(feature = "std")]
mod range;
#[cfg(feature = "std")]
mod report;
mod rms_norm;
#[cfg(feature = "std")]
mod scale;
#[cfg(all(test, feature = "std"))]
mod tests;

#[cfg(target_arch = "x86_64")]
pub use crate::kernel::int8::output::Output;
pub use class::{ClassTable, EmbeddingTable};
pub use combination::{Combination, Maximum};
pub use convolution::Convolution;
pub use dense::{Dense, DenseToReals};
pub use depthwise::Depthwise;
pub use early::{RealAffine, RealEnsemble, RealImpute, RealLayerNorm, RealPeriodic, RealPiecewise, RealRobust, load_reals, place_reals};
pub use edge::{Dequantizer, Normalizer, Quantizer, has_not_finite};
pub use gate::{Mixture, Softmax};
pub use layer_norm::LayerNorm;
pub use p_relu::PRelu;
pub use part::Part;
pub use pool::{AveragePool, max_pool};
pub use product::Product;
pub use recurrent::{Recurrent, WholeCell};
pub use rms_norm::{RealRmsNorm, RmsNorm};
pub use standardize::Standardizer;
pub use table::Table;
pub use zero_padding::ZeroPadding;

#[cfg(feature = "std")]
pub use dense::Bound;
#[cfg(feature = "std")]
pub use file::{Int8LoadError, load, save, to_bytes};
#[cfg(feature = "std")]
pub use moments::{Fit, Moments};
#[cfg(feature = "std")]
pub use part::PartBytes;
#[cfg(feature = "std")]
pub use quantize::{Calibration, QuantizeError, Quantized, evaluate, quantize};
#[cfg(feature = "std")]
pub use range::{Range, RangeInfo, RangeKind};
#[cfg(feature = "std")]
pub use report::{HeadError, OutputError, QuantizeReport, TensorCost, Warning};
#[cfg(feature = "std")]
pub use scale::{Scale, Scales};

use crate::activation::Activation;
use crate::flat::Zeroable;
use crate::kernel::{self, InstructionSet, Kernel};
use crate::model::Model;
use crate::model::record::Record;
use crate::model::sets::HeadSet;
use crate::stack;
use crate::weights::Stored;

/// The form in eight bits of a model; `multitask!` implements it for `#[int8]`.
pub trait Int8Model: Stored + Send + Sync + 'static {
    /// The model that it is made from.
    type Float: Model<Scalar = f32>;
    /// The values of every step for one sample.
    type Values: Zeroable;

    /// The size of the weights in bytes.
    const WEIGHT_BYTES: usize = size_of::<Self>();
    /// The values of every step, which predicting one row has on the stack beside inputs and outputs, in bytes.
    const PREDICT_BYTES: usize = size_of::<Self::Values>();
    /// What each step works with on the stack, in bytes: memory that is free again after it.
    const STEPS: &'static [usize];
    /// The most that predicting one row takes of the stack, in bytes, as [`Model::STACK_BYTES`] is of the model in `f32`.
    const STACK_BYTES: usize = Self::PREDICT_BYTES
        + size_of::<<Self::Float as Model>::Inputs>()
        + size_of::<<Self::Float as Model>::Outputs>()
        + stack::PREDICT_INT8
        + stack::most(Self::STEPS);

    /// Computes one sample as far as `heads` need it, from the row of inputs to the ends of their flows.
    fn forward<D: Record<f32>>(&self, heads: HeadSet, row: &D, values: &mut Self::Values);

    /// Copies the ends of the flows into a column of the model in `f32`, whose losses and metrics go on from there.
    fn copy_ends<const COLUMNS: usize>(&self, values: &Self::Values, to: &mut <Self::Float as Model>::Values<COLUMNS>, column: usize);

    /// What is stored of the model: a part by its number in [`Stored::TENSORS`].
    #[cfg(feature = "std")]
    fn part(&self, number: usize) -> Option<&dyn PartBytes>;

    /// The heads that end in a softmax or a sigmoid.
    #[cfg(feature = "std")]
    const PROBABILITIES: HeadSet;
    /// The tensors whose scales are chosen.
    #[cfg(feature = "std")]
    const RANGES: &'static [RangeInfo];
    /// For each step how many inputs it has if it is a `Dense`, else 0.
    #[cfg(feature = "std")]
    const DENSE: &'static [usize];

    /// Makes normalisations part of the layers beside them, as far as that helps.
    #[cfg(feature = "std")]
    fn fold(float: &mut Self::Float);

    /// Shows the ranges what a tile of the model in `f32` has in its values.
    #[cfg(feature = "std")]
    fn observe<const COLUMNS: usize>(float: &Self::Float, values: &<Self::Float as Model>::Values<COLUMNS>, columns: usize, ranges: &mut [Range]);

    /// Shows the moments of one `Dense`, by its number, what comes to it: in bytes, and in a column of the model in `f32`.
    #[cfg(feature = "std")]
    fn observe_moments<const COLUMNS: usize>(
        &self,
        number: usize,
        values: &Self::Values,
        float: &<Self::Float as Model>::Values<COLUMNS>,
        column: usize,
        scales: &[Scales],
        moments: &mut Moments,
    );

    /// Sets every part from the model in `f32`, the scales of its values, and what its `Dense` layers are fitted to.
    #[cfg(feature = "std")]
    fn set(&mut self, float: &Self::Float, scales: &[Scales], fits: &[Option<Fit>]);

    /// Hands on what every head predicts, by its number.
    #[cfg(feature = "std")]
    fn each_output(values: &Self::Values, take: impl FnMut(usize, &[f32]));

    /// The same, of a column of the model in `f32`.
    #[cfg(feature = "std")]
    fn each_float_output<const COLUMNS: usize>(values: &<Self::Float as Model>::Values<COLUMNS>, column: usize, take: impl FnMut(usize, &[f32]));
}

/// Applies an activation at the end of a head, where values are real.
#[inline(always)]
pub fn activate<A: Activation, const N: usize>(values: &mut [f32; N]) {
    for value in values {
        *value = A::value(*value);
    }
}

/// Predicts one sample for the set of heads `HEADS`, and hands the values to `read`.
#[inline(always)]
pub fn predict<M: Int8Model, const HEADS: u64, D: Record<f32>, R>(model: &M, row: &D, read: impl FnOnce(&M::Values) -> R) -> R {
    let mut values: M::Values = crate::flat::zeroed();
    predict_into::<M, HEADS, D>(model, row, &mut values);
    read(&values)
}

/// Computes one sample for the set of heads `HEADS`, on the best instruction set of this processor.
#[inline(always)]
fn predict_into<M: Int8Model, const HEADS: u64, D: Record<f32>>(model: &M, row: &D, values: &mut M::Values) {
    kernel::dispatch(Forward::<M, D, HEADS> { model, row, values });
}

/// [`Int8Model::forward`] as a kernel: what is no product is compiled for several instruction sets too.
struct Forward<'a, M: Int8Model, D, const HEADS: u64> {
    model: &'a M,
    row: &'a D,
    values: &'a mut M::Values,
}

impl<M: Int8Model, D: Record<f32>, const HEADS: u64> Kernel for Forward<'_, M, D, HEADS> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        self.model.forward(HeadSet(HEADS), self.row, self.values);
    }
}

//! Models in eight bits: post-training quantisation of weights and activations.
//!
//! `#[int8]` before the struct of a model makes `multitask!` declare its form in eight bits beside it, `PatientInt8` of `Patient`, with the
//! same inputs and outputs:
//!
//! ```text
//! let small = PatientInt8::quantize(&model, &train)?;     // ranges are those of the data set
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
//! * `Dense`: `a = b + Σ w q`, then `q' = z' + a · s_w s / s'`, a multiplication by a whole number and a rounding shift ([`Output`]). `relu` is
//!   a bound of the result; any other activation is a table of 256 entries.
//! * `Add`, `Average`, `CrossStitch`, and `Normalize` and `BatchNorm` that no neighbour takes in, are linear: [`Combination`]. `Concat`
//!   and `Maximum` bring their parts to one step first; `Multiply` takes a product of differences.
//! * Convolutions are `Dense` on patches; what is around an image is the byte of 0. The greatest of some bytes is that of what they stand for, so
//!   `MaxPool` has its input's scale. Averages are sums with a multiplier, on a scale of their own.
//! * `LayerNorm` takes the root of a whole number ([`LayerNorm`]).
//! * `Gru` and `Lstm` have products as `Dense`, gates in 15 bits from a table, and a state that is kept in 15 bits beside its bytes ([`Recurrent`]).
//! * `Embedding` and `OneHot` are tables. The softmax of a gate is a table of exponentials and a division of whole numbers.
//! * Normalisations fold into a `Dense` beside them ([`fold`](crate::layer::Affine)); right after an input they are part of its quantisation, so that
//!   inputs of different units each have a step of their own.
//!
//! Real numbers are where the model begins and where heads end: inputs are quantised, and the last `Dense` of a head gives its sums as
//! `f32`, without a rounding to 8 bits; its activation, softmax or sigmoid is computed from those. All between is whole numbers, and the same bits
//! on every processor.
//!
//! A layer of a user's own has no form in eight bits: `#[int8]` on a model with one is a compile error at the step. Nor has a `Multiply` of more than
//! three values.
//!
//! An input that is NaN counts as the least value that its quantisation knows, where the model in `f32` gives NaN.

mod class;
mod combination;
mod convolution;
mod dense;
mod edge;
mod gate;
mod layer_norm;
mod output;
mod part;
mod pool;
mod product;
mod recurrent;
mod sigmoid;
mod table;

#[cfg(feature = "std")]
mod file;
#[cfg(feature = "std")]
mod quantize;
#[cfg(feature = "std")]
mod range;
#[cfg(all(test, feature = "std"))]
mod tests;

pub use class::{ClassTable, EmbeddingTable};
pub use combination::{Combination, Maximum};
pub use convolution::Convolution;
pub use dense::{Dense, DenseToReals};
pub use edge::{Dequantizer, Quantizer};
pub use gate::{Mixture, Softmax};
pub use layer_norm::LayerNorm;
#[cfg(target_arch = "x86_64")]
pub(crate) use output::High;
pub use output::Output;
pub use part::Part;
pub use pool::{AveragePool, max_pool};
pub use product::Product;
pub use recurrent::{Recurrent, WholeCell};
pub use table::Table;

#[cfg(feature = "std")]
pub use file::{Int8LoadError, load, save, to_bytes};
#[cfg(feature = "std")]
pub use part::PartBytes;
#[cfg(feature = "std")]
pub use quantize::{QuantizeError, evaluate, quantize};
#[cfg(feature = "std")]
pub use range::{Range, Scale};

use crate::activation::Activation;
use crate::kernel::{self, Kernel};
use crate::model::{HeadSet, Model, Record};
use crate::weights::Stored;
use crate::{InstructionSet, Zeroable, stack};

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
    fn copy_ends<const COLUMNS: usize>(values: &Self::Values, to: &mut <Self::Float as Model>::Values<COLUMNS>, column: usize);

    /// What is stored of the model: a part by its number in [`Stored::TENSORS`].
    #[cfg(feature = "std")]
    fn part(&self, number: usize) -> Option<&dyn PartBytes>;

    /// How many ranges are observed.
    #[cfg(feature = "std")]
    const RANGES: usize;

    /// Makes normalisations part of the layers beside them, as far as that helps.
    #[cfg(feature = "std")]
    fn fold(float: &mut Self::Float);

    /// Widens the ranges to what a tile of the model in `f32` has in its values.
    #[cfg(feature = "std")]
    fn observe<const COLUMNS: usize>(float: &Self::Float, values: &<Self::Float as Model>::Values<COLUMNS>, columns: usize, ranges: &mut [Range]);

    /// Sets every part from the model in `f32` and the ranges of its values.
    #[cfg(feature = "std")]
    fn set(&mut self, float: &mut Self::Float, ranges: &[Range]);
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

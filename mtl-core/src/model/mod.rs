//! What every generated model is: [`Model`], and the constants that describe it.

pub(crate) mod cell;
pub mod class_output;
pub mod column;
pub mod fields;
pub mod graph;
pub mod output;
pub mod record;
#[cfg(feature = "std")]
#[doc(hidden)]
pub mod serialized;
pub mod sets;

pub use class_output::{ClassLabel, ClassOutput};
pub use column::{ColumnInfo, Columns};
pub use fields::{FieldError, Fields};
pub use graph::Graph;
pub use output::Output;
pub use record::{FieldKind, Record};
pub use sets::{BlockSet, HeadSet};

use core::ops::Range;

use rand::Rng;

use crate::flat::{AnyBits, Flat, Zeroable};
use crate::kernel::InstructionSet;
pub use crate::kernel::reduce::all_finite;
use crate::kernel::scalar::Scalar;
use crate::layer::context::Pass;
use record::{TargetError, check_finite};

/// The name of a block of a model `M`, as a value of a type of its own: `PatientBlock::Body`, which `multitask!` writes beside the model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the name of a block",
    note = "the blocks of a model `Patient` are named by `PatientBlock`: `PatientBlock::Body`"
)]
pub trait BlockName<M: Model>: Copy {
    /// The block as the model calls it: `body`.
    fn name(self) -> &'static str;
}

/// The name of a head of a model `M`: a value of the type that `multitask!` writes beside the model, `PatientHead::Health`, or a text.
///
/// A value of the type is a head of the model, and `PatientHead::Health as usize` its number. A text is for names that are read from
/// somewhere: one that no head has is an error when it is used.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the name of a head",
    note = "the heads of a model `Patient` are named by `PatientHead`: `PatientHead::Health`, or by a text"
)]
pub trait HeadName<M: Model>: AsRef<str> {}

impl<M: Model> HeadName<M> for &str {}

#[cfg(feature = "std")]
impl<M: Model> HeadName<M> for std::string::String {}

/// An input of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputInfo {
    /// Its name.
    pub name: &'static str,
    /// How a data set stores it.
    pub kind: FieldKind,
    /// Its shape; empty for a class.
    pub shape: &'static [usize],
    /// The columns that tables have for it.
    pub columns: Columns,
}

/// An input that a model cannot be trained with, as no data set takes it: a number that is NaN or infinite, or a class that there is not.
#[derive(Clone, Copy, PartialEq, thiserror::Error)]
#[error("input `{input}`{}: {problem}", column::Of(*column))]
pub struct InputError {
    /// The name of the input.
    pub input: &'static str,
    /// The name of its column, of an input whose columns have names.
    pub column: Option<&'static str>,
    /// What is wrong with it.
    pub problem: TargetError,
}

/// A head of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadInfo {
    /// Its name.
    pub name: &'static str,
    /// How a data set stores its target.
    pub target: FieldKind,
    /// Whether labels may be missing.
    pub partial: bool,
    /// Its weight in the combined loss.
    pub weight: f64,
    /// The name of its loss.
    pub loss: &'static str,
    /// How many values it gives.
    pub outputs: usize,
    /// The value that it is computed from, by name.
    pub from: &'static str,
    /// What predicting does to that value: `softmax` or `sigmoid`, which training has in the loss, or `linear`.
    pub ending: &'static str,
    /// The constants of its loss.
    pub constants: &'static [Constant],
    /// The columns that tables have for its target.
    pub columns: Columns,
}

/// What a declaration says in a number or a word and neither a size nor a parameter shows: `epsilon = 0.001`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant {
    /// What the language calls it: `epsilon`.
    pub name: &'static str,
    /// What it is.
    pub value: ConstantValue,
    /// Whether it plays a part in training alone: with other values, the same parameters predict the same.
    pub training: bool,
}

/// The value of a [`Constant`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConstantValue {
    /// A number, a size or a truth value.
    Number(f64),
    /// A word, or what the user wrote.
    Text(&'static str),
}

/// One tensor of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterInfo {
    /// Its path: `body.dense1.kernel`.
    pub path: &'static str,
    /// The block it belongs to: `body`.
    pub block: &'static str,
    /// Its shape as Keras writes it: a kernel is `[inputs, units]`, row-major.
    pub shape: &'static [usize],
    /// Where it begins in [`Flat::as_slice`], in scalars.
    pub offset: usize,
    /// How many scalars it has.
    pub len: usize,
    /// Whether gradients move it (a moving mean is not trained).
    pub trainable: bool,
    /// The heads that depend on it.
    pub heads: HeadSet,
}

impl ParameterInfo {
    /// The tensors of a model of `len` scalars, in order. What the macro says of a layer's tensors is compared so with the layer's type, by the build.
    ///
    /// # Panics
    ///
    /// Where the tensors are not all that the model consists of, one after the other, each as large as its shape.
    #[doc(hidden)]
    #[must_use]
    pub const fn all<const N: usize>(tensors: [Self; N], len: usize) -> [Self; N] {
        let (mut number, mut end) = (0, 0);
        while number < N {
            assert!(tensors[number].offset == end, "a layer's tensors are not those that the macro knows of its step");
            end += tensors[number].len;
            number += 1;
        }
        assert!(end == len, "a layer has more tensors, or less, than the macro knows of its step");
        tensors
    }

    /// Whether a training of `heads` moves it: where it is trainable, and one of them depends on it.
    #[must_use]
    pub const fn is_trained_for(&self, heads: HeadSet) -> bool {
        self.trainable && self.heads.intersects(heads)
    }

    /// Whether two heads or more depend on it.
    #[must_use]
    pub const fn is_shared(&self) -> bool {
        self.heads.len() > 1
    }
}

/// The ranges of the scalars of some tensors, in order; neighbouring tensors are one range.
pub fn ranges_of<'t>(tensors: &'t [ParameterInfo], mut keep: impl FnMut(&ParameterInfo) -> bool + 't) -> impl Iterator<Item = Range<usize>> + 't {
    let mut tensors = tensors.iter();
    let mut pending: Option<Range<usize>> = None;
    core::iter::from_fn(move || {
        for tensor in tensors.by_ref().filter(|tensor| keep(tensor)) {
            let range = tensor.offset..tensor.offset + tensor.len;
            match &mut pending {
                Some(before) if before.end == range.start => before.end = range.end,
                _ => {
                    if let Some(before) = pending.replace(range) {
                        return Some(before);
                    }
                }
            }
        }
        pending.take()
    })
}

/// One line of a model's summary.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerInfo {
    /// Its path: `body.dense1`, or the name of an input.
    pub name: &'static str,
    /// The step as Keras names it: `Dense`.
    pub kind: &'static str,
    /// The shape of its output.
    pub output: &'static [usize],
    /// How many parameters it has (0 where it applies those of an earlier line again).
    pub parameters: usize,
    /// Multiplications and additions for one sample.
    pub multiply_adds: usize,
    /// The values it takes, by name.
    pub from: &'static [&'static str],
    /// What it works with on the stack, for one sample, in bytes: memory that is free again after it.
    pub stack: usize,
    /// Its constants.
    pub constants: &'static [Constant],
    /// The heads that depend on it.
    pub heads: HeadSet,
}

/// A model that `multitask!` generated: its parameters, and the code of its graph.
///
/// Users call the methods that `multitask!` writes on the struct, and [`Trainer`](crate::trainer::Trainer);
/// this trait is what those are made of.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    note = "a model is a struct that `multitask!` declares; its inputs, targets and outputs are types of their own"
)]
pub trait Model: Flat<Self::Scalar> + AnyBits + Send + Sync + 'static {
    /// What it computes in.
    type Scalar: Scalar;
    /// One row of inputs.
    type Inputs: Record<Self::Scalar> + Clone;
    /// One row of outputs.
    type Outputs: Clone;
    /// One row of targets.
    type Targets: Record<Self::Scalar> + Clone;
    /// One number for each head, in the order of declaration.
    type Losses: Flat<Self::Scalar> + core::fmt::Debug + Send + Sync + 'static;
    /// The values of every flow for `COLUMNS` samples.
    type Values<const COLUMNS: usize>: Zeroable + Send;
    /// The gradients of these values.
    type ValueGradients<const COLUMNS: usize>: Zeroable + Send;
    /// The targets of `COLUMNS` samples.
    type TargetColumns<const COLUMNS: usize>: Zeroable + Send;
    /// The statistics of one batch that batch normalisation needs.
    type Statistics: Zeroable + Copy + Send + Sync;

    /// The name of the struct.
    const NAME: &'static str;
    /// What the docs of the struct say: what the model is for.
    const ABOUT: &'static str = "";
    /// The inputs in the order of declaration.
    const INPUTS: &'static [InputInfo];
    /// The heads in the order of declaration.
    const HEADS: &'static [HeadInfo];
    /// The blocks of parameters by name; their places are their numbers in a [`BlockSet`]. Those that are not among them cannot be frozen.
    const BLOCKS: &'static [&'static str] = &[];
    /// Every tensor of parameters, in the order in which they lie in memory.
    const PARAMETERS: &'static [ParameterInfo];
    /// The summary, line by line.
    const LAYERS: &'static [LayerInfo];
    /// The declaration as data, for tools: what every step computes, of which values, with which parameters. A program that does not read it does not
    /// have it.
    const GRAPH: Graph;
    /// How many parts the forward pass has: one more than there are batch normalisations in a row. Between two
    /// parts, statistics are gathered over the whole batch.
    const STAGES: usize;
    /// The paths of the layers that are measured, as `Normalize`, in an order in which each comes after those before it. Each has two tensors for it, such
    /// as `mean` and `variance`.
    const NORMALIZERS: &'static [&'static str];
    /// The heads whose targets are standardised, by number, with the paths of their `Standardize` layers. Each has the tensors `mean` and `variance`.
    const STANDARDIZED: &'static [(usize, &'static str)] = &[];

    /// Whether an input has a category for what is unknown, which training puts in the place of others now and then.
    const HAS_UNKNOWN: bool = {
        let (mut found, mut input) = (false, 0);
        while input < Self::INPUTS.len() {
            if let [column, ..] = Self::INPUTS[input].columns.named() {
                found |= column.unknown.is_some();
            }
            input += 1;
        }
        found
    };
    /// How many parameters there are, moving statistics included.
    const PARAMETER_COUNT: usize = Self::LEN;
    /// How many parameters are trained.
    const TRAINABLE_COUNT: usize = {
        let mut count = 0;
        let mut index = 0;
        while index < Self::PARAMETERS.len() {
            if Self::PARAMETERS[index].trainable {
                count += Self::PARAMETERS[index].len;
            }
            index += 1;
        }
        count
    };
    /// The size of the parameters in bytes.
    const WEIGHT_BYTES: usize = core::mem::size_of::<Self>();
    /// Multiplications with addition for one prediction of all heads.
    const MULTIPLY_ADDS: usize = {
        let mut count = 0;
        let mut index = 0;
        while index < Self::LAYERS.len() {
            count += Self::LAYERS[index].multiply_adds;
            index += 1;
        }
        count
    };
    /// The memory that predicting one row takes on the stack beside inputs and outputs, in bytes.
    const PREDICT_BYTES: usize = core::mem::size_of::<Self::Values<1>>();
    /// The most that predicting one row takes of the stack, in bytes: the row of inputs and the outputs, which the caller holds, the values of
    /// every step, what the step with the most works with, and an allowance for the frames of the functions. Predicting one head takes no
    /// more. For optimised programs without `std`: [`stack`](crate::stack) says where the bound holds.
    const STACK_BYTES: usize = Self::PREDICT_BYTES
        + core::mem::size_of::<Self::Inputs>()
        + core::mem::size_of::<Self::Outputs>()
        + crate::stack::of_prediction(Self::LAYERS.len(), Self::HEADS.len())
        + Self::LAYERS[greatest_stack(Self::LAYERS)].stack;

    /// The model as a picture: [`Diagram`](crate::diagram::Diagram).
    #[cfg(feature = "std")]
    #[must_use]
    fn diagram() -> crate::diagram::Diagram {
        crate::diagram::Diagram::new(&Self::GRAPH)
    }

    /// Draws initial parameters in place; they must be zero before.
    fn initialize<R: Rng + ?Sized>(&mut self, rng: &mut R);

    /// The weights of the heads in the combined loss, as declared.
    fn loss_weights() -> Self::Losses;

    /// Copies one row of inputs into a column.
    fn load_inputs<const COLUMNS: usize, D: Record<Self::Scalar>>(values: &mut Self::Values<COLUMNS>, column: usize, row: &D);

    /// Puts the category for what is unknown in the place of a sample's own, in those inputs that have one and that `forgets` says, by number.
    #[inline(always)]
    fn forget<const COLUMNS: usize>(_values: &mut Self::Values<COLUMNS>, _column: usize, _forgets: impl FnMut(usize) -> bool) {}

    /// Copies one row of targets into a column.
    fn load_targets<const COLUMNS: usize, D: Record<Self::Scalar>>(targets: &mut Self::TargetColumns<COLUMNS>, column: usize, row: &D);

    /// Whether the losses are defined for a row of targets.
    ///
    /// # Errors
    ///
    /// The number of the first head whose loss is not, and what is wrong.
    fn check_targets<D: Record<Self::Scalar>>(row: &D) -> Result<(), (usize, TargetError)>;

    /// One part of the forward pass over the first `columns` samples, as far as `heads` need it.
    fn forward<S: InstructionSet, const COLUMNS: usize>(
        &self,
        stage: usize,
        pass: Pass,
        heads: HeadSet,
        statistics: &Self::Statistics,
        values: &mut Self::Values<COLUMNS>,
        columns: usize,
    );

    /// Adds to `statistics` what the batch normalisations after this part need of the tile.
    fn observe<const COLUMNS: usize>(stage: usize, values: &Self::Values<COLUMNS>, columns: usize, statistics: &mut Self::Statistics);

    /// The heads' losses: adds each head's sum over the samples (times their weights) to `sums`, and starts the
    /// backward pass by writing the gradient of `Σ scaleₕ · sumₕ` at the end of each flow.
    #[allow(clippy::too_many_arguments, reason = "what a loss needs")]
    fn loss<S: InstructionSet, const COLUMNS: usize>(
        heads: HeadSet,
        values: &Self::Values<COLUMNS>,
        targets: &Self::TargetColumns<COLUMNS>,
        sample_weights: &[Self::Scalar],
        columns: usize,
        scales: &Self::Losses,
        gradients: &mut Self::ValueGradients<COLUMNS>,
        sums: &mut Self::Losses,
    );

    /// The losses of all heads as they are reported: as [`loss`](Self::loss), without class weights, which are for training.
    ///
    /// `gradients` is room to work in.
    #[inline(always)]
    fn measure<S: InstructionSet, const COLUMNS: usize>(
        values: &Self::Values<COLUMNS>,
        targets: &Self::TargetColumns<COLUMNS>,
        sample_weights: &[Self::Scalar],
        columns: usize,
        gradients: &mut Self::ValueGradients<COLUMNS>,
        sums: &mut Self::Losses,
    ) {
        Self::loss::<S, COLUMNS>(HeadSet::ALL, values, targets, sample_weights, columns, &crate::flat::zeroed(), gradients, sums);
    }

    /// One part of the backward pass, from the gradients that [`loss`](Self::loss) wrote for `heads`: adds to `gradient`.
    #[allow(clippy::too_many_arguments, reason = "what a backward pass needs")]
    fn backward<S: InstructionSet, const COLUMNS: usize>(
        &self,
        stage: usize,
        pass: Pass,
        heads: HeadSet,
        statistics: &mut Self::Statistics,
        values: &Self::Values<COLUMNS>,
        gradients: &mut Self::ValueGradients<COLUMNS>,
        columns: usize,
        gradient: &mut Self,
    );

    /// Moves the moving statistics of what serves `heads` towards those of a batch that was just trained on for them.
    fn update_statistics(&mut self, heads: HeadSet, statistics: &Self::Statistics);

    /// Hands `observe` what the measured layer number `normalizer` takes of each of the first `columns` samples, with the columns of the input
    /// that it takes, if that is one with names for them.
    fn observe_normalizer<const COLUMNS: usize>(
        normalizer: usize,
        values: &Self::Values<COLUMNS>,
        columns: usize,
        observe: impl FnMut(&[Self::Scalar], &'static [ColumnInfo]),
    );

    /// The `l1`, `l2` penalties; adds their gradient.
    fn penalty(&self, gradient: Option<&mut Self>) -> Self::Scalar;

    /// The outputs of one sample.
    fn outputs<const COLUMNS: usize>(values: &Self::Values<COLUMNS>, column: usize) -> Self::Outputs;

    /// The numbers of a head in the outputs of one sample.
    fn output_numbers(outputs: &Self::Outputs, head: usize) -> &[Self::Scalar];

    /// Those of `heads` that depend on an input of a sample that is not [valid](InputError).
    fn spoiled<S: InstructionSet, const COLUMNS: usize>(heads: HeadSet, values: &Self::Values<COLUMNS>, column: usize) -> HeadSet;

    /// The outputs for every row of a data set, in the order of its rows. Rows are predicted many at once, as
    /// [`predict_batch`](crate::pass::predict_batch) does: the last digits may differ from those of a row alone.
    #[cfg(feature = "std")]
    fn predict_dataset(&self, dataset: &crate::data::Dataset<Self>) -> std::vec::Vec<Self::Outputs>
    where
        Self: Sized,
    {
        crate::data::predict::predict_rows(self, dataset, 0..dataset.len())
    }

    /// As [`predict_dataset`](Self::predict_dataset), by several threads. The bits are the same for any number.
    #[cfg(feature = "std")]
    fn predict_dataset_on(&self, dataset: &crate::data::Dataset<Self>, threads: usize) -> std::vec::Vec<Self::Outputs>
    where
        Self: Sized,
        Self::Outputs: Send,
    {
        crate::data::predict::predict_on_threads(self, dataset, threads)
    }

    /// Makes the outputs of some heads NaN.
    fn spoil(outputs: &mut Self::Outputs, heads: HeadSet);
}

/// The number of the greatest probability: the first of those that are equal.
#[inline]
pub(crate) fn most_probable<T: Scalar>(probabilities: &[T]) -> usize {
    let mut best = (0, None);
    for (index, &probability) in probabilities.iter().enumerate() {
        if best.1.is_none_or(|highest| probability > highest) {
            best = (index, Some(probability));
        }
    }
    best.0
}

/// Whether a row of inputs is one that a data set takes.
///
/// # Errors
///
/// The first input that is not.
pub fn check_inputs<M: Model>(row: &M::Inputs) -> Result<(), InputError> {
    for (field, input) in M::INPUTS.iter().enumerate() {
        match input.kind {
            FieldKind::Real { .. } => match input.columns {
                Columns::Named(columns) if !input.shape.is_empty() => check_columns(input.name, columns, |column| row.cell(field, column))?,
                Columns::Named(_) | Columns::Numbered { .. } => check_real(input.name, row.real(field).unwrap_or_default())?,
            },
            FieldKind::Class { classes } => check_class(input.name, row.class(field).unwrap_or(usize::MAX), classes)?,
        }
    }
    Ok(())
}

/// Whether all numbers of an input are finite.
///
/// # Errors
///
/// The first that is not.
pub fn check_real<T: Scalar>(input: &'static str, values: &[T]) -> Result<(), InputError> {
    check_finite(values).map_err(|problem| InputError { input, column: None, problem })
}

/// Whether all numbers of an input with named columns are finite, or missing where they may be.
///
/// # Errors
///
/// The first that is neither.
pub fn check_columns<T: Scalar>(input: &'static str, columns: &[ColumnInfo], cell: impl Fn(usize) -> Option<T>) -> Result<(), InputError> {
    for (number, column) in columns.iter().enumerate() {
        let value = cell(number).unwrap_or_else(|| T::from_f64(f64::NAN));
        if !(value.is_finite() || (column.optional && is_missing(value))) {
            // One value is called as its input is.
            let column = (column.name != input).then_some(column.name);
            return Err(InputError { input, column, problem: TargetError::NotFinite { value: value.to_f64() } });
        }
    }
    Ok(())
}

/// Whether a cell is missing, which NaN stands for.
#[inline(always)]
#[allow(clippy::eq_op, reason = "NaN alone differs from itself")]
pub(crate) fn is_missing<T: Scalar>(value: T) -> bool {
    value != value
}

/// Whether all numbers of a sample are finite, or missing where they may be.
#[inline(always)]
#[must_use]
pub fn all_known<T: Scalar, const N: usize>(values: &[T; N], optional: &[bool; N]) -> bool {
    values.iter().zip(optional).all(|(&value, &optional)| value.is_finite() || (optional && is_missing(value)))
}

/// Whether an input is one of its classes.
///
/// # Errors
///
/// Where it is not.
pub const fn check_class(input: &'static str, class: usize, classes: usize) -> Result<(), InputError> {
    if class < classes { Ok(()) } else { Err(InputError { input, column: None, problem: TargetError::ClassOutOfRange { class, classes } }) }
}

/// The number of a class, or for none that of what is unknown, which is the last; a number that is neither, for a class that there is not.
#[must_use]
pub const fn class_or_unknown(class: Option<usize>, classes: usize) -> usize {
    match class {
        None => classes - 1,
        Some(class) if class < classes - 1 => class,
        Some(_) => usize::MAX,
    }
}

/// The number of the first step that works with the most memory.
pub(crate) const fn greatest_stack(layers: &[LayerInfo]) -> usize {
    let (mut greatest, mut number) = (0, 1);
    while number < layers.len() {
        if layers[number].stack > layers[greatest].stack {
            greatest = number;
        }
        number += 1;
    }
    greatest
}

/// Copies a real field of a record; a record without it leaves the column as it is.
#[inline(always)]
pub fn load_real<T: Scalar, D: Record<T>, const N: usize>(row: &D, field: usize, column: &mut [T; N]) {
    if let Some(values) = row.real(field) {
        // As arrays where the lengths agree: a copy of a known length is a few registers, and no call.
        if let Ok(values) = <&[T; N]>::try_from(values) {
            *column = *values;
        } else {
            for (to, &from) in column.iter_mut().zip(values) {
                *to = from;
            }
        }
    } else {
        for (number, to) in column.iter_mut().enumerate() {
            if let Some(cell) = row.cell(field, number) {
                *to = cell;
            }
        }
    }
}

/// Copies a class field of a record. An index that does not fit is kept as one that no class has.
#[inline(always)]
pub fn load_class<T: Scalar, D: Record<T>>(row: &D, field: usize, column: &mut u32) {
    *column = row.class(field).and_then(|index| u32::try_from(index).ok()).unwrap_or(u32::MAX);
}

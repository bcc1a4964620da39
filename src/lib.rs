#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "std")]
extern crate std;

// What users call; what generated code calls beside it is in `__private`.
pub use mtl_core::model::FieldError;
#[cfg(feature = "plot")]
pub use mtl_core::plot;
pub use mtl_core::{
    Category, ClassOutput, Flat, InstructionSet, InvalidSetting, Model, Scalar, Zeroable, activation, any_bits, balance, c, c_api, category, clip,
    embed, flat, init, int8, kernel, layer, loss, model, optimizer, pass, schedule, seeded, stepper, weights, zeroable,
};
#[cfg(feature = "std")]
pub use mtl_core::{Error, Evaluate, FileError, adapt, compare, data, diagram, evaluate, log, meta, metric, progress, report, trainer};
#[doc(no_inline)]
pub use mtl_core::{nalgebra, rand};
pub use mtl_macros::Category;
/// ONNX files of models, with the feature `onnx`.
#[cfg(feature = "onnx")]
#[doc(inline)]
pub use mtl_onnx as onnx;

/// Declares a multi-task model: its inputs, shared layers and named heads.
///
/// ```
/// use mtl::prelude::*;
///
/// multitask! {
///     /// Two heads on one trunk.
///     pub struct Small {
///         input record: [13];
///         shared body = record -> Dense(64, relu) -> Dense(64, relu);
///         head stay = body -> Dense(20, relu) -> Dense(1) { loss: mse, metrics: [mae] }
///         head disease = body -> Dense(20, relu) -> Dense(3, softmax) {
///             loss: categorical_cross_entropy,
///             metrics: [accuracy],
///         }
///     }
/// }
///
/// let model: Small = Small::new(&mut mtl::seeded(1));
/// let outputs = model.predict(&SmallInputs { record: [0.5; 13] });
/// assert_eq!(outputs.disease.len(), 3);
/// assert_eq!(model.predict_stay(&SmallInputs { record: [0.5; 13] }), outputs.stay);
/// ```
///
/// The language is on the [front page](crate#the-language-on-a-page). For a struct `Small` the macro writes
///
/// | item | what it is |
/// |---|---|
/// | `Small<T = f32>` | the parameters, a field for each statement that owns some: `model.body.dense1.kernel`; the type of the gradient too |
/// | `SmallInputs`, `SmallTargets`, `SmallOutputs` | one row of each; inputs and targets are arrays, outputs nalgebra vectors; where a head gives one number both are that number; class indices are `usize`, their outputs a [`ClassOutput`] |
/// | `SmallLosses` | one number for each head |
/// | `SmallReport`, `SmallStayReport`, .. | an evaluation: `report.disease.accuracy` |
/// | `new(&mut rng)`, `boxed(&mut rng)` | a fresh model, on the stack or straight on the heap |
/// | `predict`, `predict_stay`, .., `predict_batch` | all heads of a row, one head, many rows |
/// | `try_predict`, `check` of the inputs | the typed error for an input that no data set takes |
/// | `from_fields`, `from_row` of the inputs; serde's traits with `std` | a row of strings, or of JSON, by the names of its columns; outputs are serialised by the names of their heads |
/// | `SmallInt8` | with `#[int8]` before the struct: the model in eight bits ([`int8`](crate::int8)) |
/// | `SmallBlock`, `SmallHead` | the blocks and the heads by name: `.freeze(SmallBlock::Body)`, `.heads([SmallHead::Stay])` |
/// | `impl Model` | the graph's code ([`Model`](crate::Model)) and constants: tensors, layers, multiply-adds, bytes |
///
/// # Errors
///
/// Every mistake is a compile error on the token to change, all of them at once. Sizes that only const evaluation knows
/// are compared by constant assertions, which `cargo check` reports as well.
#[macro_export]
macro_rules! multitask {
    ($($model:tt)*) => {
        $crate::__private::multitask_impl! { [$crate] $($model)* }
    };
}

/// What a program that declares, trains and uses a model needs.
pub mod prelude {
    pub use crate::{Category, multitask};
    pub use mtl_core::Model as _;
    pub use mtl_core::nalgebra::{SMatrix, SVector};
    pub use mtl_core::optimizer::{AdaGrad, Adam, AdamW, Lion, RmsProp, Sgd};
    #[cfg(feature = "plot")]
    pub use mtl_core::plot::Plot as _;
    #[cfg(feature = "std")]
    pub use mtl_core::{
        adapt::adapt,
        compare::compare_single_task,
        data::{Csv, Dataset},
        evaluate::{Evaluate as _, evaluate},
        report::Report as _,
        trainer::{BestWeights, Callback, EarlyStopping, History, Trainer},
    };
}

/// What generated code calls; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use mtl_core::*;

    pub use mtl_macros::multitask_impl;
    #[cfg(feature = "std")]
    pub use std::{boxed::Box, vec::Vec};
}

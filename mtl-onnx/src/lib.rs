//! ONNX files of models that `multitask!` declares.
//!
//! ```
//! use mtl::prelude::*;
//!
//! multitask! {
//!     pub struct Small {
//!         input record: [3];
//!         shared body = record -> Normalize -> Dense(8, relu);
//!         head level = body -> Dense(1) { loss: mse }
//!         head kind = body -> Dense(2, softmax) { loss: categorical_cross_entropy }
//!     }
//! }
//!
//! let model: Small = Small::new(&mut mtl::seeded(1));
//! let file = mtl_onnx::to_bytes(&model)?;
//! # assert!(!file.is_empty());
//! # Ok::<(), mtl_onnx::ExportError>(())
//! ```
//!
//! # What the file has
//!
//! * The inputs by their names, `[batch, ..]` with the shape of the declaration, channels last, as `float`; classes and categories `[batch]`, as `int64`
//!   indices. The batch is free. In a column that may be missing NaN stands for what is.
//! * The heads by their names and in their order, `[batch, outputs]`, as `predict` gives them: after softmax or sigmoid, in the units of the labels.
//! * All preprocessing: what `Normalize`, `Robust`, `Impute` and `Piecewise` measured, and embeddings of categories.
//! * Operators of opset 17 of ONNX alone, IR version 8. Weights are called by their paths, `body.dense1.kernel`. What training alone does is left out.
//! * Metadata: `mtl.model`, `mtl.fingerprint` ([`mtl_core::weights::fingerprint`]), `mtl.graph` (see [`export`]), and where there are some
//!   `input.NAME.columns`, `input.NAME.categories` and `head.NAME.categories`, each a JSON list of texts in the order of their indices.
//!
//! A layer or an activation of one's own has no operator: [`ExportError`] names it.

#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod export;
pub mod proto;

pub use export::{ExportError, save, to_bytes, to_model};

//! The runtime of `mtl`: everything that generated models call.
//!
//! Without default features this crate is `no_std` and needs no allocator: predicting and training
//! steps work on memory that the caller provides. The feature `std` adds data sets, the trainer and
//! everything that allocates.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(missing_docs)]
#![deny(unsafe_code, unsafe_op_in_unsafe_fn)]

#[cfg(feature = "std")]
extern crate std;

pub mod activation;
#[cfg(feature = "std")]
pub mod adapt;
pub mod balance;
mod better;
#[doc(hidden)]
pub mod budget;
pub mod c;
pub mod category;
#[doc(hidden)]
pub mod check;
pub mod clip;
pub mod compare;
mod const_text;
#[cfg(feature = "std")]
pub mod data;
#[cfg(feature = "std")]
pub mod diagram;
pub mod embed;
mod error;
#[cfg(feature = "std")]
pub mod evaluate;
mod every;
pub mod flat;
#[cfg(feature = "std")]
mod hash;
pub mod init;
pub mod int8;
pub mod kernel;
pub mod layer;
#[cfg(feature = "std")]
pub mod log;
pub mod loss;
#[cfg(feature = "std")]
pub mod meta;
#[cfg(feature = "std")]
pub mod metric;
pub mod model;
pub mod optimizer;
#[doc(hidden)]
pub mod own;
pub mod pass;
#[cfg(feature = "plot")]
pub mod plot;
#[cfg(feature = "std")]
pub mod progress;
mod random;
#[cfg(feature = "std")]
pub mod report;
pub mod schedule;
mod setting;
#[doc(hidden)]
pub mod stack;
pub mod stepper;
#[doc(hidden)]
pub mod summary;
#[cfg(all(test, feature = "std"))]
mod testing;
#[cfg(feature = "std")]
pub mod trainer;
pub mod weights;

pub use category::Category;
#[cfg(feature = "std")]
pub use error::{Error, FileError};
#[cfg(feature = "std")]
pub use evaluate::Evaluate;
pub use flat::{Flat, Zeroable};
pub use kernel::InstructionSet;
pub use kernel::scalar::{self, Scalar};
pub use model::{ClassOutput, Model};
pub use setting::InvalidSetting;

/// Expands to its items where the feature `std` is on, to nothing elsewhere: generated code cannot ask for features of this crate.
#[cfg(feature = "std")]
#[doc(hidden)]
#[macro_export]
macro_rules! with_std {
    ($($items:tt)*) => { $($items)* };
}

/// Expands to its items where the feature `std` is on, to nothing elsewhere: generated code cannot ask for features of this crate.
#[cfg(not(feature = "std"))]
#[doc(hidden)]
#[macro_export]
macro_rules! with_std {
    ($($items:tt)*) => {};
}

/// What code that a macro makes imports under the names of its bindings. A binding that is called as a constant around the macro would be
/// a pattern, and a function in between may be hidden by both.
#[doc(hidden)]
pub const fn binding() {}

#[cfg(feature = "std")]
#[doc(hidden)]
pub use serde;
#[doc(no_inline)]
pub use {nalgebra, rand};

pub use init::seeded;

//! The runtime of `mtl`: everything that generated models call.
//!
//! Without default features this crate is `no_std` and needs no allocator: predicting and training
//! steps work on memory that the caller provides. The feature `std` adds data sets, the trainer and
//! everything that allocates.
#![no_std]
#![warn(missing_docs)]
#![deny(unsafe_code, unsafe_op_in_unsafe_fn)]

#[cfg(feature = "std")]
extern crate std;

pub mod activation;
pub mod balance;
pub mod flat;
pub mod init;
pub mod kernel;
pub mod layer;
pub mod loss;
#[cfg(feature = "std")]
pub mod metric;
pub mod model;
pub mod pass;
pub mod scalar;

pub use flat::{Flat, Zeroable};
pub use kernel::InstructionSet;
pub use model::Model;
pub use scalar::Scalar;

//! Multi-task neural networks, each declared in one macro invocation: checked, trained and embedded.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

#[cfg(feature = "std")]
extern crate std;

pub use mtl_core::*;

/// Declares a multi-task model: its inputs, shared layers and named heads.
#[macro_export]
macro_rules! multitask {
    ($($model:tt)*) => {
        $crate::__private::multitask_impl! { [$crate] $($model)* }
    };
}

/// What a program that declares, trains and uses a model needs.
pub mod prelude {
    pub use crate::multitask;
    pub use mtl_core::Model as _;
    pub use mtl_core::nalgebra::{SMatrix, SVector};
    pub use mtl_core::optimizer::{AdaGrad, Adam, AdamW, Lion, RmsProp, Sgd};
    #[cfg(feature = "std")]
    pub use mtl_core::{
        adapt::adapt,
        compare::compare_single_task,
        data::Dataset,
        evaluate::evaluate,
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

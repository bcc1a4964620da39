//! Multi-task neural networks, each declared in one macro invocation: checked, trained and embedded.
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub use mtl_core::*;

/// Declares a multi-task model: its inputs, shared layers and named heads.
#[macro_export]
macro_rules! multitask {
    ($($model:tt)*) => {
        $crate::__private::multitask_model! { [$crate] $($model)* }
    };
}

/// What a program that declares, trains and uses a model needs.
pub mod prelude {
    pub use crate::multitask;
    pub use mtl_core::Model as _;
    pub use mtl_core::nalgebra::SVector;
    pub use mtl_core::optimizer::{AdaGrad, Adam, AdamW, Lion, RmsProp, Sgd};
}

/// What generated code calls; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use mtl_core::*;
    pub use mtl_macros::multitask_model;

    #[cfg(feature = "std")]
    pub use std::{boxed::Box, vec::Vec};
}

//! The model that is trained on one machine and runs on another.
#![no_std]
#![forbid(unsafe_code)]

mod care;
mod digits;

pub use care::*;
pub use digits::*;

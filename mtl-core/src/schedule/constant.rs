//! A constant rate.

use super::{Progress, Schedule};

/// Always 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Constant;

impl Schedule for Constant {
    fn factor(&self, _: Progress) -> f64 {
        1.0
    }
}

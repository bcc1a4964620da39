//! Checks of targets: for which a loss is defined.

use crate::kernel::scalar::Scalar;
use crate::model::record::{Class, TargetError};

/// A value has a property, which `expected` names.
pub(super) fn check_allowed<T: Scalar>(value: T, allowed: bool, expected: &'static str) -> Result<(), TargetError> {
    if allowed { Ok(()) } else { Err(TargetError::OutOfRange { value: value.to_f64(), expected }) }
}

/// A value is −1 or 1.
pub(super) fn check_sign<T: Scalar>(value: T) -> Result<(), TargetError> {
    check_allowed(value, value.abs() == T::ONE, "-1 or 1")
}

/// The class exists.
pub(super) fn check_class<const N: usize>(label: Class<N>) -> Result<(), TargetError> {
    let class = label.index as usize;
    if class < N { Ok(()) } else { Err(TargetError::ClassOutOfRange { class, classes: N }) }
}

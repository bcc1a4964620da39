//! Numbers that are checked where they enter.

use crate::kernel::scalar::Scalar;

/// A setting with a value that it does not take.
///
/// Settings are numbers in `f64`, and models mostly compute in `f32`: where it matters, what must hold holds for the value as rounded to the
/// model's scalar too. `0.99999999999` is 1 in `f32`, `1e-60` is 0, and `1e60` is infinite.
#[derive(Clone, Copy, PartialEq, thiserror::Error)]
#[error("`{setting}` is {value}, but it must {must}")]
pub struct InvalidSetting {
    /// The setting, as type and method are called: `Adam::beta_1`.
    pub setting: &'static str,
    /// The value it was given.
    pub value: f64,
    /// What it must be, in words: `be at least 0 and below 1`.
    pub must: &'static str,
}

/// A value is `allowed` and finite.
pub(crate) fn require(setting: &'static str, value: f64, allowed: bool, must: &'static str) -> Result<(), InvalidSetting> {
    if allowed && value.is_finite() { Ok(()) } else { Err(InvalidSetting { setting, value, must }) }
}

/// A count that is not 0.
#[cfg(feature = "std")]
pub(crate) fn require_some(setting: &'static str, count: usize) -> Result<(), InvalidSetting> {
    if count > 0 { Ok(()) } else { Err(InvalidSetting { setting, value: 0.0, must: "be at least 1" }) }
}

/// A number of at least 0 that is finite in `T`.
pub(crate) fn require_not_negative<T: Scalar>(setting: &'static str, value: f64) -> Result<(), InvalidSetting> {
    let allowed = value >= 0.0 && T::from_f64(value).is_finite();
    require(setting, value, allowed, "be at least 0, and finite in the model's scalar")
}

/// A number above 0 that is so in `T` too, and finite.
pub(crate) fn require_positive<T: Scalar>(setting: &'static str, value: f64) -> Result<(), InvalidSetting> {
    let rounded = T::from_f64(value);
    let allowed = rounded > T::ZERO && rounded.is_finite();
    require(setting, value, allowed, "be above 0 and finite, in the model's scalar too")
}

/// A number of at least 0 and below 1, in `T` too.
pub(crate) fn require_below_one<T: Scalar>(setting: &'static str, value: f64) -> Result<(), InvalidSetting> {
    let allowed = value >= 0.0 && T::from_f64(value) < T::ONE;
    require(setting, value, allowed, "be at least 0 and below 1, in the model's scalar too")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn the_error_names_setting_value_and_what_is_allowed() {
        let error = require_below_one::<f64>("Adam::beta_1", 1.0).unwrap_err();
        assert_eq!(error.to_string(), "`Adam::beta_1` is 1, but it must be at least 0 and below 1, in the model's scalar too");
    }

    #[test]
    fn numbers_count_as_the_model_rounds_them() {
        assert!(require_below_one::<f64>("x", 0.999_999_999_99).is_ok() && require_below_one::<f32>("x", 0.999_999_999_99).is_err());
        assert!(require_positive::<f64>("x", 1e-60).is_ok() && require_positive::<f32>("x", 1e-60).is_err());
        assert!(require_not_negative::<f64>("x", 1e60).is_ok() && require_not_negative::<f32>("x", 1e60).is_err());
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0] {
            assert!(require("x", value, value >= 0.0, "").is_err());
            assert!(require_not_negative::<f64>("x", value).is_err() && require_positive::<f64>("x", value).is_err());
            assert!(require_below_one::<f64>("x", value).is_err());
        }
        assert!(require_some("x", 0).is_err() && require_some("x", 1) == Ok(()));
    }
}

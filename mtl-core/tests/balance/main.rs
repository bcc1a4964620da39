//! Balancing strategies against TorchJD, their formulas, and the properties that they promise.

mod directions;
mod losses;
mod model;
mod parity;
mod properties;
mod scales;
mod toy;

use mtl_core::balance::{BalanceError, Direction, Gradients, SharedParameters};
use mtl_core::model::HeadSet;

/// A new strategy.
pub type Make = fn() -> Box<dyn Direction<f64>>;

/// The direction for a matrix with one gradient a row, all tasks present.
pub fn direction(strategy: &mut dyn Direction<f64>, rows: &[Vec<f64>]) -> Vec<f64> {
    direction_of_present(strategy, rows, HeadSet::ALL).expect("a finite matrix")
}

/// As [`direction`], with only some of the tasks present; every loss is 1.
pub fn direction_of_present(strategy: &mut dyn Direction<f64>, rows: &[Vec<f64>], present: HeadSet) -> Result<Vec<f64>, BalanceError> {
    let ones = vec![1.0; rows.len()];
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let gradients = Gradients::new(&rows, &ones, &ones, present, SharedParameters::All)?;
    let mut combined = vec![f64::NAN; rows[0].len()];
    strategy.combine(&gradients, &mut combined)?;
    Ok(combined)
}

pub fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(l, r)| l * r).sum()
}

pub fn norm(vector: &[f64]) -> f64 {
    // By the largest element: squares of 1e300 are not numbers.
    let largest = vector.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    if largest == 0.0 { 0.0 } else { largest * vector.iter().map(|x| (x / largest).powi(2)).sum::<f64>().sqrt() }
}

/// `‖found − expected‖ ≤ tolerance ‖expected‖`.
pub fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let difference: Vec<f64> = found.iter().zip(expected).map(|(f, e)| f - e).collect();
    let error = norm(&difference) / norm(expected).max(f64::MIN_POSITIVE);
    assert!(error <= tolerance, "{what}: {found:?} instead of {expected:?}, a relative error of {error:e}");
}

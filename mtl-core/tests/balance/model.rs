//! The step on a whole gradient: shared ranges by the direction, the others by their own head.

use mtl_core::balance::{Direction, ImtlG, Mgda, SharedParameters, combine_flat_gradients};
use mtl_core::model::{HeadSet, ParameterInfo};

use crate::{assert_close, direction};

const fn tensor(path: &'static str, offset: usize, len: usize, heads: u64) -> ParameterInfo {
    ParameterInfo { path, block: path, shape: &[], offset, len, trainable: true, heads: HeadSet(heads) }
}

/// Two shared tensors side by side, a private one, one that two of three heads share, private ones, and one that no head uses.
const PARAMETERS: [ParameterInfo; 7] = [
    tensor("body.kernel", 0, 3, 0b111),
    tensor("body.bias", 3, 1, 0b111),
    tensor("first.kernel", 4, 2, 0b001),
    tensor("neck.kernel", 6, 2, 0b110),
    tensor("second.kernel", 8, 1, 0b010),
    tensor("third.kernel", 9, 1, 0b100),
    tensor("unused", 10, 1, 0),
];
const ROWS: [[f64; 11]; 3] = [
    [1.0, -2.0, 0.5, 1.0, 7.0, 8.0, 0.0, 0.0, 0.0, 0.0, 0.0],
    [-1.0, 0.4, 2.0, 0.0, 0.0, 0.0, 3.0, -1.0, 5.0, 0.0, 0.0],
    [0.3, 0.3, -1.0, 2.0, 0.0, 0.0, -2.0, 0.5, 0.0, 6.0, 0.0],
];

fn combine(strategy: &mut dyn Direction<f64>, weights: &[f64], present: HeadSet) -> Vec<f64> {
    let rows = ROWS.each_ref().map(<[f64; 11]>::as_slice);
    let mut combined = vec![f64::NAN; 11];
    combine_flat_gradients(strategy, &rows, &[1.0; 3], weights, present, &PARAMETERS, &mut combined).unwrap();
    combined
}

#[test]
fn shared_ranges_are_joined() {
    let ranges: Vec<_> = SharedParameters::Of(&PARAMETERS).ranges(11).collect();
    assert_eq!(ranges, [0..4, 6..8]);
    assert!(SharedParameters::All.ranges(11).eq(core::iter::once(0..11)));
    assert_eq!(SharedParameters::Of(&PARAMETERS[4..]).ranges(11).count(), 0);
}

#[test]
fn private_parameters_follow_their_own_head() {
    let shared: Vec<Vec<f64>> = ROWS.iter().map(|row| [&row[0..4], &row[6..8]].concat()).collect();
    let expected = direction(&mut ImtlG, &shared);
    let found = combine(&mut ImtlG, &[1.0; 3], HeadSet::ALL);
    assert_close(&[&found[0..4], &found[6..8]].concat(), &expected, 1e-12, "shared");
    assert_eq!(found[4..6], [7.0, 8.0]);
    assert_eq!(found[8..], [5.0, 6.0, 0.0]);
}

#[test]
fn loss_weights_scale_every_gradient() {
    let weights = [0.5, 2.0, 3.0];
    let shared: Vec<Vec<f64>> =
        ROWS.iter().zip(weights).map(|(row, weight)| [&row[0..4], &row[6..8]].concat().iter().map(|value| weight * value).collect()).collect();
    let expected = direction(&mut Mgda, &shared);
    let found = combine(&mut Mgda, &weights, HeadSet::ALL);
    assert_close(&[&found[0..4], &found[6..8]].concat(), &expected, 1e-12, "shared");
    assert_eq!(found[4..6], [3.5, 4.0]);
    assert_eq!(found[8..], [10.0, 18.0, 0.0]);
}

#[test]
fn absent_heads_move_nothing() {
    let found = combine(&mut Mgda, &[1.0; 3], HeadSet::only(1));
    assert_close(&found, &[-1.0, 0.4, 2.0, 0.0, 0.0, 0.0, 3.0, -1.0, 5.0, 0.0, 0.0], 1e-12, "the second head alone");
    assert_eq!(combine(&mut Mgda, &[1.0; 3], HeadSet::NONE), [0.0; 11]);
}

/// Reduced precision of the model does not reach the weights: f32 gradients give f32-exact directions.
#[test]
fn single_precision_gradients() {
    let rows: Vec<Vec<f32>> = ROWS.iter().map(|row| row.iter().map(|&value| value as f32).collect()).collect();
    let slices: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
    let mut combined = [f32::NAN; 11];
    combine_flat_gradients(&mut ImtlG, &slices, &[1.0; 3], &[1.0; 3], HeadSet::ALL, &PARAMETERS, &mut combined).unwrap();
    let combined: Vec<f64> = combined.iter().map(|&value| f64::from(value)).collect();
    assert_close(&combined, &combine(&mut ImtlG, &[1.0; 3], HeadSet::ALL), 1e-6, "f32");
}

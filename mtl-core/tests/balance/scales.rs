//! Gradients of every size that a scalar has, alone and mixed: each direction stays what its definition says.

use mtl_core::Scalar;
use mtl_core::balance::{
    AlignedMtl, AlignedScale, BalanceError, CaGrad, ConFig, DbMtl, Direction, DualProjection, ExcessMtl, FairGrad, GradDrop, GradVac, Gradients,
    ImtlG, Mgda, NashMtl, PcGrad, SharedParameters, Sum, UpGrad,
};
use mtl_core::model::HeadSet;

/// Every direction, with the power of a common factor of the gradients that it grows with; NaN where that is none.
fn directions<T: Scalar>() -> Vec<(&'static str, f64, Box<dyn Direction<T>>)> {
    vec![
        ("sum", 1.0, Box::new(Sum)),
        ("pc_grad", 1.0, Box::new(PcGrad::new(3))),
        ("grad_vac", 1.0, Box::new(GradVac::new(3))),
        ("grad_drop", 1.0, Box::new(GradDrop::new(3))),
        ("mgda", 1.0, Box::new(Mgda)),
        ("cagrad 0", 1.0, Box::new(CaGrad::new(0.0))),
        ("cagrad 0.5", 1.0, Box::new(CaGrad::default())),
        ("cagrad 1", 1.0, Box::new(CaGrad::new(1.0))),
        ("imtl_g", 1.0, Box::new(ImtlG)),
        ("nash_mtl", 0.0, Box::new(NashMtl::default())),
        ("nash_mtl without a cap", 0.0, Box::new(NashMtl::with_largest_norm(f64::INFINITY))),
        ("fair_grad 1", 0.0, Box::new(FairGrad::default())),
        ("fair_grad 2", -1.0 / 3.0, Box::new(FairGrad::new(2.0))),
        ("fair_grad 0.5", 1.0 / 3.0, Box::new(FairGrad::new(0.5))),
        ("fair_grad 100", -99.0 / 101.0, Box::new(FairGrad::new(100.0))),
        ("fair_grad 0.1", 0.9 / 1.1, Box::new(FairGrad::new(0.1))),
        ("aligned_mtl min", 1.0, Box::new(AlignedMtl::default())),
        ("aligned_mtl median", 1.0, Box::new(AlignedMtl::new(AlignedScale::Median))),
        ("aligned_mtl rmse", 1.0, Box::new(AlignedMtl::new(AlignedScale::Rmse))),
        ("up_grad", 1.0, Box::new(UpGrad::default())),
        ("dual_projection", 1.0, Box::new(DualProjection::default())),
        ("con_fig", 1.0, Box::new(ConFig)),
        ("db_mtl", 1.0, Box::new(DbMtl::new())),
        ("excess_mtl", f64::NAN, Box::new(ExcessMtl::new())),
    ]
}

/// Three gradients of which two conflict.
const ROWS: [[f64; 4]; 3] = [[1.0, 2.0, 0.5, -1.0], [-2.0, 1.0, -3.0, 0.25], [0.5, 1.0, -0.125, 3.0]];

fn sized<T: Scalar>(sizes: [f64; 3]) -> Vec<Vec<T>> {
    ROWS.iter().zip(sizes).map(|(row, size)| row.iter().map(|value| T::from_f64(value * size)).collect()).collect()
}

fn combine<T: Scalar>(strategy: &mut dyn Direction<T>, rows: &[Vec<T>]) -> Result<Vec<f64>, BalanceError> {
    let ones = vec![1.0; rows.len()];
    let rows: Vec<&[T]> = rows.iter().map(Vec::as_slice).collect();
    let gradients = Gradients::new(&rows, &ones, &ones, HeadSet::ALL, SharedParameters::All)?;
    let mut combined = vec![T::ZERO; rows[0].len()];
    strategy.combine(&gradients, &mut combined)?;
    Ok(combined.iter().map(|value| value.to_f64()).collect())
}

/// `found` is `factor` times `expected`, to a tolerance relative to the largest element.
fn check_multiple(found: &[f64], expected: &[f64], factor: f64, tolerance: f64, what: &str) {
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max((value * factor).abs()));
    let error = found.iter().zip(expected).map(|(found, expected)| (found - expected * factor).abs()).fold(0.0, f64::max);
    assert!(error <= tolerance * largest, "{what}: {found:?} is not {factor:e} times {expected:?}");
}

/// d(s g) = s^degree d(g), for every s at which results are numbers.
fn check_sizes<T: Scalar>(sizes: &[f64], tolerance: f64) {
    for &size in sizes {
        for ((name, degree, mut plain), (.., mut strategy)) in directions::<T>().into_iter().zip(directions::<T>()) {
            for step in 1..=2 {
                let expected = combine(&mut *plain, &sized::<T>([1.0; 3])).unwrap();
                let what = format!("{name} at {size:e} in {}, step {step}", T::NAME);
                let found = combine(&mut *strategy, &sized::<T>([size; 3])).unwrap_or_else(|error| panic!("{what}: {error}"));
                assert!(found.iter().all(|value| value.is_finite()), "{what}: {found:?}");
                // Below 1e-20 what has a length of its own falls in proportion to the gradients.
                let factor = if degree < 1.0 && size < 1e-19 { f64::NAN } else { size.powf(degree) };
                if factor.is_finite() {
                    check_multiple(&found, &expected, factor, if name.starts_with("fair") { tolerance.max(1e-6) } else { tolerance }, &what);
                }
            }
        }
    }
}

#[test]
fn gradients_of_every_size_in_f32() {
    check_sizes::<f32>(&[1e-36, 1e-30, 1e-20, 1e-10, 1e10, 1e15, 1e20, 1e30, 1e36], 1e-5);
}

#[test]
fn gradients_of_every_size_in_f64() {
    check_sizes::<f64>(&[1e-300, 1e-200, 1e-160, 1e-100, 1e-30, 1e30, 1e100, 1e140], 1e-9);
}

/// The squares of these are no numbers. DB-MTL and ExcessMTL, which keep such sums, say so.
#[test]
fn gradients_without_a_square_in_f64() {
    for size in [1e160, 1e200, 1e300] {
        for ((name, degree, mut plain), (.., mut strategy)) in directions::<f64>().into_iter().zip(directions::<f64>()) {
            let found = combine(&mut *strategy, &sized::<f64>([size; 3]));
            if ["db_mtl", "excess_mtl"].contains(&name) {
                assert_eq!(found, Err(BalanceError::GradientNotFinite { task: 0 }), "{name}");
            } else {
                let expected = combine(&mut *plain, &sized::<f64>([1.0; 3])).unwrap();
                check_multiple(&found.unwrap(), &expected, size.powf(degree), 1e-6, &format!("{name} at {size:e}"));
            }
        }
    }
}

/// Denormal numbers have few digits: a direction of them is finite, and no longer than some sum of them where it is one.
#[test]
fn denormal_gradients() {
    fn check<T: Scalar>(size: f64) {
        for (name, degree, mut strategy) in directions::<T>() {
            for step in 1..=3 {
                let found = combine(&mut *strategy, &sized::<T>([size; 3])).unwrap();
                let largest = found.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
                assert!(largest.is_finite(), "{name} in {}, step {step}: {found:?}", T::NAME);
                assert!(degree != 1.0 || largest <= 30.0 * size, "{name} in {}, step {step}: {found:?}", T::NAME);
                // Where the length is the strategy's own, it vanishes with the gradients.
                assert!(degree == 1.0 || degree.is_nan() || degree < 0.0 || largest < 1e-8, "{name} in {}: {found:?}", T::NAME);
            }
        }
    }
    check::<f32>(1e-42);
    check::<f32>(1e-44);
    check::<f64>(1e-318);
}

/// Any sizes beside each other, zero among them.
#[test]
fn mixed_sizes_are_finite() {
    fn check<T: Scalar>(sizes: &[f64]) {
        for &one in sizes {
            for &other in sizes {
                for (name, _, mut strategy) in directions::<T>() {
                    for step in 1..=2 {
                        let rows = sized::<T>([one, other, 1.0]);
                        let found = combine(&mut *strategy, &rows).unwrap_or_else(|error| panic!("{name} of {one:e} and {other:e}: {error}"));
                        assert!(
                            found.iter().all(|value| value.is_finite()),
                            "{name} of {one:e} and {other:e} in {}, step {step}: {found:?}",
                            T::NAME
                        );
                    }
                }
            }
        }
    }
    check::<f32>(&[0.0, 1e-45, 1e-42, 1e-38, 1e-30, 1e-10, 1.0, 1e10, 1e30]);
    check::<f64>(&[0.0, 5e-324, 1e-310, 1e-200, 1e-42, 1.0, 1e100]);
}

/// A task without a gradient changes nothing of where the others go; only MGDA, whose hull it is a corner of, stands still.
#[test]
fn a_gradient_of_zero_stops_nobody() {
    for (name, _, mut strategy) in directions::<f32>() {
        let with_zero = combine(&mut *strategy, &sized::<f32>([1.0, 0.0, 1.0])).unwrap();
        let along: f64 = with_zero.iter().zip(ROWS[0]).map(|(found, value)| found * value).sum();
        assert_eq!(along > 0.1, name != "mgda", "{name}: {with_zero:?}");
    }
}

/// The second gradient is a denormal number: what the first has along it goes, as the definition says.
#[test]
fn a_projection_on_a_denormal_gradient() {
    let rows = [vec![1.0_f32, 1.0], vec![-1e-42, 0.0]];
    let found = combine(&mut PcGrad::new(1), &rows).unwrap();
    assert!(found[0].abs() < 1e-6 && (found[1] - 1.0).abs() < 1e-6, "{found:?}");
}

#[test]
fn a_gradient_that_is_not_finite_names_its_task() {
    for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let rows = [vec![1.0, 2.0], vec![0.0, broken]];
        for (name, _, mut strategy) in directions::<f32>().into_iter().filter(|(name, ..)| !["sum", "grad_drop"].contains(name)) {
            assert_eq!(combine(&mut *strategy, &rows), Err(BalanceError::GradientNotFinite { task: 1 }), "{name}");
        }
    }
}

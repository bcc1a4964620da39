//! Directions by their definitions, where no other implementation is at hand, and the paths to them.

use mtl_core::balance::{
    AlignedMtl, AlignedScale, BalanceError, CaGrad, ConFig, DbMtl, Direction, DualProjection, ExcessMtl, FairGrad, GradDrop, GradVac, Gradients,
    Mgda, NashMtl, PcGrad, SharedParameters, UpGrad,
};
use mtl_core::model::HeadSet;
use mtl_core::{InvalidSetting, Scalar};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::{Make, assert_close, direction, direction_of_present, dot, norm};

fn random(seed: u64, tasks: usize, columns: usize) -> Vec<Vec<f64>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..tasks).map(|_| (0..columns).map(|_| rng.random_range(-1.0..1.0)).collect()).collect()
}

/// CAGrad's direction is the best in its ball for the worst-off task: no other point of the ball is better, and duality holds.
#[test]
fn ca_grad_is_optimal() {
    for seed in 0..40 {
        let tasks = 2 + seed as usize % 9;
        let rows = random(seed, tasks, 12);
        for c in [0.1, 0.5, 0.9, 1.5] {
            let found = direction(&mut CaGrad::new(c), &rows);
            let mean: Vec<f64> = (0..12).map(|k| rows.iter().map(|row| row[k]).sum::<f64>() / tasks as f64).collect();
            let radius = c * norm(&mean);
            let offset: Vec<f64> = found.iter().zip(&mean).map(|(d, m)| d - m).collect();
            if norm(&found) == 0.0 {
                continue;
            }
            assert!((norm(&offset) / radius - 1.0).abs() < 1e-6, "on the surface of the ball");
            let worst = rows.iter().map(|row| dot(row, &found)).fold(f64::INFINITY, f64::min);
            // The dual objective at g_w, whose direction the offset has: ḡᵀg_w + c‖ḡ‖‖g_w‖ for some convex combination. By its optimality the
            // offset's direction u satisfies: the worst product is attained by all tasks in the combination. Compare with nearby points.
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            for _ in 0..200 {
                let mut other: Vec<f64> = offset.iter().map(|o| o + 0.05 * radius * rng.random_range(-1.0..1.0)).collect();
                let length = norm(&other);
                other.iter_mut().zip(&mean).for_each(|(o, m)| *o = *o * radius / length + m);
                let worst_there = rows.iter().map(|row| dot(row, &other)).fold(f64::INFINITY, f64::min);
                assert!(worst_there <= worst + 1e-7, "c = {c}: {worst_there} > {worst}");
            }
        }
    }
}

/// UPGrad from its definition, with the exact projection onto a half-plane's cone by hand.
#[test]
fn up_grad_of_two_by_hand() {
    // g₁ = (−4, 1, 1), g₂ = (6, 1, 1): each loses its component along the other; half the sum.
    let rows = vec![vec![-4.0, 1.0, 1.0], vec![6.0, 1.0, 1.0]];
    let expected: Vec<f64> = (0..3).map(|k| 0.5 * ((rows[0][k] + 22.0 / 38.0 * rows[1][k]) + (rows[1][k] + 22.0 / 18.0 * rows[0][k]))).collect();
    assert_close(&direction(&mut UpGrad::with_regularization(0.0), &rows), &expected, 1e-12, "exact");
}

#[test]
fn mgda_of_two_is_a_projection() {
    for seed in 0..50 {
        let rows = random(seed, 2, 6);
        let difference: Vec<f64> = rows[0].iter().zip(&rows[1]).map(|(a, b)| a - b).collect();
        let share = (-dot(&difference, &rows[1]) / dot(&difference, &difference)).clamp(0.0, 1.0);
        let expected: Vec<f64> = (0..6).map(|k| share * rows[0][k] + (1.0 - share) * rows[1][k]).collect();
        assert_close(&direction(&mut Mgda, &rows), &expected, 1e-9, "the closed form of two tasks");
    }
}

#[test]
fn con_fig_has_equal_cosines_and_the_summed_length() {
    let rows = random(3, 5, 9);
    let found = direction(&mut ConFig, &rows);
    let cosines: Vec<f64> = rows.iter().map(|row| dot(row, &found) / norm(row) / norm(&found)).collect();
    assert!(cosines.iter().all(|cosine| (cosine - cosines[0]).abs() < 1e-10) && cosines[0] > 0.0);
    let projections: f64 = rows.iter().map(|row| dot(row, &found) / norm(&found)).sum();
    assert!((norm(&found) / projections - 1.0).abs() < 1e-10);
}

/// `B G B = σ I`: the transformed gradients are at right angles, and of length √σ.
#[test]
fn aligned_mtl_scales() {
    // At right angles, lengths 3, 2, 1 (squares 9, 4, 1): aligned to 1, 2, √(14/3).
    let rows = vec![vec![3.0, 0.0, 0.0], vec![0.0, 2.0, 0.0], vec![0.0, 0.0, 1.0]];
    for (scale, length) in [(AlignedScale::Min, 1.0), (AlignedScale::Median, 2.0), (AlignedScale::Rmse, (14.0_f64 / 3.0).sqrt())] {
        assert_close(&direction(&mut AlignedMtl::new(scale), &rows), &[length / 3.0; 3], 1e-12, "aligned");
    }
}

#[test]
fn fair_grad_satisfies_its_equation() {
    for (tasks, columns) in [(2, 5), (6, 30), (25, 60), (50, 200)] {
        let rows = random(9, tasks, columns);
        for alpha in [0.1, 0.5, 1.0, 3.0, 10.0] {
            let found = direction(&mut FairGrad::new(alpha), &rows);
            // gᵢ·d = wᵢ^(−1/α), so that wᵢ = (gᵢ·d)^(−α), and d = Σ wᵢ gᵢ.
            let weights: Vec<f64> = rows.iter().map(|row| dot(row, &found).powf(-alpha)).collect();
            let again: Vec<f64> = (0..columns).map(|k| rows.iter().zip(&weights).map(|(row, w)| w * row[k]).sum()).collect();
            assert_close(&again, &found, 1e-6, &format!("{tasks} tasks, α = {alpha}"));
        }
    }
}

/// Two steps by the formula, on gradients that first agree, then conflict: the target is 0.5·cos after the first step.
#[test]
fn grad_vac_moves_towards_the_usual_cosine() {
    let agreeing = vec![vec![2.0, 0.0], vec![3.0, 4.0]];
    let mut strategy = GradVac::new(1);
    // cos = 0.6 > 0: nothing to correct.
    assert_close(&direction(&mut strategy, &agreeing), &[5.0, 4.0], 1e-12, "the first step");
    // The target is now 0.3 both ways. cos = 0: each gradient gets so much of the other that their cosine is 0.3.
    let orthogonal = vec![vec![2.0, 0.0], vec![0.0, 5.0]];
    let tangent = 0.3 / (1.0_f64 - 0.09).sqrt();
    let expected = [2.0 + 5.0 * tangent, 5.0 + 2.0 * tangent];
    assert_close(&direction(&mut strategy, &orthogonal), &expected, 1e-12, "the second step");
    // Then (1 − β) 0.3 = 0.15.
    let tangent = 0.15 / (1.0_f64 - 0.0225).sqrt();
    assert_close(&direction(&mut strategy, &orthogonal), &[2.0 + 5.0 * tangent, 5.0 + 2.0 * tangent], 1e-12, "the third step");
}

#[test]
fn pc_grad_of_three_follows_one_of_the_orders() {
    let rows = random(21, 3, 3);
    let project = |vector: &mut Vec<f64>, onto: &[f64]| {
        let product = dot(vector, onto);
        if product < 0.0 {
            let factor = product / dot(onto, onto);
            vector.iter_mut().zip(onto).for_each(|(v, o)| *v -= factor * o);
        }
    };
    let mut possible = Vec::new();
    for choice in 0..8 {
        let mut sum = vec![0.0; 3];
        for i in 0..3 {
            let mut others: Vec<usize> = (0..3).filter(|&j| j != i).collect();
            if choice >> i & 1 == 1 {
                others.reverse();
            }
            let mut vector = rows[i].clone();
            others.iter().for_each(|&j| project(&mut vector, &rows[j]));
            sum.iter_mut().zip(&vector).for_each(|(s, v)| *s += v);
        }
        possible.push(sum);
    }
    let mut strategy = PcGrad::new(0);
    let mut seen = [false; 8];
    for _ in 0..100 {
        let found = direction(&mut strategy, &rows);
        let order = possible.iter().position(|sum| sum.iter().zip(&found).all(|(s, f)| (s - f).abs() < 1e-12));
        seen[order.expect("the sum for one of the orders")] = true;
    }
    let different = |i: usize| possible[..i].iter().all(|sum| sum != &possible[i]);
    assert!((0..8).filter(|&i| different(i)).count() == 1 || seen.iter().filter(|&&seen| seen).count() > 1, "more than one order is drawn");
}

/// Each element is the sum of its positive or of its negative gradients, and as often as P says.
#[test]
fn grad_drop_keeps_signs_with_their_probability() {
    const COLUMNS: usize = 40_000;
    // P = 3/4; all positive; all negative; nothing.
    let patterns = [([3.0, -1.0], 0.75), ([2.0, 1.0], 1.0), ([-2.0, -1.0], 0.0), ([0.0, 0.0], 0.0)];
    for (pattern, probability) in patterns {
        let rows: Vec<Vec<f64>> = pattern.iter().map(|&value| vec![value; COLUMNS]).collect();
        let found = direction(&mut GradDrop::new(4), &rows);
        let positive: f64 = pattern.iter().filter(|&&value| value > 0.0).sum();
        let negative: f64 = pattern.iter().filter(|&&value| value < 0.0).sum();
        assert!(found.iter().all(|&value| value == positive || value == negative));
        let kept = found.iter().filter(|&&value| value > 0.0).count() as f64 / COLUMNS as f64;
        assert!((kept - probability).abs() < 0.01, "{pattern:?}: {kept}");
    }
}

/// LibMTL's loop, written out.
#[test]
fn excess_mtl_follows_its_definition() {
    let (tasks, columns) = (3, 40);
    let mut strategy = ExcessMtl::new();
    let (mut sums, mut weights, mut initial) = (vec![vec![0.0; columns]; tasks], vec![1.0; tasks], vec![0.0; tasks]);
    for step in 0..6 {
        let mut rows = random(step, tasks, columns);
        rows[1].iter_mut().for_each(|value| *value /= 1.0 + step as f64);
        let mut excess = vec![0.0; tasks];
        for task in 0..tasks {
            for k in 0..columns {
                sums[task][k] += rows[task][k].powi(2);
                excess[task] += rows[task][k].powi(2) / (sums[task][k] + 1e-7_f64).sqrt();
            }
        }
        if step == 0 {
            initial.clone_from(&excess);
        } else {
            weights.iter_mut().zip(&excess).zip(&initial).for_each(|((weight, e), first)| *weight *= (0.01 * e / first).exp());
            let sum: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight *= tasks as f64 / sum);
        }
        let expected: Vec<f64> = (0..columns).map(|k| (0..tasks).map(|task| weights[task] * rows[task][k]).sum()).collect();
        assert_close(&direction(&mut strategy, &rows), &expected, 1e-12, &format!("step {step}"));
    }
}

#[test]
fn db_mtl_takes_gradients_of_logarithms() {
    let rows = [vec![1.0, 0.0], vec![0.0, 3.0]];
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let losses = [0.1, 6.0];
    let gradients = Gradients::new(&rows, &[1.0, 1.0], &losses, HeadSet::ALL, SharedParameters::All).unwrap();
    let mut combined = [0.0; 2];
    DbMtl::new().beta(0.0).combine(&gradients, &mut combined).unwrap();
    // Of length 10 and 0.5: both become 10.
    assert_close(&combined, &[10.0, 10.0], 1e-6, "scaled to the longest");
    let negative = [0.1, -1.0];
    let gradients = Gradients::new(&rows, &[1.0, 1.0], &negative, HeadSet::ALL, SharedParameters::All).unwrap();
    assert!(matches!(DbMtl::new().combine(&gradients, &mut combined), Err(BalanceError::LossTooSmall { task: 1, .. })));
}

fn single(rows: &[Vec<f64>]) -> Vec<Vec<f32>> {
    rows.iter().map(|row| row.iter().map(|&value| value as f32).collect()).collect()
}

/// The largest error of a Gram matrix, relative to the norms of the two rows.
fn gram_error<T: Scalar>(rows: &[Vec<T>]) -> f64 {
    let tasks = rows.len();
    let slices: Vec<&[T]> = rows.iter().map(Vec::as_slice).collect();
    let scales: Vec<f64> = (1..=tasks).map(|task| task as f64).collect();
    let gradients = Gradients::new(&slices, &scales, &scales, HeadSet::ALL, SharedParameters::All).unwrap();
    let mut values = vec![f64::NAN; tasks * tasks];
    gradients.gram(&mut values).unwrap();
    let plain = |i: usize, j: usize| rows[i].iter().zip(&rows[j]).map(|(x, y)| x.to_f64() * y.to_f64()).sum::<f64>();
    let mut norms = vec![0.0; tasks];
    gradients.norms(&mut norms).unwrap();
    assert!((norms[0] - plain(0, 0).sqrt()).abs() < 1e-12 * norms[0]);
    let errors = (0..tasks * tasks).map(|place| {
        let (i, j) = (place / tasks, place % tasks);
        (values[place] / scales[i] / scales[j] - plain(i, j)).abs() / (plain(i, i) * plain(j, j)).sqrt()
    });
    errors.fold(0.0, f64::max)
}

/// The Gram matrix over many sizes and any number of tasks is that of a plain loop.
#[test]
fn gram_matrix_of_any_size() {
    for tasks in 1..=9 {
        for columns in [1, 15, 16, 17, 1000, 1024, 1025, 5001] {
            let rows = random(tasks as u64, tasks, columns);
            assert!(gram_error(&rows) < 1e-14, "{tasks} tasks, {columns} columns: {}", gram_error(&rows));
            let error = gram_error(&single(&rows));
            assert!(error < 1e-6, "{tasks} tasks, {columns} columns in f32: {error}");
        }
    }
}

/// Gradients in f32 that nearly depend on each other, or whose squares leave its range, have their products in f64.
#[test]
fn gram_matrix_in_double_precision_where_it_matters() {
    for columns in [40, 1000, 5001] {
        let mut rows = random(3, 4, columns);
        rows[3] = (0..columns).map(|column| rows[0][column] - 2.0 * rows[1][column] + 1e-2 * rows[3][column]).collect();
        let error = gram_error(&single(&rows));
        assert!(error < 1e-13, "nearly dependent, {columns} columns: {error}");
        for scale in [1e-25, 1e25] {
            let scaled: Vec<Vec<f64>> = random(4, 3, columns).iter().map(|row| row.iter().map(|value| scale * value).collect()).collect();
            let error = gram_error(&single(&scaled));
            assert!(error < 1e-13, "of size {scale}, {columns} columns: {error}");
        }
    }
}

/// A direction after a loss weighting sees the gradients of the weighted losses.
#[test]
fn scales_are_part_of_the_gradients() {
    let rows = random(17, 3, 10);
    let scales = [0.5, 2.0, 3.0];
    let scaled: Vec<Vec<f64>> = rows.iter().zip(scales).map(|(row, scale)| row.iter().map(|value| scale * value).collect()).collect();
    let slices: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    let makes: [Make; 6] = [
        || Box::new(CaGrad::default()),
        || Box::new(NashMtl::default()),
        || Box::new(PcGrad::new(5)),
        || Box::new(GradDrop::new(5)),
        || Box::new(DbMtl::new()),
        || Box::new(ExcessMtl::new()),
    ];
    for make in makes {
        let gradients = Gradients::new(&slices, &scales, &[1.0; 3], HeadSet::ALL, SharedParameters::All).unwrap();
        let mut found = vec![0.0; 10];
        make().combine(&gradients, &mut found).unwrap();
        assert_close(&found, &direction(&mut *make(), &scaled), 1e-12, "scaled");
    }
}

/// A strategy of one's own is a function from the Gram matrix to weights.
#[test]
fn a_strategy_of_ones_own() {
    #[derive(Debug)]
    struct EqualNorms;
    impl<T: Scalar> Direction<T> for EqualNorms {
        fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
            gradients.combine_by_gram(None, combined, |gram, weights| {
                for (i, weight) in weights.iter_mut().enumerate() {
                    *weight = 1.0 / gram.value(i, i).sqrt();
                }
                Ok(())
            })
        }
    }
    assert_close(&direction(&mut EqualNorms, &[vec![3.0, 0.0], vec![0.0, 0.1]]), &[1.0, 1.0], 1e-12, "unit gradients");
}

#[test]
fn gradients_that_are_not_finite_are_an_error() {
    let mut rows = vec![vec![1.0, 2.0], vec![3.0, f64::NAN]];
    assert_eq!(direction_of_present(&mut Mgda, &rows, HeadSet::ALL), Err(BalanceError::GradientNotFinite { task: 1 }));
    rows[1][1] = f64::INFINITY;
    assert_eq!(direction_of_present(&mut DbMtl::new(), &rows, HeadSet::ALL), Err(BalanceError::GradientNotFinite { task: 1 }));
    assert_eq!(direction_of_present(&mut ExcessMtl::new(), &rows, HeadSet::ALL), Err(BalanceError::GradientNotFinite { task: 1 }));
}

#[test]
fn memory_without_an_allocator() {
    let rows = random(2, 3, 8);
    let mut array = GradVac::with_storage(7, [0.0; 9]);
    assert_eq!(direction(&mut array, &rows), direction(&mut GradVac::new(7), &rows));
    let mut memory = [0.0; 24];
    assert_eq!(direction(&mut DbMtl::with_storage(&mut memory[..]), &rows), direction(&mut DbMtl::new(), &rows));
    let too_small = direction_of_present(&mut ExcessMtl::with_storage([0.0; 23]), &rows, HeadSet::ALL);
    assert_eq!(too_small, Err(BalanceError::StorageTooSmall { needed: 24, available: 23 }));
    assert!(Direction::<f64>::prepare(&mut ExcessMtl::with_storage([0.0; 23]), 3, 8).is_err());
}

#[test]
fn hyperparameters_outside_their_range_are_errors() {
    let gradients = [&[1.0, 2.0][..], &[3.0, -4.0]];
    let refuse = |strategy: &mut dyn Direction<f64>| {
        let error = strategy.check().unwrap_err();
        let gradients = Gradients::new(&gradients, &[1.0; 2], &[1.0; 2], HeadSet::ALL, SharedParameters::All).unwrap();
        // As text: NaN is not equal to itself.
        assert_eq!(strategy.combine(&gradients, &mut [0.0; 2]).unwrap_err().to_string(), error.to_string());
        error
    };
    let error = refuse(&mut CaGrad::new(-0.5));
    assert_eq!(error, InvalidSetting { setting: "CaGrad::new", value: -0.5, must: "be finite and at least 0" });
    assert_eq!(error.to_string(), "`CaGrad::new` is -0.5, but it must be finite and at least 0");
    let mut strategies: [Box<dyn Direction<f64>>; 9] = [
        Box::new(FairGrad::new(0.0)),
        Box::new(FairGrad::new(f64::NAN)),
        Box::new(NashMtl::with_largest_norm(0.0)),
        Box::new(NashMtl::with_largest_norm(f64::NAN)),
        Box::new(UpGrad::with_regularization(-1e-9)),
        Box::new(DualProjection::with_regularization(1.5)),
        Box::new(GradVac::new(0).beta(1.5)),
        Box::new(DbMtl::new().beta(1.0)),
        Box::new(ExcessMtl::new().step_size(-1.0)),
    ];
    for strategy in &mut strategies {
        refuse(&mut **strategy);
    }
}

#[test]
fn shapes_that_do_not_fit_are_errors() {
    let row = [1.0, 2.0];
    let short = [1.0];
    let too_many = [&row[..]; 65];
    let ones = [1.0; 65];
    let new = |rows: &[&[f64]], ones: &[f64]| Gradients::new(rows, ones, ones, HeadSet::ALL, SharedParameters::All).map(|_| ()).unwrap_err();
    assert_eq!(new(&[], &[]), BalanceError::TaskCount { tasks: 0 });
    assert_eq!(new(&too_many, &ones), BalanceError::TaskCount { tasks: 65 });
    assert_eq!(new(&[&row, &short], &ones[..2]), BalanceError::LengthMismatch { what: "gradient", expected: 2, found: 1 });
    assert_eq!(new(&[&row], &ones[..2]), BalanceError::LengthMismatch { what: "loss weights", expected: 1, found: 2 });
}

//! What every direction promises, on random matrices: as TorchJD tests its own.

use mtl_core::balance::{
    AlignedMtl, AlignedScale, CaGrad, ConFig, DbMtl, Direction, DualProjection, ExcessMtl, FairGrad, GradDrop, GradVac, ImtlG, Mgda, NashMtl, PcGrad,
    UpGrad,
};
use mtl_core::model::HeadSet;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::{Make, assert_close, direction, direction_of_present, dot, norm};

/// Directions that depend on the matrix alone.
const DETERMINISTIC: [(&str, Make); 15] = [
    ("mgda", || Box::new(Mgda)),
    ("cagrad 0", || Box::new(CaGrad::new(0.0))),
    ("cagrad 0.5", || Box::new(CaGrad::default())),
    ("cagrad 1", || Box::new(CaGrad::new(1.0))),
    ("cagrad 2", || Box::new(CaGrad::new(2.0))),
    ("imtl_g", || Box::new(ImtlG)),
    ("nash_mtl", || Box::new(NashMtl::default())),
    ("fair_grad 1", || Box::new(FairGrad::default())),
    ("fair_grad 2", || Box::new(FairGrad::new(2.0))),
    ("fair_grad 0.5", || Box::new(FairGrad::new(0.5))),
    ("aligned_mtl min", || Box::new(AlignedMtl::default())),
    ("aligned_mtl rmse", || Box::new(AlignedMtl::new(AlignedScale::Rmse))),
    ("up_grad", || Box::new(UpGrad::default())),
    ("dual_projection", || Box::new(DualProjection::default())),
    ("con_fig", || Box::new(ConFig)),
];

/// Directions with draws or a memory.
const STATEFUL: [(&str, Make); 5] = [
    ("pc_grad", || Box::new(PcGrad::new(3))),
    ("grad_vac", || Box::new(GradVac::new(3))),
    ("grad_drop", || Box::new(GradDrop::new(3))),
    ("db_mtl", || Box::new(DbMtl::new())),
    ("excess_mtl", || Box::new(ExcessMtl::new())),
];

fn every() -> impl Iterator<Item = (&'static str, Make)> {
    DETERMINISTIC.into_iter().chain(STATEFUL)
}

/// Matrices of many shapes: independent, rank-deficient, weakly and strongly stationary, as TorchJD's.
fn matrices() -> Vec<(String, Vec<Vec<f64>>)> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let mut all = Vec::new();
    for (tasks, columns, rank) in
        [(1, 5, 1), (2, 2, 2), (2, 40, 2), (3, 3, 2), (4, 7, 4), (5, 30, 2), (9, 11, 5), (20, 100, 20), (33, 17, 17), (50, 80, 50), (64, 70, 64)]
    {
        let mut normal = |rows: usize, columns: usize| -> Vec<Vec<f64>> {
            (0..rows).map(|_| (0..columns).map(|_| (0..12).map(|_| rng.random_range(-0.5..0.5)).sum()).collect()).collect()
        };
        let (left, right) = (normal(tasks, rank), normal(rank, columns));
        let mut rows: Vec<Vec<f64>> =
            left.iter().map(|row| (0..columns).map(|column| row.iter().zip(&right).map(|(l, r)| l * r[column]).sum()).collect()).collect();
        all.push((format!("{tasks}x{columns} of rank {rank}"), rows.clone()));
        // All in a half-space.
        for row in &mut rows {
            let sign = dot(row, &right[0]).signum();
            row.iter_mut().for_each(|value| *value *= sign);
        }
        all.push((format!("{tasks}x{columns} of rank {rank} in a half-space"), rows.clone()));
        // The gradients add up to 0: no direction improves all.
        if tasks > 1 {
            let last = (0..columns).map(|column| -rows[..tasks - 1].iter().map(|row| row[column]).sum::<f64>()).collect();
            rows[tasks - 1] = last;
            all.push((format!("{tasks}x{columns} stationary"), rows));
        }
    }
    all
}

fn scaled(rows: &[Vec<f64>], factor: f64) -> Vec<Vec<f64>> {
    rows.iter().map(|row| row.iter().map(|value| value * factor).collect()).collect()
}

#[test]
fn finite_at_every_scale() {
    for (matrix, rows) in matrices() {
        for scale in [0.0, 1e-10, 1.0, 1e3, 1e5, 1e10, 1e15] {
            for (name, make) in every() {
                let mut strategy = make();
                for _ in 0..2 {
                    let found = direction(&mut *strategy, &scaled(&rows, scale));
                    assert!(found.iter().all(|value| value.is_finite()), "{name} on {matrix} times {scale}: {found:?}");
                    assert!(scale != 0.0 || found.iter().all(|&value| value == 0.0), "{name}: something of nothing");
                }
            }
        }
    }
}

#[test]
fn finite_with_gradients_of_very_different_scales() {
    for (matrix, mut rows) in matrices() {
        for (row, scale) in rows.iter_mut().zip([1e15, 1e-10, 0.0, 1.0].into_iter().cycle()) {
            row.iter_mut().for_each(|value| *value *= scale);
        }
        for (name, make) in every() {
            let found = direction(&mut *make(), &rows);
            assert!(found.iter().all(|value| value.is_finite()), "{name} on {matrix}: {found:?}");
        }
    }
}

#[test]
fn the_order_of_the_tasks_does_not_matter() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
    // In a singular or stationary matrix the result of some methods is decided by rounding errors.
    for (matrix, rows) in matrices().into_iter().filter(|(matrix, rows)| !matrix.contains("stationary") && rows.len() < rows[0].len()) {
        let mut shuffled = rows.clone();
        shuffled.shuffle(&mut rng);
        let stateless = DETERMINISTIC.into_iter().chain(STATEFUL.into_iter().filter(|(name, _)| !["pc_grad", "grad_vac"].contains(name)));
        for (name, make) in stateless {
            let singular = matrix.contains("5x30") || matrix.contains("9x11");
            let tolerance = if singular { 1e-4 } else { 1e-6 };
            let (expected, found) = (direction(&mut *make(), &rows), direction(&mut *make(), &shuffled));
            if singular && norm(&expected) < 1e-3 * rows.iter().map(|row| norm(row)).fold(f64::INFINITY, f64::min) {
                continue;
            }
            assert_close(&found, &expected, tolerance, &format!("{name} on {matrix}"));
        }
    }
}

#[test]
fn no_conflict() {
    let exact: [(&str, Make); 2] =
        [("up_grad", || Box::new(UpGrad::with_regularization(0.0))), ("dual_projection", || Box::new(DualProjection::with_regularization(0.0)))];
    let promised = ["mgda", "cagrad 1", "cagrad 2", "nash_mtl", "fair_grad 1", "fair_grad 2", "fair_grad 0.5", "up_grad", "dual_projection"];
    for (matrix, rows) in matrices() {
        for (kind, (name, make)) in DETERMINISTIC
            .into_iter()
            .filter(|(name, _)| promised.contains(name))
            .map(|s| ("default", s))
            .chain(exact.into_iter().map(|s| ("exact", s)))
        {
            let found = direction(&mut *make(), &rows);
            let regularised = kind == "default" && ["up_grad", "dual_projection"].contains(&name);
            let longest = rows.iter().map(|row| norm(row)).fold(0.0, f64::max);
            for row in &rows {
                let slack = if regularised { 5e-3 } else { 1e-6 } * longest * norm(&found).max(if regularised { longest } else { 1.0 });
                assert!(dot(row, &found) >= -slack, "{kind} {name} on {matrix}: {} with a slack of {slack:e}", dot(row, &found));
            }
        }
    }
}

/// ... up to the scale of the method.
#[test]
fn one_task_alone_gives_its_gradient() {
    for columns in [1, 5, 300, 1500] {
        let gradient: Vec<f64> = (0..columns).map(|column| f64::from(column % 17) - 7.5).collect();
        for (name, make) in every() {
            let found = direction(&mut *make(), std::slice::from_ref(&gradient));
            let factor = dot(&found, &gradient) / dot(&gradient, &gradient);
            assert!(factor > 0.0, "{name}");
            let expected: Vec<f64> = gradient.iter().map(|value| factor * value).collect();
            assert_close(&found, &expected, 1e-9, name);
            let unscaled = !(name.starts_with("nash") || name.starts_with("fair") || name.starts_with("db_mtl") || name.starts_with("cagrad"));
            assert!(!unscaled || (factor - 1.0).abs() < 1e-9, "{name}: a factor of {factor}");
        }
    }
}

/// The step of the tasks present is that of a model with only these, and the state of absent ones stays.
#[test]
fn absent_tasks_take_no_part() {
    let rows: Vec<Vec<f64>> = matrices().into_iter().find(|(matrix, _)| matrix.starts_with("4x7 of rank 4")).unwrap().1;
    let present = HeadSet(0b1011);
    let remaining: Vec<Vec<f64>> = [0, 1, 3].map(|task| rows[task].clone()).to_vec();
    let mut with_nan = rows.clone();
    with_nan[2].fill(f64::NAN);
    for (name, make) in every() {
        let (mut sparse, mut dense) = (make(), make());
        for step in 0..3 {
            let found = direction_of_present(&mut *sparse, &with_nan, present).unwrap();
            assert_close(&found, &direction(&mut *dense, &remaining), 1e-12, &format!("{name}, step {step}"));
        }
    }
}

/// A strategy that saw a task, then not, then again, goes on from what it knew.
#[test]
fn absence_does_not_reset_state() {
    let rows = vec![vec![1.0, 2.0, 0.5], vec![-2.0, 1.0, -3.0]];
    // DB-MTL: the average of task 1 after two steps in which it was present, with one between.
    let mut strategy = DbMtl::new();
    direction(&mut strategy, &rows);
    let alone = direction_of_present(&mut strategy, &rows, HeadSet::only(0)).unwrap();
    // β = 0.9: after the first step 0.1 g, after the second 0.19 g; scaled to its own norm.
    assert_close(&alone, &[0.19, 0.38, 0.095], 1e-6, "the average of task 0");
    let both = direction(&mut strategy, &rows);
    let (first, second) = (0.271, 0.19);
    let longest = (first * norm(&rows[0])).max(second * norm(&rows[1]));
    let expected: Vec<f64> = (0..3).map(|k| longest * (rows[0][k] / norm(&rows[0]) + rows[1][k] / norm(&rows[1]))).collect();
    assert_close(&both, &expected, 1e-6, "the averages of both");
}

#[test]
fn draws_follow_the_seed() {
    let rows = matrices().into_iter().find(|(matrix, _)| matrix.starts_with("20x100")).unwrap().1;
    type MakeSeeded = fn(u64) -> Box<dyn Direction<f64>>;
    let makes: [MakeSeeded; 3] = [|seed| Box::new(PcGrad::new(seed)), |seed| Box::new(GradVac::new(seed)), |seed| Box::new(GradDrop::new(seed))];
    for make in makes {
        let (mut one, mut same, mut other) = (make(1), make(1), make(2));
        let (first, again, different) = (direction(&mut *one, &rows), direction(&mut *same, &rows), direction(&mut *other, &rows));
        assert_eq!(first, again);
        assert_ne!(first, different);
        assert_ne!(first, direction(&mut *one, &rows), "the same draws in the next step");
    }
}

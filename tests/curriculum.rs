//! Curricula: pacing by its formulas, samples by their difficulty.

mod support;

use mtl::Flat;
use mtl::data::Dataset;
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::trainer::{Curriculum, Pacing, SampleError, Sampler};
use support::random_model;

multitask! {
    #[independent]
    struct Line {
        input x: [1];
        head y = x -> Dense(1) { loss: mse }
        head z = x -> Dense(1) { loss: mae, weight: 2, labels: partial }
    }
}

fn lines(count: u8) -> Dataset<Line<f64>> {
    let row = |row: u8| {
        let x = f64::from(row) / 10.0;
        (LineInputs { x: [x] }, LineTargets { y: x * x, z: row.is_multiple_of(3).then(|| -x) })
    };
    Dataset::from_rows((0..count).map(row)).unwrap()
}

#[test]
fn pacing_is_that_of_the_formulas() {
    let close = |pacing: Pacing, shares: &[f64]| {
        for (epoch, share) in (1..).zip(shares) {
            assert!((pacing.share(epoch) - share).abs() < 1e-12, "{pacing:?}, epoch {epoch}: {}", pacing.share(epoch));
        }
    };
    close(Pacing::Linear { start: 0.2, epochs: 4 }, &[0.2, 0.4, 0.6, 0.8, 1.0, 1.0]);
    close(Pacing::Root { start: 0.6, epochs: 2 }, &[0.6, 0.68_f64.sqrt(), 1.0, 1.0]);
    close(Pacing::Step { start: 0.1, factor: 3.0, epochs: 2 }, &[0.1, 0.1, 0.3, 0.3, 0.9, 0.9, 1.0]);
    close(Pacing::Linear { start: 0.5, epochs: 0 }, &[1.0]);
    close(Pacing::Step { start: 2.0, factor: f64::NAN, epochs: 0 }, &[1.0]);
}

#[test]
fn only_the_easiest_are_open_at_first() {
    let data = lines(10);
    let mut curriculum = Curriculum::new((0..10).map(|row| f64::from((row * 7) % 10))).pacing(Pacing::Linear { start: 0.3, epochs: 7 });
    let rows: Vec<usize> = (0..8).collect();
    assert_eq!(Sampler::<Line<f64>>::prepare(&mut curriculum, &data, &rows).unwrap(), 8);
    // Difficulties: 0 7 4 1 8 5 2 9 of the rows 0 to 7.
    let ranked = [0, 3, 6, 2, 5, 1, 4, 7];
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    for (epoch, open) in [(1, 3), (2, 4), (4, 5), (8, 8)] {
        let mut order = Vec::new();
        Sampler::<Line<f64>>::epoch(&mut curriculum, epoch, &mut rng, &mut order);
        assert_eq!(order.len(), 8);
        for row in rows.iter().copied() {
            let times = order.iter().filter(|&&other| other == row).count();
            let allowed = if ranked[..open].contains(&row) { 8 / open..=8_usize.div_ceil(open) } else { 0..=0 };
            assert!(allowed.contains(&times), "epoch {epoch}: row {row} comes {times} times");
        }
    }
    let refused = Sampler::<Line<f64>>::prepare(&mut Curriculum::new([1.0]), &data, &rows);
    assert!(matches!(refused, Err(SampleError::WeightCount { weights: 1, rows: 10 })));
}

#[test]
fn difficulty_is_the_combined_loss_of_a_row() {
    let (data, model) = (lines(6), random_model::<Line<f64>>(1));
    let curriculum = Curriculum::by_loss(&*model, &data).unwrap();
    for (row, difficulty) in curriculum.difficulties().iter().enumerate() {
        let report = evaluate(&*model, &data.subset(&[row]).unwrap()).unwrap();
        assert!((report.loss() - difficulty).abs() < 1e-12, "row {row}");
    }
    let reversed = curriculum.clone().reversed();
    assert!(reversed.difficulties().iter().zip(curriculum.difficulties()).all(|(one, other)| *one == -other));
}

#[test]
fn training_by_a_curriculum_learns_and_repeats_itself() {
    let data = lines(30);
    let train = || {
        let mut model = random_model::<Line<f64>>(1);
        let curriculum = Curriculum::by_loss(&*model, &data).unwrap().pacing(Pacing::Root { start: 0.2, epochs: 5 });
        Trainer::new(Adam::new(0.05)).epochs(30).batch_size(8).quiet().sampler(curriculum).fit(&mut *model, &data).unwrap();
        model
    };
    let (before, after) = (evaluate(&*random_model::<Line<f64>>(1), &data).unwrap(), evaluate(&*train(), &data).unwrap());
    assert!(after.loss() < 0.5 * before.loss(), "{before}\n{after}");
    assert_eq!(train().as_slice(), train().as_slice());
}

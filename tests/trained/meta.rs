//! Meta-learning: the formulas of Reptile and first-order MAML on a real model, and what they are for.

use mtl::Flat;
use mtl::flat::{zeroed, zeroed_slice};
use mtl::layer::Pass;
use mtl::meta::{InnerLoop, Maml, MetaError, Reptile};
use mtl::model::HeadSet;
use mtl::pass::{self, Tile};
use mtl::prelude::*;

#[path = "../../examples/reptile.rs"]
mod reptile;

use reptile::{Wave, WaveInputs, WaveTargets};

fn rows(offset: f32) -> Vec<(WaveInputs, WaveTargets)> {
    (0_u8..12).map(|n| (WaveInputs { x: [f32::from(n) * 0.3 - offset] }, WaveTargets { y: (f32::from(n) + offset).cos() })).collect()
}

fn gradient(model: &Wave, rows: &[(WaveInputs, WaveTargets)]) -> Wave {
    let (mut tiles, mut statistics, mut gradient) = (zeroed_slice::<Tile<Wave>>(1), zeroed(), zeroed());
    let training = Pass { training: true, ..Pass::PREDICT };
    pass::value_and_gradient(
        pass::Work { model, pass: training, heads: HeadSet::ALL },
        rows,
        &Wave::<f32>::loss_weights(),
        pass::Memory { tiles: &mut tiles, statistics: &mut statistics },
        &mut gradient,
    )
    .unwrap();
    gradient
}

/// Two steps of plain gradient descent on batches of 6.
fn adapted(start: &Wave, rows: &[(WaveInputs, WaveTargets)]) -> Wave {
    let mut model = *start;
    for batch in rows.chunks(6) {
        let gradient = gradient(&model, batch);
        for (parameter, g) in model.as_mut_slice().iter_mut().zip(gradient.as_slice()) {
            *parameter -= 0.02 * g;
        }
    }
    model
}

#[track_caller]
fn assert_near(ours: &Wave, expected: impl Fn(usize) -> f32) {
    for (index, &value) in ours.as_slice().iter().enumerate() {
        assert!((value - expected(index)).abs() < 1e-6, "parameter {index}: {value} instead of {}", expected(index));
    }
}

#[test]
fn reptile_moves_towards_the_adapted_parameters() {
    let start = reptile::fresh(3);
    let mut model = start;
    let mut inner = InnerLoop::new(Sgd::new(0.02), 2, 6);
    Reptile::new(2).outer_step(0.5).train(&mut model, &mut inner, |number| rows(number as f32)).unwrap();
    // Steps of 0.5 and 0.25.
    let (first, mut expected) = (adapted(&start, &rows(0.0)), start);
    for (parameter, &target) in expected.as_mut_slice().iter_mut().zip(first.as_slice()) {
        *parameter += 0.5 * (target - *parameter);
    }
    let second = adapted(&expected, &rows(1.0));
    assert_near(&model, |index| expected.as_slice()[index] + 0.25 * (second.as_slice()[index] - expected.as_slice()[index]));
}

#[test]
fn first_order_maml_moves_against_the_mean_query_gradient() {
    let start = reptile::fresh(4);
    let mut model = start;
    let mut inner = InnerLoop::new(Sgd::new(0.02), 2, 6);
    Maml::new(Sgd::new(0.1), 1).tasks(2).train(&mut model, &mut inner, |number| (rows(number as f32), rows(number as f32 + 0.5))).unwrap();
    let gradients = [0.0, 1.0].map(|offset| gradient(&adapted(&start, &rows(offset)), &rows(offset + 0.5)));
    assert_near(&model, |index| start.as_slice()[index] - 0.1 * (gradients[0].as_slice()[index] + gradients[1].as_slice()[index]) / 2.0);
}

#[test]
fn a_broken_task_is_an_error_and_changes_nothing() {
    let mut model = reptile::fresh(5);
    let before = model;
    let mut inner = InnerLoop::new(Sgd::new(0.02), 2, 6);
    assert_eq!(Reptile::new(3).train(&mut model, &mut inner, |_| Vec::new()), Err(MetaError::EmptyTask));
    let invalid = |_| vec![(WaveInputs { x: [f32::NAN] }, WaveTargets { y: 0.0 })];
    let error = Reptile::new(3).train(&mut model, &mut inner, invalid);
    assert!(matches!(error, Err(MetaError::Pass(mtl::pass::PassError::Input { sample: 0, .. }))), "{error:?}");
    let overflowing = |_| vec![(WaveInputs { x: [1.0] }, WaveTargets { y: 1e30 })];
    assert!(matches!(Reptile::new(3).train(&mut model, &mut inner, overflowing), Err(MetaError::NonFiniteLoss { step: 1, .. })));
    assert_eq!(model.as_slice(), before.as_slice());
    let task = [(WaveInputs { x: [1.0] }, WaveTargets { y: 0.0 })];
    let refused = |mut inner: InnerLoop<Wave, Sgd>, setting: &str| match inner.adapt(&before, &task) {
        Err(MetaError::Setting(error)) => assert_eq!(error.setting, setting),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("`{setting}` is not looked at"),
    };
    refused(InnerLoop::new(Sgd::new(0.02), 2, 0), "InnerLoop::new(batch_size)");
    refused(InnerLoop::new(Sgd::new(0.02), 0, 2), "InnerLoop::new(steps)");
    refused(InnerLoop::new(Sgd::new(f64::NAN), 2, 2), "Sgd::learning_rate");
    refused(InnerLoop::new(Sgd::new(0.02).momentum(1.0), 2, 2), "Sgd::momentum");
}

#[test]
fn settings_of_meta_learning_are_looked_at() {
    let mut model = reptile::fresh(5);
    let before = model;
    let mut inner = InnerLoop::new(Sgd::new(0.02), 2, 6);
    let mut reptile = |reptile: Reptile| reptile.train(&mut model, &mut inner, |number| rows(number as f32));
    for wrong in [f64::NAN, f64::INFINITY, -0.1, 0.0, 1.1] {
        assert!(matches!(reptile(Reptile::new(2).outer_step(wrong)), Err(MetaError::Setting(error)) if error.setting == "Reptile::outer_step"));
    }
    assert!(matches!(reptile(Reptile::new(0)), Err(MetaError::Setting(error)) if error.setting == "Reptile::new(iterations)"));
    let mut maml = |maml: Maml<Adam>| maml.train(&mut model, &mut inner, |number| (rows(number as f32), rows(number as f32 + 0.5)));
    assert!(matches!(maml(Maml::new(Adam::new(0.1), 0)), Err(MetaError::Setting(error)) if error.setting == "Maml::new(iterations)"));
    assert!(matches!(maml(Maml::new(Adam::new(0.1), 1).tasks(0)), Err(MetaError::Setting(error)) if error.setting == "Maml::tasks"));
    assert!(matches!(maml(Maml::new(Adam::new(0.1).epsilon(0.0), 1)), Err(MetaError::Setting(error)) if error.setting == "Adam::epsilon"));
    // A step to infinity is taken back.
    let far = |number: usize| -> Vec<_> { rows(number as f32).into_iter().map(|(x, y)| (x, WaveTargets { y: y.y * 1e4 })).collect() };
    let outer = Maml::new(Sgd::new(3e38), 1).train(&mut model, &mut inner, |number| (rows(number as f32), far(number)));
    assert!(matches!(outer, Err(MetaError::NonFiniteParameter { step: 1, .. })), "{outer:?}");
    let mut steep = InnerLoop::new(Sgd::new(3e38), 1, 6);
    let inner = Reptile::new(1).train(&mut model, &mut steep, far);
    assert!(matches!(inner, Err(MetaError::NonFiniteParameter { step: 1, .. })), "{inner:?}");
    assert_eq!(model.as_slice(), before.as_slice());
}

/// The claim of the example, with fewer tasks.
#[test]
fn a_trained_start_learns_a_new_wave_better_than_a_fresh_one() {
    let trained = reptile::few_shot(&reptile::reptile(12_000, 1).unwrap(), 2).unwrap();
    let fresh = reptile::few_shot(&reptile::fresh(1), 2).unwrap();
    assert!(trained.five_points < 0.6 * fresh.five_points && trained.ten_points < 0.6 * fresh.ten_points, "{trained:?} against {fresh:?}");
}

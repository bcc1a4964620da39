//! `targets: standardized`: heads learn in units of their labels' spread, and speak in the units of the labels.

mod support;

use mtl::prelude::*;
use mtl::{Flat, Model, weights};
use support::check_gradients;

multitask! {
    /// A weight in grams, a share of it, and whether there is any.
    #[int8]
    pub struct Parcel {
        input x: [2];
        shared body = x -> Normalize -> Dense(8, tanh);
        head mass = body -> Dense(1) { loss: mse, targets: standardized, metrics: [mae, r2] }
        head sides = body -> Dense(2) { loss: huber, targets: standardized, labels: partial, weight: 0.5 }
        head any = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, class_weights: [1, 2] }

        part Mass = [mass];
    }
}

multitask! {
    /// The losses that have units, and ends of every kind.
    struct Ends {
        input x: [3];
        shared body = x -> Dense(7, tanh) -> Dense(5);
        head a = body -> Dense(3) { loss: mae, targets: standardized }
        head b = body -> Dense(3) -> LayerNorm { loss: log_cosh, targets: standardized, labels: partial }
        head c = body { loss: quantile(0.8), targets: standardized }
        head d = (body, x -> Dense(5)) -> Add -> linear { loss: mse, targets: standardized }
        head e = body -> Dense(2, softmax) { loss: categorical_cross_entropy }
    }
}

#[test]
fn gradients_are_those_of_finite_differences() {
    check_gradients::<Ends<f64>>(3, 7, true);
    check_gradients::<Parcel<f64>>(5, 9, true);
}

/// Parcels whose mass is measured in units of `unit` grams.
fn parcels(unit: f32) -> Dataset<Parcel> {
    let row = |row: u16| {
        let (u, v) = ((f32::from(row) * 0.37).sin(), (f32::from(row) * 0.91).cos());
        let mass = (4200.0 + 800.0 * (u + 0.5 * v)) * unit;
        let sides = (!row.is_multiple_of(3)).then_some([u - 9.0, 30.0 * v]);
        (ParcelInputs { x: [u, v] }, ParcelTargets { mass, sides, any: f32::from(u8::from(u > 0.0)) })
    };
    Dataset::from_rows((0..96).map(row)).unwrap()
}

fn trained(dataset: &Dataset<Parcel>, epochs: usize) -> Parcel {
    let mut model: Parcel = Parcel::new(&mut mtl::seeded(1));
    Trainer::new(Adam::new(1e-2)).epochs(epochs).batch_size(16).seed(2).fit(&mut model, dataset).unwrap();
    model
}

const ROW: ParcelInputs = ParcelInputs { x: [0.3, -0.2] };

#[test]
fn predictions_and_metrics_are_in_the_units_of_the_targets_and_losses_have_none() {
    let dataset = parcels(1.0);
    let model = trained(&dataset, 60);
    assert_eq!(model.predict_mass(&ROW), model.predict(&ROW).mass);
    let report = evaluate(&model, &dataset).unwrap();
    assert!(report.mass.r2 > 0.95, "{report}");
    assert!((10.0..300.0).contains(&report.mass.mae), "grams: {report}");
    // The mean squared error over the variance is what r2 is 1 less of.
    assert!((report.mass.loss - (1.0 - report.mass.r2)).abs() < 1e-5, "{report}");
}

#[test]
fn a_unit_changes_nothing_but_the_unit() {
    // A power of two is exact: all bits are the same.
    let (grams, others) = (trained(&parcels(1.0), 5), trained(&parcels(1024.0), 5));
    assert_eq!(1024.0 * grams.predict(&ROW).mass, others.predict(&ROW).mass);
    assert_eq!(grams.body, others.body);
    let (kilograms, reports) = (trained(&parcels(0.001), 5), [1.0, 0.001].map(|unit| evaluate(&trained(&parcels(unit), 5), &parcels(unit)).unwrap()));
    let [left, right] = [grams.predict(&ROW).mass, 1000.0 * kilograms.predict(&ROW).mass];
    assert!((left - right).abs() < 2.0, "{left} g, {right} g");
    assert!((reports[0].mass.loss - reports[1].mass.loss).abs() < 1e-3);
}

#[test]
fn mean_and_variance_are_measured_once_and_of_the_labels_that_are_there() {
    let dataset = parcels(1.0);
    let mut model: Parcel = Parcel::new(&mut mtl::seeded(1));
    assert_eq!((model.sides.standardize1.mean[0], model.sides.standardize1.variance[0]), (0.0, -1.0));
    let mut trainer = Trainer::new(Adam::new(1e-9)).epochs(1);
    trainer.fit(&mut model, &dataset).unwrap();
    let labels = (0..96).filter(|row| row % 3 != 0).map(|row| (f64::from(row) * 0.37).sin() - 9.0).collect::<Vec<f64>>();
    let mean = labels.iter().sum::<f64>() / labels.len() as f64;
    let variance = labels.iter().map(|label| (label - mean) * (label - mean)).sum::<f64>() / labels.len() as f64;
    let units = model.sides.standardize1;
    assert!((f64::from(units.mean[0]) - mean).abs() < 1e-4 && (f64::from(units.variance[0]) - variance).abs() < 1e-4, "{units:?}");
    // Another fit keeps them, and `adapt` does not.
    let (before, other) = (model.mass.standardize1, parcels(2.0));
    trainer.fit(&mut model, &other).unwrap();
    assert_eq!(model.mass.standardize1, before);
    mtl::adapt::adapt(&mut model, &other).unwrap();
    assert_eq!(model.mass.standardize1.mean, 2.0 * before.mean);
}

#[test]
fn labels_that_are_all_alike_are_their_mean() {
    let row = |row: u8| {
        let target = ParcelTargets { mass: 5000.0, sides: None, any: f32::from(row % 2) };
        (ParcelInputs { x: [f32::from(row), 1.0] }, target)
    };
    let dataset = Dataset::from_rows((0..32).map(row)).unwrap();
    let model = trained(&dataset, 30);
    assert_eq!((model.mass.standardize1.mean[0], model.mass.standardize1.variance[0]), (5000.0, 0.0));
    assert!((model.predict(&ROW).mass - 5000.0).abs() < 2.0);
    // Without a label there is nothing to measure.
    assert_eq!(model.sides.standardize1.variance[0], -1.0);
}

#[test]
fn the_units_are_in_the_tensors_the_summary_and_the_files() {
    let paths: Vec<_> = Parcel::<f32>::PARAMETERS.iter().map(|tensor| (tensor.path, tensor.trainable)).collect();
    assert!(paths.contains(&("mass.standardize1.mean", false)) && paths.contains(&("sides.standardize1.variance", false)), "{paths:?}");
    let model = trained(&parcels(1.0), 2);
    assert!(model.to_string().contains("mass.standardize1"));
    let file = std::env::temp_dir().join(format!("mtl-standardized-{}.safetensors", std::process::id()));
    weights::save(&model, &file).unwrap();
    assert_eq!(weights::load::<Parcel>(&file).unwrap().as_slice(), model.as_slice());
    // A part takes its units with it.
    let mut part: Mass = Mass::new(&mut mtl::seeded(2));
    weights::load_matching(&mut part, &file).unwrap();
    assert_eq!(part.predict(&MassInputs { x: ROW.x }).mass, model.predict(&ROW).mass);
    std::fs::remove_file(file).unwrap();
}

#[test]
fn folded_and_in_eight_bits_the_units_stay() {
    let dataset = parcels(1.0);
    let model = trained(&dataset, 60);
    let (folded, small) = (model.folded(), ParcelInt8::quantize(&model, &dataset).unwrap());
    let mass = model.predict(&ROW).mass;
    assert!((folded.predict(&ROW).mass - mass).abs() < 0.01);
    assert!((small.predict(&ROW).mass - mass).abs() < 40.0, "{} instead of {mass}", small.predict(&ROW).mass);
    let (exact, rough) = (evaluate(&model, &dataset).unwrap(), small.evaluate(&dataset).unwrap());
    assert!((exact.mass.loss - rough.mass.loss).abs() < 0.01 && (exact.sides.loss - rough.sides.loss).abs() < 0.01, "{exact}\n{rough}");
    assert!((exact.mass.mae - rough.mass.mae).abs() < 20.0, "{exact}\n{rough}");
}

#[test]
fn balancing_and_threads_work_in_standard_units() {
    use mtl::balance::{CaGrad, DynamicWeightAverage, Uncertainty};
    let dataset = parcels(1.0);
    let fit = |trainer: Trainer<'_, Parcel, Adam>| {
        let mut model: Parcel = Parcel::new(&mut mtl::seeded(1));
        trainer.epochs(40).batch_size(16).fit(&mut model, &dataset).unwrap();
        evaluate(&model, &dataset).unwrap().mass.r2
    };
    let trainer = || Trainer::new(Adam::new(1e-2));
    let found = [
        fit(trainer().weighting(Uncertainty::default())),
        fit(trainer().weighting(DynamicWeightAverage::default())),
        fit(trainer().direction(CaGrad::default())),
        fit(trainer().threads(2)),
    ];
    assert!(found.iter().all(|&r2| r2 > 0.9), "{found:?}");
}

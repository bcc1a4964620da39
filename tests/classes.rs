//! Heads whose classes have names: the target is an enum, and so is what is predicted.

use mtl::Model;
use mtl::model::Columns;
use mtl::prelude::*;

/// A type of classes of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
pub enum Mood {
    Low,
    High,
}

multitask! {
    /// Three heads of classes: listed, of a type, and numbered.
    #[int8]
    pub struct Care {
        input person: [2];
        shared body = person -> Dense(8, tanh);
        #[column = "state"]
        head health = body -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { Poor, Average = "so so", Excellent },
            class_weights: { Poor: 2.0, Excellent: 0.5 },
            metrics: [accuracy, confusion],
        }
        head mood = body -> Dense -> softmax { loss: categorical_focal, classes: self::Mood, labels: partial }
        head zone = body -> Dense(4, softmax) { loss: categorical_cross_entropy }

        part Health = [health];
    }
}

multitask! {
    /// The same weights as a list.
    struct Listed {
        input person: [2];
        head health = person -> Dense(3, softmax) { loss: categorical_cross_entropy, class_weights: [2, 1, 0.5] }
    }
}

multitask! {
    struct ByName {
        input person: [2];
        head health = person -> Dense(3, softmax) {
            loss: categorical_cross_entropy, classes: { Poor, Average, Excellent }, class_weights: { Excellent: 0.5, Poor: 2 },
        }
    }
}

fn rows() -> Dataset<Care> {
    Dataset::from_rows((0..90_u16).map(|row| {
        let (u, v) = ((f32::from(row) * 0.37).sin(), (f32::from(row) * 0.91).cos());
        let health = if u < -0.3 {
            CareHealth::Poor
        } else if u < 0.3 {
            CareHealth::Average
        } else {
            CareHealth::Excellent
        };
        let mood = (row % 4 != 0).then_some(if v < 0.0 { Mood::Low } else { Mood::High });
        (CareInputs { person: [u, v] }, CareTargets { health, mood, zone: usize::from(row % 4) })
    }))
    .unwrap()
}

fn trained() -> Care {
    let mut model: Care = Care::new(&mut mtl::seeded(1));
    Trainer::new(Adam::new(2e-2)).epochs(80).batch_size(16).quiet().fit(&mut model, &rows()).unwrap();
    model
}

#[test]
fn what_is_predicted_is_the_enum() {
    let model = trained();
    let outputs = model.predict(&CareInputs { person: [-0.9, 0.8] });
    assert_eq!((outputs.health.class(), outputs.mood.class()), (CareHealth::Poor, Mood::High));
    assert_eq!(outputs.health.probability(CareHealth::Poor), outputs.health[0]);
    assert!(outputs.mood.probability(Mood::High) > 0.5);
    let _: usize = outputs.zone.class();
    assert_eq!(model.predict_health(&CareInputs { person: [0.9, 0.8] }).class(), CareHealth::Excellent);
    // Nothing can be said of what is no number.
    assert_eq!(model.predict_health(&CareInputs { person: [f32::NAN, 0.8] }).try_class(), None);
    let small = CareInt8::quantize(&model, &rows()).unwrap();
    assert_eq!(small.predict_health(&CareInputs { person: [-0.9, 0.8] }).class(), CareHealth::Poor);
    // A part takes the type of the whole.
    let part: Health = Health::new(&mut mtl::seeded(1));
    let _: CareHealth = part.predict_health(&HealthInputs { person: [0.9, 0.8] }).class();
}

#[test]
fn tables_have_the_texts_of_the_classes() {
    let [health, mood, zone] = Care::<f32>::HEADS else { panic!("three heads") };
    let Columns::Named([column]) = health.columns else { panic!("one column") };
    assert_eq!((column.name, column.title, column.categories), ("health", "state", &["Poor", "so so", "Excellent"][..]));
    assert_eq!(mood.columns.named()[0].categories, ["Low", "High"]);
    assert!(mood.columns.named()[0].optional && zone.columns.named()[0].categories.is_empty());
    assert_eq!("so so".parse::<CareHealth>().unwrap(), CareHealth::Average);
    assert_eq!(CareHealth::Average.to_string(), "so so");
}

#[test]
fn reports_and_counts_name_the_classes() {
    let dataset = rows();
    let report = evaluate(&trained(), &dataset).unwrap();
    let text = report.to_string();
    assert!(text.contains("health confusion\n  true \\ predicted  Poor  so so  Excellent\n  Poor "), "{text}");
    let labels = dataset.labels("health").unwrap();
    assert_eq!(labels.names, ["Poor", "so so", "Excellent"]);
    assert_eq!(labels.classes.iter().sum::<usize>(), 90);
    assert!(dataset.labels("zone").unwrap().names.is_empty());
}

#[test]
fn weights_by_name_are_those_of_the_list() {
    let rows = |row: u16| ((f32::from(row) * 0.37).sin(), usize::from(row % 3));
    let listed = Dataset::from_rows((0..30).map(rows).map(|(u, health)| (ListedInputs { person: [u, 1.0] }, ListedTargets { health }))).unwrap();
    let class = |index: usize| ByNameHealth::try_from(index).unwrap();
    let by_name = (0..30).map(rows).map(|(u, health)| (ByNameInputs { person: [u, 1.0] }, ByNameTargets { health: class(health) }));
    let by_name = Dataset::from_rows(by_name).unwrap();
    let (mut left, mut right): (Listed, ByName) = (Listed::new(&mut mtl::seeded(1)), ByName::new(&mut mtl::seeded(1)));
    Trainer::new(Adam::new(1e-2)).epochs(3).quiet().fit(&mut left, &listed).unwrap();
    Trainer::new(Adam::new(1e-2)).epochs(3).quiet().fit(&mut right, &by_name).unwrap();
    assert_eq!(left.health.dense1, right.health.dense1);
}

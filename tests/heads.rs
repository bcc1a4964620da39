//! What heads give and take as users write it: a number, an array, a vector, classes.

use mtl::ClassOutput;
use mtl::nalgebra::SVector;
use mtl::prelude::*;

const ONE: usize = 1;

multitask! {
    #[int8]
    struct Kinds<const N: usize = 2> {
        input x: [3];
        shared body = x -> Dense(4, tanh);
        head level = body -> Dense(1) { loss: mse, metrics: [mae] }
        head sure = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial, metrics: [accuracy] }
        head pair = body -> Dense(2) { loss: huber(1.0), labels: partial }
        head of_constant = body -> Dense(ONE) { loss: mse }
        head of_generic = body -> Dense(N) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial, metrics: [accuracy] }
        head own = body -> Dense(1) { loss: self::Half }
        part Reader = [level, kind];
    }
}

/// Half of the squared difference.
#[derive(Default)]
pub struct Half;

impl Half {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl mtl::loss::ElementWise for Half {
    fn term<T: mtl::Scalar>(&self, output: T, target: T) -> (T, T) {
        let difference = output - target;
        (T::from_f64(0.5) * difference * difference, difference)
    }
}

fn row(number: u8) -> (KindsInputs, KindsTargets) {
    let x = [1.0, 2.0, 3.0].map(|factor: f32| (factor * f32::from(number)).sin());
    let targets = KindsTargets {
        level: x[0] - x[1],
        sure: (!number.is_multiple_of(3)).then_some(f32::from(number % 2)),
        pair: Some([x[1], x[2]]),
        of_constant: [x[0]],
        of_generic: [x[2], x[0]],
        kind: (!number.is_multiple_of(4)).then_some(usize::from(number % 3)),
        own: [x[2]],
    };
    (KindsInputs { x }, targets)
}

#[test]
fn a_literal_one_gives_a_number_and_all_else_a_vector() {
    let model: Kinds = Kinds::new(&mut mtl::seeded(1));
    let (inputs, _) = row(5);
    let outputs = model.predict(&inputs);
    let level: f32 = outputs.level;
    let (sure, own): (f32, f32) = (model.predict_sure(&inputs), outputs.own);
    let (pair, of_constant, of_generic): (SVector<f32, 2>, SVector<f32, 1>, SVector<f32, 2>) =
        (outputs.pair, model.predict_of_constant(&inputs), outputs.of_generic);
    let kind: ClassOutput<f32, 3> = outputs.kind;
    assert!((0.0..=1.0).contains(&sure) && sure == outputs.sure && level == model.predict_level(&inputs));
    assert!(pair.iter().chain(&of_constant).chain(&of_generic).chain([&own]).all(|number| number.is_finite()));
    assert_eq!(kind, model.predict_kind(&inputs));
    let in_double = Kinds::<2, f64>::new(&mut mtl::seeded(1)).predict(&KindsInputs { x: [0.5; 3] });
    let _: (f64, ClassOutput<f64, 3>) = (in_double.level, in_double.kind);
}

#[test]
fn classes_are_read_by_number_and_as_a_vector() {
    let model: Kinds = Kinds::new(&mut mtl::seeded(2));
    for number in 0..20 {
        let kind = model.predict(&row(number).0).kind;
        let class = kind.class();
        assert_eq!((kind.try_class(), class), (Some(class), kind.imax()));
        assert_eq!((kind.probability(class), kind[class]), (kind.max(), kind.max()));
        assert_eq!(kind.probabilities().as_slice(), kind.as_slice());
        assert!((kind.sum() - 1.0).abs() < 1e-6);
    }
    let spoiled = model.predict(&KindsInputs { x: [f32::NAN, 0.0, 0.0] });
    assert!(spoiled.level.is_nan() && spoiled.kind.try_class().is_none() && spoiled.kind.probability(1).is_nan());
}

#[test]
fn parts_and_the_form_in_eight_bits_give_the_same_kinds_of_outputs() {
    let data = Dataset::<Kinds>::from_rows((0..40).map(row)).unwrap();
    let mut model: Kinds = Kinds::new(&mut mtl::seeded(3));
    Trainer::new(Adam::new(0.01)).epochs(30).fit(&mut model, &data).unwrap();
    let small = KindsInt8::quantize(&model, &data).unwrap().model;
    let directory = std::env::temp_dir().join(format!("mtl-heads-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("kinds.safetensors");
    mtl::weights::save(&model, &path).unwrap();
    let mut reader: Reader = Reader::new(&mut mtl::seeded(4));
    mtl::weights::load_matching(&mut reader, &path).unwrap();
    std::fs::remove_dir_all(&directory).unwrap();
    for number in 0..40 {
        let (inputs, _) = row(number);
        let (exact, near) = (model.predict(&inputs), small.predict(&inputs));
        assert!((exact.level - near.level).abs() < 0.2 && (exact.sure - near.sure).abs() < 0.2);
        let (level, kind): (f32, ClassOutput<f32, 3>) = (small.predict_level(&inputs), small.predict_kind(&inputs));
        assert_eq!((level, kind), (near.level, near.kind));
        let part = reader.predict(&ReaderInputs { x: inputs.x });
        assert_eq!((part.level, part.kind), (exact.level, exact.kind));
    }
}

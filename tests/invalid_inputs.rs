//! What a model cannot have been trained with makes the outputs NaN that depend on it, and nothing else, whatever steps come in between.

use mtl::activation::Activation;
use mtl::loss::TargetError;
use mtl::model::InputError;
use mtl::pass::{PassError, Tile};
use mtl::prelude::*;
use mtl::stepper::{StepError, Stepper};
use mtl::{Scalar, flat};

/// An activation that turns NaN into a number, as a user's own may.
#[derive(Clone, Copy, Default)]
pub struct Swallow;

impl Activation for Swallow {
    fn value<T: Scalar>(x: T) -> T {
        if x > T::ZERO { x } else { T::ZERO }
    }
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        if x > T::ZERO { T::ONE } else { T::ZERO }
    }
}

multitask! {
    /// Every way from a class or a number to a head.
    pub struct Ways {
        input known: [3];
        input class: class(4);
        input other: class(2);
        input image: [4, 4, 2];
        input sound: [5, 3];
        shared base = known -> Dense(4, tanh);
        let hot = class -> OneHot;
        shared vector = class -> Embedding(3);
        head without = base -> Dense(2) { loss: mse }
        head kind = (base, hot) -> Concat -> Dense(8, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
        head flag = (base, vector) -> Concat -> Dense(8, relu6) -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head pooled = image -> Conv2D(3, relu) -> MaxPool2D(2) -> Flatten -> Dense(1, hard_sigmoid) { loss: mse }
        head heard = sound -> Gru(4) -> Dense(1) { loss: mse }
        head long = sound -> Lstm(4) -> Dense(1) { loss: mse }
        head most = (base -> Dense(3), vector) -> Maximum -> LayerNorm -> Dense(1) { loss: mse }
        head mine = other -> Embedding(2) -> crate::Swallow -> Dense(1) { loss: mse }
        head constant = (base, other -> OneHot -> Normalize) -> Concat -> Dense(1) -> BatchNorm { loss: mse }
        part Mine = [mine];
        part Two = [without, kind];
    }
}

multitask! {
    #[independent]
    pub struct Activations {
        input x: [3];
        head a = x -> Dense(2, relu) -> Dense(1) { loss: mse }
        head b = x -> Dense(2, relu6) -> Dense(1) { loss: mse }
        head c = x -> Dense(2, leaky_relu) -> Dense(1) { loss: mse }
        head d = x -> Dense(2, elu) -> Dense(1) { loss: mse }
        head e = x -> Dense(2, selu) -> Dense(1) { loss: mse }
        head f = x -> Dense(2, sigmoid) -> Dense(1) { loss: mse }
        head g = x -> Dense(2, hard_sigmoid) -> Dense(1) { loss: mse }
        head h = x -> Dense(2, tanh) -> Dense(1) { loss: mse }
        head i = x -> Dense(2, softplus) -> Dense(1) { loss: mse }
        head j = x -> Dense(2, softsign) -> Dense(1) { loss: mse }
        head k = x -> Dense(2, exponential) -> Dense(1) { loss: mse }
        head l = x -> Dense(2, gelu) -> Dense(1) { loss: mse }
        head m = x -> Dense(2, silu) -> Dense(1) { loss: mse }
        head n = x -> Dense(2, mish) -> Dense(1) { loss: mse }
        head o = x -> Dense(2, hard_silu) -> Dense(1) { loss: mse }
        head p = x -> Dense(2, softmax) -> Dense(1) { loss: mse }
        head q = x -> crate::Swallow -> Dense(1) { loss: mse }
    }
}

fn model() -> Box<Ways> {
    Ways::boxed(&mut mtl::seeded(3))
}

fn valid() -> WaysInputs {
    WaysInputs { known: [0.5, -1.0, 2.0], class: 3, other: 1, image: [[[0.25; 2]; 4]; 4], sound: [[0.5; 3]; 5] }
}

/// The heads that depend on each input.
const CLASS: &[&str] = &["kind", "flag", "most"];
const OTHER: &[&str] = &["mine", "constant"];
const KNOWN: &[&str] = &["without", "kind", "flag", "most", "constant"];

/// An invalid row, the heads that depend on what is invalid, and what `check` says of it.
fn cases() -> Vec<(WaysInputs, &'static [&'static str], InputError)> {
    let out_of_range = |input, class, classes| InputError { input, column: None, problem: TargetError::ClassOutOfRange { class, classes } };
    let mut cases = Vec::new();
    for class in [4, 5, 255, usize::MAX, u32::MAX as usize, 1 << 32, (1 << 32) + 1] {
        cases.push((WaysInputs { class, ..valid() }, CLASS, out_of_range("class", class, 4)));
    }
    for other in [2, 1 << 32, usize::MAX] {
        cases.push((WaysInputs { other, ..valid() }, OTHER, out_of_range("other", other, 2)));
    }
    for value in [f32::INFINITY, f32::NEG_INFINITY] {
        let error = |input| InputError { input, column: None, problem: TargetError::NotFinite { value: f64::from(value) } };
        for place in 0..3 {
            let mut row = valid();
            row.known[place] = value;
            cases.push((row, KNOWN, error("known")));
        }
        let mut row = valid();
        row.image[3][3][1] = value;
        cases.push((row, &["pooled"], error("image")));
        let mut row = valid();
        row.sound[0][2] = value;
        cases.push((row, &["heard", "long"], error("sound")));
    }
    cases
}

fn heads(outputs: &WaysOutputs) -> [(&'static str, Vec<f32>); 9] {
    let WaysOutputs { without, kind, flag, pooled, heard, long, most, mine, constant } = outputs;
    [
        ("without", without.as_slice().to_vec()),
        ("kind", kind.as_slice().to_vec()),
        ("flag", vec![*flag]),
        ("pooled", vec![*pooled]),
        ("heard", vec![*heard]),
        ("long", vec![*long]),
        ("most", vec![*most]),
        ("mine", vec![*mine]),
        ("constant", vec![*constant]),
    ]
}

/// All outputs of the heads that depend are NaN; the others are what a valid row gives.
fn assert_spoiled(outputs: &WaysOutputs, valid: &WaysOutputs, dependent: &[&str], how: &str) {
    for ((head, values), (_, valid)) in heads(outputs).into_iter().zip(heads(valid)) {
        if dependent.contains(&head) {
            assert!(values.iter().all(|value| value.is_nan()), "{how}: {head} is {values:?}");
        } else {
            let near = values.iter().zip(&valid).all(|(value, valid)| (value - valid).abs() < 1e-5);
            assert!(near, "{how}: {head} is {values:?}, not {valid:?}");
        }
    }
}

#[test]
fn outputs_that_depend_on_an_invalid_input_are_nan_and_no_others() {
    let model = model();
    let expected = model.predict(&valid());
    assert!(heads(&expected).iter().all(|(_, values)| values.iter().all(|value| value.is_finite())));
    for (row, dependent, _) in cases() {
        assert_spoiled(&model.predict(&row), &expected, dependent, "predict");
        let mut single = expected;
        single.without = model.predict_without(&row);
        single.kind = model.predict_kind(&row);
        single.flag = model.predict_flag(&row);
        single.pooled = model.predict_pooled(&row);
        single.heard = model.predict_heard(&row);
        single.long = model.predict_long(&row);
        single.most = model.predict_most(&row);
        single.mine = model.predict_mine(&row);
        single.constant = model.predict_constant(&row);
        assert_spoiled(&single, &expected, dependent, "one head");
    }
}

#[test]
fn a_number_that_is_nan_does_the_same() {
    let model = model();
    let expected = model.predict(&valid());
    for place in 0..32 {
        let mut row = valid();
        row.image.as_flattened_mut().as_flattened_mut()[place] = f32::NAN;
        assert_spoiled(&model.predict(&row), &expected, &["pooled"], "image");
        assert!(matches!(row.check(), Err(InputError { input: "image", column: None, problem: TargetError::NotFinite { .. } })));
    }
    let activations = Activations::boxed(&mut mtl::seeded(1));
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        for place in 0..3 {
            let mut x = [0.5; 3];
            x[place] = value;
            let outputs = activations.predict(&ActivationsInputs { x });
            let ActivationsOutputs { a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q } = outputs;
            for (number, output) in [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q].iter().enumerate() {
                assert!(output.is_nan(), "{value} through activation {number} is {output}");
            }
        }
    }
}

#[test]
fn each_row_of_a_batch_stands_for_itself() {
    let model = model();
    let expected = model.predict(&valid());
    let mut rows = Vec::new();
    let mut dependent = Vec::new();
    for (row, heads, _) in cases() {
        rows.extend([row, valid()]);
        dependent.extend([heads, &[]]);
    }
    let mut outputs = vec![expected; rows.len()];
    let mut tile = flat::zeroed_box::<Tile<Ways, 7>>();
    model.predict_batch(&rows, &mut outputs, &mut tile).unwrap();
    for (outputs, dependent) in outputs.iter().zip(dependent) {
        assert_spoiled(outputs, &expected, dependent, "batch");
    }
}

#[test]
fn parts_do_the_same() {
    let mine = Mine::<f32>::boxed(&mut mtl::seeded(1));
    assert!(mine.predict(&MineInputs { other: 2 }).mine.is_nan() && mine.predict(&MineInputs { other: 1 }).mine.is_finite());
    assert_eq!(MineInputs { other: 2 }.check().unwrap_err().to_string(), "input `other`: class 2 is out of range: there are 2 classes, 0 to 1");
    let two = Two::<f32>::boxed(&mut mtl::seeded(1));
    let outputs = two.predict(&TwoInputs::<f32> { known: [0.0; 3], class: 4 });
    assert!(outputs.without.iter().all(|value| value.is_finite()) && outputs.kind.iter().all(|value| value.is_nan()));
}

#[test]
fn the_typed_error_names_the_input_the_index_and_the_classes() {
    let model = model();
    assert_eq!(valid().check(), Ok(()));
    assert_eq!(model.try_predict(&valid()).unwrap(), model.predict(&valid()));
    for (row, _, error) in cases() {
        assert_eq!(row.check(), Err(error));
        assert_eq!(model.try_predict(&row).unwrap_err(), error);
    }
    let error = model.try_predict(&WaysInputs { class: 7, ..valid() }).unwrap_err();
    assert_eq!(error.to_string(), "input `class`: class 7 is out of range: there are 4 classes, 0 to 3");
    let mut double = Ways::<f64>::boxed(&mut mtl::seeded(3));
    double.fold();
    let row = WaysInputs::<f64> { known: [f64::MAX, 0.0, 0.0], class: 0, other: 0, image: [[[0.0; 2]; 4]; 4], sound: [[0.0; 3]; 5] };
    assert!(double.try_predict(&row).is_ok());
    assert!(double.predict(&WaysInputs { class: 4, ..row }).kind.iter().all(|value| value.is_nan()));
}

#[test]
fn a_batch_of_another_length_is_an_error_and_predicts_nothing() {
    let model = model();
    let before = model.predict(&valid());
    let mut tile = flat::zeroed_box::<Tile<Ways, 4>>();
    for (inputs, places) in [(5, 3), (3, 5), (0, 1), (1, 0)] {
        let (rows, mut outputs) = (vec![WaysInputs { class: 0, ..valid() }; inputs], vec![before; places]);
        let result = model.predict_batch(&rows, &mut outputs, &mut tile);
        assert_eq!(result, Err(PassError::Lengths { inputs, outputs: places }));
        assert!(outputs.iter().all(|&output| output == before));
    }
    assert_eq!(model.predict_batch(&[], &mut [], &mut tile), Ok(()));
    let error = PassError::Lengths { inputs: 5, outputs: 3 };
    assert_eq!(error.to_string(), "5 rows of inputs cannot be predicted into 3 of outputs");
}

multitask! {
    struct Small {
        input class: class(3);
        head y = class -> OneHot -> Dense(2, relu) -> Dense(1) { loss: mse }
    }
}

#[test]
fn a_step_with_an_invalid_row_is_an_error_and_moves_nothing() {
    let mut stepper = flat::zeroed_box::<Stepper<Small, 4, 2>>();
    let mut model: Small = Small::new(&mut mtl::seeded(1));
    let before = model;
    let row = |class| (SmallInputs { class }, SmallTargets { y: 1.0 });
    let error = stepper.step(&mut model, &Adam::new(0.1), &[row(0), row(3)]).unwrap_err();
    let problem = TargetError::ClassOutOfRange { class: 3, classes: 3 };
    assert_eq!(error, StepError::Pass(PassError::Input { sample: 1, error: InputError { input: "class", column: None, problem } }));
    assert_eq!(error.to_string(), "sample 1: input `class`: class 3 is out of range: there are 3 classes, 0 to 2");
    assert_eq!((model, stepper.steps()), (before, 0));

    let mut tile = flat::zeroed_box::<Tile<Small, 4>>();
    let rows = [row(0), row(usize::MAX)];
    let evaluated = mtl::pass::evaluate(&model, &rows[..], &mut tile, |_, _, _, _| ());
    assert!(matches!(evaluated, Err(PassError::Input { sample: 1, .. })));
}

#[test]
fn a_recurrent_step_on_an_invalid_input_spoils_the_state() {
    let model = model();
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let gru = &model.heard.gru1;
        let mut state = gru.start();
        gru.step(&mut state, &[0.5, value, 0.5]);
        assert!(state.hidden.iter().all(|h| h.is_nan()), "{value}: {state:?}");
        gru.step(&mut state, &[0.5; 3]);
        assert!(state.hidden.iter().all(|h| h.is_nan()), "{value}: {state:?}");
        let lstm = &model.long.lstm1;
        let mut state = lstm.start();
        lstm.step(&mut state, &[0.5, 0.5, value]);
        lstm.step(&mut state, &[0.5; 3]);
        assert!(state.hidden.iter().all(|h| h.is_nan()), "{value}: {state:?}");
    }
}

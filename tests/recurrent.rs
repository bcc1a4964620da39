//! Recurrent steps in whole models: embedded from Keras's weights, sample by sample and in batches, and step by step without an end.
#![forbid(unsafe_code)]

use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};
use mtl::{flat, pass, weights};
use serde_json::Value;

multitask! {
    /// How loud a sound is after 12 frames, and what it is.
    struct Sound {
        input frames: [12, 3];
        shared body = frames -> Lstm(16, sequences = true) -> Gru(8);
        head level = body -> Dense(1) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

multitask! {
    /// The heads of [`Sound`], to go on from its last state.
    #[independent]
    struct Heads {
        input body: [8];
        head level = body -> Dense(1) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

static SOUND: Sound = mtl::embed!(Sound, "tests/reference/sound.safetensors");
static HEADS: Heads = mtl::embed!(Heads, "tests/reference/sound.safetensors", part_of = Sound);

fn frames(seed: u64) -> [[f32; 3]; 12] {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    core::array::from_fn(|_| core::array::from_fn(|_| rng.random_range(-1.0..1.0)))
}

fn bits(model: &impl mtl::Model<Scalar = f32>) -> Vec<u32> {
    model.as_slice().iter().map(|value| value.to_bits()).collect()
}

#[track_caller]
fn assert_near(ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len());
    for (a, b) in ours.iter().zip(theirs) {
        assert!((a - b).abs() < 2e-6, "{ours:?} instead of {theirs:?}");
    }
}

#[test]
fn weights_from_keras_predict_what_keras_does() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/sound.json");
    let reference: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let numbers = |value: &Value| value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect::<Vec<_>>();
    for (sample, frames) in reference["frames"].as_array().unwrap().iter().enumerate() {
        let frames = core::array::from_fn(|step| numbers(&frames[step]).try_into().unwrap());
        let outputs = SOUND.predict(&SoundInputs { frames });
        assert_near(&[outputs.level], &numbers(&reference["outputs"]["level"][sample]));
        assert_near(outputs.kind.as_slice(), &numbers(&reference["outputs"]["kind"][sample]));
    }
}

#[test]
fn embedded_loaded_and_saved_weights_are_the_same_bits() {
    let loaded = weights::load::<Sound>(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/sound.safetensors")).unwrap();
    assert_eq!(bits(&*loaded), bits(&SOUND));
    let file = std::env::temp_dir().join(format!("mtl-sound-{}.safetensors", std::process::id()));
    weights::save(&*loaded, &file).unwrap();
    let again = weights::load::<Sound>(&file);
    std::fs::remove_file(file).unwrap();
    assert_eq!(bits(&*again.unwrap()), bits(&SOUND));
    let shapes: Vec<_> = <Sound as mtl::Model>::PARAMETERS.iter().map(|tensor| (tensor.path, tensor.shape)).take(6).collect();
    let expected: [(&str, &[usize]); 6] = [
        ("body.lstm1.kernel", &[3, 64]),
        ("body.lstm1.recurrent_kernel", &[16, 64]),
        ("body.lstm1.bias", &[64]),
        ("body.gru1.kernel", &[16, 24]),
        ("body.gru1.recurrent_kernel", &[8, 24]),
        ("body.gru1.bias", &[2, 24]),
    ];
    assert_eq!(shapes, expected);
}

#[test]
fn a_batch_predicts_what_single_samples_do() {
    let inputs: Vec<_> = (0..71).map(|seed| SoundInputs { frames: frames(seed) }).collect();
    let mut outputs = vec![SOUND.predict(&inputs[0]); inputs.len()];
    let mut tile = flat::zeroed_box::<pass::Tile<Sound>>();
    SOUND.predict_batch(&inputs, &mut outputs, &mut tile).unwrap();
    for (input, output) in inputs.iter().zip(&outputs) {
        let single = SOUND.predict(input);
        assert_near(&[output.level], &[single.level]);
        assert_near(output.kind.as_slice(), single.kind.as_slice());
        assert_eq!(SOUND.predict_kind(input), single.kind);
    }
}

/// A stream: each frame as it comes, the states carried along, and the heads after every one.
#[test]
fn a_stream_of_steps_predicts_what_the_whole_sequence_does() {
    for seed in 0..20 {
        let frames = frames(seed);
        let body = &SOUND.body;
        let (mut lstm, mut gru) = (body.lstm1.start(), body.gru1.start());
        for frame in &frames {
            body.lstm1.step(&mut lstm, frame);
            body.gru1.step(&mut gru, &lstm.hidden.into());
        }
        let streamed = HEADS.predict(&HeadsInputs { body: gru.hidden.into() });
        let whole = SOUND.predict(&SoundInputs { frames });
        assert_near(&[streamed.level], &[whole.level]);
        assert_near(streamed.kind.as_slice(), whole.kind.as_slice());
    }
}

/// Which of two frames far apart was the louder is told from the order alone.
fn order(rows: u64) -> Dataset<Sound> {
    let rows = (0..rows).map(|seed| {
        let frames = frames(seed);
        (SoundInputs { frames }, SoundTargets { level: frames[9][0] - frames[2][0], kind: usize::from(frames[11][1] > frames[4][1]) })
    });
    Dataset::from_rows(rows).unwrap()
}

#[test]
fn a_dependence_over_time_is_learned() {
    let mut model = Sound::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    let history = Trainer::new(Adam::new(0.01)).epochs(30).batch_size(32).quiet().fit(&mut *model, &order(800)).unwrap();
    let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.heads[0].loss).collect();
    assert!(losses[29] < 0.4 * losses[0], "{losses:?}");
    let test = mtl::evaluate::evaluate(&*model, &order(200)).unwrap();
    // Of the best guess without the frames the losses are 0.67 and 0.69.
    assert!(test.level.loss < 0.3 && test.kind.loss < 0.6, "{test}");
}

#[test]
fn a_frozen_block_keeps_its_bits() {
    let mut model = Sound::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    let before = model.clone();
    Trainer::new(Adam::new(0.01)).epochs(2).freeze(SoundBlock::Body).quiet().fit(&mut *model, &order(100)).unwrap();
    assert_eq!(model.body, before.body);
    assert_ne!(model.level, before.level);
}

#[test]
fn costs_are_those_of_all_steps() {
    use mtl::Model;
    let layer = |name: &str| Sound::<f32>::LAYERS.iter().find(|layer| layer.name == name).unwrap();
    assert_eq!(layer("body.lstm1").multiply_adds, 12 * 64 * (3 + 16));
    assert_eq!(layer("body.gru1").multiply_adds, 12 * 24 * (16 + 8));
    assert_eq!((layer("body.lstm1").parameters, layer("body.gru1").parameters), (64 * (3 + 16 + 1), 24 * (16 + 8 + 2)));
    assert_eq!((layer("body.lstm1").output, layer("body.gru1").output), (&[12, 16][..], &[8][..]));
}

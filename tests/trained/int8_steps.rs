//! Images and sequences in eight bits: convolution, pooling, recurrent steps and layer normalisation, against their definitions and against the
//! model in `f32`.
#![forbid(unsafe_code)]

use std::array;

use mtl::data::Fields;
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};

#[path = "../int8/errors.rs"]
mod errors;
use errors::Errors;
#[path = "../int8/reference.rs"]
mod reference;
use reference::Reference;

type Random = Xoshiro256PlusPlus;

fn random(seed: u64) -> Random {
    Random::seed_from_u64(seed)
}

multitask! {
    /// Padded and not, with strides of their own, and both kinds of pooling.
    #[int8]
    struct Image {
        input image: [5, 6, 2];
        head y = image -> Conv2D(5, relu, padding = same, stride = [2, 1]) -> MaxPool2D([2, 3], stride = [1, 2], padding = same)
            -> Conv2D(3, kernel = [2, 2]) -> AveragePool2D(2, stride = 1, padding = same) -> Flatten -> Dense(4) { loss: mse }
    }
}

/// The byte of an image `[height, width, channels]` at a place, if there is one.
fn at(image: &[i128], [height, width, channels]: [i128; 3], row: i128, column: i128, channel: i128) -> Option<i128> {
    let inside = (0..height).contains(&row) && (0..width).contains(&column);
    inside.then(|| image[((row * width + column) * channels + channel) as usize])
}

/// What lies under a window of that size whose first pixel is at a place, pixel by pixel and channel by channel.
fn patch(image: &[i128], shape: [i128; 3], [down, right]: [i128; 2], [rows, columns]: [i128; 2]) -> Vec<Option<i128>> {
    let pixels = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    pixels.flat_map(|(row, column)| (0..shape[2]).map(move |channel| at(image, shape, down + row, right + column, channel))).collect()
}

/// The pixels of an image.
type Pixels = [[[f32; 2]; 6]; 5];

fn image_model(seed: u64) -> (Box<Image>, Box<ImageInt8>, Vec<Pixels>) {
    let mut rng = random(seed);
    let mut float = Image::boxed(&mut rng);
    for value in mtl::Flat::as_mut_slice(&mut *float) {
        *value += 0.02;
    }
    let rows: Vec<Pixels> = (0..60).map(|_| array::from_fn(|_| array::from_fn(|_| array::from_fn(|_| rng.random_range(-1.0..2.0))))).collect();
    let data = Dataset::from_rows(rows.iter().map(|&image| (ImageInputs { image }, ImageTargets { y: [0.0; 4] }))).unwrap();
    let small = ImageInt8::quantize(&float, &data).unwrap().model;
    (float, small, rows)
}

#[test]
fn predictions_are_those_of_the_definition_to_the_bit() {
    for seed in 0..3 {
        let (_, small, rows) = image_model(seed);
        let reference = Reference::of(&*small);
        for image in rows {
            let q = reference.quantize("image.quantize", image.as_flattened().as_flattened());
            let padding = reference.file.whole("y.conv2d1.padding")[0];
            // 3 × 6 places; the odd row of padding is below the image, so one column of it is before.
            let mut first = Vec::new();
            for (row, column) in (0..3).flat_map(|row| (0..6).map(move |column| (2 * row - 1, column - 1))) {
                let patch: Vec<i128> = patch(&q, [5, 6, 2], [row, column], [3, 3]).into_iter().map(|q| q.unwrap_or(padding)).collect();
                first.extend(reference.dense("y.conv2d1", &patch));
            }
            // 3 × 3 places; a window of 2 × 3 with strides of 1 and 2 is padded by one row and one column, at the end.
            let mut greatest = Vec::new();
            for (row, column, channel) in (0..3).flat_map(|row| (0..3).flat_map(move |column| (0..5).map(move |channel| (row, 2 * column, channel))))
            {
                let pixels = patch(&first, [3, 6, 5], [row, column], [2, 3]);
                greatest.push(pixels.into_iter().skip(channel).step_by(5).flatten().max().unwrap());
            }
            let mut second = Vec::new();
            for (row, column) in (0..2).flat_map(|row| (0..2).map(move |column| (row, column))) {
                let patch: Vec<i128> = patch(&greatest, [3, 3, 5], [row, column], [2, 2]).into_iter().flatten().collect();
                second.extend(reference.dense("y.conv2d2", &patch));
            }
            let (zero_point, multipliers) =
                (reference.file.whole("y.average_pool2d1.zero_point")[0], reference.file.whole("y.average_pool2d1.multiplier"));
            let mut means = Vec::new();
            for (row, column, channel) in (0..2).flat_map(|row| (0..2).flat_map(move |column| (0..3).map(move |channel| (row, column, channel)))) {
                let pixels: Vec<i128> = patch(&second, [2, 2, 3], [row, column], [2, 2]).into_iter().skip(channel).step_by(3).flatten().collect();
                let sum = pixels.iter().map(|q| q - zero_point).sum();
                means.push(reference.output("y.average_pool2d1", sum, multipliers[pixels.len() - 1]));
            }
            let expected = reference.reals("y.dense1", &means);
            assert_eq!(small.predict(&ImageInputs { image }).y.as_slice(), expected);
        }
    }
}

multitask! {
    /// One recurrent layer that gives every state, and one that gives the last.
    #[int8]
    struct Sound {
        input frames: [40, 3];
        let states = frames -> Lstm(7, sequences = true);
        head last = states -> Gru(5) -> Dense(2) { loss: mse }
        head ends_in_bytes = states -> Flatten -> Dense(4) -> Reshape([4, 1]) -> Gru(3, bias = false) { loss: mse }
    }
}

fn sound(seed: u64) -> (Box<Sound>, Box<SoundInt8>, Vec<[[f32; 3]; 40]>) {
    let mut rng = random(seed);
    let mut float = Sound::boxed(&mut rng);
    // Weights and biases as training makes them, not as it finds them.
    for value in mtl::Flat::as_mut_slice(&mut *float) {
        *value = 1.5 * *value + rng.random_range(-0.3..0.3_f32);
    }
    // Waves with some noise, of several periods.
    let rows: Vec<[[f32; 3]; 40]> = (0..80)
        .map(|_| {
            let (period, phase) = (rng.random_range(3.0..30.0_f32), rng.random_range(0.0..6.0_f32));
            array::from_fn(|time| array::from_fn(|of| (time as f32 / period + phase + of as f32).sin() + rng.random_range(-0.2..0.2)))
        })
        .collect();
    let targets = SoundTargets { last: [0.0; 2], ends_in_bytes: [0.0; 3] };
    let data = Dataset::from_rows(rows.iter().map(|&frames| (SoundInputs { frames }, targets))).unwrap();
    let small = SoundInt8::quantize(&float, &data).unwrap().model;
    (float, small, rows)
}

/// `σ` with 15 bits behind the point of a number with 12: a straight line between the multiples of a sixteenth, there with 16 bits.
fn sigmoid(x: i128) -> i128 {
    let entry = |place: i128| if place > 192 { 65536 } else { (65536.0 / (1.0 + (-place as f64 / 16.0).exp())).round() as i128 };
    let (place, rest) = (x.abs() / 256, x.abs() % 256);
    let value = entry(place) + ((entry(place + 1) - entry(place)) * rest + 128) / 256;
    let value = if x < 0 { 65536 - value } else { value };
    (value + 1) / 2
}

fn tanh(x: i128) -> i128 {
    2 * sigmoid(2 * x) - 32768
}

fn times(gate: i128, value: i128) -> i128 {
    (gate * value + (1 << 14)).div_euclid(1 << 15)
}

/// The bytes of the states of a recurrent layer, by the definition. `advance` gives `h` of a unit from the sums of its gates and what it carries.
fn recur(
    reference: &Reference,
    layer: &str,
    units: usize,
    inputs: &[Vec<i128>],
    mut advance: impl FnMut(usize, &dyn Fn(usize) -> (i128, i128)) -> i128,
) -> Vec<Vec<i128>> {
    let file = &reference.file;
    let (shifts, state_multiplier) = (file.whole(&format!("{layer}.shift")), file.whole(&format!("{layer}.state_multiplier"))[0]);
    let scaled = |prefix: &str, x: &[i128], shift: i128| -> Vec<i128> {
        let multiplier = file.whole(&format!("{layer}.{prefix}multiplier"));
        let sums = reference.sums_of(&format!("{layer}.{prefix}kernel"), &format!("{layer}.{prefix}bias"), x);
        sums.iter().zip(multiplier).map(|(sum, m)| (sum * m + (1 << shift) / 2).div_euclid(1 << shift)).collect()
    };
    let mut state = vec![reference.output(layer, 0, 0); units];
    let mut states = Vec::new();
    for x in inputs {
        let (of_input, of_state) = (scaled("", x, shifts[0]), scaled("recurrent_", &state, shifts[1]));
        state = (0..units)
            .map(|unit| {
                let hidden = advance(unit, &|gate| (of_input[gate * units + unit], of_state[gate * units + unit]));
                reference.output(layer, hidden, state_multiplier)
            })
            .collect();
        states.push(state.clone());
    }
    states
}

#[test]
fn recurrent_predictions_are_those_of_the_definition_to_the_bit() {
    let (_, small, rows) = sound(3);
    let reference = Reference::of(&*small);
    for frames in rows.into_iter().take(20) {
        let q = reference.quantize("frames.quantize", frames.as_flattened());
        let frames_in_bytes: Vec<Vec<i128>> = q.chunks(3).map(<[i128]>::to_vec).collect();
        let mut cell = [0; 7];
        let states = recur(&reference, "states.lstm1", 7, &frames_in_bytes, |unit, gate| {
            let sum = |number| gate(number).0 + gate(number).1;
            cell[unit] = times(sigmoid(sum(1)), cell[unit]) + times(sigmoid(sum(0)), tanh(sum(2)));
            times(sigmoid(sum(3)), tanh(cell[unit].div_euclid(8))).clamp(-32767, 32767)
        });
        let mut hidden = [0; 5];
        let last = recur(&reference, "last.gru1", 5, &states, |unit, gate| {
            let (z, r) = (sigmoid(gate(0).0 + gate(0).1), sigmoid(gate(1).0 + gate(1).1));
            let n = tanh(gate(2).0 + times(r, gate(2).1));
            hidden[unit] = (n + times(z, hidden[unit] - n)).clamp(-32767, 32767);
            hidden[unit]
        });
        let expected = reference.reals("last.dense1", &last[39]);
        assert_eq!(small.predict(&SoundInputs { frames }).last.as_slice(), expected);
    }
}

#[test]
fn sequences_are_near_the_model_in_single_precision() {
    for seed in 0..3 {
        let (float, small, rows) = sound(seed);
        let mut errors = Errors::new();
        for &frames in &rows {
            let (exact, near) = (float.predict(&SoundInputs { frames }), small.predict(&SoundInputs { frames }));
            errors.add([(exact.last.as_slice(), near.last.as_slice()), (exact.ends_in_bytes.as_slice(), near.ends_in_bytes.as_slice())]);
            assert_eq!(small.predict_ends_in_bytes(&SoundInputs { frames }), near.ends_in_bytes);
        }
        errors.assert_within(0.06);
    }
}

const FILTERS: usize = 4;

multitask! {
    /// Every step on images and sequences that has a form in eight bits, where it can stand.
    #[int8]
    struct Seen {
        input image: [8, 7, 3];
        input sound: [20, 2];
        layer twice = Conv2D(6, tanh, padding = same);

        let normalized = image -> Normalize -> Scale -> Conv2D(6, padding = same) -> BatchNorm -> Scale -> relu;
        let used = (normalized -> twice, normalized -> twice -> twice) -> Average;
        let small = (normalized, used) -> Maximum -> DepthwiseConv2D(3, padding = same) -> BatchNorm -> relu -> MaxPool2D -> DepthwiseConv2D([1, 2], tanh, depth_multiplier = 2) -> ZeroPadding2D([[0, 0], [1, 0]]) -> Conv2D(FILTERS, bias = false) -> PRelu(shared_axes = [1, 2]) -> BatchNorm;
        let pixels = small -> LayerNorm -> GlobalAveragePool;
        let frames = sound -> Conv1D(8, relu, kernel = 5, stride = 2) -> AveragePool1D(2, padding = same) -> LayerNorm -> Flatten;
        let heard = (sound -> Lstm(4, sequences = true) -> Gru(5), sound -> Gru(5)) -> Add;
        let both = (frames -> Dense(10) -> RmsNorm -> LayerNorm, small -> Flatten -> Dense(10, relu), heard) -> Concat;

        head one = pixels -> Dense(3, softmax) { loss: categorical_cross_entropy }
        head two = both -> Dense(2) { loss: mse }
        // Ends in no `Dense`.
        head three = small -> SeparableConv2D(4, relu, padding = same) -> Conv2D(2, kernel = 1) -> GlobalAveragePool { loss: mse }
        head four = sound -> MaxPool1D(4) -> Flatten -> Dense(1, sigmoid) { loss: binary_cross_entropy }
    }
}

#[test]
fn every_step_is_near_the_model_in_single_precision() {
    let mut rng = random(21);
    let rows: Vec<SeenInputs> = (0..300)
        .map(|_| SeenInputs {
            // Channels in different units.
            image: array::from_fn(|_| array::from_fn(|_| [rng.random(), rng.random_range(50.0..90.0), 0.01 * rng.random::<f32>()])),
            sound: array::from_fn(|_| array::from_fn(|_| rng.random_range(-1.0..1.0))),
        })
        .collect();
    let target = SeenTargets { one: 0, two: [0.0; 2], three: [0.0; 2], four: 0.0 };
    let data = Dataset::<Seen>::from_rows(rows.iter().map(|row| (*row, target))).unwrap();
    let mut float = Seen::boxed(&mut rng);
    mtl::adapt::adapt(&mut *float, &data).unwrap();
    float.normalized.batch_norm1.moving_mean.iter_mut().for_each(|mean| *mean = rng.random_range(-0.5..0.5));
    float.small.batch_norm2.gamma.iter_mut().for_each(|gamma| *gamma = rng.random_range(0.5..1.5));
    float.pixels.layer_norm1.beta.iter_mut().for_each(|beta| *beta = rng.random_range(-0.5..0.5));
    float.frames.layer_norm1.gamma.iter_mut().for_each(|gamma| *gamma = rng.random_range(0.5..1.5));
    float.normalized.scale2.scale.iter_mut().for_each(|scale| *scale = rng.random_range(-1.0..1.5));
    float.small.p_relu1.alpha.iter_mut().for_each(|alpha| *alpha = rng.random_range(0.1..0.5));
    let small = SeenInt8::quantize(&float, &data).unwrap();

    let mut errors = Errors::new();
    for row in &rows {
        let (exact, near) = (float.predict(row), small.predict(row));
        errors.add([
            (exact.one.as_slice(), near.one.as_slice()),
            (exact.two.as_slice(), near.two.as_slice()),
            (exact.three.as_slice(), near.three.as_slice()),
            (&[exact.four][..], &[near.four][..]),
        ]);
        assert_eq!((small.predict_one(row), small.predict_three(row)), (near.one, near.three));
    }
    // A normalisation of a pixel's few channels makes small differences larger.
    errors.assert_within(0.08);
    // The parameters of a layer that is applied three times are there once.
    let file = Reference::of(&*small).file;
    assert_eq!(file.names().filter(|name| name.starts_with("twice") && name.ends_with("kernel")).count(), 1);
    // What belongs to nobody is not saved: bytes know their order.
    assert!(!file.names().any(|name| name.contains("max_pool")), "{:?}", file.names().collect::<Vec<_>>());
}

multitask! {
    /// A digit, as an image.
    #[int8]
    struct Digit {
        input image: [8, 8, 1];
        shared body = image -> Conv2D(8, relu, padding = same) -> Conv2D(16) -> BatchNorm -> relu -> MaxPool2D -> Flatten;
        head digit = body -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head odd = body -> Dense(8, relu) -> Dense(1, sigmoid) { loss: binary_cross_entropy, metrics: [accuracy] }
    }
}

#[test]
fn digits_are_read_as_well_by_convolutions() {
    type Line = (Fields<f32, 64>, usize, String);
    let sample = |(Fields(pixels), digit, _): Line| {
        let image = array::from_fn(|row| array::from_fn(|column| [pixels[8 * row + column] / 16.0]));
        (DigitInputs { image }, DigitTargets { digit, odd: if digit % 2 == 1 { 1.0 } else { 0.0 } })
    };
    let (train, test) = Dataset::<Digit>::split_csv_rows(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/digits.csv"),
        |(_, _, split): &Line| split == "train",
        sample,
    )
    .unwrap();
    let mut drops = [0.0; 2];
    for seed in 1..=4 {
        let mut model = Digit::boxed(&mut random(seed));
        Trainer::new(Adam::new(3e-3)).epochs(8).batch_size(32).seed(seed).fit(&mut model, &train).unwrap();
        let small = DigitInt8::quantize(&model, &train).unwrap();
        let (before, after) = (evaluate(&*model, &test).unwrap(), small.evaluate(&test).unwrap());
        println!("digit {} to {}, odd {} to {}", before.digit.accuracy, after.digit.accuracy, before.odd.accuracy, after.odd.accuracy);
        println!("losses {} to {}, {} to {}", before.digit.loss, after.digit.loss, before.odd.loss, after.odd.loss);
        assert!(before.digit.accuracy > 0.97, "{}", before.digit.accuracy);
        assert!((after.digit.loss / before.digit.loss - 1.0).abs() < 0.03 && (after.odd.loss / before.odd.loss - 1.0).abs() < 0.03);
        drops[0] += (before.digit.accuracy - after.digit.accuracy) / 4.0;
        drops[1] += (before.odd.accuracy - after.odd.accuracy) / 4.0;
    }
    // One of the 360 digits is 0.28 points.
    assert!(drops.iter().all(|&drop| drop <= 0.005), "{drops:?}");
    println!("{} bytes to {}", size_of::<Digit>(), size_of::<DigitInt8>());
    assert!(10 * size_of::<DigitInt8>() < 4 * size_of::<Digit>());
}

//! Convolution and pooling in whole models: embedded from Keras's weights, in files of both layouts, sample by sample, on several threads.

use std::io::Cursor;

use mtl::layer::Pass;
use mtl::pass::Tile;
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};
use mtl::{Flat, Model, flat, weights};
use serde_json::Value;

multitask! {
    /// The model of `tests/reference/convolution.json`.
    struct Convolved {
        input image: [7, 6, 2];
        input sound: [9, 3];
        shared seen = image
            -> Conv2D(4, kernel = [3, 2], stride = [2, 1], padding = same) -> BatchNorm -> relu -> MaxPool2D(2, stride = 1, padding = same)
            -> Conv2D(5, tanh);
        let heard = sound -> Conv1D(4, elu, kernel = 4, stride = 2, padding = same) -> LayerNorm -> MaxPool1D -> Flatten;
        let pooled = seen -> AveragePool2D([2, 3], stride = 2, padding = same) -> Flatten;
        shared all = (pooled, seen -> GlobalAveragePool, heard) -> Concat -> Dense(8, tanh);
        head kind = all -> Dense(3, softmax) { loss: categorical_cross_entropy }
        head level = all -> Dense(2) { loss: huber, weight: 2 }
    }
}

/// What Keras wrote, built in.
static EMBEDDED: Convolved<f64> = mtl::embed!(Convolved<f64>, "tests/reference/convolution.safetensors");

multitask! {
    /// A part of it that predicts one head.
    struct Level {
        input image: [7, 6, 2];
        input sound: [9, 3];
        let seen = image
            -> Conv2D(4, kernel = [3, 2], stride = [2, 1], padding = same) -> BatchNorm -> relu -> MaxPool2D(2, stride = 1, padding = same)
            -> Conv2D(5, tanh);
        let heard = sound -> Conv1D(4, elu, kernel = 4, stride = 2, padding = same) -> LayerNorm -> MaxPool1D -> Flatten;
        let pooled = seen -> AveragePool2D([2, 3], stride = 2, padding = same) -> Flatten;
        let all = (pooled, seen -> GlobalAveragePool, heard) -> Concat -> Dense(8, tanh);
        head level = all -> Dense(2) { loss: huber }
    }
}

static PART: Level<f64> = mtl::embed!(Level<f64>, "tests/reference/convolution.safetensors", part_of = Convolved<f64>);

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn reference() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/convolution.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn weights_of_keras_predict_as_keras() {
    let file = reference();
    for sample in 0..4 {
        let mut inputs: ConvolvedInputs<f64> = ConvolvedInputs { image: [[[0.0; 2]; 6]; 7], sound: [[0.0; 3]; 9] };
        inputs.image.as_flattened_mut().as_flattened_mut().copy_from_slice(&numbers(&file["inputs"]["image"][sample]));
        inputs.sound.as_flattened_mut().copy_from_slice(&numbers(&file["inputs"]["sound"][sample]));
        let outputs = EMBEDDED.predict(&inputs);
        for (ours, theirs) in [(outputs.kind.as_slice(), "kind"), (outputs.level.as_slice(), "level")] {
            let theirs = numbers(&file["predictions_at_start"][theirs][sample]);
            ours.iter().zip(&theirs).for_each(|(a, b)| assert!((a - b).abs() < 1e-12, "{a} is not {b}"));
        }
        assert_eq!(EMBEDDED.predict_kind(&inputs), outputs.kind);
        assert_eq!(EMBEDDED.predict_level(&inputs), outputs.level);
        assert_eq!(PART.predict(&LevelInputs { image: inputs.image, sound: inputs.sound }).level, outputs.level);
    }
}

fn model<M: Model>(seed: u64) -> Box<M> {
    let mut model: Box<M> = flat::zeroed_box();
    model.initialize(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    model
}

fn random_inputs(count: usize) -> Vec<ConvolvedInputs> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    (0..count)
        .map(|_| {
            let mut inputs = ConvolvedInputs { image: [[[0.0; 2]; 6]; 7], sound: [[0.0; 3]; 9] };
            inputs.image.as_flattened_mut().as_flattened_mut().iter_mut().for_each(|value| *value = rng.random_range(-1.0..1.0));
            inputs.sound.as_flattened_mut().iter_mut().for_each(|value| *value = rng.random_range(-1.0..1.0));
            inputs
        })
        .collect()
}

#[test]
fn many_rows_are_predicted_as_one_by_one() {
    let (model, inputs) = (model::<Convolved>(1), random_inputs(37));
    let mut outputs = vec![model.predict(&inputs[0]); inputs.len()];
    let mut tile: Box<Tile<Convolved, 16>> = flat::zeroed_box();
    model.predict_batch(&inputs, &mut outputs, &mut tile).unwrap();
    for (inputs, outputs) in inputs.iter().zip(&outputs) {
        let single = model.predict(inputs);
        assert!((*single.kind - *outputs.kind).amax() < 1e-6 && (single.level - outputs.level).amax() < 1e-6);
    }
}

#[test]
fn files_have_the_names_and_shapes_of_keras() {
    let shapes: Vec<(&str, &[usize])> = Convolved::<f32>::PARAMETERS.iter().map(|tensor| (tensor.path, tensor.shape)).collect();
    assert_eq!(shapes[..3], [("seen.conv2d1.kernel", &[3, 2, 2, 4][..]), ("seen.conv2d1.bias", &[4]), ("seen.batch_norm1.gamma", &[4])]);
    assert!(shapes.contains(&("heard.conv1d1.kernel", &[4, 3, 4])));
    assert!(shapes.contains(&("heard.layer_norm1.beta", &[4])));
    let model = model::<Convolved>(1);
    let bytes = weights::to_bytes(&*model).unwrap();
    assert_eq!(*weights::LoadOptions::new().read::<Convolved>(Cursor::new(bytes)).unwrap(), *model);
}

multitask! {
    struct Plain {
        input image: [5, 4, 3];
        shared body = image -> Conv2D(2, relu, kernel = [2, 3]) -> Flatten;
        head one = body -> Dense(1) { loss: mse }
        head two = body -> Dense(1) { loss: mse }
    }
}

#[test]
fn kernels_of_pytorch_are_transposed() {
    let model = model::<Plain>(5);
    let (mut header, mut data) = (String::new(), Vec::<u8>::new());
    for tensor in Plain::<f32>::PARAMETERS {
        let values = &model.as_slice()[tensor.offset..tensor.offset + tensor.len];
        let (shape, values): (Vec<usize>, Vec<f32>) = match *tensor.shape {
            // `[rows, columns, in, out]` as `[out, in, rows, columns]`.
            [rows, columns, channels, filters] => {
                let value = |at: usize| {
                    let (column, row, channel, filter) =
                        (at % columns, at / columns % rows, at / columns / rows % channels, at / columns / rows / channels);
                    values[((row * columns + column) * channels + channel) * filters + filter]
                };
                (vec![filters, channels, rows, columns], (0..tensor.len).map(value).collect())
            }
            [inputs, units] => (vec![units, inputs], (0..tensor.len).map(|at| values[at % inputs * units + at / inputs]).collect()),
            _ => (tensor.shape.to_vec(), values.to_vec()),
        };
        let begin = data.len();
        values.iter().for_each(|value| data.extend(value.to_le_bytes()));
        let comma = if header.is_empty() { "" } else { "," };
        let name = tensor.path.replace("kernel", "weight");
        header += &format!("{comma}\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{begin},{}]}}", data.len());
    }
    let header = format!("{{{header}}}");
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat();
    assert_eq!(*weights::LoadOptions::new().read::<Plain>(Cursor::new(file)).unwrap(), *model);
}

multitask! {
    struct Folding {
        input image: [6, 6, 2];
        let a = image -> Normalize -> Conv2D(3, relu) -> BatchNorm -> Conv2D(4) -> Dropout(0.1) -> BatchNorm -> relu;
        // Padding is zeros, and not what zeros are normalised to: it stays.
        let b = image -> BatchNorm -> Conv2D(2, relu, padding = same) -> MaxPool2D(3);
        // Every pixel has its channels normalised: a layer over all of them takes it in. One of other channels does not.
        head one = (a -> GlobalAveragePool, b -> BatchNorm -> Flatten -> Dense(4)) -> Add -> Dense(1) { loss: mse }
        head two = b -> Reshape([1, 4, 2]) -> BatchNorm -> Reshape([2, 2, 2]) -> Conv2D(2, kernel = 2) -> Flatten { loss: mse }
        head three = a -> Conv2D(2, kernel = 2) -> Flatten -> BatchNorm { loss: mse }
    }
}

#[test]
fn normalisations_fold_into_convolutions() {
    let mut model = model::<Folding<f64>>(2);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    model.as_mut_slice().iter_mut().for_each(|value| *value = rng.random_range(0.3..1.2));
    for value in model.a.conv2d1.kernel.iter_mut().chain(model.a.conv2d2.kernel.iter_mut()) {
        *value -= 0.75;
    }
    let folded = model.folded();
    for seed in 0..20 {
        let image = std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                std::array::from_fn(|channel| (f64::from(seed) * 1.7 + (row * 12 + column * 2 + channel) as f64 * 2.3).sin())
            })
        });
        let (a, b) = (model.predict(&FoldingInputs { image }), folded.predict(&FoldingInputs { image }));
        assert!((a.one - b.one).abs() < 1e-11 * (1.0 + a.one.abs()), "{} is not {}", a.one, b.one);
        assert!((a.two - b.two).amax() < 1e-11 * (1.0 + a.two.amax()), "{} is not {}", a.two, b.two);
        assert!((a.three - b.three).amax() < 1e-11 * (1.0 + a.three.amax()), "{} is not {}", a.three, b.three);
    }
    // Those before a convolution without padding, after a linear one, and before the dense layer are gone.
    assert!(folded.a.normalize1.mean.amax() == 0.0 && folded.a.batch_norm1.beta.amax() == 0.0 && folded.a.batch_norm2.beta.amax() == 0.0);
    assert_eq!(folded.one.batch_norm1.beta.amax(), 0.0);
    assert_eq!((folded.b.batch_norm1, folded.two.batch_norm1), (model.b.batch_norm1, model.two.batch_norm1));
    assert_eq!(folded.three.batch_norm1, model.three.batch_norm1);
}

#[test]
fn images_are_normalised_along_their_channels() {
    let mut model = model::<Folding<f32>>(1);
    let rows = (0..40).map(|row| {
        let image = std::array::from_fn(|y| std::array::from_fn(|x| [(row * 36 + y * 6 + x) as f32 % 7.0, 3.0 + (row + x) as f32 % 2.0]));
        (FoldingInputs { image }, FoldingTargets { one: 0.0, two: [0.0; 2], three: [0.0; 2] })
    });
    let data: Dataset<Folding> = Dataset::from_rows(rows).unwrap();
    mtl::adapt::adapt(&mut model, &data).unwrap();
    // 1440 pixels: of 0 to 6 in turn, and of 3 and 4 in equal parts.
    let (mean, variance) = (model.a.normalize1.mean, model.a.normalize1.variance);
    let values = (0..1440).map(|at| f64::from(at % 7));
    let expected = values.clone().sum::<f64>() / 1440.0;
    assert!((f64::from(mean[0]) - expected).abs() < 1e-5 && (mean[1] - 3.5).abs() < 1e-6);
    assert!((f64::from(variance[0]) - values.map(|value| (value - expected).powi(2)).sum::<f64>() / 1440.0).abs() < 1e-4);
    assert!((variance[1] - 0.25).abs() < 1e-6);
}

#[test]
fn a_moved_image_gives_a_moved_answer() {
    multitask! {
        struct Local {
            input image: [9, 9, 1];
            head seen = image -> Conv2D(3, gelu) -> AveragePool2D(2, stride = 1) -> Conv2D(2, tanh, kernel = 2) -> Flatten { loss: mse }
        }
    }
    let model = model::<Local<f64>>(4);
    let inside = |down: usize, right: usize| {
        let pixel = |row: usize, column: usize| match (row.checked_sub(3 + down), column.checked_sub(3 + right)) {
            (Some(row @ 0..2), Some(column @ 0..2)) => 1.0 + (row * 2 + column) as f64,
            _ => 0.0,
        };
        let image = std::array::from_fn(|row| std::array::from_fn(|column| [pixel(row, column)]));
        model.predict(&LocalInputs { image }).seen
    };
    // 5 × 5 places of two channels.
    let (still, moved) = (inside(0, 0), inside(1, 2));
    for (row, column, channel) in (0..4).flat_map(|row| (0..3).flat_map(move |column| (0..2).map(move |channel| (row, column, channel)))) {
        let (a, b) = (still[(row * 5 + column) * 2 + channel], moved[((row + 1) * 5 + column + 2) * 2 + channel]);
        assert!((a - b).abs() < 1e-14, "{a} is not {b}");
    }
}

multitask! {
    struct Threaded {
        input image: [6, 6, 1];
        shared body = image -> Conv2D(5, relu, padding = same) -> MaxPool2D -> Dropout(0.2) -> Conv2D(6, tanh, l2 = 0.001) -> Flatten;
        head level = body -> Dense(1) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let rows = (0..700).map(|row| {
        let image: [[[f32; 1]; 6]; 6] = std::array::from_fn(|_| std::array::from_fn(|_| [rng.random_range(-1.0..1.0)]));
        (ThreadedInputs { image }, ThreadedTargets { level: image[0][0][0] * image[3][2][0], kind: row % 3 })
    });
    let data: Dataset<Threaded> = Dataset::from_rows(rows).unwrap();
    let trained = |threads: usize| {
        let mut model = model::<Threaded>(1);
        Trainer::new(Adam::default()).epochs(2).batch_size(256).threads(threads).quiet().fit(&mut *model, &data).unwrap();
        model.as_slice().iter().map(|value| value.to_bits()).collect::<Vec<_>>()
    };
    let one = trained(1);
    assert_ne!(one, model::<Threaded>(1).as_slice().iter().map(|value| value.to_bits()).collect::<Vec<_>>());
    assert_eq!(trained(2), one);
    assert_eq!(trained(3), one);
}

#[test]
fn a_frozen_convolution_is_left_alone() {
    let model = model::<Threaded<f64>>(1);
    let image = std::array::from_fn(|row| std::array::from_fn(|column| [((row * 6 + column) as f64).sin()]));
    let rows = [(ThreadedInputs { image }, ThreadedTargets { level: 0.5, kind: 1 })];
    let gradient = |frozen: &[&str]| {
        let mut tiles = flat::zeroed_slice::<Tile<Threaded<f64>, 1>>(1);
        let (mut statistics, mut gradient) = (flat::zeroed(), flat::zeroed_box::<Threaded<f64>>());
        let set = frozen.iter().fold(mtl::model::BlockSet::NONE, |set, name| {
            set.with(mtl::model::BlockSet::only(Threaded::<f64>::BLOCKS.iter().position(|block| block == name).unwrap()))
        });
        let pass = Pass { frozen: set, ..Pass::train(7) };
        let weights = Threaded::<f64>::loss_weights();
        mtl::pass::value_and_gradient(
            mtl::pass::Work { model: &*model, pass, heads: mtl::model::HeadSet::ALL },
            &rows[..],
            &weights,
            mtl::pass::Memory { tiles: &mut tiles, statistics: &mut statistics },
            &mut gradient,
        )
        .unwrap();
        gradient
    };
    let (all, rest) = (gradient(&[]), gradient(&["body"]));
    assert_eq!(all.level, rest.level);
    assert!(all.body.conv2d1.kernel.amax() > 0.0 && all.body.conv2d2.bias.amax() > 0.0);
    assert_eq!(rest.body.conv2d1.kernel.amax(), 0.0);
}

#[test]
fn the_summary_counts_what_convolutions_cost() {
    let layers = |name: &str| *Threaded::<f32>::LAYERS.iter().find(|layer| layer.name == name).unwrap();
    let first = layers("body.conv2d1");
    assert_eq!((first.kind, first.output, first.parameters, first.multiply_adds), ("Conv2D(relu, same)", &[6, 6, 5][..], 50, 36 * 5 * 9));
    let second = layers("body.conv2d2");
    assert_eq!((second.kind, second.output, second.parameters, second.multiply_adds), ("Conv2D(tanh)", &[1, 1, 6][..], 276, 6 * 45));
    assert_eq!((layers("body.max_pool2d1").kind, layers("body.max_pool2d1").output), ("MaxPool2D(2)", &[3, 3, 5][..]));
}

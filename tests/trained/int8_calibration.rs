//! What one byte a value keeps where values differ by orders of magnitude: heavy tails, rows of another size, heads of different sizes on one trunk,
//! columns without spread. Each model is trained, quantised, and compared with itself in `f32`, output by output.
#![forbid(unsafe_code)]

use std::array;

use mtl::model::Output as _;
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};

type Random = Xoshiro256PlusPlus;

fn random(seed: u64) -> Random {
    Random::seed_from_u64(seed)
}

/// Normally distributed, by the sum of twelve.
fn normal(rng: &mut Random) -> f32 {
    (0..12).map(|_| rng.random::<f32>()).sum::<f32>() - 6.0
}

/// The coefficient of determination of each output, of pairs of an exact row and a near one.
fn r2<const N: usize>(pairs: &[([f32; N], [f32; N])]) -> [f64; N] {
    array::from_fn(|output| {
        let exact = || pairs.iter().map(|(exact, _)| f64::from(exact[output]));
        let mean = exact().sum::<f64>() / pairs.len() as f64;
        let error: f64 = pairs.iter().map(|(exact, near)| (f64::from(exact[output]) - f64::from(near[output])).powi(2)).sum();
        1.0 - error / exact().map(|exact| (exact - mean).powi(2)).sum::<f64>()
    })
}

const ROWS: usize = 2000;
const SEEDS: std::ops::Range<u64> = 1..4;

/// What a test of one model gives for each row: the exact outputs and the near ones.
macro_rules! pairs {
    ($float:expr, $small:expr, $rows:expr, $head:ident) => {
        $rows.iter().map(|row| (*$float.predict(row).$head.values(), *$small.predict(row).$head.values())).collect::<Vec<_>>()
    };
}

multitask! {
    #[int8]
    struct Scaled {
        input x: [8];
        shared body = x -> Normalize -> Dense(32, relu) -> Dense(16, relu);
        head value = body -> Dense(1) { loss: mse }
        head class = body -> Dense(3, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

multitask! {
    #[int8]
    struct Rowwise {
        input x: [8];
        shared body = x -> LayerNorm -> Dense(32, relu) -> Dense(16, relu);
        head value = body -> Dense(1) { loss: mse }
        head class = body -> Dense(3, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

/// Trains a model on rows, and gives the coefficients of its outputs over `ordinary` rows and over all, and how many points of accuracy are lost.
macro_rules! compare {
    ($seed:expr, $model:ident, $inputs:ident, $targets:ident, $small:ident, $rows:expr, $is_ordinary:expr) => {{
        let rows: Vec<[f32; 8]> = $rows;
        let target = |x: &[f32; 8]| {
            let log = |at: usize| (x[at].abs() + 1e-3).ln();
            let value = x[0] / (1.0 + x[1].abs()) + 0.3 * log(2) - 0.2 * log(3);
            let score = [log(4) + log(5), log(5) + log(6), log(6) + log(7)];
            let class = (0..3).max_by(|&left, &right| score[left].total_cmp(&score[right])).unwrap();
            $targets { value, class }
        };
        let data = Dataset::<$model>::from_rows(rows.iter().map(|x| ($inputs { x: *x }, target(x)))).unwrap();
        let mut float = $model::boxed(&mut random($seed));
        Trainer::new(Adam::new(3e-3)).epochs(25).batch_size(32).quiet().seed($seed).fit(&mut float, &data).unwrap();
        let small = $small::quantize(&float, &data).unwrap();
        let all: Vec<_> = rows.iter().map(|&x| $inputs { x }).collect();
        let ordinary: Vec<_> = rows.iter().enumerate().filter(|(row, _)| $is_ordinary(*row)).map(|(_, &x)| $inputs { x }).collect();
        let [value]: [f64; 1] = r2(&pairs!(float, small, ordinary, value));
        let [value_of_all]: [f64; 1] = r2(&pairs!(float, small, all, value));
        let class: [f64; 3] = r2(&pairs!(float, small, ordinary, class));
        let (before, after) = (evaluate(&*float, &data).unwrap().class.accuracy, small.evaluate(&data).unwrap().class.accuracy);
        println!(
            "{} seed {}: value {value:.4} (all rows {value_of_all:.4}), class {class:.4?}, accuracy {before:.4} to {after:.4}",
            stringify!($model),
            $seed
        );
        (value, value_of_all, class, 100.0 * (before - after))
    }};
}

fn log_normal(seed: u64, sigma: f32) -> Vec<[f32; 8]> {
    let mut rng = random(seed);
    (0..ROWS).map(|_| array::from_fn(|_| (sigma * normal(&mut rng)).exp())).collect()
}

#[test]
fn log_normal_inputs_behind_a_normalisation() {
    for (seed, sigma) in SEEDS.flat_map(|seed| [(seed, 1.0), (seed, 1.5)]) {
        let (value, all, class, lost) = compare!(seed, Scaled, ScaledInputs, ScaledTargets, ScaledInt8, log_normal(seed, sigma), |_| true);
        assert!(value >= 0.98 && all >= 0.98 && class.iter().all(|&class| class >= 0.98) && lost <= 1.0, "sigma {sigma}");
    }
}

#[test]
fn log_normal_inputs_behind_a_normalisation_of_each_row() {
    for (seed, sigma) in SEEDS.flat_map(|seed| [(seed, 1.0), (seed, 2.0)]) {
        let (value, all, class, lost) = compare!(seed, Rowwise, RowwiseInputs, RowwiseTargets, RowwiseInt8, log_normal(seed, sigma), |_| true);
        assert!(value >= 0.98 && all >= 0.98 && class.iter().all(|&class| class >= 0.98) && lost <= 1.0, "sigma {sigma}");
    }
}

fn with_large_rows(seed: u64) -> Vec<[f32; 8]> {
    let mut rng = random(seed);
    (0..ROWS).map(|row| array::from_fn(|_| normal(&mut rng) * if row % 1000 == 500 { 1000.0 } else { 1.0 })).collect()
}

#[test]
fn one_row_in_a_thousand_of_a_thousand_times_the_size() {
    let is_ordinary = |row: usize| row % 1000 != 500;
    for seed in SEEDS {
        let (value, _, class, lost) = compare!(seed, Scaled, ScaledInputs, ScaledTargets, ScaledInt8, with_large_rows(seed), is_ordinary);
        assert!(value >= 0.98 && class.iter().all(|&class| class >= 0.98) && lost <= 1.0);
        let (value, all, class, lost) = compare!(seed, Rowwise, RowwiseInputs, RowwiseTargets, RowwiseInt8, with_large_rows(seed), is_ordinary);
        assert!(value >= 0.98 && all >= 0.98 && class.iter().all(|&class| class >= 0.98) && lost <= 1.0);
    }
}

multitask! {
    #[int8]
    struct Sizes {
        input x: [6];
        shared body = x -> Normalize -> Dense(32, relu) -> Dense(24, relu);
        head small = body -> Dense(2) { loss: mse }
        head large = body -> Dense(1) { loss: mse }
        head count = body -> Dense(1, exponential) { loss: poisson }
        head together = body -> Dense(3) { loss: mse }
    }
}

#[test]
fn heads_of_different_sizes_on_one_trunk() {
    for seed in SEEDS {
        let mut rng = random(seed);
        let rows: Vec<SizesInputs> = (0..ROWS).map(|_| SizesInputs { x: array::from_fn(|_| normal(&mut rng)) }).collect();
        let target = |x: &[f32; 6]| {
            let (a, b, c) = (x[0] * x[1] + x[2], (x[3] + x[4]).sin() + x[5], x[1].max(x[5]));
            SizesTargets { small: [a, 0.001 * b], large: 1000.0 * c, count: (0.5 * a + 1.0).exp().round(), together: [b, 1000.0 * a, 0.001 * c] }
        };
        let data = Dataset::<Sizes>::from_rows(rows.iter().map(|row| (*row, target(&row.x)))).unwrap();
        let mut float = Sizes::boxed(&mut random(seed));
        Trainer::new(Adam::new(1e-3)).epochs(100).batch_size(32).quiet().seed(seed).fit(&mut float, &data).unwrap();
        let small = SizesInt8::quantize(&float, &data).unwrap();
        let of_small: [f64; 2] = r2(&pairs!(float, small, rows, small));
        let of_large: [f64; 1] = r2(&pairs!(float, small, rows, large));
        let of_count: [f64; 1] = r2(&pairs!(float, small, rows, count));
        let of_together: [f64; 3] = r2(&pairs!(float, small, rows, together));
        let mut off: Vec<f32> =
            pairs!(float, small, rows, count).iter().map(|(exact, near): &([f32; 1], [f32; 1])| (near[0] / exact[0] - 1.0).abs()).collect();
        off.sort_by(f32::total_cmp);
        println!(
            "seed {seed}: small {of_small:.4?}, large {of_large:.4?}, count {of_count:.4?} off by {:.3}, together {of_together:.4?}",
            off[ROWS / 2]
        );
        let least = of_small.iter().chain(&of_large).chain(&of_count).chain(&of_together).copied().fold(1.0, f64::min);
        assert!(least >= 0.98 && off[ROWS / 2] < 0.06);
    }
}

multitask! {
    /// A column that never changes, and one that hardly does, before what takes it in in different ways.
    #[int8]
    struct Still {
        input x: [4];
        input frames: [6, 3];
        input image: [4, 4, 2];
        let vector = x -> Normalize -> Dense(8, tanh);
        let heard = frames -> Normalize -> Gru(6);
        let seen = image -> Normalize -> Conv2D(4, relu, padding = same) -> GlobalAveragePool;
        let early = x -> BatchNorm -> Dense(8, relu) -> Normalize;
        head a = (vector, heard, seen, x -> Normalize) -> Concat -> Dense(8, relu) -> Dense(1) { loss: mse }
        head b = (early, vector) -> Concat -> Dense(1) { loss: mse }
        head c = heard -> Dense(1) { loss: mse }
        head d = seen -> Dense(1) { loss: mse }
    }
}

#[test]
fn columns_without_spread() {
    for (seed, still, spread) in [(1, 5.0, 0.0), (2, 14.62, 0.0), (3, 1e6, 0.0)] {
        let mut rng = random(seed);
        let nearly = |rng: &mut Random| still + spread * normal(rng);
        let rows: Vec<StillInputs> = (0..400)
            .map(|_| StillInputs {
                x: [normal(&mut rng), rng.random(), nearly(&mut rng), normal(&mut rng)],
                frames: array::from_fn(|_| [normal(&mut rng), still, normal(&mut rng)]),
                image: array::from_fn(|_| array::from_fn(|_| [normal(&mut rng), still])),
            })
            .collect();
        let target = |row: &StillInputs| StillTargets {
            a: row.x[0] + row.x[1] * row.frames[5][0],
            b: row.x[0] * row.x[3],
            c: row.frames[5][0] + 0.5 * row.frames[4][2],
            d: row.image[1][1][0] - row.image[2][2][0],
        };
        let data = Dataset::<Still>::from_rows(rows.iter().map(|row| (*row, target(row)))).unwrap();
        let mut float = Still::boxed(&mut rng);
        Trainer::new(Adam::new(5e-3)).epochs(15).batch_size(32).quiet().seed(seed).fit(&mut float, &data).unwrap();
        let small = StillInt8::quantize(&float, &data).unwrap();
        let (a, b): ([f64; 1], [f64; 1]) = (r2(&pairs!(float, small, rows, a)), r2(&pairs!(float, small, rows, b)));
        let (c, d): ([f64; 1], [f64; 1]) = (r2(&pairs!(float, small, rows, c)), r2(&pairs!(float, small, rows, d)));
        println!("a constant of {still}, spread {spread}: {a:.4?} {b:.4?} {c:.4?} {d:.4?}");
        assert!([a, c, d].iter().flatten().all(|&r2| r2 >= 0.98));
        // The moving mean of a `BatchNorm` is still far from a large constant, and is the size of what it gives.
        assert!(still > 100.0 || b[0] >= 0.98);
    }
}

multitask! {
    /// What a `Concat` joins is of different size, and so are the units of each layer.
    #[int8]
    struct Joined {
        input x: [5];
        input raw: [2];
        input kind: class(6);
        let joined = (x -> Normalize, kind -> Embedding(4), raw -> Dense(3)) -> Concat;
        shared body = joined -> Dense(24, relu) -> Dense(16, relu);
        head a = body -> Dense(1) { loss: mse }
        // Ends in bytes, on a scale for each of its outputs.
        head b = (body -> Dense(1), body -> Dense(1)) -> Concat { loss: mse }
        head c = (body -> Dense(6), body -> Dense(6)) -> Multiply -> Dense(1) { loss: mse }
    }
}

#[test]
fn inputs_of_different_size_that_are_joined() {
    for seed in SEEDS {
        let mut rng = random(seed);
        let rows: Vec<JoinedInputs> = (0..1500)
            .map(|_| JoinedInputs {
                x: array::from_fn(|column| normal(&mut rng) * 10.0_f32.powi(column as i32)),
                raw: [5.0 * normal(&mut rng), 20.0 * rng.random::<f32>()],
                kind: rng.random_range(0..6),
            })
            .collect();
        let target = |row: &JoinedInputs| {
            let of_kind = [0.5, -1.0, 2.0, 0.0, 1.0, -2.0][row.kind];
            JoinedTargets { a: of_kind + row.x[0], b: [of_kind * row.x[1] / 10.0, 10.0 * row.raw[0]], c: row.x[0] * of_kind }
        };
        let data = Dataset::<Joined>::from_rows(rows.iter().map(|row| (*row, target(row)))).unwrap();
        let mut float = Joined::boxed(&mut rng);
        Trainer::new(Adam::new(3e-3)).epochs(30).batch_size(32).quiet().seed(seed).fit(&mut float, &data).unwrap();
        let small = JoinedInt8::quantize(&float, &data).unwrap();
        let (a, b, c): ([f64; 1], [f64; 2], [f64; 1]) =
            (r2(&pairs!(float, small, rows, a)), r2(&pairs!(float, small, rows, b)), r2(&pairs!(float, small, rows, c)));
        println!("seed {seed}: {a:.4?} {b:.4?} {c:.4?}\n{}", small.report);
        // The factors of a product have one scale for all their units: of this head more is lost.
        assert!(a.iter().chain(&b).all(|&r2| r2 >= 0.98));
    }
}

/// One input of each kind and a head for every set of them.
mod unknown {
    use super::{Random, array, random};
    use mtl::prelude::*;
    use mtl::rand::RngExt;

    multitask! {
        #[int8]
        struct Known {
            input x: [3];
            input rows: [4];
            input kind: class(5);
            input month: class(12);
            let of_x = x -> Normalize -> Dense(4, relu);
            let of_rows = rows -> LayerNorm -> Dense(4, tanh);
            let of_kind = kind -> Embedding(3);
            let of_month = month -> OneHot -> Dense(3, relu);
            head a = of_x -> Dense(2) { loss: mse }
            head b = of_rows -> Dense(2, relu) { loss: mse }
            head c = of_kind -> Dense(3, softmax) { loss: categorical_cross_entropy }
            head d = of_month -> Dense(1, sigmoid) { loss: binary_cross_entropy }
            head all = (of_x, of_rows, of_kind, of_month) -> Concat -> Dense(2) { loss: mse }
            head ends_in_bytes = (of_x, of_rows) -> Average { loss: mse }
        }
    }

    const TARGET: KnownTargets = KnownTargets { a: [0.0; 2], b: [0.0; 2], c: 0, d: 0.0, all: [0.0; 2], ends_in_bytes: [0.0; 4] };

    fn row(rng: &mut Random) -> KnownInputs {
        KnownInputs {
            x: array::from_fn(|_| rng.random()),
            rows: array::from_fn(|_| rng.random()),
            kind: rng.random_range(0..5),
            month: rng.random_range(0..12),
        }
    }

    fn model() -> (Box<KnownInt8>, KnownInputs) {
        let mut rng = random(4);
        let rows: Vec<KnownInputs> = (0..100).map(|_| row(&mut rng)).collect();
        let data = Dataset::<Known>::from_rows(rows.iter().map(|row| (*row, TARGET))).unwrap();
        let mut float = Known::boxed(&mut rng);
        mtl::adapt::adapt(&mut *float, &data).unwrap();
        (KnownInt8::quantize(&float, &data).unwrap().model, rows[0])
    }

    /// Which heads are NaN; none is so in part.
    fn unknown(outputs: &KnownOutputs<f32>) -> [bool; 6] {
        let is = |output: &[f32]| {
            assert!(output.iter().all(|y| y.is_nan()) || output.iter().all(|y| y.is_finite()), "{output:?}");
            output[0].is_nan()
        };
        [
            is(outputs.a.as_slice()),
            is(outputs.b.as_slice()),
            is(outputs.c.as_slice()),
            is(&[outputs.d]),
            is(outputs.all.as_slice()),
            is(outputs.ends_in_bytes.as_slice()),
        ]
    }

    #[test]
    fn what_depends_on_an_input_that_says_nothing_is_nan_and_nothing_else() {
        let (small, row) = model();
        let cases = [
            (KnownInputs { ..row }, [false; 6]),
            (KnownInputs { x: [0.5, f32::NAN, 0.5], ..row }, [true, false, false, false, true, true]),
            (KnownInputs { rows: [f32::NAN; 4], ..row }, [false, true, false, false, true, true]),
            (KnownInputs { kind: 5, ..row }, [false, false, true, false, true, false]),
            (KnownInputs { kind: usize::MAX, ..row }, [false, false, true, false, true, false]),
            (KnownInputs { month: 12, ..row }, [false, false, false, true, true, false]),
            (KnownInputs { month: 1 << 32, ..row }, [false, false, false, true, true, false]),
            (KnownInputs { x: [f32::INFINITY, 0.5, 0.5], ..row }, [true, false, false, false, true, true]),
            (KnownInputs { x: [1e30, 0.5, -1e30], ..row }, [false; 6]),
            (KnownInputs { rows: [0.1, f32::INFINITY, 0.2, 0.3], ..row }, [false, true, false, false, true, true]),
        ];
        for (inputs, expected) in cases {
            let outputs = small.predict(&inputs);
            assert_eq!(unknown(&outputs), expected, "{inputs:?}");
            // The other ways to predict: head by head, and in a batch.
            assert_eq!([small.predict_a(&inputs)[0].is_nan(), small.predict_c(&inputs)[0].is_nan()], [expected[0], expected[2]]);
            assert_eq!([small.predict_d(&inputs).is_nan(), small.predict_all(&inputs)[0].is_nan()], [expected[3], expected[4]]);
        }
    }
}

#[test]
fn a_report_names_heads_and_tensors_and_warns() {
    let rows = log_normal(1, 1.0);
    let target = ScaledTargets { value: 0.0, class: 0 };
    let data = Dataset::<Scaled>::from_rows(rows.iter().map(|&x| (ScaledInputs { x }, target))).unwrap();
    let mut float = Scaled::boxed(&mut random(1));
    mtl::adapt::adapt(&mut *float, &data).unwrap();
    let quantized = mtl::int8::Calibration::new().rows(300).quantize::<ScaledInt8>(&float, &data).unwrap();
    let report = &quantized.report;
    assert_eq!((report.rows, report.heads[0].head, report.heads[1].head, report.heads[1].outputs.len()), (ROWS, "value", "class", 3));
    assert!(report.warnings.is_empty(), "{report}");
    let value = report.heads[0].outputs[0];
    assert!(value.r2 > 0.99 && value.largest_error > 0.0 && (value.signal_to_noise + 10.0 * (1.0 - value.r2).log10()).abs() < 1e-6);
    assert!((report.tensors.iter().map(|tensor| tensor.cost).sum::<f64>() - 1.0).abs() < 1e-6);
    assert!(report.tensors.iter().any(|tensor| tensor.tensor == "body.dense1"), "{report}");
    let text = report.to_string();
    assert!(text.contains("R²") && text.contains("rounding costs most in `body"), "{text}");

    // Nothing is as near as that.
    let strict = mtl::int8::Calibration::new().least_r2(1.0).quantize::<ScaledInt8>(&float, &data).unwrap().report;
    assert!(matches!(strict.warnings[0], mtl::int8::Warning::Output { head: "value", output: 0, least_r2: 1.0, .. }), "{strict}");
    assert!(strict.to_string().contains("warning: output 0 of `value` has R² 0.9"), "{strict}");

    let few = Dataset::<Scaled>::from_rows(rows[..1].iter().map(|&x| (ScaledInputs { x }, target))).unwrap();
    let of_few = ScaledInt8::quantize(&float, &few).unwrap();
    assert!(of_few.report.warnings.contains(&mtl::int8::Warning::FewRows { rows: 1 }), "{}", of_few.report);
    let (exact, near) = (float.predict(&ScaledInputs { x: rows[0] }).value, of_few.predict(&ScaledInputs { x: rows[0] }).value);
    assert!((exact - near).abs() < 0.05 * exact.abs().max(0.1), "{near} instead of {exact}");

    for (calibration, setting) in [(mtl::int8::Calibration::new().rows(0), "rows"), (mtl::int8::Calibration::new().least_r2(f64::NAN), "least_r2")] {
        let error = calibration.quantize::<ScaledInt8>(&float, &data).unwrap_err();
        assert!(error.to_string().starts_with(&format!("`Calibration::{setting}` is ")), "{error}");
    }
}

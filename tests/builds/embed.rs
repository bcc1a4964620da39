//! Embedded models: the same bits as loaded ones; parts of models; files that do not fit stop `cargo check`.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mtl::loss::TargetError;
use mtl::optimizer::Adam;
use mtl::pass::PassError;
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::stepper::{StepError, Stepper};
use mtl::{flat, weights};

#[path = "../../examples/embedded/model/src/digits.rs"]
pub(crate) mod digits;
use digits::{Digits, DigitsInt8, Reader, ReaderInputs, ReaderInt8, inputs};

static EMBEDDED: Digits = mtl::embed!(Digits, "examples/embedded/weights/digits.safetensors");
static TRUNK: Trunk = mtl::embed!(Trunk, "examples/embedded/weights/digits.safetensors", part_of = Digits);
static HEAD: Head = mtl::embed!(Head, "examples/embedded/weights/digits.safetensors", part_of = Digits);

static READER: Reader = mtl::embed!(Digits, "examples/embedded/weights/digits.safetensors", heads = [digit]);
static SMALL: DigitsInt8 = mtl::embed!(DigitsInt8, "examples/embedded/weights/digits_int8.safetensors");
static SMALL_READER: ReaderInt8 = mtl::embed!(DigitsInt8, "examples/embedded/weights/digits_int8.safetensors", heads = [digit]);

multitask! {
    /// What the heads share.
    struct Trunk {
        input image: [64];
        head body = image -> Dense(48, relu) -> Dropout(0.1) -> Dense(32, relu) { loss: mse }
    }
}

multitask! {
    /// One head.
    struct Head {
        input body: [32];
        head odd = body -> Dense(16, relu) -> Dense(1, sigmoid) { loss: binary_cross_entropy }
    }
}

/// Pixels without a pattern.
fn image(seed: usize) -> [u8; 64] {
    std::array::from_fn(|pixel| u8::try_from((seed * 131 + pixel * 197 + pixel * pixel * seed) % 17).unwrap_or(0))
}

#[test]
fn embedded_and_loaded_models_predict_the_same_bits() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/embedded/weights/digits.safetensors");
    let loaded = weights::load::<Digits>(path).unwrap();
    assert_eq!(bits(&*loaded), bits(&EMBEDDED));
    for seed in 0..50 {
        let (a, b) = (loaded.predict(&inputs(&image(seed))), EMBEDDED.predict(&inputs(&image(seed))));
        assert_eq!(a.digit.map(f32::to_bits), b.digit.map(f32::to_bits));
        assert_eq!(a.odd.to_bits(), b.odd.to_bits());
        assert_eq!(EMBEDDED.predict_odd(&inputs(&image(seed))).to_bits(), b.odd.to_bits());
    }
}

fn bits<M: mtl::Model<Scalar = f32>>(model: &M) -> Vec<u32> {
    model.as_slice().iter().map(|value| value.to_bits()).collect()
}

#[test]
fn parts_predict_what_the_whole_does() {
    assert_eq!(size_of::<Trunk>() + size_of::<Head>() + size_of_val(&EMBEDDED.digit), size_of::<Digits>());
    for seed in 0..50 {
        let body = TRUNK.predict(&TrunkInputs { image: inputs(&image(seed)).image }).body;
        let odd = HEAD.predict(&HeadInputs { body: body.into() }).odd;
        assert_eq!(odd.to_bits(), EMBEDDED.predict_odd(&inputs(&image(seed))).to_bits());
    }
}

#[test]
fn a_part_by_its_heads_has_their_weights_alone() {
    assert_eq!(size_of::<Reader>() + size_of_val(&EMBEDDED.odd), size_of::<Digits>());
    assert!(size_of::<ReaderInt8>() + 512 < size_of::<DigitsInt8>());
    for seed in 0..50 {
        let image = inputs(&image(seed)).image;
        assert_eq!(
            READER.predict(&ReaderInputs { image }).digit.map(f32::to_bits),
            EMBEDDED.predict(&digits::DigitsInputs { image }).digit.map(f32::to_bits)
        );
        assert_eq!(SMALL_READER.predict(&ReaderInputs { image }).digit, SMALL.predict_digit(&digits::DigitsInputs { image }));
    }
}

#[test]
fn models_in_eight_bits_are_embedded_to_the_same_bits() {
    let loaded = mtl::int8::load::<DigitsInt8>("examples/embedded/weights/digits_int8.safetensors").unwrap();
    assert_eq!(*loaded, SMALL);
}

/// The rule of `predict` for inputs that no data set takes.
#[test]
fn an_embedded_model_gives_nan_for_what_it_was_not_trained_with() {
    for wrong in [f32::NAN, f32::INFINITY] {
        let mut inputs = inputs(&image(1));
        assert_eq!(EMBEDDED.try_predict(&inputs).unwrap(), EMBEDDED.predict(&inputs));
        inputs.image[17] = wrong;
        let outputs = EMBEDDED.predict(&inputs);
        assert!(outputs.digit.iter().all(|value| value.is_nan()) && outputs.odd.is_nan() && EMBEDDED.predict_odd(&inputs).is_nan());
        assert!(EMBEDDED.try_predict(&inputs).is_err());
    }
}

/// A head learns in memory of its own: the steps are those of the trainer's formulas, and nothing else changes.
#[test]
fn a_head_is_trained_in_a_static_stepper() {
    static STEPPER: std::sync::Mutex<Stepper<Head, 4, 2>> = std::sync::Mutex::new(flat::zeroed());
    let mut stepper = STEPPER.lock().unwrap();
    let mut head = HEAD;
    // The heads now has to say the opposite.
    let rows: [_; 32] = std::array::from_fn(|seed| {
        let inputs = inputs(&image(seed));
        let odd = if EMBEDDED.predict_odd(&inputs) > 0.5 { 0.0 } else { 1.0 };
        (HeadInputs { body: TRUNK.predict(&TrunkInputs { image: inputs.image }).body.into() }, HeadTargets { odd })
    });
    let first = stepper.step(&mut head, &Adam::new(0.01), &rows).unwrap();
    let mut last = first;
    for _ in 0..100 {
        // More samples than the tile has columns.
        last = stepper.step(&mut head, &Adam::new(0.01), &rows).unwrap();
    }
    assert_eq!(stepper.steps(), 101);
    assert!(last.odd < 0.1 * first.odd, "{} to {}", first.odd, last.odd);

    let before = head;
    assert_eq!(stepper.step(&mut head, &Adam::new(0.01), &[]), Err(StepError::Pass(PassError::EmptyBatch)));
    let broken = (HeadInputs { body: [f32::MAX; 32] }, rows[0].1);
    assert_eq!(stepper.step(&mut head, &Adam::new(0.01), &[broken]), Err(StepError::NonFinite));
    let wrong = (rows[0].0, HeadTargets { odd: 2.0 });
    assert_eq!(
        stepper.step(&mut head, &Adam::new(0.01), &[rows[1], wrong]),
        Err(StepError::Pass(PassError::Target { sample: 1, head: "odd", problem: TargetError::OutOfRange { value: 2.0, expected: "in [0, 1]" } }))
    );
    assert_eq!((stepper.steps(), before), (101, head));
}

/// One step of a whole model, against the trainer's.
#[test]
fn steps_of_a_stepper_are_those_of_the_trainer() {
    let mut model = Digits::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(3));
    // The keys of dropout differ; a batch whose trunk gives nothing, and so drops nothing, does not.
    model.body.dense1.bias.fill(-100.0);
    let mut stepped = model.clone();
    let rows: Vec<_> = (0..8).map(|seed| (inputs(&image(seed)), digits::DigitsTargets { digit: seed, odd: (seed % 2) as f32 })).collect();
    let mut stepper: Box<Stepper<Digits, 32, 2>> = flat::zeroed_box();
    for _ in 0..5 {
        stepper.step(&mut stepped, &Adam::new(0.01), &rows).unwrap();
    }
    let mut dataset = Dataset::<Digits>::new();
    for (inputs, targets) in rows {
        dataset.push(inputs, targets).unwrap();
    }
    Trainer::new(Adam::new(0.01)).epochs(5).shuffle(false).quiet().fit(&mut model, &dataset).unwrap();
    assert_eq!(bits(&*model), bits(&*stepped));
}

/// What is in the message of a failed `cargo check` of a crate that embeds a file; `None` if it does not fail.
fn check(name: &str, source: &str, file: &[u8]) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target: PathBuf = [env!("CARGO_TARGET_TMPDIR"), "embed"].iter().collect();
    let crate_directory = target.join(name);
    fs::create_dir_all(crate_directory.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         mtl = {{ package = \"mtl-nn\", path = {root:?}, default-features = false }}\n"
    );
    fs::write(crate_directory.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root.join("Cargo.lock"), crate_directory.join("Cargo.lock")).unwrap();
    fs::write(crate_directory.join("src/lib.rs"), source).unwrap();
    fs::write(crate_directory.join("tiny.safetensors"), file).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["check", "--quiet", "--color", "never", "--manifest-path"])
        .arg(crate_directory.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The model that the crates below embed, with so many units.
macro_rules! tiny {
    ($units:literal) => {
        multitask! {
            struct Tiny {
                input x: [3];
                shared body = x -> Dense($units, relu);
                head a = body -> Dense(1) { loss: mse }
                head b = body -> Dense(2) { loss: mse }
            }
        }
    };
}

/// The model that [`TINY`] declares, in eight bits.
fn quantized_tiny() -> impl mtl::int8::Int8Model {
    multitask! {
        #[int8]
        struct Tiny {
            input x: [3];
            shared body = x -> Dense(4, relu);
            head a = body -> Dense(1) { loss: mse }
            head b = body -> Dense(2) { loss: mse }
        }
    }
    let rows = [(TinyInputs { x: [1.0, -1.0, 0.5] }, TinyTargets { a: 0.0, b: [0.0; 2] })];
    *TinyInt8::quantize(&Tiny::new(&mut Xoshiro256PlusPlus::seed_from_u64(1)), &Dataset::from_rows(rows).unwrap()).unwrap()
}

/// The source of a model of a table, with these categories.
fn table(categories: &str) -> String {
    format!(
        "#![no_std]
        #![forbid(unsafe_code)]
        #![deny(warnings)]
        mtl::multitask! {{
            #[int8]
            pub struct Table {{
                input person: {{ age, school }};
                input region: one_of {{ {categories} }};
                head a = (person -> Normalize, region -> OneHot) -> Concat -> Dense(1) {{ loss: mse }}
            }}
        }}
        pub static MODEL: Table = mtl::embed!(Table, \"tiny.safetensors\");"
    )
}

#[test]
fn other_columns_and_categories_stop_cargo_check_by_name() {
    multitask! {
        #[int8]
        struct Table {
            input person: { age, schooling };
            input region: one_of { Midwest, Northeast, West = "a , b" };
            head a = (person -> Normalize, region -> OneHot) -> Concat -> Dense(1) { loss: mse }
        }
    }
    let file = weights::to_bytes(&*mtl::flat::zeroed_box::<Table>()).unwrap();
    let small = mtl::int8::to_bytes(&*mtl::flat::zeroed_box::<TableInt8>()).unwrap();
    let lines = [
        "input `person`: the file has the column `schooling` where the model has `school`",
        "input `region`: the file has the categories `Midwest`, `Northeast`, `a , b`, the model `Midwest`, `West`, `Northeast`",
    ];
    let source = table("Midwest, West, Northeast");
    let int8 = source.replace("MODEL: Table = mtl::embed!(Table", "MODEL: TableInt8 = mtl::embed!(TableInt8");
    for (source, file) in [(&source, &file), (&int8, &small)] {
        let message = check("table", source, file).expect("a file of other columns was embedded");
        for line in lines {
            assert!(message.contains(line), "not in it: {line}\n{message}");
        }
    }
    let same = table("Midwest, Northeast, West = \"a , b\"").replace("school ", "schooling ");
    assert_eq!(check("table", &same, &file), None);
    // A part that is declared by itself.
    let part = "mtl::multitask! {
            pub struct Part {
                input person: { school, age };
                input region: one_of { Midwest, Northeast, West };
                head a = (person -> Normalize, region -> OneHot) -> Concat -> Dense(1) { loss: mse }
            }
        }
        pub static PART: Part = mtl::embed!(Part, \"tiny.safetensors\", part_of = Table);";
    let message = check("table", &format!("{same} {part}"), &file).expect("a part with other columns was embedded");
    for line in [
        "input `person`: the whole has the columns `age`, `schooling`, the part `school`, `age`",
        "input `region`: the whole has the category `a , b` where the part has `West`",
    ] {
        assert!(message.contains(line), "not in it: {line}\n{message}");
    }
}

const TINY: &str = "
    #![no_std]
    #![forbid(unsafe_code)]
    #![deny(warnings)]
    mtl::multitask! {
        pub struct Tiny {
            input x: [3];
            shared body = x -> Dense(4, relu);
            head a = body -> Dense(1) { loss: mse }
            head b = body -> Dense(2) { loss: mse }
        }
    }
";

#[test]
fn a_file_that_does_not_fit_stops_cargo_check() {
    let right = {
        tiny!(4);
        weights::to_bytes(&Tiny::<f32>::new(&mut Xoshiro256PlusPlus::seed_from_u64(1))).unwrap()
    };
    let wrong = {
        tiny!(5);
        weights::to_bytes(&Tiny::<f32>::new(&mut Xoshiro256PlusPlus::seed_from_u64(1))).unwrap()
    };
    let whole = format!("{TINY}\npub static MODEL: Tiny = mtl::embed!(Tiny, \"tiny.safetensors\");");
    assert_eq!(check("right", &whole, &right), None);
    let message = check("wrong", &whole, &wrong).expect("a file of another shape was embedded");
    for line in [
        "`tiny.safetensors` does not fit the model `Tiny`",
        "it was saved from `Tiny`, another architecture",
        "`body.dense1.kernel`: the model has [3, 4], the file [3, 5]",
        "`a.dense1.kernel`: the model has [4, 1], the file [5, 1]",
    ] {
        assert!(message.contains(line), "not in it: {line}\n{message}");
    }
    // The file is looked at again when it changes, and only then.
    assert_eq!(check("wrong", &whole, &right), None);

    let heads =
        format!("{TINY}\npub static MODEL: A = mtl::embed!(Tiny, \"tiny.safetensors\", heads = [HEADS]);").replace("head a", "part A = [a]; head a");
    assert_eq!(check("heads", &heads.replace("HEADS", "a"), &right), None);
    for (named, line) in [("c", "`Tiny` has no head `c`"), ("b", "no part of `Tiny` is declared that has just these heads")] {
        let message = check("heads", &heads.replace("HEADS", named), &right).expect("a part that is not declared was embedded");
        assert!(message.contains(line), "not in it: {line}\n{message}");
    }

    let int8 =
        format!("{TINY}\npub static MODEL: TinyInt8 = mtl::embed!(TinyInt8, \"tiny.safetensors\");").replace("pub struct", "#[int8] pub struct");
    let message = check("int8", &int8, &right).expect("weights in `f32` were embedded in eight bits");
    for line in [
        "`tiny.safetensors` does not fit the model `TinyInt8`",
        "it was saved from `Tiny`, another architecture",
        "`body.dense1.kernel`: the model has I8, the file F32; to embed it, quantize the model and save that",
        "`body.dense1.multiplier` [4] is missing",
    ] {
        assert!(message.contains(line), "not in it: {line}\n{message}");
    }
    assert_eq!(check("int8", &int8, &mtl::int8::to_bytes(&quantized_tiny()).unwrap()), None);

    let part = format!(
        "{TINY}
        mtl::multitask! {{
            pub struct Part {{
                input x: [3];
                let body = x -> Dense(4, relu);
                head a = (body, body) -> Concat -> Dense(1) {{ loss: mse }}
                head c = body -> Dense(2) {{ loss: mse }}
            }}
        }}
        pub static MODEL: Part = mtl::embed!(Part, \"tiny.safetensors\", part_of = Tiny);"
    );
    let message = check("part", &part.replace("let body", "shared body"), &right).expect("what is not a part was embedded");
    for line in [
        "`Part` is not a part of `Tiny`",
        "`a.concat1` is not in it",
        "`a.dense1`: in the part it takes `a.concat1`, in the whole `body`",
        "`a.dense1.kernel`: the part has [8, 1], the whole [4, 1]",
        "`c.dense1.kernel` is not in it",
    ] {
        assert!(message.contains(line), "not in it: {line}\n{message}");
    }
}

//! Weight files: what is written, what is accepted, what is refused and how it is reported.

mod support;

use std::collections::HashMap;
use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use mtl_core::weights::checkpoint::{CheckpointErrorKind, CheckpointReader, CheckpointWriter};
use mtl_core::weights::{self, HeaderError, LoadError, LoadErrorKind, LoadOptions, Problem, SaveError};
use mtl_core::{Flat, Model, flat};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use support::Tiny;

/// A tensor to write with the reference implementation.
struct Tensor {
    name: &'static str,
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

fn tensor(name: &'static str, shape: &[usize], values: &[f32]) -> Tensor {
    Tensor { name, dtype: Dtype::F32, shape: shape.to_vec(), bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect() }
}

fn file(tensors: &[Tensor], metadata: &[(&str, &str)]) -> Vec<u8> {
    let views = tensors.iter().map(|tensor| (tensor.name, TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes).unwrap()));
    let metadata: HashMap<String, String> = metadata.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect();
    safetensors::serialize(views, Some(metadata.into_iter().collect())).unwrap()
}

/// `Tiny::counting` as Keras has it.
fn keras() -> Vec<Tensor> {
    let model = Tiny::<f32>::counting();
    let scalars = model.as_slice();
    Tiny::<f32>::PARAMETERS.iter().map(|p| tensor(p.path, p.shape, &scalars[p.offset..p.offset + p.len])).collect()
}

/// `Tiny::counting` as PyTorch has it: other names, kernels transposed.
fn pytorch() -> Vec<Tensor> {
    let number = |first: u16, last: u16| (first..=last).map(f32::from).collect::<Vec<_>>();
    vec![
        tensor("body.dense1.weight", &[4, 3], &[1.0, 5.0, 9.0, 2.0, 6.0, 10.0, 3.0, 7.0, 11.0, 4.0, 8.0, 12.0]),
        tensor("body.dense1.bias", &[4], &number(13, 16)),
        tensor("body.batch_norm1.weight", &[4], &number(17, 20)),
        tensor("body.batch_norm1.bias", &[4], &number(21, 24)),
        tensor("body.batch_norm1.running_mean", &[4], &number(25, 28)),
        tensor("body.batch_norm1.running_var", &[4], &number(29, 32)),
        Tensor { name: "body.batch_norm1.num_batches_tracked", dtype: Dtype::I64, shape: vec![], bytes: vec![0; 8] },
        tensor("limited.dense1.weight", &[1, 4], &number(33, 36)),
        tensor("limited.dense1.bias", &[1], &[37.0]),
        tensor("health.dense1.weight", &[2, 4], &[38.0, 40.0, 42.0, 44.0, 39.0, 41.0, 43.0, 45.0]),
        tensor("health.dense1.bias", &[2], &[46.0, 47.0]),
    ]
}

fn read<M: Model>(bytes: &[u8]) -> Result<Box<M>, LoadError> {
    LoadOptions::new().read(Cursor::new(bytes))
}

fn problems<M: Model>(bytes: &[u8]) -> Vec<String> {
    match read::<M>(bytes) {
        Err(LoadError { kind: LoadErrorKind::Mismatch { problems, .. }, .. }) => problems.iter().map(ToString::to_string).collect(),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("it was loaded"),
    }
}

/// An empty directory of this test.
fn directory(test: &str) -> PathBuf {
    let directory = std::env::temp_dir().join(format!("mtl-weights-{}-{test}", std::process::id()));
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

#[test]
fn saved_weights_load_as_they_were() {
    let directory = directory("round-trip");
    let path = directory.join("tiny.safetensors");
    let mut model = Tiny::<f32>::counting();
    weights::save(&model, &path).unwrap();
    assert_eq!(*weights::load::<Tiny>(&path).unwrap(), model);

    // A second save replaces the first and leaves nothing else behind.
    model.body.dense1.bias[2] = -0.5;
    weights::save(&model, &path).unwrap();
    let mut loaded: Tiny = flat::zeroed();
    weights::load_into(&mut loaded, &path).unwrap();
    assert_eq!(loaded, model);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn reference_implementation_reads_what_is_saved() {
    let bytes = weights::to_bytes(&Tiny::<f32>::counting()).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(tensors.len(), 10);
    let kernel = tensors.tensor("health.dense1.kernel").unwrap();
    assert_eq!((kernel.dtype(), kernel.shape()), (Dtype::F32, &[4, 2][..]));
    assert_eq!(kernel.data(), [38f32, 39.0, 40.0, 41.0, 42.0, 43.0, 44.0, 45.0].map(f32::to_le_bytes).as_flattened());
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let line = &metadata.metadata().as_ref().unwrap()["mtl"];
    let schema = "input:record:3;head:limited:1;head:health:2";
    assert_eq!(*line, format!("format=1 model=Tiny fingerprint={:016x} schema={schema}", weights::fingerprint::<Tiny>()));
    assert_eq!(bytes, weights::to_bytes(&Tiny::<f32>::counting()).unwrap());
}

#[test]
fn keras_layout_is_read_as_it_is_and_pytorch_is_transposed() {
    assert_eq!(*read::<Tiny>(&file(&keras(), &[("format", "keras")])).unwrap(), Tiny::counting());
    assert_eq!(*read::<Tiny>(&file(&pytorch(), &[("format", "pt")])).unwrap(), Tiny::counting());

    // Each tensor by itself, not the file, decides.
    let mut mixed = keras();
    mixed[0] = pytorch().swap_remove(0);
    assert_eq!(*read::<Tiny>(&file(&mixed, &[])).unwrap(), Tiny::counting());
}

#[test]
fn everything_wrong_is_reported_at_once() {
    let mut tensors = keras();
    tensors[0] = tensor("body.dense1.kernel", &[4, 3], &[0.0; 12]);
    tensors[3] = Tensor { name: "body.batch_norm1.beta", dtype: Dtype::I32, shape: vec![4], bytes: vec![0; 16] };
    tensors[6] = tensor("limited.dense1.weight", &[4, 1], &[0.0; 4]);
    tensors.remove(1);
    tensors.push(tensor("age.dense1.bias", &[2], &[0.0; 2]));
    // A kernel and PyTorch's name for it: the kernel counts, the other is one too many.
    tensors.push(tensor("health.dense1.weight", &[2, 4], &[0.0; 8]));
    let expected = [
        "`body.dense1.kernel`: the model has [3, 4], the file [4, 3]",
        "`body.dense1.bias` [4] is missing",
        "`body.batch_norm1.beta`: the model has F32, the file I32",
        "`limited.dense1.kernel`: the model has [1, 4], the file [4, 1], as `limited.dense1.weight`",
        "`age.dense1.bias` [2] is not of the model",
        "`health.dense1.weight` [2, 4] is not of the model",
    ];
    let bytes = file(&tensors, &[]);
    assert_eq!(problems::<Tiny>(&bytes), expected);
    let message = read::<Tiny>(&bytes).unwrap_err().to_string();
    assert_eq!(message, format!("the file does not fit the model `Tiny`\n  {}", expected.join("\n  ")));
}

#[test]
fn another_architecture_is_refused_even_where_all_tensors_fit() {
    let bytes = file(&keras(), &[("mtl", "format=1 model=Patient fingerprint=00000000000000ab")]);
    let fingerprint = weights::fingerprint::<Tiny>();
    assert_eq!(
        problems::<Tiny>(&bytes),
        [format!("it was saved from `Patient`, another architecture: fingerprint 00000000000000ab, the model's is {fingerprint:016x}")]
    );
    assert_ne!(fingerprint, weights::fingerprint::<Tiny<f32, 3>>());
    // The scalar is no part of the architecture.
    assert_eq!(fingerprint, weights::fingerprint::<Tiny<f64>>());
}

/// What a file says of its schema is text from outside: whatever it is, the error is a text of whole lines.
#[test]
fn any_schema_gives_an_error_and_no_panic() {
    let long = "input:".to_owned() + &"x%41".repeat(5000) + ":c9=" + &"a,*b%C3%A4%,".repeat(3000);
    for schema in [
        "",
        ";",
        "input",
        "input:",
        "head:::::",
        "input:%",
        "input:%f",
        "input:%ff%fe:c3:=,,*",
        "=,:;?@*%",
        "input:r%0Ax:99999999999999999999",
        &long,
    ] {
        let bytes = file(&keras(), &[("mtl", &format!("format=1 fingerprint=00000000000000ab schema={schema}"))]);
        let found = problems::<Tiny>(&bytes);
        assert!(found.len() > 1 && found.iter().all(|line| !line.contains('\n')), "{schema}: {found:?}");
    }
    let none = file(&keras(), &[("mtl", "format=1 fingerprint=00000000000000ab")]);
    assert_eq!(problems::<Tiny>(&none).len(), 1);
}

#[test]
fn later_format_is_refused() {
    let bytes = file(&keras(), &[("mtl", "format=2 model=Tiny")]);
    assert_eq!(problems::<Tiny>(&bytes), ["it has format 2, which is later than 1"]);
    let mut model: Tiny = flat::zeroed();
    assert!(LoadOptions::new().read_matching(&mut model, Cursor::new(bytes)).is_err());
}

#[test]
fn precision_is_gained_silently_and_lost_only_on_request() {
    let single = weights::to_bytes(&Tiny::<f32>::counting()).unwrap();
    assert_eq!(*read::<Tiny<f64>>(&single).unwrap(), Tiny::counting());

    let mut precise = Tiny::<f64>::counting();
    precise.body.dense1.bias[0] = 0.1;
    let double = weights::to_bytes(&precise).unwrap();
    assert_eq!(*read::<Tiny<f64>>(&double).unwrap(), precise);
    let refused = problems::<Tiny<f32>>(&double);
    assert_eq!(refused.len(), 10);
    assert_eq!(refused[1], "`body.dense1.bias`: the model has F32, the file F64 (`LoadOptions::round_to_f32` rounds)");
    let rounded: Box<Tiny> = LoadOptions::new().round_to_f32(true).read(Cursor::new(&double)).unwrap();
    assert_eq!(rounded.body.dense1.bias[0], 0.1_f32);

    // What rounds to infinity is not finite any more.
    precise.body.dense1.bias[0] = 1e300;
    let huge = weights::to_bytes(&precise).unwrap();
    let error = LoadOptions::new().round_to_f32(true).read::<Tiny>(Cursor::new(huge)).unwrap_err();
    assert!(error.to_string().ends_with("\n  `body.dense1.bias` has 1 values that are not finite"), "{error}");
}

#[test]
fn values_that_are_not_finite_are_refused_unless_asked_for() {
    let mut tensors = keras();
    tensors[1] = tensor("body.dense1.bias", &[4], &[f32::NAN, 1.0, f32::INFINITY, f32::NEG_INFINITY]);
    let bytes = file(&tensors, &[]);
    assert_eq!(problems::<Tiny>(&bytes), ["`body.dense1.bias` has 3 values that are not finite"]);
    let loaded: Box<Tiny> = LoadOptions::new().allow_not_finite(true).read(Cursor::new(&bytes)).unwrap();
    assert!(loaded.body.dense1.bias[0].is_nan());
}

#[test]
fn diverged_weights_do_not_replace_good_ones() {
    let directory = directory("diverged");
    let path = directory.join("tiny.safetensors");
    let mut model = Tiny::<f32>::counting();
    weights::save(&model, &path).unwrap();
    model.limited.dense1.bias[0] = f32::NAN;
    let error = weights::save(&model, &path).unwrap_err();
    assert!(matches!(error, SaveError::NotFinite { tensor: "limited.dense1.bias", count: 1 }), "{error}");
    assert_eq!(*weights::load::<Tiny>(&path).unwrap(), Tiny::counting());
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn failed_write_leaves_the_old_file_and_no_other() {
    let directory = directory("failed");
    // A directory of that name cannot be replaced by a file.
    let path = directory.join("tiny.safetensors");
    fs::create_dir(&path).unwrap();
    let error = weights::save(&Tiny::<f32>::counting(), &path).unwrap_err();
    assert!(matches!(error, SaveError::Write { .. }), "{error}");
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    assert!(weights::save(&Tiny::<f32>::counting(), directory.join("no/such/directory")).is_err());
    assert!(weights::load::<Tiny>(&path).is_err());
    fs::remove_dir_all(directory).unwrap();
}

/// Not a test of its own: what [`killed_process_leaves_one_model_or_the_other`] runs and kills.
#[test]
fn save_without_end() {
    let Some(path) = std::env::var_os("MTL_SAVE_WITHOUT_END") else { return };
    let models = [Tiny::<f32>::counting(), flat::zeroed()];
    for model in models.iter().cycle() {
        weights::save(model, &path).unwrap();
    }
}

#[test]
fn killed_process_leaves_one_model_or_the_other() {
    let directory = directory("killed");
    let path = directory.join("tiny.safetensors");
    weights::save(&Tiny::<f32>::counting(), &path).unwrap();
    for round in 0..10 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "save_without_end"])
            .env("MTL_SAVE_WITHOUT_END", &path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Meanwhile the file is always whole.
        let until = std::time::Instant::now() + std::time::Duration::from_micros(20_000 + 1_700 * round);
        while std::time::Instant::now() < until {
            let model: Box<Tiny> = weights::load(&path).unwrap();
            assert!(*model == Tiny::counting() || *model == flat::zeroed());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        weights::load::<Tiny>(&path).unwrap();
    }
    fs::remove_dir_all(directory).unwrap();
}

#[cfg(unix)]
#[test]
fn replaced_file_keeps_its_permissions_and_a_link_its_target() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let directory = directory("link");
    let (target, link) = (directory.join("weights-1"), directory.join("weights"));
    fs::write(&target, "old").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&target, &link).unwrap();
    weights::save(&Tiny::<f32>::counting(), &link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(*weights::load::<Tiny>(&target).unwrap(), Tiny::counting());
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn model_is_untouched_by_an_error() {
    let directory = directory("untouched");
    let path = directory.join("tiny.safetensors");
    let mut tensors = keras();
    tensors[9] = tensor("health.dense1.bias", &[2], &[f32::NAN, 0.0]);
    fs::write(&path, file(&tensors, &[])).unwrap();
    let mut model: Tiny = flat::zeroed();
    let error = weights::load_into(&mut model, &path).unwrap_err();
    assert!(error.to_string().starts_with(&format!("`{}` does not fit the model `Tiny`\n", path.display())), "{error}");
    assert_eq!(model, flat::zeroed());
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn matching_blocks_are_transferred_and_the_rest_is_reported() {
    let directory = directory("transfer");
    let path = directory.join("tiny.safetensors");
    weights::save(&Tiny::<f32, 3>::counting(), &path).unwrap();
    let mut model: Tiny = flat::zeroed();
    let report = weights::load_matching(&mut model, &path).unwrap();
    assert_eq!(report.loaded, ["body", "limited"]);
    assert_eq!(report.kept.len(), 1);
    assert_eq!(report.kept[0].block, "health");
    assert_eq!(
        report.to_string(),
        "loaded: `body`, `limited`\nkept `health`:\n  `health.dense1.kernel`: the model has [4, 2], the file [4, 3]\n  \
         `health.dense1.bias`: the model has [2], the file [3]"
    );
    let source = Tiny::<f32, 3>::counting();
    assert_eq!((model.body, model.limited), (source.body, source.limited));
    assert_eq!(model.health, flat::zeroed());
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn block_is_transferred_whole_or_not_at_all() {
    let mut tensors = keras();
    tensors.remove(3);
    tensors[8] = tensor("health.dense1.bias", &[2], &[f32::NAN, 0.0]);
    tensors.push(tensor("extra", &[1], &[0.0]));
    let mut model: Tiny = flat::zeroed();
    let report = LoadOptions::new().read_matching(&mut model, Cursor::new(file(&tensors, &[]))).unwrap();
    assert_eq!(report.loaded, ["limited"]);
    assert_eq!(report.kept[0].problems, [Problem::Missing { path: "body.batch_norm1.beta", shape: &[4] }]);
    assert_eq!(report.kept[1].problems, [Problem::NotFinite { path: "health.dense1.bias", count: 1 }]);
    assert_eq!(report.surplus, [Problem::Surplus { name: "extra".into(), shape: vec![1] }]);
    assert_eq!((model.body, model.health), (flat::zeroed(), flat::zeroed()));
}

/// A file with this header and this many bytes of data.
fn raw(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

fn header_error(bytes: &[u8]) -> HeaderError {
    match read::<Tiny>(bytes).unwrap_err().kind {
        LoadErrorKind::NotSafetensors(error) => error,
        kind => panic!("another error: {kind}"),
    }
}

#[test]
fn hostile_files_give_typed_errors() {
    let good = weights::to_bytes(&Tiny::<f32>::counting()).unwrap();
    for length in 0..good.len() {
        header_error(&good[..length]);
    }
    assert_eq!(header_error(b"1234567"), HeaderError::TooShort);
    for length in [u64::MAX, 1 << 60, 100_000_001, 3] {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(b"{}");
        assert_eq!(header_error(&bytes), HeaderError::HeaderLength { length, available: 2 });
    }
    let entry = |fields: &str| format!(r#"{{"a":{{{fields}}}}}"#);
    let refused = |header: &str, data: usize| header_error(&raw(header, data)).to_string();

    let overlap = r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    assert_eq!(header_error(&raw(overlap, 8)), HeaderError::Cover { expected: 8, found: 4 });
    let gap = r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    assert_eq!(header_error(&raw(gap, 8)), HeaderError::Cover { expected: 0, found: 4 });
    assert_eq!(header_error(&raw("{}", 1)), HeaderError::Cover { expected: 0, found: 1 });
    let twice = r#"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\u0061":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#;
    let twice_in_one_place = r#"{"b.c":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b.c":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#;
    let twice_side_by_side = r#"{"b.c":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b.c":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#;
    for (header, data, duplicate) in [(twice, 0, "a"), (twice_in_one_place, 4, "b.c"), (twice_side_by_side, 8, "b.c")] {
        let error = read::<Tiny>(&raw(header, data)).unwrap_err();
        assert!(matches!(&error.kind, LoadErrorKind::Duplicate { name } if name == duplicate), "{error}");
        assert_eq!(error.to_string(), format!("the file has two tensors called `{duplicate}`"));
    }

    let cut_off = entry(r#""dtype":"F32","shape":[1],"data_offsets":[0,4]"#);
    assert_eq!(header_error(&raw(&cut_off, 3)), HeaderError::Truncated { end: 4, available: 3 });
    for (fields, data) in [
        // Backwards.
        (r#""dtype":"F32","shape":[1],"data_offsets":[4,0]"#, 4),
        // Another size than the shape's.
        (r#""dtype":"F32","shape":[2],"data_offsets":[0,4]"#, 4),
        // Sizes beyond counting, one of them with a zero after the overflow.
        (r#""dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]"#, 4),
        (r#""dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,4]"#, 4),
        (r#""dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]"#, 0),
        // Half a byte.
        (r#""dtype":"F4","shape":[1],"data_offsets":[0,1]"#, 1),
    ] {
        assert!(matches!(header_error(&raw(&entry(fields), data)), HeaderError::Size { .. }), "{fields}");
    }
    for (header, expected) in [
        ("", "expected `{`"),
        (" {}", "expected `{`"),
        ("{", "expected a string"),
        ("{}x", "expected the end"),
        (r#"{"a":1}"#, "expected `{`"),
        (r#"{"a":{}}"#, "expected a string"),
        (r#"{"\x":{}}"#, "expected a character of a string"),
        (r#"{"\ud800":{}}"#, "expected a character of a string"),
        (r#"{"__metadata__":{"a":1}}"#, "expected a string"),
        (r#"{"__metadata__":{},"__metadata__":{}}"#, "expected one `__metadata__`"),
        (r#"{"a":{"dtype":"F31"}}"#, "expected a type of the format before this"),
        (r#"{"a":{"dtype":"F32","dtype":"F32"}}"#, "expected `dtype`, `shape` and `data_offsets`, each once, before this"),
        (r#"{"a":{"dtype":"F32"}}"#, "expected `dtype`, `shape` and `data_offsets` before this"),
        (r#"{"a":{"shape":[-1]}}"#, "expected a whole number"),
        (r#"{"a":{"shape":[01]}}"#, "expected a whole number"),
        (r#"{"a":{"shape":[1.5]}}"#, "expected `,` or `]`"),
        (r#"{"a":{"shape":[18446744073709551616]}}"#, "expected a number below 2^64"),
        (r#"{"a":{"shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}}"#, "expected 16 dimensions at most"),
    ] {
        assert!(refused(header, 0).ends_with(expected), "{header}: {}", refused(header, 0));
    }
    let mut bytes = raw("{}", 0);
    bytes[8] = 0xFF;
    assert_eq!(header_error(&bytes), HeaderError::NotUtf8);
}

#[test]
fn header_may_be_spaced_escaped_and_in_any_order() {
    let header = "{ \"__metadata__\" :{\t}, \"extra\\u002e\\ud83d\\ude00\\\"\" : { \"data_offsets\" : [ 0 , 8 ] ,\r\n\"shape\":[ 1 ,2 ] , \"dtype\" : \"F32\" } } ";
    let mut model: Tiny = flat::zeroed();
    let report = LoadOptions::new().read_matching(&mut model, Cursor::new(raw(header, 8))).unwrap();
    assert_eq!(report.surplus, [Problem::Surplus { name: "extra.\u{1F600}\"".into(), shape: vec![1, 2] }]);
    assert!(SafeTensors::deserialize(&raw(header, 8)).is_ok());
}

#[test]
fn surplus_is_listed_up_to_a_hundred() {
    let entries: Vec<String> = (0..1000).map(|number| format!(r#""extra{number:04}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#)).collect();
    let mut model: Tiny = flat::zeroed();
    let bytes = raw(&format!("{{{}}}", entries.join(",")), 0);
    let report = LoadOptions::new().read_matching(&mut model, Cursor::new(bytes)).unwrap();
    assert_eq!((report.surplus.len(), report.unlisted), (100, 900));
}

#[test]
fn checkpoint_comes_back_as_the_bits_it_was() {
    let directory = directory("checkpoint");
    let path = directory.join("state.safetensors");
    let model = Tiny::<f32>::counting();
    let history = [0.1_f64, f64::NAN, f64::INFINITY, -0.0, f64::MIN_POSITIVE / 2.0];
    let single = [f32::MIN_POSITIVE / 2.0, f32::MAX, -0.0];
    CheckpointWriter::new::<Tiny>()
        .scalars("parameters", model.as_slice())
        .scalars("history", &history)
        .scalars("single", &single)
        .words("epoch", &[3])
        .words("random", &[u64::MAX, 1, 0, 1 << 63])
        .words("empty", &[])
        .save(&path)
        .unwrap();

    let mut reader = CheckpointReader::open::<Tiny>(&path).unwrap();
    let mut loaded: Tiny = flat::zeroed();
    reader.scalars_into("parameters", loaded.as_mut_slice()).unwrap();
    assert_eq!(loaded, model);
    assert_eq!(reader.scalars::<f64>("history").unwrap().map(f64::to_bits), history.map(f64::to_bits));
    assert_eq!(reader.scalars::<f32>("single").unwrap().map(f32::to_bits), single.map(f32::to_bits));
    assert_eq!(reader.word_array("epoch").unwrap(), [3]);
    assert_eq!(reader.words("random").unwrap(), [u64::MAX, 1, 0, 1 << 63]);
    assert!(reader.words("empty").unwrap().is_empty());
    assert!(reader.has("epoch") && !reader.has("step"));

    assert!(matches!(reader.words("step").unwrap_err().kind, CheckpointErrorKind::Missing { .. }));
    let error = reader.scalars_into("parameters", &mut [0.0_f32; 3]).unwrap_err();
    assert!(error.to_string().ends_with("`parameters` has 47 values of F32, not 3 of F32"), "{error}");
    assert!(matches!(reader.scalars::<f64>("parameters").unwrap_err().kind, CheckpointErrorKind::Mismatch { .. }));
    assert!(matches!(reader.word_array::<2>("epoch").unwrap_err().kind, CheckpointErrorKind::Mismatch { .. }));
    let other = CheckpointReader::open::<Tiny<f32, 3>>(&path).unwrap_err();
    assert!(matches!(other.kind, CheckpointErrorKind::Architecture { model: "Tiny", .. }), "{other}");
    fs::remove_dir_all(directory).unwrap();
}

/// The bits of each number.
trait Bits<F> {
    fn map<B>(&self, bits: impl Fn(F) -> B) -> Vec<B>;
}

impl<F: Copy> Bits<F> for Vec<F> {
    fn map<B>(&self, bits: impl Fn(F) -> B) -> Vec<B> {
        self.iter().map(|&value| bits(value)).collect()
    }
}

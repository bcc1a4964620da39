//! `embed!`: the right file becomes a constant; any other is a compile error, whose text is tested here by making it at run time.

mod support;

use std::panic::catch_unwind;

use mtl_core::embed::{Tensors, header, model, split};
use mtl_core::weights::{self, LoadOptions};
use mtl_core::{Flat, Model};
use support::Tiny;

static EMBEDDED: Tiny = mtl_core::embed!(Tiny, "tests/reference/tiny_keras.safetensors");

static KERAS: &[u8] = include_bytes!("reference/tiny_keras.safetensors");
static PYTORCH: &[u8] = include_bytes!("reference/tiny_pytorch.safetensors");

#[test]
fn embedded_model_has_the_weights_of_the_file() {
    assert_eq!(EMBEDDED, Tiny::counting());
    // Twice, in a function, with a path that is put together.
    static AGAIN: Tiny<f32, 2> = mtl_core::embed!(Tiny<f32, 2>, concat!("tests/reference/", "tiny_keras.safetensors"));
    assert_eq!(AGAIN, EMBEDDED);
}

#[test]
fn reference_files_load_as_well() {
    let keras: Box<Tiny> = LoadOptions::new().read(std::io::Cursor::new(KERAS)).unwrap();
    let pytorch: Box<Tiny> = LoadOptions::new().read(std::io::Cursor::new(PYTORCH)).unwrap();
    assert_eq!((*keras, *pytorch), (EMBEDDED, EMBEDDED));
}

/// What `embed!` does, at run time, to a file of so many tensors.
fn embed_count<M: Model, const COUNT: usize>(file: &[u8]) -> M {
    let (text, data) = split(file, "weights/tiny.safetensors");
    let header = header(text, data, "weights/tiny.safetensors");
    model::<M, M, COUNT>(&header, &Tensors::<COUNT>::of(&header), data, "weights/tiny.safetensors")
}

/// What `embed!` does, at run time.
fn embed<M: Model>(file: &[u8]) -> M {
    let (text, data) = split(file, "weights/tiny.safetensors");
    match header(text, data, "weights/tiny.safetensors").count() {
        10 => embed_count::<M, 10>(file),
        11 => embed_count::<M, 11>(file),
        count => panic!("no test has {count} tensors"),
    }
}

/// The compile error.
fn message<M: Model>(file: &[u8]) -> String {
    let panic = catch_unwind(|| embed::<M>(file)).err().expect("it was embedded");
    match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic!("{:?} is not a formatted message", panic.type_id()),
    }
}

#[test]
fn file_of_another_shape_names_the_tensor_and_both_shapes() {
    let fingerprint = weights::fingerprint::<Tiny>();
    let other = weights::fingerprint::<Tiny<f32, 3>>();
    assert_eq!(
        message::<Tiny>(&weights::to_bytes(&Tiny::<f32, 3>::counting()).unwrap()),
        format!(
            "`weights/tiny.safetensors` does not fit the model `Tiny`\n  \
             it was saved from `Tiny`, another architecture: fingerprint {other:016x}, the model's is {fingerprint:016x}\n  \
             head `health`: the file has 3 numbers, the model 2 numbers\n  \
             `health.dense1.kernel`: the model has [4, 2], the file [4, 3]\n  \
             `health.dense1.bias`: the model has [2], the file [3]"
        )
    );
}

#[test]
fn pytorch_file_is_refused_with_the_way_out() {
    let message = message::<Tiny>(PYTORCH);
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(
        lines[1],
        "  `body.dense1.kernel` [3, 4] is missing; the file has PyTorch's `body.dense1.weight` [4, 3]: to embed it, load the file and save it again"
    );
    // What was spoken of is not listed again as surplus.
    assert_eq!(lines.len(), 9, "{message}");
    assert!(lines.contains(&"  `body.batch_norm1.num_batches_tracked` [] is not of the model"), "{message}");
}

#[test]
fn other_type_is_refused() {
    let double = weights::to_bytes(&Tiny::<f64>::counting()).unwrap();
    assert_eq!(embed::<Tiny<f64>>(&double), Tiny::counting());
    let message = message::<Tiny>(&double);
    assert_eq!(message.lines().count(), 11);
    assert_eq!(message.lines().nth(1), Some("  `body.dense1.kernel`: the model has F32, the file F64; to embed it, load the file and save it again"));
}

#[test]
fn missing_and_surplus_are_named() {
    let good = weights::to_bytes(&Tiny::<f32>::counting()).unwrap();
    let at = good.windows(19).position(|window| window == b"limited.dense1.bias").unwrap();
    let mut renamed = good.clone();
    renamed[at..at + 19].copy_from_slice(b"unknown.dense1.bias");
    assert_eq!(
        message::<Tiny>(&renamed),
        "`weights/tiny.safetensors` does not fit the model `Tiny`\n  `limited.dense1.bias` [1] is missing\n  `unknown.dense1.bias` [1] is not of the model"
    );
    // The same name twice, both with the right shape.
    let length = usize::from(good[0]) + 256 * usize::from(good[1]);
    let header = std::str::from_utf8(&good[8..8 + length]).unwrap().replace("batch_norm1.beta", "batch_norm1.gamma");
    let doubled = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &good[8 + length..]].concat();
    assert_eq!(
        message::<Tiny>(&doubled),
        "`weights/tiny.safetensors` does not fit the model `Tiny`\n  `body.batch_norm1.beta` [4] is missing\n  two of its tensors are called `body.batch_norm1.gamma`"
    );
}

#[test]
fn anything_but_safetensors_is_refused() {
    assert_eq!(message::<Tiny>(b"{}"), "`weights/tiny.safetensors` is not a safetensors file: it has fewer than 8 bytes");
    assert_eq!(
        message::<Tiny>(b"PK\x03\x04\x00\x00\x00\x00abc"),
        "`weights/tiny.safetensors` is not a safetensors file: its header is said to have 67324752 bytes, but 3 follow"
    );
    let good = weights::to_bytes(&Tiny::<f32>::counting()).unwrap();
    assert!(message::<Tiny>(&good[..good.len() - 1]).ends_with("a tensor ends at byte 188 of its data, of which there are 187: it is cut off"));
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(
        message::<Tiny>(&longer),
        "`weights/tiny.safetensors` is not a safetensors file: its tensors do not cover its data without gaps and overlaps: \
         one begins at byte 189 of the data, not at 188"
    );
}

#[test]
fn embedding_and_loading_agree_on_every_damaged_byte() {
    let good = weights::to_bytes(&Tiny::<f32>::counting()).unwrap();
    let header_end = good.len() - size_of::<Tiny>();
    for at in 0..header_end {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            let loaded = LoadOptions::new().read::<Tiny>(std::io::Cursor::new(&bytes)).ok();
            let embedded = catch_unwind(|| embed::<Tiny>(&bytes)).ok();
            assert_eq!(loaded.map(|model| *model), embedded, "byte {at}, bit {bit}");
        }
    }
    assert_eq!(EMBEDDED.as_slice().len(), 47);
}

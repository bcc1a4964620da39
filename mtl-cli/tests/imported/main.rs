//! Models of Keras, PyTorch and scikit-learn, imported: each declaration is as the importer writes it, compiles, and predicts as its source does.
//!
//! The scripts beside this folder, `make_keras.py` and others, make the files; `MTL_WRITE_PAGES=1 cargo test -p mtl-cli --test imported` writes the declarations anew.
#![allow(clippy::unreadable_literal, reason = "numbers as the importer writes them")]

use std::fs;
use std::path::{Path, PathBuf};

use mtl_cli::{Target, read, write};
use mtl_onnx::proto::ModelProto;
use prost::Message;

// A module for each declaration, which has a test of its own.
include!("models.rs");

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The files of a folder with an ending, in order.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(tests().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == ending));
    files.sort();
    files
}

#[test]
fn declarations_are_as_they_are_imported() {
    let mut modules = String::from("// Written by the test `declarations_are_as_they_are_imported`.\n");
    let mut wrong = Vec::new();
    for (folder, ending) in [("keras", "json"), ("pytorch", "onnx"), ("sklearn", "onnx"), ("exported", "onnx"), ("plain", "onnx"), ("stubs", "onnx")]
    {
        for path in files(folder, ending) {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let vectors = path.with_extension("vectors.json");
            let imported = read(&path, vectors.exists().then_some(vectors.as_path())).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            // A declaration with stubs compiles, and predicts nothing yet.
            let is_whole = folder != "stubs";
            assert_eq!(imported.network.missing.is_empty(), is_whole, "{name}: {:?}", imported.network.missing);
            let out = tests().join("imported").join(format!("{folder}_{name}.rs"));
            let declaration = imported.declare("Net");
            let weights = format!("tests/imported/{folder}_{name}.safetensors");
            let source = write::source(&imported, &declaration, &weights);
            assert_eq!(source.contains("predictions_are_those_of_the_source"), is_whole, "{name} has no vectors");
            modules.push_str(&format!("mod {folder}_{name};\n"));
            if std::env::var_os("MTL_WRITE_PAGES").is_some() {
                write::write(&imported, &Target { name: "Net".to_owned(), out }).unwrap();
            } else if fs::read_to_string(&out).ok().as_deref() != Some(&source)
                || fs::read(out.with_extension("safetensors")).ok() != write::safetensors(&declaration).ok()
            {
                wrong.push(name);
            }
        }
    }
    let list = tests().join("imported/models.rs");
    if std::env::var_os("MTL_WRITE_PAGES").is_some() {
        fs::write(list, modules).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "{wrong:?} are imported in another way now: MTL_WRITE_PAGES=1 writes them anew");
    assert_eq!(fs::read_to_string(list).unwrap(), modules);
}

/// What was exported, read back and exported again is the same file, but for the name of the model.
macro_rules! come_back {
    ($($module:ident),* $(,)?) => {
        #[test]
        fn what_was_exported_comes_back_to_the_same_bits() {
            $(
                let name = stringify!($module);
                let file = fs::read(tests().join("exported").join(format!("{}.onnx", &name["exported_".len()..]))).unwrap();
                let file = ModelProto::decode(&file[..]).unwrap();
                let model = mtl::weights::load::<$module::Net>(tests().join("imported").join(format!("{name}.safetensors"))).unwrap();
                let again = mtl_onnx::to_model(&*model).unwrap();
                let fingerprint = |file: &ModelProto| file.metadata_props.iter().find(|entry| entry.key == "mtl.fingerprint").unwrap().value.clone();
                let (graph, known) = (again.graph.clone().unwrap(), file.graph.clone().unwrap());
                assert_eq!(graph.initializer, known.initializer, "{name}");
                assert_eq!(graph.node, known.node, "{name}");
                assert_eq!((graph.input, graph.output), (known.input, known.output), "{name}");
                assert_eq!(fingerprint(&again), fingerprint(&file), "{name}");
            )*
        }
    };
}

come_back!(
    exported_words_numbers,
    exported_words_numbers_odd,
    exported_words_encoded,
    exported_words_classes,
    exported_words_images,
    exported_words_sequences,
    exported_words_shared,
    exported_words_functions,
    exported_elderly_care_care,
    exported_forecast_forecast,
    exported_random0,
    exported_random5,
);

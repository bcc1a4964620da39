//! Models of Keras and PyTorch, imported: each declaration is as the importer writes it, compiles, and predicts as its source does.
//!
//! `make_keras.py` and `make_pytorch.py` make the files; `MTL_WRITE_PAGES=1 cargo test -p mtl-cli --test imported` writes the declarations anew.

use std::fs;
use std::path::{Path, PathBuf};

use mtl_cli::{Target, read, write};

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
    for (folder, ending) in [("keras", "json"), ("pytorch", "onnx")] {
        for path in files(folder, ending) {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let vectors = path.with_extension("vectors.json");
            let imported = read(&path, vectors.exists().then_some(vectors.as_path())).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(imported.network.missing.is_empty(), "{name}: {:?}", imported.network.missing);
            let out = tests().join("imported").join(format!("{folder}_{name}.rs"));
            let declaration = mtl_cli::declare::declare(&imported.network, "Net");
            let weights = format!("tests/imported/{folder}_{name}.safetensors");
            let source = write::source(&imported, &declaration, &weights);
            assert!(source.contains("predictions_are_those_of_the_source"), "{name} has no vectors");
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

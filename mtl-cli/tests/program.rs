//! The program as a user calls it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn mtl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_mtl")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn example(file: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file).to_str().unwrap().to_owned()
}

#[test]
fn a_keras_model_becomes_a_declaration_with_its_weights_and_a_test() {
    let out = folder("import").join("patient.rs");
    let run = mtl(&["import", &example("keras/two_heads.json"), "--name", "Patient", "--out", out.to_str().unwrap()]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    assert!(text(&run.stdout).starts_with("`Patient`: 1 inputs, 2 heads, 6 steps, 7740 weights\n"), "{}", text(&run.stdout));
    let source = fs::read_to_string(&out).unwrap();
    assert!(source.starts_with("mtl::multitask! {\n    pub struct Patient {\n        input record: [13];\n"), "{source}");
    assert!(
        source.contains("head disease = trunk -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }"),
        "{source}"
    );
    assert!(source.contains("fn predictions_are_those_of_the_source"));
    assert!(out.with_extension("safetensors").exists());
}

#[test]
fn what_has_no_word_is_named() {
    let out = folder("stubs").join("net.rs");
    let run = mtl(&["import", &example("stubs/without_words.onnx"), "--name", "Net", "--out", out.to_str().unwrap()]);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let said = text(&run.stdout);
    assert!(said.contains("no word for `Celu` at `/body/body.1/Celu` (alpha = 0.5): write `Celu1`, from 6 to 6 values"), "{said}");
    assert!(said.contains("no word for `Sin` at `/Sin` (): write `Sin2`, from 6 to 6 values"), "{said}");
}

#[test]
fn mistakes_are_told_with_the_file() {
    let out = folder("mistakes").join("net.rs");
    let out = out.to_str().unwrap();
    for (arguments, message) in [
        (["import", "nowhere.onnx", "--name", "Net", "--out", out], "error: `nowhere.onnx`: cannot read `nowhere.onnx`: "),
        (["import", &example("program.rs"), "--name", "Net", "--out", out], "/program.rs`: this is no ONNX file, or is cut off: "),
        (["import", &example("keras/image.json"), "--name", "net", "--out", out], "the name of a struct begins with a capital letter: `Patient`"),
        (["import", &example("keras/image.json"), "--name", "Net", "--out", "/nowhere/net.rs"], "cannot write `/nowhere/net.safetensors`: "),
    ] {
        let run = mtl(&arguments);
        assert!(!run.status.success() && text(&run.stderr).contains(message), "{}", text(&run.stderr));
    }
}

#[test]
fn what_is_imported_is_not_written_over() {
    let folder = folder("over");
    for file in ["image.json", "image.safetensors"] {
        fs::copy(example(&format!("keras/{file}")), folder.join(file)).unwrap();
    }
    let before = fs::read(folder.join("image.safetensors")).unwrap();
    let (model, out) = (folder.join("image.json"), folder.join("image.rs"));
    let run = mtl(&["import", model.to_str().unwrap(), "--name", "Net", "--out", out.to_str().unwrap()]);
    assert!(!run.status.success());
    assert!(text(&run.stderr).contains("image.safetensors` is what is imported, and would be written over\nhelp: "), "{}", text(&run.stderr));
    assert_eq!(fs::read(folder.join("image.safetensors")).unwrap(), before);
}

#[test]
fn help_says_what_it_does() {
    let help = text(&mtl(&["--help"]).stdout);
    assert!(help.contains("import  Writes a model as a declaration, with its weights beside it and a test against its source"), "{help}");
    let help = text(&mtl(&["import", "--help"]).stdout);
    assert!(help.contains("mtl import model.onnx --name Patient --out src/patient.rs"), "{help}");
}

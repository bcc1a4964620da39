//! The program `mtl`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mtl_cli::{ImportError, Target, read, write};

/// Multi-task neural networks: brings models of Keras, PyTorch and ONNX into a `multitask!` declaration.
#[derive(Parser)]
#[command(name = "mtl", version, about, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes a model as a declaration, with its weights beside it and a test against its source.
    ///
    /// An ONNX file is read as it is; PyTorch writes one with `recipes/to_onnx.py`. Of a Keras model `recipes/from_keras.py model.keras model.keras.json`
    /// writes what is read here.
    #[command(after_help = "Example:\n  mtl import model.onnx --name Patient --out src/patient.rs")]
    Import {
        /// `model.onnx`, or the `.json` that `recipes/from_keras.py` writes.
        model: PathBuf,
        /// The name of the struct.
        #[arg(long, value_parser = name)]
        name: String,
        /// The source file. The weights are put beside it, as `.safetensors`.
        #[arg(long)]
        out: PathBuf,
        /// Rows of inputs and outputs, as JSON, that the test goes by: `{"inputs": {"x": [[..]]}, "outputs": {"y": [[..]]}}`.
        #[arg(long)]
        vectors: Option<PathBuf>,
    },
}

fn name(text: &str) -> Result<String, String> {
    let is_name = text.starts_with(|first: char| first.is_ascii_uppercase()) && text.chars().all(|character| character.is_ascii_alphanumeric());
    if is_name { Ok(text.to_owned()) } else { Err("the name of a struct begins with a capital letter: `Patient`".to_owned()) }
}

fn main() -> ExitCode {
    let Arguments { command: Command::Import { model, name, out, vectors } } = Arguments::parse();
    match import(&model, vectors.as_deref(), Target { name, out }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: `{}`: {error}", model.display());
            ExitCode::FAILURE
        }
    }
}

fn import(model: &std::path::Path, vectors: Option<&std::path::Path>, target: Target) -> Result<(), ImportError> {
    let imported = read(model, vectors)?;
    let written = write::write(&imported, &target)?;
    println!("{}", write::summary(&imported.network, &written.declaration));
    println!("  {}\n  {}", written.source.display(), written.weights.display());
    for note in &imported.network.notes {
        println!("note: {note}");
    }
    for missing in &imported.network.missing {
        let (from, to) = missing.sizes;
        println!(
            "no word for `{}` at `{}` ({}): write `{}`, from {from} to {to} values",
            missing.operator, missing.path, missing.attributes, missing.stub
        );
    }
    Ok(())
}

//! Models of Keras, PyTorch and ONNX as declarations: what the program `mtl` does.
//!
//! A reader ([`keras`], [`onnx`]) makes a [`Network`] of a file, in words of the language. [`declare`](declare::declare) writes it as a declaration with its
//! weights, and [`mod@write`] puts both into files, with a test that holds predictions to those of the source.

#![warn(missing_docs)]
#![forbid(unsafe_code)]

pub mod declare;
mod error;
pub mod keras;
pub mod network;
pub mod onnx;
mod stub;
pub mod write;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use error::ImportError;
pub use network::Network;

use declare::Declaration;
use keras::Vectors;
use network::Array;

/// A model that was read, and what its source gave for some rows.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The network.
    pub network: Network,
    /// Rows of inputs and outputs.
    pub vectors: Vectors,
    /// The declaration, where the file says it as it was.
    pub declaration: Option<Declaration>,
    /// The files that it was read from, which are not written over.
    pub sources: Vec<PathBuf>,
}

/// Reads a file: ONNX, or what `recipes/from_keras.py` writes.
///
/// # Errors
///
/// See [`ImportError`].
pub fn read(path: &Path, vectors: Option<&Path>) -> Result<Imported, ImportError> {
    let bytes = read_file(path)?;
    let mut imported = if path.extension().is_some_and(|extension| extension == "json") {
        let text = String::from_utf8(bytes).map_err(|error| ImportError::Format { format: "Keras", problem: error.to_string() })?;
        let model = keras::parse(&text)?;
        let beside = path.parent().unwrap_or(Path::new(".")).join(&model.weights);
        let network = keras::network(&model, &tensors(&read_file(&beside)?)?)?;
        Imported { network, vectors: model.vectors, declaration: None, sources: vec![path.to_owned(), beside] }
    } else {
        let (network, declaration) = onnx::read(&bytes)?;
        Imported { network, vectors: Vectors::default(), declaration, sources: vec![path.to_owned()] }
    };
    if let Some(vectors) = vectors {
        let text = read_file(vectors)?;
        imported.vectors = serde_json::from_slice(&text)
            .map_err(|error| ImportError::Format { format: "JSON", problem: format!("`{}`: {error}", vectors.display()) })?;
    }
    Ok(imported)
}

fn read_file(path: &Path) -> Result<Vec<u8>, ImportError> {
    std::fs::read(path).map_err(|source| ImportError::Read { path: path.to_owned(), source })
}

/// The tensors of a safetensors file, as single precision.
///
/// # Errors
///
/// What is no such file, and elements that are no real numbers.
pub fn tensors(bytes: &[u8]) -> Result<BTreeMap<String, Array>, ImportError> {
    let format = |problem: String| ImportError::Format { format: "safetensors", problem };
    let file = safetensors::SafeTensors::deserialize(bytes).map_err(|error| format(error.to_string()))?;
    let mut tensors = BTreeMap::new();
    for (name, view) in file.tensors() {
        let data = match view.dtype() {
            safetensors::Dtype::F32 => {
                view.data().chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect()
            }
            safetensors::Dtype::F64 => view
                .data()
                .chunks_exact(8)
                .map(|bytes| f64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]) as f32)
                .collect(),
            other => return Err(format(format!("the tensor `{name}` is of type {other:?}, and f32 was expected"))),
        };
        tensors.insert(name, Array { shape: view.shape().to_vec(), data });
    }
    Ok(tensors)
}

impl Imported {
    /// The declaration of the model under a name.
    #[must_use]
    pub fn declare(&self, name: &str) -> Declaration {
        match &self.declaration {
            None => declare::declare(&self.network, name),
            Some(declaration) => {
                let (before, after) = (format!("    pub struct {} {{", declaration.name), format!("    pub struct {name} {{"));
                Declaration { name: name.to_owned(), source: declaration.source.replacen(&before, &after, 1), ..declaration.clone() }
            }
        }
    }
}

/// Where the files of an import go.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name of the struct.
    pub name: String,
    /// The source file; the weights lie beside it.
    pub out: PathBuf,
}

//! Why a file was not imported.

use std::io;
use std::path::PathBuf;

/// Why a file was not imported; nothing was written then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file that cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// A file that would be written over although it is what is imported.
    #[error("`{}` is what is imported, and would be written over\nhelp: choose another name for `--out`", path.display())]
    Overwrites {
        /// The file.
        path: PathBuf,
    },
    /// A file that is not what its name says.
    #[error("this is no {format} file, or is cut off: {problem}")]
    Format {
        /// What it should be.
        format: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// A file of a version that is not known.
    #[error("the file has opset {found}, and opsets {least} to {most} are known\nhelp: export it anew with `opset_version = 17`")]
    Opset {
        /// The version.
        found: i64,
        /// The first that is known.
        least: i64,
        /// The last that is known.
        most: i64,
    },
    /// Tensors that are in other files.
    #[error("the tensor `{tensor}` is in another file, `{file}`\nhelp: save the model in one file: `onnx.save(onnx.load(path), path)`")]
    External {
        /// The tensor.
        tensor: String,
        /// The file.
        file: String,
    },
    /// A tensor whose numbers are not as many as its shape says.
    #[error("the tensor `{tensor}` of shape {shape:?} has {found} bytes or numbers of another count")]
    Tensor {
        /// The tensor.
        tensor: String,
        /// Its shape.
        shape: Vec<i64>,
        /// How many it has.
        found: usize,
    },
    /// A value that nothing gives, or that is made of itself.
    #[error("`{node}` takes `{value}`, which no node before it gives")]
    Order {
        /// The node.
        node: String,
        /// The value.
        value: String,
    },
    /// An input whose shape is not known.
    #[error("the input `{input}` {problem}")]
    Input {
        /// The input.
        input: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A step that has no word, and that no stub can stand for.
    #[error("`{path}` is `{operator}` ({attributes}), which has no word in the language: {problem}")]
    Step {
        /// Where it is.
        path: String,
        /// What the file calls it.
        operator: String,
        /// Its attributes.
        attributes: String,
        /// Why there is no stub.
        problem: String,
    },
    /// An output that is no flow of numbers.
    #[error("the output `{output}` {problem}")]
    Output {
        /// The output.
        output: String,
        /// What is wrong with it.
        problem: String,
    },
}

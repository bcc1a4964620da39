//! A model as an ONNX file.
//!
//! From the metadata the declaration can be written anew, line by line, with tabs between what a line has:
//!
//! * `mtl.inputs`: the attributes of the input, its name, and what it is, `{ age, income? }`;
//! * `mtl.graph`: the path of a step, the name of its value, the step as the language writes it, and the numbers of the values that it takes;
//! * `mtl.heads`: the attributes of the head, its name, the number of the value that it ends in, the function at its end, and its options.

mod build;
mod function;
mod steps;
mod text;

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use mtl_core::Model;
use mtl_core::model::graph::Source;
use mtl_core::model::{Columns, FieldKind};
use mtl_core::weights;
use prost::Message;

use crate::proto::{
    Dimension, DimensionProto, GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto, element,
};
use build::Builder;

/// The opset whose operators are used.
pub const OPSET: i64 = 17;

/// The version of the format that goes with it.
const IR_VERSION: i64 = 8;

/// Why a model has no ONNX file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A type of the user's own, for which ONNX has no operator.
    #[error("`{step}` is `{path}`, a type of your own, for which ONNX has no operator\nhelp: export a part of the model without it")]
    Own {
        /// The step.
        step: &'static str,
        /// The type.
        path: &'static str,
    },
    /// A tensor that is not finite: the model has diverged.
    #[error("`{tensor}` has values that are not finite")]
    NotFinite {
        /// The path of the tensor.
        tensor: &'static str,
    },
    /// The file could not be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
}

/// Writes a model as an ONNX file.
///
/// # Errors
///
/// Where the model has a step of one's own or is not finite, and where the file cannot be written.
pub fn save<M: Model<Scalar = f32>>(model: &M, path: impl AsRef<Path>) -> Result<(), ExportError> {
    let path = path.as_ref();
    std::fs::write(path, to_bytes(model)?).map_err(|source| ExportError::Write { path: path.to_owned(), source })
}

/// The bytes of the file that [`save`] writes. The same model gives the same bytes.
///
/// # Errors
///
/// Where the model has a step of one's own or is not finite.
pub fn to_bytes<M: Model<Scalar = f32>>(model: &M) -> Result<Vec<u8>, ExportError> {
    Ok(to_model(model)?.encode_to_vec())
}

/// The message of the file that [`save`] writes.
///
/// # Errors
///
/// Where the model has a step of one's own or is not finite.
pub fn to_model<M: Model<Scalar = f32>>(model: &M) -> Result<ModelProto, ExportError> {
    let graph = M::GRAPH;
    let weights = model.as_slice();
    for tensor in M::PARAMETERS {
        if weights[tensor.offset..tensor.offset + tensor.len].iter().any(|value| !value.is_finite()) {
            return Err(ExportError::NotFinite { tensor: tensor.path });
        }
    }
    let mut builder = Builder::new(weights, graph.inputs.iter().map(|input| input.name.to_owned()).collect());
    for step in graph.steps {
        let value = steps::add(&mut builder, &graph, step)?;
        builder.values.push(value);
    }
    for head in graph.heads {
        let from = builder.values[head.value].clone();
        builder.begin(head.info.name);
        let operator = match head.info.ending {
            "softmax" => "Softmax",
            "sigmoid" => "Sigmoid",
            _ => "Identity",
        };
        let attributes = if operator == "Softmax" { vec![build::int("axis", -1)] } else { Vec::new() };
        builder.node_to(operator, &[&from], head.info.name.to_owned(), attributes);
    }
    let inputs = graph.inputs.iter().map(|input| match input.kind {
        FieldKind::Real { .. } => value_info(input.name, element::FLOAT, input.shape),
        FieldKind::Class { .. } => value_info(input.name, element::INT64, &[]),
    });
    let outputs = graph.heads.iter().map(|head| value_info(head.info.name, element::FLOAT, &[head.info.outputs]));
    let graph_proto = GraphProto {
        name: M::NAME.to_owned(),
        input: inputs.collect(),
        output: outputs.collect(),
        node: builder.nodes,
        initializer: builder.initializers,
        ..GraphProto::default()
    };
    Ok(ModelProto {
        ir_version: IR_VERSION,
        producer_name: "mtl".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph_proto),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props: metadata::<M>(),
        ..ModelProto::default()
    })
}

fn value_info(name: &str, elem_type: i32, shape: &[usize]) -> ValueInfoProto {
    let batch = DimensionProto { value: Some(Dimension::Param("batch".to_owned())) };
    let sizes = shape.iter().map(|&size| DimensionProto { value: Some(Dimension::Value(size as i64)) });
    let shape = TensorShapeProto { dim: std::iter::once(batch).chain(sizes).collect() };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto { tensor_type: Some(TensorTypeProto { elem_type, shape: Some(shape) }) }),
        doc_string: String::new(),
    }
}

fn metadata<M: Model>() -> Vec<StringStringEntryProto> {
    let graph = M::GRAPH;
    let mut entries = Vec::new();
    let mut add = |key: String, value: String| entries.push(StringStringEntryProto { key, value });
    add("mtl.model".to_owned(), M::NAME.to_owned());
    add("mtl.fingerprint".to_owned(), format!("{:016x}", weights::fingerprint::<M>()));
    let mut lines = String::new();
    for value in graph.inputs.len()..graph.values() {
        if let Some(Source::Step(step)) = graph.source(value) {
            let taken = step.inputs.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
            lines.push_str(&format!("{}\t{}\t{step}\t{taken}\n", step.path, step.name));
        }
    }
    add("mtl.inputs".to_owned(), graph.inputs.iter().map(text::input).collect());
    add("mtl.graph".to_owned(), lines);
    add("mtl.heads".to_owned(), graph.heads.iter().map(text::head).collect());
    for (role, name, columns) in
        graph.inputs.iter().map(|input| ("input", input.name, input.columns)).chain(M::HEADS.iter().map(|head| ("head", head.name, head.columns)))
    {
        let Columns::Named(columns) = columns else { continue };
        match columns {
            [column] if !column.categories.is_empty() => add(format!("{role}.{name}.categories"), json(column.categories)),
            [column] if column.name == name => {}
            columns if role == "input" => add(format!("{role}.{name}.columns"), json(&columns.iter().map(|column| column.name).collect::<Vec<_>>())),
            _ => {}
        }
    }
    entries
}

/// A JSON list of texts.
fn json(texts: &[&str]) -> String {
    let mut list = String::from("[");
    for (number, text) in texts.iter().enumerate() {
        list.push_str(if number == 0 { "\"" } else { ", \"" });
        for character in text.chars() {
            match character {
                '"' => list.push_str("\\\""),
                '\\' => list.push_str("\\\\"),
                character if character < ' ' => drop(write!(list, "\\u{:04x}", u32::from(character))),
                character => list.push(character),
            }
        }
        list.push('"');
    }
    list.push(']');
    list
}

//! ONNX files.
//!
//! A value of the file is a value of the network with its numbers in another order, perhaps: `[channels, height, width]` of the file is an image with its
//! channels last here. The order is kept beside each value, so that transpositions and reshapes cost no step, and weights behind a flattened image are put
//! into our order. Where an input goes into a convolution, it is taken with its channels last.

mod convert;
mod fold;
mod node;
mod own;
mod patterns;
mod tensor;

use mtl_onnx::proto::ModelProto;
use prost::Message;

use crate::declare::Declaration;
use crate::error::ImportError;
use crate::network::Network;

/// The opsets that are known.
const OPSETS: std::ops::RangeInclusive<i64> = 9..=25;

/// Reads an ONNX file: its network, and of one that `mtl` wrote the declaration as it was.
///
/// # Errors
///
/// As [`network`].
pub fn read(bytes: &[u8]) -> Result<(Network, Option<Declaration>), ImportError> {
    let model = decode(bytes)?;
    if let Some((network, declaration)) = own::declaration(&model)? {
        return Ok((network, Some(declaration)));
    }
    Ok((of_model(&model)?, None))
}

/// Reads the network of an ONNX file, whoever wrote it.
///
/// # Errors
///
/// Every file that is none, or that holds what cannot be read, says what and where.
pub fn network(bytes: &[u8]) -> Result<Network, ImportError> {
    of_model(&decode(bytes)?)
}

fn format(problem: impl Into<String>) -> ImportError {
    ImportError::Format { format: "ONNX", problem: problem.into() }
}

fn decode(bytes: &[u8]) -> Result<ModelProto, ImportError> {
    ModelProto::decode(bytes).map_err(|error| format(error.to_string()))
}

fn of_model(model: &ModelProto) -> Result<Network, ImportError> {
    let graph = model.graph.as_ref().filter(|graph| !graph.node.is_empty()).ok_or_else(|| format("it has no graph"))?;
    let version = model.opset_import.iter().find(|opset| opset.domain.is_empty() || opset.domain == "ai.onnx").map_or(0, |opset| opset.version);
    if !OPSETS.contains(&version) {
        return Err(ImportError::Opset { found: version, least: *OPSETS.start(), most: *OPSETS.end() });
    }
    let mut network = convert::network(graph)?;
    network.prune();
    network.simplify();
    network.join_activations();
    Ok(network)
}

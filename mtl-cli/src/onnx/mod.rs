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

use crate::error::ImportError;
use crate::network::Network;

/// The opsets that are known.
const OPSETS: std::ops::RangeInclusive<i64> = 9..=25;

/// Reads the network of an ONNX file.
///
/// # Errors
///
/// Every file that is none, or that holds what cannot be read, says what and where.
pub fn network(bytes: &[u8]) -> Result<Network, ImportError> {
    let format = |problem: String| ImportError::Format { format: "ONNX", problem };
    let model = ModelProto::decode(bytes).map_err(|error| format(error.to_string()))?;
    let graph = model.graph.as_ref().filter(|graph| !graph.node.is_empty()).ok_or_else(|| format("it has no graph".to_owned()))?;
    let version = model.opset_import.iter().find(|opset| opset.domain.is_empty() || opset.domain == "ai.onnx").map_or(0, |opset| opset.version);
    if !OPSETS.contains(&version) {
        return Err(ImportError::Opset { found: version, least: *OPSETS.start(), most: *OPSETS.end() });
    }
    if let Some(network) = own::network(&model)? {
        return Ok(network);
    }
    let mut network = convert::network(graph)?;
    network.prune();
    network.simplify();
    network.join_activations();
    Ok(network)
}

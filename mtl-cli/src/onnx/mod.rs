//! ONNX files.
use crate::error::ImportError;
use crate::network::Network;

/// Reads.
pub fn network(_: &[u8]) -> Result<Network, ImportError> {
    todo!()
}

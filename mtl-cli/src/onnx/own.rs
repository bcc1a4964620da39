//! Files that `mtl` wrote itself.

use mtl_onnx::proto::ModelProto;

use crate::error::ImportError;
use crate::network::Network;

/// The network by what the metadata say of it; `None` of a file that another program wrote.
#[expect(clippy::unnecessary_wraps, reason = "not yet")]
pub(super) fn network(_: &ModelProto) -> Result<Option<Network>, ImportError> {
    Ok(None)
}

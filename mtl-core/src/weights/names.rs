//! How other libraries call a tensor, and lay it out.

/// The name of a parameter's tensor in PyTorch, for the last segment of its path.
///
/// `kernel` of `Dense` and convolutions, `gamma` and `beta` of normalisations, their moving statistics, and tables of embeddings.
#[must_use]
pub(crate) const fn pytorch(leaf: &str) -> Option<&'static str> {
    // Strings cannot be matched in a const function; their bytes can.
    match leaf.as_bytes() {
        b"kernel" | b"gamma" | b"embeddings" => Some("weight"),
        b"beta" => Some("bias"),
        b"moving_mean" => Some("running_mean"),
        b"moving_variance" => Some("running_var"),
        _ => None,
    }
}

/// The path up to and with its last `.`, and what follows it.
#[must_use]
pub(crate) const fn split_path(path: &str) -> (&str, &str) {
    let mut at = path.len();
    while at > 0 && path.as_bytes()[at - 1] != b'.' {
        at -= 1;
    }
    path.split_at(at)
}

/// Whether PyTorch's tensor for this parameter has its axes in another order: a kernel is `[out, in, ..]` there, `[.., in, out]` here.
#[cfg(feature = "std")]
#[must_use]
pub(crate) fn is_transposed(leaf: &str, rank: usize) -> bool {
    leaf == "kernel" && rank >= 2
}

/// The size of dimension `dimension` of PyTorch's tensor for a kernel of this shape.
#[cfg(feature = "std")]
#[must_use]
pub(crate) fn transposed_dimension(shape: &[usize], dimension: usize) -> usize {
    match dimension {
        0 | 1 => shape[shape.len() - 1 - dimension],
        _ => shape[dimension - 2],
    }
}

//! The digits, as `build.rs` wrote them.

/// 64 pixels from 0 to 16, and the digit.
pub type Row = [u8; 65];

/// The digits that the model was trained on.
pub static TRAIN: &[Row] = rows(include_bytes!(concat!(env!("OUT_DIR"), "/train.bin")));

/// The digits that it was not.
pub static TEST: &[Row] = rows(include_bytes!(concat!(env!("OUT_DIR"), "/test.bin")));

const fn rows(bytes: &[u8]) -> &[Row] {
    bytes.as_chunks().0
}

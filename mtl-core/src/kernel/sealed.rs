//! The mark of types that kernels are written for.

/// What the kernels trust in: how many values a register holds, which instructions the processor has.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a scalar, a register or an instruction set of `mtl`",
    note = "`mtl` computes in `f32` and `f64`; its kernels rely for the safety of memory on what these traits say, so they are for no other types"
)]
pub trait Sealed {}

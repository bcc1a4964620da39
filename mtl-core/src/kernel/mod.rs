//! Static-shape linear algebra and element-wise passes, compiled for several instruction sets and chosen at run time.
//!
//! A whole pass (the forward pass of a tile, say) is one [`Kernel`]. [`dispatch`] runs it inside a function that is
//! compiled for the best instruction set the processor has; everything `#[inline(always)]` below it inherits that.

mod convolution;
pub mod dense;
mod dispatch;
mod dots;
pub(crate) mod fused;
pub mod int8;
pub mod math;
mod narrow;
mod patches;
#[cfg(any(target_arch = "x86_64", feature = "std"))]
mod processor;
mod product;
pub mod reduce;
mod repeat;
pub mod scalar;
mod vector;
pub mod view;

pub use convolution::{Window, convolution_backward, convolution_forward, panel_values, places};
pub use dense::{bias_gradient, dense_forward, dense_input_gradient, dense_kernel_gradient};
pub use dispatch::{InstructionSet, Kernel, Portable, dispatch};
pub(crate) use dots::dots;
#[cfg(feature = "std")]
pub use processor::{InUse, Instructions, limit_instructions};
pub use vector::{Vector, Vectorized};

mod sealed {
    /// What the kernels trust in: how many values a register holds, which instructions the processor has.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be a scalar, a register or an instruction set of `mtl`",
        note = "`mtl` computes in `f32` and `f64`; its kernels rely for the safety of memory on what these traits say, so they are for no other types"
    )]
    pub trait Sealed {}
}

/// A writable gradient of a flow: the columns, and whether to add to them or to overwrite them.
#[derive(Debug)]
pub struct GradientSink<'a, T, const N: usize> {
    /// One column a sample.
    pub columns: &'a mut [[T; N]],
    /// Add to what is there (a value with several consumers) instead of overwriting it.
    pub add: bool,
}

impl<T: crate::kernel::scalar::Scalar, const N: usize> GradientSink<'_, T, N> {
    /// Writes, or adds, `gradient(column, row)` at every place.
    #[inline(always)]
    pub fn write(&mut self, gradient: impl Fn(usize, usize) -> T) {
        if self.add {
            for (column, values) in self.columns.iter_mut().enumerate() {
                for (row, value) in values.iter_mut().enumerate() {
                    *value += gradient(column, row);
                }
            }
        } else {
            for (column, values) in self.columns.iter_mut().enumerate() {
                for (row, value) in values.iter_mut().enumerate() {
                    *value = gradient(column, row);
                }
            }
        }
    }

    /// Writes, or adds, a column at a time: `gradient(column)` gives the function from rows to values, so that what
    /// belongs to the column as a whole (a mean, a slice) is found once.
    #[inline(always)]
    pub fn write_columns<F: Fn(usize) -> T>(&mut self, gradient: impl Fn(usize) -> F) {
        for (column, values) in self.columns.iter_mut().enumerate() {
            let gradient = gradient(column);
            if self.add {
                for (row, value) in values.iter_mut().enumerate() {
                    *value += gradient(row);
                }
            } else {
                for (row, value) in values.iter_mut().enumerate() {
                    *value = gradient(row);
                }
            }
        }
    }
}

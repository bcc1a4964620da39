//! Static-shape linear algebra and element-wise passes, compiled for several instruction sets and chosen at run time.
//!
//! A whole pass (the forward pass of a tile, say) is one [`Kernel`]. [`dispatch`] runs it inside a function that is
//! compiled for the best instruction set the processor has; everything `#[inline(always)]` below it inherits that.

mod convolution;
pub mod dense;
mod depthwise;
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
mod sealed;
mod sink;
mod vector;
pub mod view;

pub use convolution::{Window, convolution_backward, convolution_forward, panel_values, places};
pub use dense::{bias_gradient, dense_forward, dense_input_gradient, dense_kernel_gradient};
pub use depthwise::{depthwise_backward, depthwise_forward};
pub use dispatch::{InstructionSet, Kernel, Portable, dispatch};
pub(crate) use dots::dots;
#[cfg(feature = "std")]
pub use processor::{InUse, Instructions, limit_instructions};
pub use sink::GradientSink;
pub use vector::{Vector, Vectorized};

//! Initial values of kernels, as in Keras (`keras.initializers`).

use rand::Rng;

use crate::Scalar;

/// How a kernel is initialised, from its fan-in and fan-out. The names and formulas are Keras's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initializer {
    /// Uniform in `±√(6 / (fan_in + fan_out))`; Glorot, Bengio 2010. Keras's default for `Dense`.
    GlorotUniform,
    /// Truncated normal (±2σ) with standard deviation `√(2 / (fan_in + fan_out))` after truncation.
    GlorotNormal,
    /// Uniform in `±√(6 / fan_in)`; He 2015.
    HeUniform,
    /// Truncated normal with standard deviation `√(2 / fan_in)` after truncation; He 2015.
    HeNormal,
    /// Uniform in `±√(3 / fan_in)`.
    LecunUniform,
    /// Truncated normal with standard deviation `√(1 / fan_in)` after truncation.
    LecunNormal,
    /// Uniform in `±0.05`: Keras's default for `Embedding`.
    RandomUniform,
    /// Normal with standard deviation 0.05.
    RandomNormal,
    /// All 0.
    Zeros,
    /// All 1.
    Ones,
}

impl Initializer {
    /// Fills `values` with draws.
    pub fn fill<T: Scalar>(self, values: &mut [T], fan_in: usize, fan_out: usize, rng: &mut (impl Rng + ?Sized)) {
        let _ = (values, fan_in, fan_out, rng);
        unimplemented!("helper")
    }
}

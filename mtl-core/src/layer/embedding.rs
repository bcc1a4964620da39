//! Steps after a class input: `Embedding` and `OneHot`.
//!
//! Their input is an index, not a number to differentiate, so they are not [`Layer`](super::Layer)s.

use nalgebra::SMatrix;
use rand::Rng;

use crate::init::Initializer;
use crate::kernel::scalar::Scalar;

/// A trained vector of `DIM` values for each of `CLASSES` classes, as Keras's `Embedding`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Embedding<const CLASSES: usize, const DIM: usize>;

/// The parameters of an [`Embedding`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct EmbeddingParameters<const CLASSES: usize, const DIM: usize, T> {
    /// One column a class; in memory `[CLASSES, DIM]`, as Keras has it.
    pub embeddings: SMatrix<T, DIM, CLASSES>,
}

crate::flat::own_flat!([const CLASSES: usize, const DIM: usize, T: Scalar] EmbeddingParameters<CLASSES, DIM, T> as EmbeddingParameters over T {
    embeddings: SMatrix<T, DIM, CLASSES>,
});

impl<const CLASSES: usize, const DIM: usize> Embedding<CLASSES, DIM> {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    /// Draws the initial table: uniform in ±0.05, as Keras does.
    pub fn initialize<T: Scalar, R: Rng + ?Sized>(&self, parameters: &mut EmbeddingParameters<CLASSES, DIM, T>, rng: &mut R) {
        Initializer::RandomUniform.fill(parameters.embeddings.as_mut_slice(), CLASSES, DIM, rng);
    }

    /// Copies the vector of each sample's class.
    ///
    /// An index of `CLASSES` or more gives NaN.
    #[inline(always)]
    pub fn forward<T: Scalar>(&self, parameters: &EmbeddingParameters<CLASSES, DIM, T>, indices: &[u32], output: &mut [[T; DIM]]) {
        for (&index, output) in indices.iter().zip(output) {
            match parameters.embeddings.data.0.get(index as usize) {
                Some(vector) => *output = *vector,
                None => output.fill(T::from_f64(f64::NAN)),
            }
        }
    }

    /// Adds each sample's gradient to that of its class's vector.
    #[inline(always)]
    pub fn backward<T: Scalar>(&self, indices: &[u32], output_gradient: &[[T; DIM]], gradient: &mut EmbeddingParameters<CLASSES, DIM, T>) {
        for (&index, output_gradient) in indices.iter().zip(output_gradient) {
            if let Some(vector) = gradient.embeddings.data.0.get_mut(index as usize) {
                for (value, &g) in vector.iter_mut().zip(output_gradient) {
                    *value += g;
                }
            }
        }
    }
}

/// 1 at the row of each sample's class and 0 elsewhere, as Keras's `one_hot`; an index of `N` or more gives NaN everywhere, where Keras has 0.
#[inline(always)]
pub fn one_hot<T: Scalar, const N: usize>(indices: &[u32], output: &mut [[T; N]]) {
    for (&index, output) in indices.iter().zip(output) {
        output.fill(T::ZERO);
        match output.get_mut(index as usize) {
            Some(value) => *value = T::ONE,
            None => output.fill(T::from_f64(f64::NAN)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Embedding, EmbeddingParameters, one_hot};
    use nalgebra::SMatrix;

    const TABLE: [[f64; 2]; 3] = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];

    fn parameters(columns: [[f64; 2]; 3]) -> EmbeddingParameters<3, 2, f64> {
        EmbeddingParameters { embeddings: SMatrix::from_columns(&columns.map(Into::into)) }
    }

    #[test]
    fn every_sample_gets_the_vector_of_its_class() {
        let mut output = [[f64::NAN; 2]; 4];
        Embedding::<3, 2>::new().forward(&parameters(TABLE), &[2, 0, 2, 1], &mut output);
        assert_eq!(output, [TABLE[2], TABLE[0], TABLE[2], TABLE[1]]);
    }

    #[test]
    fn the_gradient_of_a_vector_is_the_sum_over_its_samples() {
        let mut gradient = parameters([[0.5; 2]; 3]);
        Embedding::<3, 2>::new().backward(&[2, 0, 2], &[[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]], &mut gradient);
        assert_eq!(gradient, parameters([[10.5, 20.5], [0.5, 0.5], [101.5, 202.5]]));
    }

    #[test]
    fn an_index_out_of_range_is_seen_and_changes_nothing_else() {
        let mut output = [[0.0; 2]; 2];
        Embedding::<3, 2>::new().forward(&parameters(TABLE), &[3, 1], &mut output);
        assert!(output[0].iter().all(|value| value.is_nan()));
        assert_eq!(output[1], TABLE[1]);
        let mut gradient = parameters([[0.0; 2]; 3]);
        Embedding::<3, 2>::new().backward(&[u32::MAX], &[[1.0, 1.0]], &mut gradient);
        assert_eq!(gradient, parameters([[0.0; 2]; 3]));
    }

    #[test]
    fn one_hot_has_a_one_at_the_class() {
        let mut output = [[f32::NAN; 3]; 4];
        one_hot(&[1, 2, 7, u32::MAX], &mut output);
        assert_eq!(output[..2], [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
        assert!(output[2..].as_flattened().iter().all(|value| value.is_nan()));
    }
}

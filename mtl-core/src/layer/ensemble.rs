//! `Ensemble`: members that share weights, each with factors of its own.

use nalgebra::SVector;
use rand::{Rng, RngExt};

use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// `y = r ⊙ x` for each member of an ensemble, with factors `r` of its own that are trained: the rank-one adapter of `BatchEnsemble`; Wen, Tran, Ba 2020.
///
/// `FACTORS` is the members times the values of one. A layer that takes `N` values hands them to every member; one that takes `FACTORS` values has a
/// value for each member already. What follows sees the members as the steps of a sequence, and so shares its weights among them.
///
/// With the mean of the members at the end, a loss is that of the mean. `TabM` differs there: it has a loss for each member, which keeps them further apart,
/// and takes the mean when predicting. The `Conv1D` behind have one bias for all members, as in its small form, where members differ by the first factors alone.
///
/// Factors are drawn as 1 or −1 where the members begin, so that they differ, and are 1 elsewhere; Gorishniy, Kotelnikov, Babenko 2024, "`TabM`:
/// Advancing Tabular Deep Learning with Parameter-Efficient Ensembling". `∂r = Σ x ⊙ ∂y` over the samples, and `∂x` is the sum of `r ⊙ ∂y` over the members
/// that take it.
#[derive(Clone, Copy, Debug)]
pub struct Ensemble<const FACTORS: usize> {
    begins: bool,
}

/// The parameters of an [`Ensemble`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct EnsembleParameters<const FACTORS: usize, T> {
    /// `r`, member by member.
    pub factor: SVector<T, FACTORS>,
}

crate::flat::own_flat!([const FACTORS: usize, T: Scalar] EnsembleParameters<FACTORS, T> as EnsembleParameters over T { factor: SVector<T, FACTORS> });

impl<const FACTORS: usize> Ensemble<FACTORS> {
    /// The layer, by whether the members begin here.
    #[must_use]
    pub const fn new(begins: bool) -> Self {
        Self { begins }
    }
}

/// One sample.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub(crate) fn column<T: Scalar>(factor: &[T], x: &[T], y: &mut [T]) {
    let width = x.len().max(1);
    for (y, factor) in y.chunks_exact_mut(width).zip(factor.chunks_exact(width)) {
        for ((y, &factor), &x) in y.iter_mut().zip(factor).zip(x) {
            *y = factor * x;
        }
    }
}

impl<const N: usize, const FACTORS: usize, T: Scalar> Layer<N, FACTORS, T> for Ensemble<FACTORS> {
    type Parameters = EnsembleParameters<FACTORS, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, rng: &mut R) {
        for factor in &mut parameters.factor {
            *factor = if self.begins && rng.random::<bool>() { -T::ONE } else { T::ONE };
        }
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; N]], output: &mut [[T; FACTORS]], _: &mut [()]) {
        for (x, y) in input.iter().zip(output) {
            column(&parameters.factor.data.0[0], x, y);
        }
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        input: &[[T; N]],
        _: &[[T; FACTORS]],
        _: &[()],
        output_gradient: &mut [[T; FACTORS]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        gradient: &mut Self::Parameters,
    ) {
        let sums = &mut gradient.factor.data.0[0];
        for (x, dy) in input.iter().zip(output_gradient.iter()) {
            for (sums, dy) in sums.as_chunks_mut::<N>().0.iter_mut().zip(dy.as_chunks::<N>().0) {
                for ((sum, &dy), &x) in sums.iter_mut().zip(dy).zip(x) {
                    *sum = S::mul_add(dy, x, *sum);
                }
            }
        }
        if let Some(mut sink) = input_gradient {
            let factor = parameters.factor.data.0[0].as_chunks::<N>().0;
            sink.write_columns(|column| {
                let dy = output_gradient[column].as_chunks::<N>().0;
                move |row: usize| factor.iter().zip(dy).fold(T::ZERO, |sum, (factor, dy)| sum + factor[row] * dy[row])
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ensemble, EnsembleParameters};
    use crate::layer::Layer;
    use crate::layer::check::{PREDICT, check_gradients, columns, forward, value};
    use nalgebra::SVector;

    fn parameters<const FACTORS: usize>() -> EnsembleParameters<FACTORS, f64> {
        EnsembleParameters { factor: SVector::from_fn(|row, _| value(row + 13)) }
    }

    #[test]
    fn every_member_takes_all_values_or_its_own() {
        let parameters = EnsembleParameters { factor: [1.0, -1.0, 2.0, 0.5].into() };
        assert_eq!(forward::<2, 4, _>(&Ensemble::<4>::new(true), PREDICT, &parameters, &[[3.0, 4.0]]), [[3.0, -4.0, 6.0, 2.0]]);
        assert_eq!(forward::<4, 4, _>(&Ensemble::<4>::new(false), PREDICT, &parameters, &[[3.0, 4.0, 5.0, 6.0]]), [[3.0, -4.0, 10.0, 3.0]]);
    }

    #[test]
    fn members_differ_where_they_begin_alone() {
        let mut parameters = EnsembleParameters { factor: SVector::<f64, 400>::zeros() };
        Layer::<100, 400, f64>::initialize(&Ensemble::<400>::new(true), &mut parameters, &mut crate::init::seeded(5));
        let negative = parameters.factor.iter().filter(|&&factor| factor == -1.0).count();
        assert!((160..240).contains(&negative) && parameters.factor.iter().all(|factor| factor.abs() == 1.0), "{negative}");
        Layer::<400, 400, f64>::initialize(&Ensemble::<400>::new(false), &mut parameters, &mut crate::init::seeded(5));
        assert!(parameters.factor.iter().all(|&factor| factor == 1.0));
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        check_gradients::<3, 12, _>(&Ensemble::<12>::new(true), PREDICT, &parameters(), &columns::<3>(4));
        check_gradients::<6, 6, _>(&Ensemble::<6>::new(false), PREDICT, &parameters(), &columns::<6>(3));
    }
}

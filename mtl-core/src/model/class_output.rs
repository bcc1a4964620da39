//! The outputs of a head of classes.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

use nalgebra::SVector;

use crate::category::Category;
use crate::kernel::scalar::Scalar;

/// What a class is called: its number, or a type of [categories](Category).
pub trait ClassLabel: Copy {
    /// The texts of the classes, where they have names.
    const TEXTS: &'static [&'static str] = &[];

    /// The class of a number; `None` where there is none.
    fn from_index(index: usize) -> Option<Self>;
    /// Its number.
    fn index(self) -> usize;
}

impl ClassLabel for usize {
    #[inline]
    fn from_index(index: usize) -> Option<Self> {
        Some(index)
    }
    #[inline]
    fn index(self) -> usize {
        self
    }
}

impl<C: Category> ClassLabel for C {
    const TEXTS: &'static [&'static str] = <C as Category>::TEXTS;

    #[inline]
    fn from_index(index: usize) -> Option<Self> {
        Category::from_index(index)
    }
    #[inline]
    fn index(self) -> usize {
        Category::index(self)
    }
}

/// The outputs of a head of `N` classes: the probability of each, in the order of their numbers. `C` is what the classes are called.
///
/// It is read as the vector that it holds, `outputs.health[2]`, and by class:
///
/// ```
/// use mtl_core::model::ClassOutput;
/// use mtl_core::nalgebra::SVector;
///
/// let health: ClassOutput<f32, 3> = ClassOutput::new(SVector::from([0.2, 0.7, 0.1]));
/// assert_eq!(health.class(), 1);
/// assert_eq!(health.probability(2), 0.1);
/// assert_eq!(health.sum(), 1.0);
/// ```
#[derive(Clone, Copy)]
pub struct ClassOutput<T, const N: usize, C = usize> {
    probabilities: SVector<T, N>,
    labels: PhantomData<C>,
}

impl<T: Scalar, const N: usize, C> ClassOutput<T, N, C> {
    /// From the probabilities.
    #[must_use]
    pub const fn new(probabilities: SVector<T, N>) -> Self {
        Self { probabilities, labels: PhantomData }
    }

    /// The probability of each class.
    #[must_use]
    pub const fn probabilities(&self) -> &SVector<T, N> {
        &self.probabilities
    }
}

impl<T: Scalar, const N: usize, C: ClassLabel> ClassOutput<T, N, C> {
    /// The most probable class, `argmaxᵢ pᵢ`: the first of those that are equally probable.
    ///
    /// There is none where a probability is NaN, as all are for an input that the model cannot have been trained with. This is a class
    /// then too, which says nothing; [`try_class`](Self::try_class) tells the two apart.
    ///
    /// # Panics
    ///
    /// Where `C` has less than `N` classes, which the outputs of a model never have.
    #[must_use]
    #[inline]
    pub fn class(&self) -> C {
        C::from_index(super::most_probable(self.probabilities.as_slice())).expect("a label for every class")
    }

    /// The most probable class, as [`class`](Self::class) has it; `None` where a probability is NaN.
    #[must_use]
    #[inline]
    pub fn try_class(&self) -> Option<C> {
        if self.probabilities.iter().any(|&probability| super::is_missing(probability)) {
            None
        } else {
            C::from_index(super::most_probable(self.probabilities.as_slice()))
        }
    }

    /// The probability of a class. Of a number that no class has it is 0.
    #[must_use]
    #[inline]
    pub fn probability(&self, class: C) -> T {
        self.probabilities.get(class.index()).copied().unwrap_or(T::ZERO)
    }
}

impl<T, const N: usize, C> Deref for ClassOutput<T, N, C> {
    type Target = SVector<T, N>;

    #[inline]
    fn deref(&self) -> &SVector<T, N> {
        &self.probabilities
    }
}

impl<T: Scalar, const N: usize, C> From<ClassOutput<T, N, C>> for [T; N] {
    fn from(output: ClassOutput<T, N, C>) -> Self {
        output.probabilities.into()
    }
}

impl<T: PartialEq, const N: usize, C> PartialEq for ClassOutput<T, N, C> {
    fn eq(&self, other: &Self) -> bool {
        self.probabilities == other.probabilities
    }
}

impl<T: fmt::Debug, const N: usize, C> fmt::Debug for ClassOutput<T, N, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.probabilities, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output<const N: usize>(probabilities: [f64; N]) -> ClassOutput<f64, N> {
        ClassOutput::new(probabilities.into())
    }

    #[test]
    fn the_class_is_the_first_of_the_most_probable() {
        assert_eq!(output([0.1, 0.6, 0.3]).class(), 1);
        assert_eq!(output([0.4, 0.2, 0.4]).class(), 0);
        assert_eq!(output([0.2, 0.4, 0.4]).try_class(), Some(1));
        assert_eq!(output([0.1, 0.6, 0.3]).probability(2), 0.3);
        assert_eq!(output([0.1, 0.6, 0.3]).probability(3), 0.0);
    }

    #[test]
    fn there_is_no_class_where_a_probability_is_nan() {
        for place in 0..3 {
            let mut probabilities = [0.2, 0.3, 0.5];
            probabilities[place] = f64::NAN;
            assert_eq!(output(probabilities).try_class(), None, "{place}");
            let _ = output(probabilities).class();
        }
        assert_eq!(output([f64::NAN; 3]).class(), 0);
    }
}

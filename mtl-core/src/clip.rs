//! Clipping gradients: Keras's `global_clipnorm`, `clipnorm` and `clipvalue`.

use crate::kernel::scalar::Scalar;
use crate::model::ParameterInfo;
use crate::setting::{InvalidSetting, require_positive};

/// How a gradient that is too large is cut down before the optimizer sees it. Limits are above 0 and finite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// The whole gradient to a Euclidean norm of at most this: its direction is kept. Pascanu et al. 2013; Keras's `global_clipnorm`.
    GlobalNorm(f64),
    /// Each tensor by itself (a kernel, a bias) to a Euclidean norm of at most this. Keras's `clipnorm`.
    Norm(f64),
    /// Each element to `[−x, x]`. Keras's `clipvalue`.
    Value(f64),
}

impl Clip {
    /// Whether the limit is above 0 and finite, as rounded to `T`: one below 0 would turn the gradient round, and NaN clip nothing.
    ///
    /// # Errors
    ///
    /// If it is not.
    pub fn check<T: Scalar>(self) -> Result<(), InvalidSetting> {
        let (setting, limit) = match self {
            Self::GlobalNorm(limit) => ("Clip::GlobalNorm", limit),
            Self::Norm(limit) => ("Clip::Norm", limit),
            Self::Value(limit) => ("Clip::Value", limit),
        };
        require_positive::<T>(setting, limit)
    }

    /// Clips `gradient`, in which the tensors lie as `parameters` says. Those that are not trained are left alone.
    ///
    /// # Errors
    ///
    /// See [`check`](Self::check), and where the gradient ends before the parameters do; it is then as it was.
    pub fn apply<T: Scalar>(self, gradient: &mut [T], parameters: &[ParameterInfo]) -> Result<(), InvalidSetting> {
        self.check::<T>()?;
        if parameters.iter().any(|tensor| range(tensor).end > gradient.len()) {
            return Err(InvalidSetting { setting: "the length of the gradient", value: gradient.len() as f64, must: "be that of the parameters" });
        }
        let trained = || parameters.iter().filter(|tensor| tensor.trainable);
        match self {
            Self::GlobalNorm(limit) => {
                let norm = norm(|| trained().map(|tensor| &gradient[range(tensor)]));
                for tensor in trained() {
                    rescale(&mut gradient[range(tensor)], norm, limit);
                }
            }
            Self::Norm(limit) => {
                for tensor in trained() {
                    let gradient = &mut gradient[range(tensor)];
                    let norm = norm(|| core::iter::once(&*gradient));
                    rescale(gradient, norm, limit);
                }
            }
            Self::Value(limit) => {
                let limit = T::from_f64(limit);
                for tensor in trained() {
                    for value in &mut gradient[range(tensor)] {
                        // Not `min` and `max`, which would turn NaN into a number.
                        *value = if *value > limit {
                            limit
                        } else if *value < -limit {
                            -limit
                        } else {
                            *value
                        };
                    }
                }
            }
        }
        Ok(())
    }
}

fn range(tensor: &ParameterInfo) -> core::ops::Range<usize> {
    tensor.offset..tensor.offset + tensor.len
}

/// The Euclidean norm of all pieces together.
fn norm<'v, T: Scalar, I: Iterator<Item = &'v [T]>>(pieces: impl Fn() -> I) -> f64 {
    // The squares of any `f32`, and of most `f64`, are far from both ends of the range.
    const SQUARES: core::ops::Range<f64> = 1e-200..1e300;
    let squares: f64 = pieces().map(|piece| sum_of_squares(piece, 1.0)).sum();
    if SQUARES.contains(&squares) {
        return libm::sqrt(squares);
    }
    let largest = pieces().flatten().fold(0.0, |largest, value| value.abs().to_f64().max(largest));
    if largest == 0.0 { 0.0 } else { largest * libm::sqrt(pieces().map(|piece| sum_of_squares(piece, largest)).sum()) }
}

/// `Σ (x / unit)²` in `f64`; in four sums side by side, which the compiler can vectorise.
#[inline(always)]
fn sum_of_squares<T: Scalar>(values: &[T], unit: f64) -> f64 {
    let mut sums = [0.0; 4];
    let chunks = values.chunks_exact(4);
    let square = |value: T| {
        let value = value.to_f64() / unit;
        value * value
    };
    for &value in chunks.remainder() {
        sums[0] += square(value);
    }
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += square(value);
        }
    }
    sums.iter().sum()
}

fn rescale<T: Scalar>(values: &mut [T], norm: f64, limit: f64) {
    // As a factor in `f32` it would have few digits below this, or none.
    const LEAST_FACTOR: f64 = 1e-36;
    if norm > limit {
        let exact = limit / norm;
        let factor = T::from_f64(exact);
        for value in values {
            *value = if exact < LEAST_FACTOR { T::from_f64(value.to_f64() / norm * limit) } else { *value * factor };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sets::HeadSet;

    const fn tensor(offset: usize, len: usize, trainable: bool) -> ParameterInfo {
        ParameterInfo { path: "body.dense1.kernel", block: "body", shape: &[], offset, len, trainable, heads: HeadSet::ALL }
    }
    const TENSORS: &[ParameterInfo] = &[tensor(0, 2, true), tensor(2, 1, false), tensor(3, 1, true)];
    const GRADIENT: [f64; 4] = [3.0, -4.0, 100.0, 12.0];

    fn clipped(clip: Clip) -> [f64; 4] {
        let mut gradient = GRADIENT;
        clip.apply(&mut gradient, TENSORS).unwrap();
        gradient
    }

    #[test]
    fn global_norm_keeps_the_direction_and_ignores_what_is_not_trained() {
        // √(9 + 16 + 144) = 13
        assert_eq!(clipped(Clip::GlobalNorm(6.5)), [1.5, -2.0, 100.0, 6.0]);
        assert_eq!(clipped(Clip::GlobalNorm(13.0)), GRADIENT);
    }

    #[test]
    fn norm_treats_each_tensor_by_itself() {
        assert_eq!(clipped(Clip::Norm(10.0)), [3.0, -4.0, 100.0, 10.0]);
        assert_eq!(clipped(Clip::Norm(1.0)), [3.0 * 0.2, -4.0 * 0.2, 100.0, 1.0]);
    }

    #[test]
    fn value_treats_each_element_by_itself() {
        assert_eq!(clipped(Clip::Value(3.5)), [3.0, -3.5, 100.0, 3.5]);
    }

    #[test]
    fn the_norm_of_a_huge_gradient_does_not_overflow() {
        let mut gradient = [3e38_f32, 0.0, 0.0, 3e38];
        Clip::GlobalNorm(1.0).apply(&mut gradient, TENSORS).unwrap();
        assert!((gradient[0] - core::f32::consts::FRAC_1_SQRT_2).abs() < 1e-6, "{gradient:?}");
    }

    #[test]
    fn gradients_of_every_size_are_clipped_to_the_norm_and_keep_their_direction() {
        for size in [1e-300, 1e-170, 1e-42, 1.0, 1e30, 1e170, 1e300] {
            for limit in [0.5 * size, 1e-200 * size].into_iter().filter(|&limit| limit > 1e-305) {
                let mut gradient = [0.6 * size, 0.0, 7.0, 0.8 * size];
                Clip::GlobalNorm(limit).apply(&mut gradient, TENSORS).unwrap();
                let error = (gradient[0] / limit - 0.6).abs().max((gradient[3] / limit - 0.8).abs());
                assert!(error < 1e-12, "{size:e} to {limit:e}: {gradient:?}");
            }
            let mut short = [0.6 * size, 0.0, 7.0, 0.8 * size];
            Clip::GlobalNorm(2.0 * size).apply(&mut short, TENSORS).unwrap();
            assert_eq!(short, [0.6 * size, 0.0, 7.0, 0.8 * size]);
        }
        for size in [1e-42_f32, 1e-38, 1e38] {
            let mut gradient = [0.6 * size, 0.0, 7.0, 0.8 * size];
            Clip::Norm(1e-40).apply(&mut gradient, TENSORS).unwrap();
            assert!(gradient.iter().all(|value| value.is_finite()) && gradient[0] > 0.0 && gradient[3] > 0.0, "{gradient:?}");
        }
    }

    #[test]
    fn a_limit_that_is_no_limit_is_refused_and_changes_nothing() {
        for limit in [-1.0, -0.0, 0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e-60, 1e60] {
            for (clip, setting) in
                [(Clip::GlobalNorm(limit), "Clip::GlobalNorm"), (Clip::Norm(limit), "Clip::Norm"), (Clip::Value(limit), "Clip::Value")]
            {
                let mut gradient = [3.0_f32, -4.0, 100.0, 12.0];
                let error = clip.apply(&mut gradient, TENSORS).unwrap_err();
                assert_eq!(error.setting, setting);
                assert_eq!(gradient, [3.0, -4.0, 100.0, 12.0], "{clip:?}");
                assert_eq!(clip.check::<f64>().is_ok(), [1e-60, 1e60].contains(&limit));
            }
        }
    }
}

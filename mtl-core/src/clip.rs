//! Clipping gradients: Keras's `global_clipnorm`, `clipnorm` and `clipvalue`.

use crate::Scalar;
use crate::model::ParameterInfo;

/// How a gradient that is too large is cut down before the optimizer sees it.
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
    /// Clips `gradient`, in which the tensors lie as `parameters` says. Those that are not trained are left alone.
    pub fn apply<T: Scalar>(self, gradient: &mut [T], parameters: &[ParameterInfo]) {
        let trained = || parameters.iter().filter(|tensor| tensor.trainable);
        match self {
            Self::GlobalNorm(limit) => {
                let squares: f64 = trained().map(|tensor| sum_of_squares(&gradient[range(tensor)])).sum();
                for tensor in trained() {
                    rescale(&mut gradient[range(tensor)], libm::sqrt(squares), limit);
                }
            }
            Self::Norm(limit) => {
                for tensor in trained() {
                    let gradient = &mut gradient[range(tensor)];
                    let norm = libm::sqrt(sum_of_squares(gradient));
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
    }
}

fn range(tensor: &ParameterInfo) -> core::ops::Range<usize> {
    tensor.offset..tensor.offset + tensor.len
}

/// In `f64`, where the square of any `f32` is finite; in four sums side by side, which the compiler can vectorise.
fn sum_of_squares<T: Scalar>(values: &[T]) -> f64 {
    let mut sums = [0.0; 4];
    let chunks = values.chunks_exact(4);
    for &value in chunks.remainder() {
        sums[0] += value.to_f64() * value.to_f64();
    }
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value.to_f64() * value.to_f64();
        }
    }
    sums.iter().sum()
}

fn rescale<T: Scalar>(values: &mut [T], norm: f64, limit: f64) {
    if norm > limit {
        let factor = T::from_f64(limit / norm);
        for value in values {
            *value *= factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HeadSet;

    const fn tensor(offset: usize, len: usize, trainable: bool) -> ParameterInfo {
        ParameterInfo { path: "body.dense1.kernel", block: "body", shape: &[], offset, len, trainable, heads: HeadSet::ALL }
    }
    const TENSORS: &[ParameterInfo] = &[tensor(0, 2, true), tensor(2, 1, false), tensor(3, 1, true)];
    const GRADIENT: [f64; 4] = [3.0, -4.0, 100.0, 12.0];

    fn clipped(clip: Clip) -> [f64; 4] {
        let mut gradient = GRADIENT;
        clip.apply(&mut gradient, TENSORS);
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
        Clip::GlobalNorm(1.0).apply(&mut gradient, TENSORS);
        assert!((gradient[0] - core::f32::consts::FRAC_1_SQRT_2).abs() < 1e-6, "{gradient:?}");
    }
}

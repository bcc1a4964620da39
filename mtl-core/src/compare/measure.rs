//! Whether sharing helped, and whether tasks agree.

use crate::balance::{BalanceError, check_length, dot};
use crate::better::Better;
use crate::kernel::scalar::Scalar;
use crate::model::ParameterInfo;

/// One metric of a task, trained with the others and alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The metric when trained with the other tasks.
    pub multi_task: f64,
    /// The metric when trained alone.
    pub single_task: f64,
    /// Which way it improves.
    pub better: Better,
}

impl Comparison {
    /// `(−1)^(lower is better) (M_multi − M_single)/|M_single|`: positive where sharing helped.
    ///
    /// The magnitude in the denominator keeps that reading for a metric below 0 (R²). NaN where `M_single` is 0, and for values that are not ordered.
    #[must_use]
    pub fn relative_improvement(&self) -> f64 {
        if self.single_task == 0.0 {
            return f64::NAN;
        }
        let change = (self.multi_task - self.single_task) / self.single_task.abs();
        match self.better {
            Better::Higher => change,
            Better::Lower => -change,
            Better::Neither => f64::NAN,
        }
    }
}

/// `Δ_m`, the mean relative improvement over the metrics (Maninis, Radosavovic, Kokkinos 2019, equation 4); NaN where there are none or one is not defined.
#[must_use]
pub fn delta_m(comparisons: &[Comparison]) -> f64 {
    comparisons.iter().map(Comparison::relative_improvement).sum::<f64>() / comparisons.len() as f64
}

/// The cosine of the angle between two gradients: below 0 they conflict. NaN where one of them is 0.
///
/// # Errors
///
/// [`BalanceError::LengthMismatch`].
pub fn gradient_cosine<T: Scalar>(left: &[T], right: &[T]) -> Result<f64, BalanceError> {
    check_length("second gradient", left.len(), right.len())?;
    Ok(cosine_of(dot(left, left), dot(left, right), dot(right, right)))
}

fn cosine_of(left: f64, cross: f64, right: f64) -> f64 {
    if left > 0.0 && right > 0.0 { (cross / libm::sqrt(left) / libm::sqrt(right)).clamp(-1.0, 1.0) } else { f64::NAN }
}

/// How two heads' gradients lie to each other in one block of parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockCosine {
    /// The block, by name.
    pub block: &'static str,
    /// The cosine of the angle between the gradients; NaN where one of them is 0.
    pub cosine: f64,
    /// The norm of the first gradient.
    pub left_norm: f64,
    /// The norm of the second gradient.
    pub right_norm: f64,
}

/// The cosine between the flat gradients of heads `left_head` and `right_head`, for every block with parameters that both depend on.
///
/// Only those parameters count. A block's tensors are neighbours in `parameters`, as in every model.
///
/// # Errors
///
/// [`BalanceError::LengthMismatch`] where a gradient is not as long as the parameters.
pub fn block_cosines<'a, T: Scalar>(
    parameters: &'a [ParameterInfo],
    (left_head, left): (usize, &'a [T]),
    (right_head, right): (usize, &'a [T]),
) -> Result<impl Iterator<Item = BlockCosine> + 'a, BalanceError> {
    let length = parameters.iter().map(|tensor| tensor.offset + tensor.len).max().unwrap_or(0);
    check_length("first gradient", length, left.len())?;
    check_length("second gradient", length, right.len())?;
    let cosines = parameters.chunk_by(|one, next| one.block == next.block).filter_map(move |tensors| {
        let mut sums = None;
        for tensor in tensors.iter().filter(|tensor| tensor.heads.contains(left_head) && tensor.heads.contains(right_head)) {
            let range = tensor.offset..tensor.offset + tensor.len;
            let (left, right) = (left.get(range.clone())?, right.get(range)?);
            let [left_squared, cross, right_squared] = sums.get_or_insert([0.0; 3]);
            *left_squared += dot(left, left);
            *cross += dot(left, right);
            *right_squared += dot(right, right);
        }
        let [left, cross, right] = sums?;
        Some(BlockCosine {
            block: tensors[0].block,
            cosine: cosine_of(left, cross, right),
            left_norm: libm::sqrt(left),
            right_norm: libm::sqrt(right),
        })
    });
    Ok(cosines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sets::HeadSet;

    const fn tensor(block: &'static str, offset: usize, len: usize, heads: u64) -> ParameterInfo {
        ParameterInfo { path: block, block, shape: &[], offset, len, trainable: true, heads: HeadSet(heads) }
    }

    /// Maninis 2019 by hand: accuracy from 0.8 to 0.82 is +2.5 %, an error from 0.5 to 0.6 is −20 %.
    #[test]
    fn delta_m_is_the_mean_signed_change() {
        let accuracy = Comparison { multi_task: 0.82, single_task: 0.8, better: Better::Higher };
        let error = Comparison { multi_task: 0.6, single_task: 0.5, better: Better::Lower };
        assert!((accuracy.relative_improvement() - 0.025).abs() < 1e-12);
        assert!((error.relative_improvement() + 0.2).abs() < 1e-12);
        assert!((delta_m(&[accuracy, error]) - (0.025 - 0.2) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn an_r2_below_zero_that_rises_is_an_improvement() {
        let r2 = Comparison { multi_task: -0.1, single_task: -0.2, better: Better::Higher };
        assert!((r2.relative_improvement() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn undefined_improvements_are_nan() {
        assert!(delta_m(&[]).is_nan());
        assert!(delta_m(&[Comparison { multi_task: 1.0, single_task: 0.0, better: Better::Lower }]).is_nan());
        assert!(delta_m(&[Comparison { multi_task: 1.0, single_task: 2.0, better: Better::Neither }]).is_nan());
    }

    #[test]
    fn gradients_of_different_lengths_have_no_angle() {
        let mismatch = |expected, found| Err(BalanceError::LengthMismatch { what: "second gradient", expected, found });
        assert_eq!(gradient_cosine(&[1.0_f32; 33], &[1.0; 32]), mismatch(33, 32));
        assert_eq!(gradient_cosine(&[1.0_f64; 2], &[1.0; 64]), mismatch(2, 64));
    }

    #[test]
    fn cosine_of_known_angles() {
        assert!((gradient_cosine(&[1.0_f32, 0.0], &[1.0, 1.0]).unwrap() - core::f64::consts::FRAC_1_SQRT_2).abs() < 1e-12);
        assert_eq!(gradient_cosine(&[3.0_f64, 4.0], &[-3.0, -4.0]), Ok(-1.0));
        assert!(gradient_cosine(&[0.0_f64], &[1.0]).unwrap().is_nan());
        // No overflow on the way, however long the gradients are.
        assert_eq!(gradient_cosine(&[1e100_f64], &[1e-100]), Ok(1.0));
    }

    #[test]
    fn blocks_count_only_what_both_heads_depend_on() {
        let parameters = [tensor("body", 0, 2, 0b111), tensor("body", 2, 1, 0b111), tensor("neck", 3, 1, 0b101), tensor("a", 4, 1, 0b001)];
        let (left, right) = ([1.0, 0.0, 2.0, 7.0, 9.0], [0.0, 1.0, 2.0, 5.0, 9.0]);
        let blocks: std::vec::Vec<_> = block_cosines(&parameters, (0, &left[..]), (1, &right[..])).unwrap().collect();
        assert_eq!(blocks.len(), 1);
        assert_eq!(blocks[0].block, "body");
        assert!((blocks[0].cosine - 0.8).abs() < 1e-12 && (blocks[0].left_norm - 5.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(block_cosines(&parameters, (0, &left[..]), (2, &right[..])).unwrap().count(), 2);
        let short = block_cosines(&parameters, (0, &left[..4]), (1, &right[..])).err();
        assert_eq!(short, Some(BalanceError::LengthMismatch { what: "first gradient", expected: 5, found: 4 }));
    }
}

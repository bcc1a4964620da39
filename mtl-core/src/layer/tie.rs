//! Soft sharing: two blocks with parameters of their own are kept near each other (Duong, Cohn, Bird, Cook 2015).

use crate::kernel::scalar::Scalar;

/// `λ‖a − b‖²` of two tensors of one shape; adds its gradients, `2λ(a − b)` and `−2λ(a − b)`.
pub fn tie<T: Scalar>(factor: f64, left: &[T], right: &[T], gradients: Option<(&mut [T], &mut [T])>) -> T {
    let factor = T::from_f64(factor);
    let mut total = T::ZERO;
    for (&left, &right) in left.iter().zip(right) {
        let difference = left - right;
        total += factor * difference * difference;
    }
    if let Some((left_gradient, right_gradient)) = gradients {
        let twice = factor + factor;
        for (((left_gradient, right_gradient), &left), &right) in left_gradient.iter_mut().zip(right_gradient).zip(left).zip(right) {
            let gradient = twice * (left - right);
            *left_gradient += gradient;
            *right_gradient -= gradient;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::tie;

    #[test]
    fn the_penalty_is_the_squared_distance() {
        let (mut left, mut right) = ([1.0, 1.0, 1.0], [2.0, 2.0, 2.0]);
        let total = tie(0.5, &[1.0, 2.0, 3.0], &[1.0, 0.0, 6.0], Some((&mut left, &mut right)));
        assert_eq!(total, 0.5 * (4.0 + 9.0));
        assert_eq!(left, [1.0, 1.0 + 2.0, 1.0 - 3.0]);
        assert_eq!(right, [2.0, 2.0 - 2.0, 2.0 + 3.0]);
        assert_eq!(tie(0.5, &[1.0, 2.0], &[1.0, 2.0], None), 0.0);
    }
}

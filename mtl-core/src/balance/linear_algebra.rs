//! Symmetric matrices of a few rows, row-major in slices: eigenvectors, Cholesky, pseudo-inverse.

/// The eigenvalues of a symmetric matrix, left on its diagonal, and its eigenvectors, the rows of `vectors`.
///
/// Cyclic Jacobi rotations (Golub, Van Loan, Matrix Computations, 8.5). An entry counts as 0 relative to the two
/// diagonal entries beside it, which keeps small eigenvalues of a graded Gram matrix accurate.
pub(super) fn symmetric_eigen(size: usize, matrix: &mut [f64], vectors: &mut [f64]) {
    const SWEEPS: usize = 60;
    vectors[..size * size].fill(0.0);
    for i in 0..size {
        vectors[i * size + i] = 1.0;
    }
    for _ in 0..SWEEPS {
        let mut rotated = false;
        for p in 0..size {
            for q in p + 1..size {
                let pq = matrix[p * size + q];
                let (pp, qq) = (matrix[p * size + p], matrix[q * size + q]);
                if pq == 0.0 || pq.abs() <= f64::EPSILON * 0.25 * libm::sqrt((pp * qq).abs()) {
                    continue;
                }
                rotated = true;
                let theta = (qq - pp) / (2.0 * pq);
                // Where θ² overflows there is nothing left to rotate.
                let tangent = libm::copysign(1.0, theta) / (theta.abs() + libm::sqrt(theta * theta + 1.0));
                let cosine = 1.0 / libm::sqrt(tangent * tangent + 1.0);
                let sine = tangent * cosine;
                matrix[p * size + p] = pp - tangent * pq;
                matrix[q * size + q] = qq + tangent * pq;
                matrix[p * size + q] = 0.0;
                matrix[q * size + p] = 0.0;
                // Rows p and q side by side, then what mirrors them.
                let (before, from_q) = matrix.split_at_mut(q * size);
                for (k, (kp, kq)) in before[p * size..(p + 1) * size].iter_mut().zip(from_q).enumerate() {
                    if k != p && k != q {
                        (*kp, *kq) = (cosine * *kp - sine * *kq, sine * *kp + cosine * *kq);
                    }
                }
                for k in (0..size).filter(|&k| k != p && k != q) {
                    matrix[k * size + p] = matrix[p * size + k];
                    matrix[k * size + q] = matrix[q * size + k];
                }
                let (before, from_q) = vectors.split_at_mut(q * size);
                for (p, q) in before[p * size..(p + 1) * size].iter_mut().zip(from_q) {
                    (*p, *q) = (cosine * *p - sine * *q, sine * *p + cosine * *q);
                }
            }
        }
        if !rotated {
            break;
        }
    }
}

/// The eigenvalue below which a positive semi-definite matrix counts as rank-deficient: `λ_max · size · ε`, as in TorchJD.
pub(super) fn rank_tolerance(size: usize, diagonalised: &[f64]) -> f64 {
    let largest = (0..size).map(|i| diagonalised[i * size + i]).fold(0.0, f64::max);
    largest * size as f64 * f64::EPSILON
}

/// `result = matrix⁺ · right` for a positive semi-definite matrix, which is destroyed. `vectors` is working memory of the same size.
pub(super) fn apply_pseudo_inverse(size: usize, matrix: &mut [f64], vectors: &mut [f64], right: &[f64], result: &mut [f64]) {
    // Of full rank by far: its inverse.
    vectors[..size * size].copy_from_slice(&matrix[..size * size]);
    if cholesky(size, vectors) > 1e-6 {
        result[..size].copy_from_slice(&right[..size]);
        cholesky_substitute(size, size, vectors, result);
        return;
    }
    symmetric_eigen(size, matrix, vectors);
    let tolerance = rank_tolerance(size, matrix);
    result[..size].fill(0.0);
    for e in 0..size {
        let eigenvalue = matrix[e * size + e];
        if eigenvalue > tolerance {
            let along: f64 = vectors[e * size..(e + 1) * size].iter().zip(right).map(|(vector, right)| vector * right).sum();
            for k in 0..size {
                result[k] += vectors[e * size + k] * along / eigenvalue;
            }
        }
    }
}

/// Solves `matrix · x = right` in place for a positive definite matrix, which is overwritten by its Cholesky factor.
///
/// A pivot that rounding made vanish is replaced by a rounding error of its diagonal entry.
pub(super) fn cholesky_solve(size: usize, matrix: &mut [f64], right: &mut [f64]) {
    cholesky(size, matrix);
    cholesky_substitute(size, size, matrix, right);
}

/// Overwrites the lower triangle of a positive definite matrix by its Cholesky factor, as [`cholesky_solve`] does; returns the least
/// square of a diagonal entry of the factor, relative to that of the matrix: near 0 where rows nearly depend on each other.
pub(super) fn cholesky(size: usize, matrix: &mut [f64]) -> f64 {
    let mut least = f64::INFINITY;
    for row in 0..size {
        for column in 0..=row {
            let products: f64 = (0..column).map(|k| matrix[row * size + k] * matrix[column * size + k]).sum();
            let value = matrix[row * size + column] - products;
            matrix[row * size + column] = if row == column {
                let diagonal = matrix[row * size + row];
                least = if diagonal > 0.0 { least.min(value / diagonal) } else { 0.0 };
                libm::sqrt(value.max(f64::EPSILON * matrix[row * size + row]).max(f64::MIN_POSITIVE))
            } else {
                value / matrix[column * size + column]
            };
        }
    }
    least
}

/// Solves `L Lᵀ x = right` in place, with `L` the leading `count` rows of a lower triangle whose rows are `stride` long.
pub(super) fn cholesky_substitute(count: usize, stride: usize, factor: &[f64], right: &mut [f64]) {
    for row in 0..count {
        let known: f64 = (0..row).map(|k| factor[row * stride + k] * right[k]).sum();
        right[row] = (right[row] - known) / factor[row * stride + row];
    }
    for row in (0..count).rev() {
        let known: f64 = (row + 1..count).map(|k| factor[k * stride + row] * right[k]).sum();
        right[row] = (right[row] - known) / factor[row * stride + row];
    }
}

/// A sum below this share of the sum of its terms' absolute values is rounding: the vector whose squared norm it is counts as 0.
pub(super) const CANCELLED: f64 = 1e-12;

/// `xᵀ · matrix · x`, and the sum of the absolute values of its terms, which says how much of it cancelled.
pub(super) fn quadratic_form(size: usize, matrix: &[f64], x: &[f64]) -> (f64, f64) {
    let (mut value, mut magnitude) = (0.0, 0.0);
    for i in 0..size {
        for j in 0..size {
            let term = x[i] * matrix[i * size + j] * x[j];
            value += term;
            magnitude += term.abs();
        }
    }
    (value, magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MATRIX: [f64; 9] = [4.0, 1.0, -2.0, 1.0, 3.0, 0.5, -2.0, 0.5, 5.0];

    #[test]
    fn eigenvectors_diagonalise() {
        let (mut diagonal, mut vectors) = (MATRIX, [0.0; 9]);
        symmetric_eigen(3, &mut diagonal, &mut vectors);
        for i in 0..3 {
            for j in 0..3 {
                let restored: f64 = (0..3).map(|e| vectors[e * 3 + i] * diagonal[e * 4] * vectors[e * 3 + j]).sum();
                assert!((restored - MATRIX[i * 3 + j]).abs() < 1e-14, "{restored} at {i}, {j}");
                let unit: f64 = (0..3).map(|k| vectors[i * 3 + k] * vectors[j * 3 + k]).sum();
                assert!((unit - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn small_eigenvalues_of_a_graded_matrix_are_accurate() {
        let (mut matrix, mut vectors) = ([1e20, 1.0, 1.0, 1e-10], [0.0; 4]);
        symmetric_eigen(2, &mut matrix, &mut vectors);
        assert!((matrix[3] / 1e-10 - 1.0).abs() < 1e-9, "{}", matrix[3]);
    }

    #[test]
    fn cholesky_solves() {
        let (mut matrix, mut x) = (MATRIX, [1.0, -2.0, 3.0]);
        cholesky_solve(3, &mut matrix, &mut x);
        for (row, expected) in [1.0, -2.0, 3.0].into_iter().enumerate() {
            let product: f64 = (0..3).map(|k| MATRIX[row * 3 + k] * x[k]).sum();
            assert!((product - expected).abs() < 1e-14);
        }
    }

    #[test]
    fn the_pseudo_inverse_drops_the_null_space() {
        let (mut matrix, mut vectors, mut result) = ([1.0, 1.0, 1.0, 1.0], [0.0; 4], [0.0; 2]);
        apply_pseudo_inverse(2, &mut matrix, &mut vectors, &[3.0, 1.0], &mut result);
        assert!((result[0] - 1.0).abs() < 1e-15 && (result[1] - 1.0).abs() < 1e-15);
    }
}

//! Where the gradient of a flow goes.

use super::scalar::Scalar;

/// A writable gradient of a flow: the columns, and whether to add to them or to overwrite them.
#[derive(Debug)]
pub struct GradientSink<'a, T, const N: usize> {
    /// One column a sample.
    pub columns: &'a mut [[T; N]],
    /// Add to what is there (a value with several consumers) instead of overwriting it.
    pub add: bool,
}

impl<T: Scalar, const N: usize> GradientSink<'_, T, N> {
    /// Writes, or adds, `gradient(column, row)` at every place.
    #[inline(always)]
    pub fn write(&mut self, gradient: impl Fn(usize, usize) -> T) {
        if self.add {
            for (column, values) in self.columns.iter_mut().enumerate() {
                for (row, value) in values.iter_mut().enumerate() {
                    *value += gradient(column, row);
                }
            }
        } else {
            for (column, values) in self.columns.iter_mut().enumerate() {
                for (row, value) in values.iter_mut().enumerate() {
                    *value = gradient(column, row);
                }
            }
        }
    }

    /// Writes, or adds, a column at a time: `gradient(column)` gives the function from rows to values, so that what
    /// belongs to the column as a whole (a mean, a slice) is found once.
    #[inline(always)]
    pub fn write_columns<F: Fn(usize) -> T>(&mut self, gradient: impl Fn(usize) -> F) {
        for (column, values) in self.columns.iter_mut().enumerate() {
            let gradient = gradient(column);
            if self.add {
                for (row, value) in values.iter_mut().enumerate() {
                    *value += gradient(row);
                }
            } else {
                for (row, value) in values.iter_mut().enumerate() {
                    *value = gradient(row);
                }
            }
        }
    }
}

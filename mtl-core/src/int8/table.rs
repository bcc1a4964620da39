//! Any function of one value: a table.

use super::part::part;

part! {
    /// `y = f(x)` for each of the 256 values that `x` can have.
    Table<> {
        /// The bytes of `f`.
        entries: [u8; 256] = U8 [256],
    }
}

impl Table {
    /// Looks every value up.
    #[inline(always)]
    pub fn forward<const N: usize>(&self, x: &[u8; N], y: &mut [u8; N]) {
        for (&x, y) in x.iter().zip(y) {
            *y = self.entries[usize::from(x)];
        }
    }

    /// Looks every value up, in place.
    #[inline(always)]
    pub fn apply<const N: usize>(&self, values: &mut [u8; N]) {
        for value in values {
            *value = self.entries[usize::from(*value)];
        }
    }

    /// Fills it with a function.
    #[cfg(feature = "std")]
    pub fn set(&mut self, function: impl Fn(f64) -> f64, from: super::Scale, to: super::Scale) {
        for (byte, entry) in (0..=u8::MAX).zip(&mut self.entries) {
            *entry = to.byte(function(from.real(byte)));
        }
    }
}

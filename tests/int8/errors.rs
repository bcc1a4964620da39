//! How far predictions are from those of the model in single precision.

/// For each head the least and the greatest exact value, and the largest error.
pub struct Errors<const HEADS: usize>([(f32, f32, f32); HEADS]);

impl<const HEADS: usize> Errors<HEADS> {
    pub fn new() -> Self {
        Self([(f32::INFINITY, f32::NEG_INFINITY, 0.0); HEADS])
    }

    /// Takes the exact and the near outputs of every head for one row.
    pub fn add(&mut self, rows: [(&[f32], &[f32]); HEADS]) {
        for ((low, high, error), (exact, near)) in self.0.iter_mut().zip(rows) {
            for (&exact, &near) in exact.iter().zip(near) {
                (*low, *high, *error) = (low.min(exact), high.max(exact), error.max((exact - near).abs()));
            }
        }
    }

    /// No error is larger than a share of the head's values.
    pub fn assert_within(&self, share: f32) {
        println!("{:?}", self.0);
        for (head, (low, high, error)) in self.0.into_iter().enumerate() {
            assert!(error < share * (high - low), "head {head}: {error} of {}", high - low);
        }
    }
}

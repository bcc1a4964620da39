//! Counts of hits and misses, which precision, recall and F1 are made of.

use super::{Labelled, is_positive, most_probable};

/// How often a label was rightly predicted, wrongly predicted and missed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) true_positives: u64,
    pub(super) false_positives: u64,
    pub(super) false_negatives: u64,
}

impl Counts {
    /// The share of the predicted that is right; 0 where nothing was predicted, as in Keras.
    pub(super) fn precision(&self) -> f64 {
        share(self.true_positives, self.false_positives)
    }

    /// The share of what is there that was predicted; 0 where nothing is there, as in Keras.
    pub(super) fn recall(&self) -> f64 {
        share(self.true_positives, self.false_negatives)
    }

    fn add(&mut self, predicted: bool, is: bool) {
        match (predicted, is) {
            (true, true) => self.true_positives += 1,
            (true, false) => self.false_positives += 1,
            (false, true) => self.false_negatives += 1,
            (false, false) => {}
        }
    }
}

fn share(hits: u64, misses: u64) -> f64 {
    if hits == 0 { 0.0 } else { hits as f64 / (hits + misses) as f64 }
}

/// The counts of binary labels, all outputs pooled; `None` without samples.
pub(super) fn pooled<const N: usize>(labelled: &Labelled<N, [f64; N]>) -> Option<Counts> {
    let mut counts = Counts::default();
    for (predictions, targets) in labelled.pairs() {
        for (&prediction, &target) in predictions.iter().zip(targets) {
            counts.add(is_positive(prediction), is_positive(target));
        }
    }
    labelled.pairs().next().map(|_| counts)
}

/// The counts of each class against the rest; `None` without samples.
pub(super) fn by_class<const N: usize>(labelled: &Labelled<N, u32>) -> Option<[Counts; N]> {
    let mut counts = [Counts::default(); N];
    for (prediction, &target) in labelled.pairs() {
        let predicted = most_probable(prediction);
        for (class, counts) in counts.iter_mut().enumerate() {
            counts.add(predicted == Some(class), target as usize == class);
        }
    }
    labelled.pairs().next().map(|_| counts)
}

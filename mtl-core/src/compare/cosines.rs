//! How the heads' gradients lie to each other while a model trains.

use core::ops::ControlFlow;
use std::rc::Rc;
use std::vec::Vec;

use core::cell::RefCell;

use crate::data::Dataset;
use crate::evaluate::Evaluate;
use crate::model::Model;
use crate::trainer::{Callback, Epoch, GradientMeter};

/// The cosine between two heads' gradients over what they share of a block: below 0 they conflict.
#[derive(Clone, Debug, PartialEq)]
pub struct PairCosine {
    /// One head.
    pub left: &'static str,
    /// The other one.
    pub right: &'static str,
    /// The block.
    pub block: &'static str,
    /// Before training and after each epoch, the mean over the seeds; NaN where a gradient is 0. Each is measured on one batch of up to
    /// 256 rows spread over the training data.
    pub by_epoch: Vec<f64>,
}

impl PairCosine {
    /// The mean over the epochs where it is defined.
    #[must_use]
    pub fn mean(&self) -> f64 {
        mean_of_defined(self.by_epoch.iter().copied())
    }
}

pub(super) fn mean_of_defined(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.filter(|value| !value.is_nan()).fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    sum / count as f64
}

/// The pairs of heads that share something, with each block that they share, in a fixed order.
pub(super) fn pairs<M: Model>() -> Vec<(usize, usize, &'static str)> {
    let mut pairs = Vec::new();
    for left in 0..M::HEADS.len() {
        for right in left + 1..M::HEADS.len() {
            for tensors in M::PARAMETERS.chunk_by(|one, next| one.block == next.block) {
                if tensors.iter().any(|tensor| tensor.heads.contains(left) && tensor.heads.contains(right)) {
                    pairs.push((left, right, tensors[0].block));
                }
            }
        }
    }
    pairs
}

/// The cosines of all [`pairs`], by time.
pub(super) type Cosines = Rc<RefCell<Vec<Vec<f64>>>>;

/// Measures the cosines before training and after each epoch.
pub(super) struct Watch<'d, M: Model> {
    dataset: &'d Dataset<M>,
    meter: GradientMeter<M>,
    cosines: Cosines,
}

impl<'d, M: Evaluate> Watch<'d, M> {
    pub(super) fn new(dataset: &'d Dataset<M>, cosines: Cosines) -> Self {
        Self { dataset, meter: GradientMeter::new(dataset), cosines }
    }

    fn measure(&mut self, model: &M) {
        let measured = self.meter.measure(model, self.dataset).cosines;
        self.cosines.borrow_mut().push(measured.into_iter().map(|pair| pair.cosine).collect());
    }
}

impl<M: Evaluate> Callback<M> for Watch<'_, M> {
    fn on_training_begin(&mut self, model: &M) {
        self.measure(model);
    }

    fn on_epoch_end(&mut self, _: &Epoch<M>, model: &M) -> ControlFlow<()> {
        self.measure(model);
        ControlFlow::Continue(())
    }
}

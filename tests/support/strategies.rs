//! Strategies that are chosen at run time, as the tables of tests have them.

#![allow(dead_code, reason = "not every test lends them")]

use mtl::balance::{Direction, LossWeighting};
use mtl::optimizer::Optimizer;
use mtl::trainer::Trainer;
use mtl::{Evaluate, Scalar};

/// A loss weighting, a direction, or both.
pub struct Strategies<T> {
    pub weighting: Option<Box<dyn LossWeighting>>,
    pub direction: Option<Box<dyn Direction<T>>>,
}

pub fn weighting<T>(weighting: impl LossWeighting + 'static) -> Strategies<T> {
    Strategies { weighting: Some(Box::new(weighting)), direction: None }
}

pub fn direction<T: Scalar>(direction: impl Direction<T> + 'static) -> Strategies<T> {
    Strategies { weighting: None, direction: Some(Box::new(direction)) }
}

pub fn both<T: Scalar>(weighting: impl LossWeighting + 'static, direction: impl Direction<T> + 'static) -> Strategies<T> {
    Strategies { weighting: Some(Box::new(weighting)), direction: Some(Box::new(direction)) }
}

impl<T: Scalar> Strategies<T> {
    /// The trainer with these strategies.
    pub fn give<'a, M: Evaluate<Scalar = T>, O: Optimizer<T>>(self, mut trainer: Trainer<'a, M, O>) -> Trainer<'a, M, O> {
        if let Some(weighting) = self.weighting {
            trainer = trainer.weighting(weighting);
        }
        if let Some(direction) = self.direction {
            trainer = trainer.direction(direction);
        }
        trainer
    }

    /// The trainer with these strategies, which are lent.
    pub fn lend<'a, M: Evaluate<Scalar = T>, O: Optimizer<T>>(&'a mut self, mut trainer: Trainer<'a, M, O>) -> Trainer<'a, M, O> {
        if let Some(weighting) = &mut self.weighting {
            trainer = trainer.weighting(weighting);
        }
        if let Some(direction) = &mut self.direction {
            trainer = trainer.direction(direction);
        }
        trainer
    }
}

//! What a trainer is told, looked at before anything begins.

use super::Trainer;
use super::error::TrainError;
use crate::evaluate::Evaluate;
use crate::optimizer::Optimizer;
use crate::setting::{require_below_one, require_some};

impl<M: Evaluate, O: Optimizer<M::Scalar>> Trainer<'_, M, O> {
    /// Every number is one that can be trained with. What depends on the data is looked at with them.
    pub(super) fn check_settings(&self) -> Result<(), TrainError> {
        self.optimizer.check()?;
        self.schedule.check()?;
        if let Some(clip) = self.clip {
            clip.check::<M::Scalar>()?;
        }
        if let Some(stopping) = &self.early_stopping {
            stopping.check()?;
        }
        if let Some(weighting) = &self.weighting {
            weighting.check()?;
        }
        if let Some(direction) = &self.direction {
            direction.check()?;
        }
        require_below_one::<M::Scalar>("Trainer::unknown_rate", self.unknown_rate)?;
        require_some("Trainer::batch_size", self.batch_size)?;
        require_some("Trainer::threads", self.threads)?;
        for &(_, epoch) in &self.joining {
            require_some("Trainer::head_from", epoch)?;
        }
        for &(block, factor) in &self.rates {
            if !(factor.is_finite() && factor >= 0.0) {
                return Err(TrainError::InvalidRateFactor { block, factor });
            }
        }
        Ok(())
    }
}

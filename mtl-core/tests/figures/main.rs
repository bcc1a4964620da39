//! Losses, activations and metrics against figures of Keras in double precision.

mod activations;
mod losses;
mod metrics;
mod reference;

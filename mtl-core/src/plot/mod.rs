//! Pictures of trainings and results, as SVG and PNG (feature `plot`).
//!
//! | what | of what |
//! |---|---|
//! | [`History::plot`](crate::trainer::History::plot) | losses and metrics by head, in training and validation, with the restored epoch |
//! | [`History::plot_balance`](crate::trainer::History::plot_balance) | weights of the heads, norms of their gradients and cosines between them, over time |
//! | [`Report::plot_confusion`](crate::report::Report::plot_confusion) | the confusion matrices of an evaluation |
//! | [`model.plot_roc`](Plot::plot_roc), [`plot_precision_recall`](Plot::plot_precision_recall) | classes against probabilities |
//! | [`model.plot_reliability`](Plot::plot_reliability) | how often what is predicted with a probability is true |
//! | [`model.plot_predicted`](Plot::plot_predicted) | predicted against true numbers, and what is left |
//! | [`model.plot_kernels`](Plot::plot_kernels) | the weights of a layer as images |
//! | [`TaskComparison::plot`](crate::compare::TaskComparison::plot) | what sharing did to each head |
//!
//! Each has a sister that gives the [`Picture`] instead of a file. A file whose name ends with `.svg` is an SVG image, one with `.png` a PNG image of twice the
//! size in pixels. Pictures have a white ground, so that they can be read on light and on dark pages, and the colours of Okabe and Ito, which the
//! colour-blind tell apart.

mod balance;
mod chart;
mod comparison;
mod confusion;
mod curves;
mod history;
mod kernels;
mod labelled;
mod model;
mod picture;
mod regression;
mod reliability;
mod render;

pub use model::Plot;
pub use picture::Picture;

pub(crate) use confusion::confusion_picture;
#[cfg(any(test, feature = "tensorboard"))]
pub(crate) use confusion::matrix_picture;

use std::path::PathBuf;
use std::string::String;

use crate::data::DataError;
use crate::error::FileError;

/// Why there is no picture.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// A file that cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A name that says no format.
    #[error("cannot draw `{}`: its name must end with `.svg` or `.png`", path.display())]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to draw.
    #[error("there is nothing to draw: {why}")]
    Nothing {
        /// Why.
        why: &'static str,
    },
    /// A tensor that the model does not have, or that is no kernel of such images.
    #[error("the kernel `{tensor}` cannot be drawn: {problem}")]
    Kernel {
        /// What was asked for.
        tensor: String,
        /// What is wrong.
        problem: String,
    },
    /// Data that cannot be predicted.
    #[error(transparent)]
    Data(#[from] DataError),
}

#[cfg(test)]
mod tests;

//! What a model predicts, in pictures.

use std::path::Path;

use super::{Picture, PlotError, curves, kernels, regression, reliability};
use crate::data::Dataset;
use crate::evaluate::Evaluate;

/// Pictures of what a model predicts for a data set, and of its weights: every model has them, and the prelude this trait (feature `plot`).
///
/// ```no_run
/// # use mtl_core::{data::Dataset, Error, evaluate::Evaluate, plot::Plot};
/// # fn draw<Digits: Evaluate>(model: &Digits, test: &Dataset<Digits>) -> Result<(), Error> {
/// model.plot_roc(test, "roc.svg")?;
/// model.plot_kernels("body.dense1.kernel", [8, 8], "kernels.png")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Of all methods, see [`PlotError`]: data without rows, nothing to draw (a model without heads of that kind, or without labels for them), a file that cannot
/// be written, a name that ends with neither `.svg` nor `.png`.
#[allow(clippy::missing_errors_doc, reason = "they are those of the trait")]
pub trait Plot: Evaluate + Sized {
    /// Draws the ROC curves of the heads with classes: the share of a class's rows that are found against the share of the others that are taken for
    /// it, as the threshold falls, with the area below. Of more than two classes each is drawn against the others, of
    /// more than 14 the first.
    fn plot_roc(&self, dataset: &Dataset<Self>, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.roc_picture(dataset)?.save(path)
    }

    /// The picture of [`plot_roc`](Self::plot_roc).
    fn roc_picture(&self, dataset: &Dataset<Self>) -> Result<Picture, PlotError> {
        curves::roc(self, dataset)
    }

    /// Draws precision against recall of the heads with classes, with the average precision. The dashes are what a guess has: the share of the class.
    fn plot_precision_recall(&self, dataset: &Dataset<Self>, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.precision_recall_picture(dataset)?.save(path)
    }

    /// The picture of [`plot_precision_recall`](Self::plot_precision_recall).
    fn precision_recall_picture(&self, dataset: &Dataset<Self>) -> Result<Picture, PlotError> {
        curves::precision_recall(self, dataset)
    }

    /// Draws how often what is predicted with a probability is true, in ten bins: of a head of classes the most probable one, of a head of one
    /// probability that. Bars say how many rows a bin has, as a share of the largest.
    ///
    /// The error in the title is the mean distance from the diagonal over the rows, the expected calibration error (Naeini, Cooper, Hauskrecht 2015).
    fn plot_reliability(&self, dataset: &Dataset<Self>, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.reliability_picture(dataset)?.save(path)
    }

    /// The picture of [`plot_reliability`](Self::plot_reliability).
    fn reliability_picture(&self, dataset: &Dataset<Self>) -> Result<Picture, PlotError> {
        reliability::reliability(self, dataset)
    }

    /// Draws predicted against true numbers, for each output of the heads of numbers, and beside it the residuals: what is true less what is predicted.
    ///
    /// Of more than 1,500 rows as many are drawn, spread evenly.
    fn plot_predicted(&self, dataset: &Dataset<Self>, path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.predicted_picture(dataset)?.save(path)
    }

    /// The picture of [`plot_predicted`](Self::plot_predicted).
    fn predicted_picture(&self, dataset: &Dataset<Self>) -> Result<Picture, PlotError> {
        regression::predicted(self, dataset)
    }

    /// Draws the weights of a layer as images, one a unit: blue is above 0, orange below, each as strong as the largest of its unit.
    ///
    /// `tensor` is the path of a kernel, `body.dense1.kernel`. A kernel of a dense layer on an image of `[height, width]` pixels, flattened or declared
    /// as one vector, has a weight for each pixel, and for each channel in turn; that of a convolution has `[height, width]` of its own. Of several
    /// channels the mean is drawn, and of more than 64 units the first.
    fn plot_kernels(&self, tensor: &str, image: [usize; 2], path: impl AsRef<Path>) -> Result<(), PlotError> {
        self.kernels_picture(tensor, image)?.save(path)
    }

    /// The picture of [`plot_kernels`](Self::plot_kernels).
    fn kernels_picture(&self, tensor: &str, image: [usize; 2]) -> Result<Picture, PlotError> {
        kernels::kernels(self, tensor, image)
    }
}

impl<M: Evaluate> Plot for M {}

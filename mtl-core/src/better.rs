//! Which way a quantity improves.

/// Which of two values of a metric is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The higher one, as of an accuracy.
    Higher,
    /// The lower one, as of an error or a loss.
    Lower,
    /// They are not ordered, as tables are not.
    Neither,
}
